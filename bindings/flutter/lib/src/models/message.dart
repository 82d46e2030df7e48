// Messages, and how they are named and sent.

import '../wire.dart';
import 'attachment.dart';
import 'sending.dart';

/// One message of a conversation.
final class MessageItem extends ChatValue {
  /// Makes one.
  const MessageItem({
    required this.key,
    required this.conversationId,
    required this.clientId,
    this.messageId,
    this.seq,
    required this.senderId,
    required this.senderName,
    this.senderAvatarUrl,
    required this.isMine,
    required this.kind,
    required this.text,
    this.replyTo,
    this.replyTarget,
    this.forwardedFrom,
    required this.attachments,
    required this.uploads,
    required this.mentions,
    required this.mentionsAll,
    required this.namesMe,
    required this.reactions,
    required this.sentAtMs,
    this.editedAtMs,
    this.pinnedAtMs,
    this.expiresAtMs,
    required this.isDeleted,
    required this.sendState,
    required this.waiting,
    required this.failed,
    this.metadata,
  });

  /// Reads what a channel carries.
  factory MessageItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return MessageItem(
      key: fields.text('key'),
      conversationId: fields.text('conversationId'),
      clientId: fields.text('clientId'),
      messageId: fields.textOrNull('messageId'),
      seq: fields.wholeOrNull('seq'),
      senderId: fields.text('senderId'),
      senderName: fields.text('senderName'),
      senderAvatarUrl: fields.textOrNull('senderAvatarUrl'),
      isMine: fields.flag('isMine'),
      kind: fields.word('kind', MessageType.values),
      text: fields.text('text'),
      replyTo: fields.itemOrNull('replyTo', ReplyItem.fromWire),
      replyTarget: fields.itemOrNull('replyTarget', MessageTarget.fromWire),
      forwardedFrom: fields.itemOrNull('forwardedFrom', ForwardItem.fromWire),
      attachments: fields.items('attachments', AttachmentItem.fromWire),
      uploads: fields.texts('uploads'),
      mentions: fields.texts('mentions'),
      mentionsAll: fields.flag('mentionsAll'),
      namesMe: fields.flag('namesMe'),
      reactions: fields.items('reactions', ReactionItem.fromWire),
      sentAtMs: fields.whole('sentAtMs'),
      editedAtMs: fields.wholeOrNull('editedAtMs'),
      pinnedAtMs: fields.wholeOrNull('pinnedAtMs'),
      expiresAtMs: fields.wholeOrNull('expiresAtMs'),
      isDeleted: fields.flag('isDeleted'),
      sendState: fields.item('sendState', SendState.fromWire),
      waiting: fields.texts('waiting'),
      failed: fields.texts('failed'),
      metadata: fields.textOrNull('metadata'),
    );
  }

  /// Stays the same from the moment it is sent: what a list is keyed by.
  final String key;

  /// Where it was said.
  final String conversationId;

  /// The id of the send.
  final String clientId;

  /// Its id, once stored.
  final String? messageId;

  /// Its place in the conversation, once stored.
  final int? seq;

  /// Who said it.
  final String senderId;

  /// The name people see; empty for one's own that are not stored yet.
  final String senderName;

  /// Where the sender's picture is, relative to the address of the API.
  final String? senderAvatarUrl;

  /// Whether one said it oneself.
  final bool isMine;

  /// What it is.
  final MessageType kind;

  /// What was said, as it was written; empty once deleted, and for files without a text.
  final String text;

  /// What it answers, of a stored one.
  final ReplyItem? replyTo;

  /// What it answers, of one that is not stored yet.
  final MessageTarget? replyTarget;

  /// Where it was said first.
  final ForwardItem? forwardedFrom;

  /// The files with it that the server has. Of one that is not stored yet and got a file by its id alone, no more than the
  /// id is known.
  final List<AttachmentItem> attachments;

  /// The files that it waits for, of one that is not stored yet: what `upload` gave.
  final List<String> uploads;

  /// The members it names, by id.
  final List<String> mentions;

  /// Whether it names everybody.
  final bool mentionsAll;

  /// Whether it names oneself, by name or with everybody.
  final bool namesMe;

  /// The emoji under it, in the order they came.
  final List<ReactionItem> reactions;

  /// When it was stored; before that, when it was said.
  final int sentAtMs;

  /// When it was last changed.
  final int? editedAtMs;

  /// Since when it is pinned.
  final int? pinnedAtMs;

  /// When it will be deleted for everyone.
  final int? expiresAtMs;

  /// Whether it was deleted.
  final bool isDeleted;

  /// How far it is.
  final SendState sendState;

  /// What waits to be done to it, by its name in the outbox; it is shown as if it were done.
  final List<String> waiting;

  /// What could not be done to it, by its name in the outbox; it can be tried again or dropped.
  final List<String> failed;

  /// Data of the app that sent it: a JSON object.
  final String? metadata;

  @override
  Map<String, Object?> toWire() => {
    'key': key,
    'conversationId': conversationId,
    'clientId': clientId,
    'messageId': messageId,
    'seq': seq,
    'senderId': senderId,
    'senderName': senderName,
    'senderAvatarUrl': senderAvatarUrl,
    'isMine': isMine,
    'kind': kind.name,
    'text': text,
    'replyTo': replyTo?.toWire(),
    'replyTarget': replyTarget?.toWire(),
    'forwardedFrom': forwardedFrom?.toWire(),
    'attachments': [for (final item in attachments) item.toWire()],
    'uploads': uploads,
    'mentions': mentions,
    'mentionsAll': mentionsAll,
    'namesMe': namesMe,
    'reactions': [for (final item in reactions) item.toWire()],
    'sentAtMs': sentAtMs,
    'editedAtMs': editedAtMs,
    'pinnedAtMs': pinnedAtMs,
    'expiresAtMs': expiresAtMs,
    'isDeleted': isDeleted,
    'sendState': sendState.toWire(),
    'waiting': waiting,
    'failed': failed,
    'metadata': metadata,
  };
}

