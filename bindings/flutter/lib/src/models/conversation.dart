// Conversations and who is in them.

import '../wire.dart';
import 'message.dart';
import 'person.dart';

/// One row of the list of conversations.
final class ConversationItem extends ChatValue {
  /// Makes one.
  const ConversationItem({
    required this.id,
    required this.kind,
    required this.title,
    this.description,
    this.avatarUrl,
    this.messageTtlS,
    required this.memberCount,
    required this.members,
    required this.role,
    required this.canSend,
    required this.unreadCount,
    required this.mentionCount,
    required this.readSeq,
    this.last,
    this.draft,
    this.lastQueued,
    required this.failedCount,
    required this.typing,
    this.presence,
    required this.updatedAtMs,
    required this.prefs,
  });

  /// Reads what a channel carries.
  factory ConversationItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return ConversationItem(
      id: fields.text('id'),
      kind: fields.word('kind', ConversationType.values),
      title: fields.text('title'),
      description: fields.textOrNull('description'),
      avatarUrl: fields.textOrNull('avatarUrl'),
      messageTtlS: fields.wholeOrNull('messageTtlS'),
      memberCount: fields.whole('memberCount'),
      members: fields.items('members', MemberItem.fromWire),
      role: fields.word('role', Role.values),
      canSend: fields.flag('canSend'),
      unreadCount: fields.whole('unreadCount'),
      mentionCount: fields.whole('mentionCount'),
      readSeq: fields.whole('readSeq'),
      last: fields.itemOrNull('last', MessageItem.fromWire),
      draft: fields.textOrNull('draft'),
      lastQueued: fields.textOrNull('lastQueued'),
      failedCount: fields.whole('failedCount'),
      typing: fields.texts('typing'),
      presence: fields.itemOrNull('presence', PresenceItem.fromWire),
      updatedAtMs: fields.whole('updatedAtMs'),
      prefs: fields.item('prefs', PrefsItem.fromWire),
    );
  }

  /// Its id.
  final String id;

  /// What it is.
  final ConversationType kind;

  /// What a group or channel is called; of a direct one, the name of the other.
  final String title;

  /// What it is about.
  final String? description;

  /// Where its picture is, relative to the address of the API; of a direct one, the picture of the
  /// other.
  final String? avatarUrl;

  /// Messages are deleted for everyone so many seconds after they were said.
  final int? messageTtlS;

  /// How many are in it.
  final int memberCount;

  /// The first ten of them, in the order they joined, with how far each has read.
  final List<MemberItem> members;

  /// As what one is in it.
  final Role role;

  /// Whether one may say something in it.
  final bool canSend;

  /// Messages of others that one has not read.
  final int unreadCount;

  /// Of these, messages that name one.
  final int mentionCount;

  /// One has read up to here.
  final int readSeq;

  /// The newest message that is stored.
  final MessageItem? last;

  /// What one has begun to write, here or else on another device.
  final String? draft;

  /// The newest message that waits on this device.
  final String? lastQueued;

  /// How many messages on this device could not be sent.
  final int failedCount;

  /// Who writes at the moment, by username; nobody in a row of a list that is not on the screen.
  final List<String> typing;

  /// In a row of two people that is on the screen of a list: whether the other is here, as far as
  /// that is known.
  final PresenceItem? presence;

  /// When something last happened in it.
  final int updatedAtMs;

  /// What one has set for oneself alone.
  final PrefsItem prefs;

  @override
  Map<String, Object?> toWire() => {
    'id': id,
    'kind': kind.name,
    'title': title,
    'description': description,
    'avatarUrl': avatarUrl,
    'messageTtlS': messageTtlS,
    'memberCount': memberCount,
    'members': [for (final item in members) item.toWire()],
    'role': role.name,
    'canSend': canSend,
    'unreadCount': unreadCount,
    'mentionCount': mentionCount,
    'readSeq': readSeq,
    'last': last?.toWire(),
    'draft': draft,
    'lastQueued': lastQueued,
    'failedCount': failedCount,
    'typing': typing,
    'presence': presence?.toWire(),
    'updatedAtMs': updatedAtMs,
    'prefs': prefs.toWire(),
  };
}

/// What a conversation is.
enum ConversationType {
  /// Between two people.
  direct,

  /// Among any number; everybody writes.
  group,

  /// Among any number; few write, many read.
  channel,

  /// A kind of a newer server: show it like a group. None can be made.
  unknown,
}

/// Which conversations a list shows.
final class ConversationFilter extends ChatValue {
  /// Makes one.
  const ConversationFilter({this.unread = false, this.archived = false, this.name});

  /// Reads what a channel carries.
  factory ConversationFilter.fromWire(Object? wire) {
    final fields = Fields(wire);
    return ConversationFilter(
      unread: fields.flag('unread'),
      archived: fields.flag('archived'),
      name: fields.textOrNull('name'),
    );
  }

