// The moments of records as Dart has them.

import 'models/conversation.dart';
import 'models/message.dart';
import 'models/outbox.dart';
import 'models/person.dart';
import 'models/sending.dart';
import 'models/timeline_item.dart';

DateTime _moment(int ms) => DateTime.fromMillisecondsSinceEpoch(ms);

/// The moments of a conversation, by the device's clock and time zone.
extension ConversationMoments on ConversationItem {
  /// When something last happened in it.
  DateTime get updatedAt => _moment(updatedAtMs);
}

/// The moments of a message, and how calls name it.
extension MessageMoments on MessageItem {
  /// When it was stored; before that, when it was said.
  DateTime get sentAt => _moment(sentAtMs);

  /// How this message is named in calls, wherever it is.
  MessageTarget get target => switch (messageId) {
    final id? => StoredTarget(messageId: id),
    null => QueuedTarget(clientId: clientId),
  };
}

/// The moments of what waits.
extension QueuedMoments on QueuedItem {
  /// When it was queued.
  DateTime get createdAt => _moment(createdAtMs);
}

/// The moments of somebody's presence.
extension PresenceMoments on PresenceItem {
  /// When they were last here.
  DateTime? get lastSeenAt => switch (lastSeenAtMs) {
    final ms? => _moment(ms),
    null => null,
  };
}

/// The days of a timeline.
extension TimelineMoments on TimelineDate {
  /// The beginning of the day, by the user's clock as if it were UTC.
  DateTime get day => DateTime.fromMillisecondsSinceEpoch(dayMs, isUtc: true);
}

/// What a row of a timeline is keyed by.
extension TimelineKeys on TimelineItem {
  /// The same for as long as it is the same row.
  String get rowKey => switch (this) {
    TimelineStart(:final key) => key,
    TimelineDate(:final key) => key,
    TimelineUnread(:final key) => key,
    TimelineGap(:final key) => key,
    TimelineMessage(:final item) => item.key,
  };
}
