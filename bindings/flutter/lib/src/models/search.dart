// Looking for messages.

import '../wire.dart';
import 'message.dart';

/// What to look for among all messages that the server has.
final class SearchQuery extends ChatValue {
  /// Makes one.
  const SearchQuery({
    this.text,
    this.conversationId,
    this.senderId,
    this.beforeMs,
    this.afterMs,
    this.limit = 50,
    this.cursor,
  });

  /// Reads what a channel carries.
  factory SearchQuery.fromWire(Object? wire) {
    final fields = Fields(wire);
    return SearchQuery(
      text: fields.textOrNull('text'),
      conversationId: fields.textOrNull('conversationId'),
      senderId: fields.textOrNull('senderId'),
      beforeMs: fields.wholeOrNull('beforeMs'),
      afterMs: fields.wholeOrNull('afterMs'),
      limit: fields.whole('limit'),
      cursor: fields.textOrNull('cursor'),
    );
  }

  /// The words; all of them must be there. May be absent where a sender or a time is given.
  final String? text;

  /// In this conversation only.
  final String? conversationId;

  /// By this sender only.
  final String? senderId;

  /// Said before this moment.
  final int? beforeMs;

  /// Said after this moment.
  final int? afterMs;

  /// At most this many (1 to 100).
  final int limit;

  /// From the page before.
  final String? cursor;

  @override
  Map<String, Object?> toWire() => {
    'text': text,
    'conversationId': conversationId,
    'senderId': senderId,
    'beforeMs': beforeMs,
    'afterMs': afterMs,
    'limit': limit,
    'cursor': cursor,
  };
}

/// A message that was found.
final class SearchResult extends ChatValue {
  /// Makes one.
  const SearchResult({required this.item, required this.highlights});

  /// Reads what a channel carries.
  factory SearchResult.fromWire(Object? wire) {
    final fields = Fields(wire);
    return SearchResult(
      item: fields.item('item', MessageItem.fromWire),
      highlights: fields.wholes('highlights'),
    );
  }

  /// It.
  final MessageItem item;

  /// Where in its text the words are: begin and end of each stretch, in Unicode code points.
  final List<int> highlights;

  @override
  Map<String, Object?> toWire() => {'item': item.toWire(), 'highlights': highlights};
}

/// A page of what was found.
final class SearchResultPage extends ChatValue {
  /// Makes one.
  const SearchResultPage({required this.items, this.nextCursor});

  /// Reads what a channel carries.
  factory SearchResultPage.fromWire(Object? wire) {
    final fields = Fields(wire);
    return SearchResultPage(
      items: fields.items('items', SearchResult.fromWire),
      nextCursor: fields.textOrNull('nextCursor'),
    );
  }

  /// Best first.
  final List<SearchResult> items;

  /// Hand this back for the next page; none after the last.
  final String? nextCursor;

  @override
  Map<String, Object?> toWire() => {
    'items': [for (final item in items) item.toWire()],
    'nextCursor': nextCursor,
  };
}
