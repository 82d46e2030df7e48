// Messages on their way: what is to be said, how it is named, and how far it is.

import '../wire.dart';

/// How far something is on its way.
sealed class SendState extends ChatValue {
  /// For its cases.
  const SendState();

  /// Reads what a channel carries.
  factory SendState.fromWire(Object? wire) {
    final fields = Fields(wire);
    return switch (fields.text('type')) {
      'queued' => const SendStateQueued(),
      'sending' => const SendStateSending(),
      'sent' => const SendStateSent(),
      'failed' => SendStateFailed(code: fields.text('code'), detail: fields.text('detail')),
      final type => unreadable('no SendState is a $type'),
    };
  }
}

/// It waits on this device; nobody else knows of it.
final class SendStateQueued extends SendState {
  /// Makes one.
  const SendStateQueued();

  @override
  Map<String, Object?> toWire() => {'type': 'queued'};
}

/// It is on its way: the server may have it.
final class SendStateSending extends SendState {
  /// Makes one.
  const SendStateSending();

  @override
  Map<String, Object?> toWire() => {'type': 'sending'};
}

/// The server has it.
final class SendStateSent extends SendState {
  /// Makes one.
  const SendStateSent();

  @override
  Map<String, Object?> toWire() => {'type': 'sent'};
}

/// Refused for good: it can be changed, tried again or dropped.
final class SendStateFailed extends SendState {
  /// Makes one.
  const SendStateFailed({required this.code, required this.detail});

  /// Why, in a stable word.
  final String code;

  /// Why, in a sentence.
  final String detail;

  @override
  Map<String, Object?> toWire() => {'type': 'failed', 'code': code, 'detail': detail};
}

/// A message, stored or still on this device.
sealed class MessageTarget extends ChatValue {
  /// For its cases.
  const MessageTarget();

  /// Reads what a channel carries.
  factory MessageTarget.fromWire(Object? wire) {
    final fields = Fields(wire);
    return switch (fields.text('type')) {
      'stored' => StoredTarget(messageId: fields.text('messageId')),
      'queued' => QueuedTarget(clientId: fields.text('clientId')),
      final type => unreadable('no MessageTarget is a $type'),
    };
  }
}

/// The server knows it, under this id.
final class StoredTarget extends MessageTarget {
  /// Makes one.
  const StoredTarget({required this.messageId});

  /// Its id.
  final String messageId;

  @override
  Map<String, Object?> toWire() => {'type': 'stored', 'messageId': messageId};
}

/// It waits on this device, under this id of the send.
final class QueuedTarget extends MessageTarget {
  /// Makes one.
  const QueuedTarget({required this.clientId});

  /// The id of the send.
  final String clientId;

  @override
  Map<String, Object?> toWire() => {'type': 'queued', 'clientId': clientId};
}

/// A message to be said.
final class OutgoingMessage extends ChatValue {
  /// Makes one.
  const OutgoingMessage({
    this.text,
    this.replyTo,
    this.uploads = const [],
    this.attachmentIds = const [],
    this.mentions = const [],
    this.isVoice = false,
    this.metadata,
  });

  /// Reads what a channel carries.
  factory OutgoingMessage.fromWire(Object? wire) {
    final fields = Fields(wire);
    return OutgoingMessage(
      text: fields.textOrNull('text'),
      replyTo: fields.itemOrNull('replyTo', MessageTarget.fromWire),
      uploads: fields.texts('uploads'),
      attachmentIds: fields.texts('attachmentIds'),
      mentions: fields.texts('mentions'),
      isVoice: fields.flag('isVoice'),
      metadata: fields.textOrNull('metadata'),
    );
  }

  /// The text; may be absent where there are files.
  final String? text;

  /// What it answers, in the same conversation.
  final MessageTarget? replyTo;

  /// Files that wait on this device themselves, by what `upload` gave: the message waits for them.
  final List<String> uploads;

  /// Files that the server has, by their ids.
  final List<String> attachmentIds;

  /// Members it names besides those whom the text names with `@username`, by id.
  final List<String> mentions;

  /// Whether it is something spoken: one stored sound.
  final bool isVoice;

  /// Data of the app: a JSON object.
  final String? metadata;

  @override
  Map<String, Object?> toWire() => {
    'text': text,
    'replyTo': replyTo?.toWire(),
    'uploads': uploads,
    'attachmentIds': attachmentIds,
    'mentions': mentions,
    'isVoice': isVoice,
    'metadata': metadata,
  };
}

/// A message that the server has stored.
final class StoredMessage extends ChatValue {
  /// Makes one.
  const StoredMessage({required this.messageId, required this.seq, required this.sentAtMs});

  /// Reads what a channel carries.
  factory StoredMessage.fromWire(Object? wire) {
    final fields = Fields(wire);
    return StoredMessage(
      messageId: fields.text('messageId'),
      seq: fields.whole('seq'),
      sentAtMs: fields.whole('sentAtMs'),
    );
  }

  /// Its id.
  final String messageId;

  /// Its place in the conversation.
  final int seq;

  /// When it was stored.
  final int sentAtMs;

  @override
  Map<String, Object?> toWire() => {'messageId': messageId, 'seq': seq, 'sentAtMs': sentAtMs};
}