  /// Only those with something unread.
  final bool unread;

  /// Those that are put away, instead of the others.
  final bool archived;

  /// Only those with this in their title, nickname or members' names, in capitals or not, but with
  /// its accents. Of many members the first ten are looked at.
  final String? name;

  @override
  Map<String, Object?> toWire() => {'unread': unread, 'archived': archived, 'name': name};
}

/// What one has set for oneself alone in a conversation, on all devices.
final class PrefsItem extends ChatValue {
  /// Makes one.
  const PrefsItem({
    this.mutedUntilMs,
    required this.isPinned,
    required this.isArchived,
    this.nickname,
  });

  /// Reads what a channel carries.
  factory PrefsItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return PrefsItem(
      mutedUntilMs: fields.wholeOrNull('mutedUntilMs'),
      isPinned: fields.flag('isPinned'),
      isArchived: fields.flag('isArchived'),
      nickname: fields.textOrNull('nickname'),
    );
  }

  /// No notifications until then.
  final int? mutedUntilMs;

  /// Whether it comes first in the list.
  final bool isPinned;

  /// Whether it is put away.
  final bool isArchived;

  /// What one calls it.
  final String? nickname;

  @override
  Map<String, Object?> toWire() => {
    'mutedUntilMs': mutedUntilMs,
    'isPinned': isPinned,
    'isArchived': isArchived,
    'nickname': nickname,
  };
}

/// What to set for oneself alone in a conversation; what is absent stays.
final class PrefsChange extends ChatValue {
  /// Makes one.
  const PrefsChange({this.mutedUntilMs, this.isPinned, this.isArchived, this.nickname});

  /// Reads what a channel carries.
  factory PrefsChange.fromWire(Object? wire) {
    final fields = Fields(wire);
    return PrefsChange(
      mutedUntilMs: fields.wholeOrNull('mutedUntilMs'),
      isPinned: fields.flagOrNull('isPinned'),
      isArchived: fields.flagOrNull('isArchived'),
      nickname: fields.textOrNull('nickname'),
    );
  }

  /// No notifications until then; a moment in the past ends it.
  final int? mutedUntilMs;

  /// Whether it comes first in the list.
  final bool? isPinned;

  /// Whether it is put away.
  final bool? isArchived;

  /// What one calls it; empty takes it away.
  final String? nickname;

  @override
  Map<String, Object?> toWire() => {
    'mutedUntilMs': mutedUntilMs,
    'isPinned': isPinned,
    'isArchived': isArchived,
    'nickname': nickname,
  };
}

/// A member as a conversation shows them.
final class MemberItem extends ChatValue {
  /// Makes one.
  const MemberItem({
    required this.userId,
    required this.username,
    required this.displayName,
    this.avatarUrl,
    required this.role,
    required this.readSeq,
    required this.deliveredSeq,
  });

  /// Reads what a channel carries.
  factory MemberItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return MemberItem(
      userId: fields.text('userId'),
      username: fields.text('username'),
      displayName: fields.text('displayName'),
      avatarUrl: fields.textOrNull('avatarUrl'),
      role: fields.word('role', Role.values),
      readSeq: fields.whole('readSeq'),
      deliveredSeq: fields.whole('deliveredSeq'),
    );
  }

  /// Who.
  final String userId;

  /// The name one finds them by.
  final String username;

  /// The name people see.
  final String displayName;

  /// Where their picture is, relative to the address of the API.
  final String? avatarUrl;

  /// As what they are in it.
  final Role role;

  /// They have read up to here, as far as they let others see it.
  final int readSeq;

  /// One of their devices has stored everything up to here.
  final int deliveredSeq;

  @override
  Map<String, Object?> toWire() => {
    'userId': userId,
    'username': username,
    'displayName': displayName,
    'avatarUrl': avatarUrl,
    'role': role.name,
    'readSeq': readSeq,
    'deliveredSeq': deliveredSeq,
  };
}

/// A page of members.
final class MemberPageItem extends ChatValue {
  /// Makes one.
  const MemberPageItem({required this.items, this.nextCursor});

  /// Reads what a channel carries.
  factory MemberPageItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return MemberPageItem(
      items: fields.items('items', MemberItem.fromWire),
      nextCursor: fields.textOrNull('nextCursor'),
    );
  }

  /// In the order they joined.
  final List<MemberItem> items;

  /// Hand this back for the next page; none after the last.
  final String? nextCursor;

  @override
  Map<String, Object?> toWire() => {
    'items': [for (final item in items) item.toWire()],
    'nextCursor': nextCursor,
  };
}

/// What a member may do. Each role may do what the ones before it may.
enum Role {
  /// A role of a newer server: show whoever has it like a member. It cannot be given.
  unknown,

  /// Reads and writes.
  member,

  /// Also looks after members and messages.
  admin,

  /// Also gives roles and deletes the conversation.
  owner,
}
