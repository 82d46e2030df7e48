// People, and what is known of them.

import '../wire.dart';

/// A person.
final class PersonItem extends ChatValue {
  /// Makes one.
  const PersonItem({
    required this.userId,
    required this.username,
    required this.displayName,
    this.avatarUrl,
    required this.isBot,
  });

  /// Reads what a channel carries.
  factory PersonItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return PersonItem(
      userId: fields.text('userId'),
      username: fields.text('username'),
      displayName: fields.text('displayName'),
      avatarUrl: fields.textOrNull('avatarUrl'),
      isBot: fields.flag('isBot'),
    );
  }

  /// Their id.
  final String userId;

  /// The name one finds them by.
  final String username;

  /// The name people see.
  final String displayName;

  /// Where their picture is, relative to the address of the API.
  final String? avatarUrl;

  /// Whether a program speaks through the account.
  final bool isBot;

  @override
  Map<String, Object?> toWire() => {
    'userId': userId,
    'username': username,
    'displayName': displayName,
    'avatarUrl': avatarUrl,
    'isBot': isBot,
  };
}

/// A page of people.
final class PersonPage extends ChatValue {
  /// Makes one.
  const PersonPage({required this.items, this.nextCursor});

  /// Reads what a channel carries.
  factory PersonPage.fromWire(Object? wire) {
    final fields = Fields(wire);
    return PersonPage(
      items: fields.items('items', PersonItem.fromWire),
      nextCursor: fields.textOrNull('nextCursor'),
    );
  }

  /// In the order of their usernames.
  final List<PersonItem> items;

  /// Hand this back for the next page; none after the last.
  final String? nextCursor;

  @override
  Map<String, Object?> toWire() => {
    'items': [for (final item in items) item.toWire()],
    'nextCursor': nextCursor,
  };
}

/// Where somebody is now.
final class PresenceItem extends ChatValue {
  /// Makes one.
  const PresenceItem({required this.userId, required this.status, this.lastSeenAtMs});

  /// Reads what a channel carries.
  factory PresenceItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return PresenceItem(
      userId: fields.text('userId'),
      status: fields.word('status', PresenceStatus.values),
      lastSeenAtMs: fields.wholeOrNull('lastSeenAtMs'),
    );
  }

  /// Who.
  final String userId;

  /// Whether they are here.
  final PresenceStatus status;

  /// When they were last here.
  final int? lastSeenAtMs;

  @override
  Map<String, Object?> toWire() => {
    'userId': userId,
    'status': status.name,
    'lastSeenAtMs': lastSeenAtMs,
  };
}

/// Whether somebody is here.
enum PresenceStatus {
  /// At least one device is in use.
  online,

  /// Connected, but not in use.
  away,

  /// Not connected.
  offline,

  /// The server cannot say at the moment, or says it in a word of a newer one: show nothing of it.
  unknown,
}

/// How far a message has come with one member.
final class ReceiptItem extends ChatValue {
  /// Makes one.
  const ReceiptItem({
    required this.person,
    required this.isDelivered,
    this.deliveredAtMs,
    required this.isRead,
    this.readAtMs,
  });

  /// Reads what a channel carries.
  factory ReceiptItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return ReceiptItem(
      person: fields.item('person', PersonItem.fromWire),
      isDelivered: fields.flag('isDelivered'),
      deliveredAtMs: fields.wholeOrNull('deliveredAtMs'),
      isRead: fields.flag('isRead'),
      readAtMs: fields.wholeOrNull('readAtMs'),
    );
  }

  /// Who.
  final PersonItem person;

  /// Whether one of their devices has stored it.
  final bool isDelivered;

  /// When, where that is known.
  final int? deliveredAtMs;

  /// Whether they have read it, where they let others see that.
  final bool isRead;

  /// When, where that is known.
  final int? readAtMs;

  @override
  Map<String, Object?> toWire() => {
    'person': person.toWire(),
    'isDelivered': isDelivered,
    'deliveredAtMs': deliveredAtMs,
    'isRead': isRead,
    'readAtMs': readAtMs,
  };
}
