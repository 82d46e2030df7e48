// The steps that change a list.

import 'wire.dart';

/// One step that changes a list. The first that is told is always a [DiffReset].
sealed class ListDiff<T extends ChatValue> extends ChatValue {
  /// For its cases.
  const ListDiff();

  /// Reads what a channel carries, each item with [read].
  factory ListDiff.fromWire(Object? wire, T Function(Object?) read) {
    final fields = Fields(wire);
    return switch (fields.text('type')) {
      'reset' => DiffReset(fields.items('items', read)),
      'append' => DiffAppend(fields.items('items', read)),
      'insert' => DiffInsert(fields.whole('index'), fields.item('item', read)),
      'set' => DiffSet(fields.whole('index'), fields.item('item', read)),
      'remove' => DiffRemove(fields.whole('index')),
      'truncate' => DiffTruncate(fields.whole('length')),
      final type => unreadable('no ListDiff is a $type'),
    };
  }

  /// Carries the step out. Throws a [RangeError] when it has no place in this list: then it is not
  /// the one that was watched.
  void applyTo(List<T> rows);
}

/// The whole list is this now.
final class DiffReset<T extends ChatValue> extends ListDiff<T> {
  /// Makes one.
  const DiffReset(this.items);

  /// All of it.
  final List<T> items;

  @override
  void applyTo(List<T> rows) => rows
    ..clear()
    ..addAll(items);

  @override
  Map<String, Object?> toWire() => {
    'type': 'reset',
    'items': [for (final item in items) item.toWire()],
  };
}

/// These come behind the last.
final class DiffAppend<T extends ChatValue> extends ListDiff<T> {
  /// Makes one.
  const DiffAppend(this.items);

  /// What.
  final List<T> items;

  @override
  void applyTo(List<T> rows) => rows.addAll(items);

  @override
  Map<String, Object?> toWire() => {
    'type': 'append',
    'items': [for (final item in items) item.toWire()],
  };
}

/// This comes to this place; what was there and behind it moves on by one.
final class DiffInsert<T extends ChatValue> extends ListDiff<T> {
  /// Makes one.
  const DiffInsert(this.index, this.item);

  /// The place.
  final int index;

  /// What.
  final T item;

  @override
  void applyTo(List<T> rows) => rows.insert(index, item);

  @override
  Map<String, Object?> toWire() => {'type': 'insert', 'index': index, 'item': item.toWire()};
}

/// This is at this place now instead of what was there.
final class DiffSet<T extends ChatValue> extends ListDiff<T> {
  /// Makes one.
  const DiffSet(this.index, this.item);

  /// The place.
  final int index;

  /// What.
  final T item;

  @override
  void applyTo(List<T> rows) => rows[index] = item;

  @override
  Map<String, Object?> toWire() => {'type': 'set', 'index': index, 'item': item.toWire()};
}

/// What is at this place goes; what is behind it moves back by one.
final class DiffRemove<T extends ChatValue> extends ListDiff<T> {
  /// Makes one.
  const DiffRemove(this.index);

  /// The place.
  final int index;

  @override
  void applyTo(List<T> rows) => rows.removeAt(index);

  @override
  Map<String, Object?> toWire() => {'type': 'remove', 'index': index};
}

/// Only so many stay.
final class DiffTruncate<T extends ChatValue> extends ListDiff<T> {
  /// Makes one.
  const DiffTruncate(this.length);

  /// How many.
  final int length;

  @override
  void applyTo(List<T> rows) => rows.removeRange(length, rows.length);

  @override
  Map<String, Object?> toWire() => {'type': 'truncate', 'length': length};
}

/// The rows after each batch of steps.
Stream<List<T>> rowsAfter<T extends ChatValue>(Stream<List<ListDiff<T>>> batches) {
  final rows = <T>[];
  return batches.map((steps) {
    for (final step in steps) {
      step.applyTo(rows);
    }
    return List<T>.unmodifiable(rows);
  });
}
