import 'channel.dart';
import 'list_diff.dart';
import 'models/conversation.dart';

/// A list of conversations: pinned ones first, then newest activity. Close it when its screen goes.
final class ConversationList {
  /// As the client makes it.
  ConversationList.of(this._channel, this._number);

  final ChatChannel _channel;
  final int _number;

  /// The list as it is: at once, and whenever it is otherwise. Each time this is asked for it is a
  /// stream of its own.
  Stream<List<ConversationItem>> get items => rowsAfter(diffs);

  /// The steps that change the list, in batches; the first is the whole list.
  Stream<List<ListDiff<ConversationItem>>> get diffs => _channel
      .watch('watchConversationList', {'list': _number})
      .map(
        (steps) => [
          for (final step in steps! as List<Object?>)
            ListDiff.fromWire(step, ConversationItem.fromWire),
        ],
      );

  /// Shows other conversations from now on; the next steps begin with the whole list.
  Future<void> setFilter(ConversationFilter filter) =>
      _channel.call('setFilter', {'list': _number, 'filter': filter.toWire()});

  /// Says which rows are on the screen, from [first] up to but not with [last]: the presence of the
  /// people in them is watched, and nobody else's, and who writes is told of these rows alone. Where
  /// other rows come into these places, it is those. As long as this was never said, nobody's
  /// presence is watched, and all rows tell who writes.
  Future<void> setVisible(int first, int last) =>
      _channel.call('setListVisible', {'list': _number, 'first': first, 'last': last});

  /// Lets it go; its streams end.
  Future<void> close() => _channel.call('closeConversationList', {'list': _number});
}
