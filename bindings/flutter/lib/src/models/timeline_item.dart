// The rows of a timeline.

import '../wire.dart';
import 'message.dart';

/// One row of a timeline. Its key is the same for as long as it is the same row.
sealed class TimelineItem extends ChatValue {
  /// For its cases.
  const TimelineItem();

  /// Reads what a channel carries.
  factory TimelineItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return switch (fields.text('type')) {
      'start' => TimelineStart(key: fields.text('key')),
      'date' => TimelineDate(key: fields.text('key'), dayMs: fields.whole('dayMs')),
      'unread' => TimelineUnread(key: fields.text('key')),
      'gap' => TimelineGap(
        key: fields.text('key'),
        after: fields.whole('after'),
        through: fields.whole('through'),
      ),
      'message' => TimelineMessage(item: fields.item('item', MessageItem.fromWire)),
      final type => unreadable('no TimelineItem is a $type'),
    };
  }
}

/// Nothing was said before.
final class TimelineStart extends TimelineItem {
  /// Makes one.
  const TimelineStart({required this.key});

  /// What a list is keyed by.
  final String key;

  @override
  Map<String, Object?> toWire() => {'type': 'start', 'key': key};
}

/// What follows was said on the day that begins here, by the user's clock.
final class TimelineDate extends TimelineItem {
  /// Makes one.
  const TimelineDate({required this.key, required this.dayMs});

  /// What a list is keyed by.
  final String key;

  /// The beginning of the day, as if the user's clock were UTC.
  final int dayMs;

  @override
  Map<String, Object?> toWire() => {'type': 'date', 'key': key, 'dayMs': dayMs};
}

/// What follows was unread when the timeline was opened.
final class TimelineUnread extends TimelineItem {
  /// Makes one.
  const TimelineUnread({required this.key});

  /// What a list is keyed by.
  final String key;

  @override
  Map<String, Object?> toWire() => {'type': 'unread', 'key': key};
}

/// What was said between these places is not known here. It is fetched when this row is on the
/// screen.
final class TimelineGap extends TimelineItem {
  /// Makes one.
  const TimelineGap({required this.key, required this.after, required this.through});

  /// What a list is keyed by.
  final String key;

  /// After this place.
  final int after;

  /// Up to and with this one.
  final int through;

  @override
  Map<String, Object?> toWire() => {'type': 'gap', 'key': key, 'after': after, 'through': through};
}

/// A message; its own key is the row's.
final class TimelineMessage extends TimelineItem {
  /// Makes one.
  const TimelineMessage({required this.item});

  /// It.
  final MessageItem item;

  @override
  Map<String, Object?> toWire() => {'type': 'message', 'item': item.toWire()};
}

/// How a timeline begins.
final class TimelineSettings extends ChatValue {
  /// Makes one.
  const TimelineSettings({this.limit = 50, this.utcOffsetS = 0});

  /// Reads what a channel carries.
  factory TimelineSettings.fromWire(Object? wire) {
    final fields = Fields(wire);
    return TimelineSettings(limit: fields.whole('limit'), utcOffsetS: fields.whole('utcOffsetS'));
  }

  /// How many messages it shows at first.
  final int limit;

  /// How far the user's days are from those of UTC: one number for all of them. Beyond a change to
  /// or from summer time, what was said within that hour of midnight stands under the day beside its
  /// own.
  final int utcOffsetS;

  @override
  Map<String, Object?> toWire() => {'limit': limit, 'utcOffsetS': utcOffsetS};
}
