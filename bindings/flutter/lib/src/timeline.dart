import 'channel.dart';
import 'list_diff.dart';
import 'models/timeline_item.dart';

/// A window onto the messages of one conversation. Close it when its screen goes.
final class Timeline {
  /// As the client makes it.
  Timeline.of(this._channel, this._number);

  final ChatChannel _channel;
  final int _number;

  /// The rows as they are: at once, and whenever they are otherwise. Each time this is asked for it
  /// is a stream of its own.
  Stream<List<TimelineItem>> get items => rowsAfter(diffs);

  /// The steps that change the rows, in batches; the first is all rows.
  Stream<List<ListDiff<TimelineItem>>> get diffs => _channel
      .watch('watchTimeline', {'timeline': _number})
      .map(
        (steps) => [
          for (final step in steps! as List<Object?>)
            ListDiff.fromWire(step, TimelineItem.fromWire),
        ],
      );

  /// Shows up to [limit] more messages further back. False when there are none.
  Future<bool> loadOlder({int limit = 50}) async =>
      await _channel.call('loadOlder', {'timeline': _number, 'limit': limit}) as bool;

  /// Shows up to [limit] more messages further on, until it is at the end. False when it is.
  Future<bool> loadNewer({int limit = 50}) async =>
      await _channel.call('loadNewer', {'timeline': _number, 'limit': limit}) as bool;

  /// Looks at the messages around a place.
  Future<void> jumpTo(int seq) => _channel.call('jumpTo', {'timeline': _number, 'seq': seq});

  /// Looks at the messages around this one. The server is asked where it is, if it is neither known
  /// nor kept on this device: an id out of a push, a link or a search is enough.
  Future<void> jumpToMessage(String messageId) =>
      _channel.call('jumpToMessage', {'timeline': _number, 'messageId': messageId});

  /// Looks at the newest messages again.
  Future<void> jumpToEnd() => _channel.call('jumpToEnd', {'timeline': _number});

  /// Whether it shows the newest messages, and each new one as it comes.
  Future<bool> isAtEnd() async => await _channel.call('isAtEnd', {'timeline': _number}) as bool;

  /// Says which rows are on the screen, from [first] up to but not with [last]. What is missing
  /// among them is fetched, and the presence of those who said the rest is watched, and nobody
  /// else's.
  Future<void> setVisible(int first, int last) =>
      _channel.call('setTimelineVisible', {'timeline': _number, 'first': first, 'last': last});

  /// Lets it go; its streams end.
  Future<void> close() => _channel.call('closeTimeline', {'timeline': _number});
}
