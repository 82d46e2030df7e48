// What waits on this device.

import '../wire.dart';
import 'sending.dart';

/// Something the user said or did that the server has not confirmed.
final class QueuedItem extends ChatValue {
  /// Makes one.
  const QueuedItem({
    required this.key,
    required this.conversationId,
    required this.createdAtMs,
    required this.action,
    required this.state,
  });

  /// Reads what a channel carries.
  factory QueuedItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return QueuedItem(
      key: fields.text('key'),
      conversationId: fields.text('conversationId'),
      createdAtMs: fields.whole('createdAtMs'),
      action: fields.item('action', QueuedAction.fromWire),
      state: fields.item('state', SendState.fromWire),
    );
  }

  /// Its name; of a message, the id of the send.
  final String key;

  /// Where.
  final String conversationId;

  /// When it was queued.
  final int createdAtMs;

  /// What is to be done.
  final QueuedAction action;

  /// How far it is.
  final SendState state;

  @override
  Map<String, Object?> toWire() => {
    'key': key,
    'conversationId': conversationId,
    'createdAtMs': createdAtMs,
    'action': action.toWire(),
    'state': state.toWire(),
  };
}

/// What waits to be done.
sealed class QueuedAction extends ChatValue {
  /// For its cases.
  const QueuedAction();

  /// Reads what a channel carries.
  factory QueuedAction.fromWire(Object? wire) {
    final fields = Fields(wire);
    return switch (fields.text('type')) {
      'send' => QueuedSend(text: fields.text('text')),
      'edit' => QueuedEdit(
        target: fields.item('target', MessageTarget.fromWire),
        text: fields.text('text'),
      ),
      'delete' => QueuedDelete(target: fields.item('target', MessageTarget.fromWire)),
      'react' => QueuedReact(
        target: fields.item('target', MessageTarget.fromWire),
        emoji: fields.text('emoji'),
        isOn: fields.flag('isOn'),
      ),
      'upload' => QueuedUpload(path: fields.text('path'), fileName: fields.text('fileName')),
      final type => unreadable('no QueuedAction is a $type'),
    };
  }
}

/// Say something.
final class QueuedSend extends QueuedAction {
  /// Makes one.
  const QueuedSend({required this.text});

  /// The text.
  final String text;

  @override
  Map<String, Object?> toWire() => {'type': 'send', 'text': text};
}

/// Give a message another text.
final class QueuedEdit extends QueuedAction {
  /// Makes one.
  const QueuedEdit({required this.target, required this.text});

  /// Which.
  final MessageTarget target;

  /// The text.
  final String text;

  @override
  Map<String, Object?> toWire() => {'type': 'edit', 'target': target.toWire(), 'text': text};
}

/// Delete a message.
final class QueuedDelete extends QueuedAction {
  /// Makes one.
  const QueuedDelete({required this.target});

  /// Which.
  final MessageTarget target;

  @override
  Map<String, Object?> toWire() => {'type': 'delete', 'target': target.toWire()};
}

/// Put an emoji under a message, or take it back.
final class QueuedReact extends QueuedAction {
  /// Makes one.
  const QueuedReact({required this.target, required this.emoji, required this.isOn});

  /// Which.
  final MessageTarget target;

  /// The emoji.
  final String emoji;

  /// Whether it is to be there.
  final bool isOn;

  @override
  Map<String, Object?> toWire() => {
    'type': 'react',
    'target': target.toWire(),
    'emoji': emoji,
    'isOn': isOn,
  };
}

/// Store a file, for a message behind it.
final class QueuedUpload extends QueuedAction {
  /// Makes one.
  const QueuedUpload({required this.path, required this.fileName});

  /// Where the file is on this device.
  final String path;

  /// What it is called.
  final String fileName;

  @override
  Map<String, Object?> toWire() => {'type': 'upload', 'path': path, 'fileName': fileName};
}