/// What a message is.
enum MessageType {
  /// Something said, with or without files.
  text,

  /// Something spoken: one sound, and perhaps its text.
  voice,

  /// Something that happened to the conversation, told by the server: show the text without a
  /// sender.
  system,

  /// A kind of a newer server: show the text.
  unknown,
}

/// The message that a message answers, as it is now.
final class ReplyItem extends ChatValue {
  /// Makes one.
  const ReplyItem({
    required this.messageId,
    required this.seq,
    required this.senderId,
    required this.excerpt,
  });

  /// Reads what a channel carries.
  factory ReplyItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return ReplyItem(
      messageId: fields.text('messageId'),
      seq: fields.whole('seq'),
      senderId: fields.text('senderId'),
      excerpt: fields.text('excerpt'),
    );
  }

  /// Its id.
  final String messageId;

  /// Its place in the same conversation.
  final int seq;

  /// Who said it.
  final String senderId;

  /// Its beginning; empty once it is deleted, and for a file without a text.
  final String excerpt;

  @override
  Map<String, Object?> toWire() => {
    'messageId': messageId,
    'seq': seq,
    'senderId': senderId,
    'excerpt': excerpt,
  };
}

/// Where a forwarded message comes from, as it was then.
final class ForwardItem extends ChatValue {
  /// Makes one.
  const ForwardItem({required this.senderId, required this.senderName, required this.sentAtMs});

  /// Reads what a channel carries.
  factory ForwardItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return ForwardItem(
      senderId: fields.text('senderId'),
      senderName: fields.text('senderName'),
      sentAtMs: fields.whole('sentAtMs'),
    );
  }

  /// Who said it first.
  final String senderId;

  /// The name they had then.
  final String senderName;

  /// When they said it.
  final int sentAtMs;

  @override
  Map<String, Object?> toWire() => {
    'senderId': senderId,
    'senderName': senderName,
    'sentAtMs': sentAtMs,
  };
}

/// An emoji under a message.
final class ReactionItem extends ChatValue {
  /// Makes one.
  const ReactionItem({required this.emoji, required this.count, required this.userIds});

  /// Reads what a channel carries.
  factory ReactionItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return ReactionItem(
      emoji: fields.text('emoji'),
      count: fields.whole('count'),
      userIds: fields.texts('userIds'),
    );
  }

  /// The emoji.
  final String emoji;

  /// How many gave it.
  final int count;

  /// The first 20 of them, in the order they gave it.
  final List<String> userIds;

  @override
  Map<String, Object?> toWire() => {'emoji': emoji, 'count': count, 'userIds': userIds};
}
