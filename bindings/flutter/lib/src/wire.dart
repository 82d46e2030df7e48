// How values cross the channels: as maps of strings, whole numbers, flags, bytes, lists and nulls.
// The golden files next to this package say which names they have; Rust, Kotlin and Dart are held
// against them.

import 'dart:typed_data';

import 'package:flutter/foundation.dart' show immutable;

import 'models/failure.dart';

/// A value of the SDK: a copy of the moment, equal to any other with the same in it.
@immutable
abstract class ChatValue {
  /// For what extends it.
  const ChatValue();

  /// What a channel carries.
  Map<String, Object?> toWire();

  @override
  bool operator ==(Object other) =>
      identical(this, other) ||
      other is ChatValue && other.runtimeType == runtimeType && sameWire(toWire(), other.toWire());

  @override
  int get hashCode => wireHash(toWire());
}

/// Whether a channel carries the same for both.
bool sameWire(Object? one, Object? other) {
  if (one is Map<Object?, Object?> && other is Map<Object?, Object?>) {
    return one.length == other.length &&
        one.keys.every((key) => other.containsKey(key) && sameWire(one[key], other[key]));
  }
  if (one is List<Object?> && other is List<Object?>) {
    if (one.length != other.length) return false;
    for (var at = 0; at < one.length; at++) {
      if (!sameWire(one[at], other[at])) return false;
    }
    return true;
  }
  return one == other;
}

/// The same for all that [sameWire] finds the same.
int wireHash(Object? wire) => switch (wire) {
  final Map<Object?, Object?> map => Object.hashAllUnordered([
    for (final MapEntry(:key, :value) in map.entries) Object.hash(key, wireHash(value)),
  ]),
  final List<Object?> list => Object.hashAll(list.map(wireHash)),
  _ => wire.hashCode,
};

/// Fails with what a channel carried and this version cannot read.
Never unreadable(String what) => throw InternalFailure(detail: what);

/// The fields of a map that came over a channel.
final class Fields {
  /// Of this map.
  Fields(Object? wire)
    : _values = wire is Map<Object?, Object?>
          ? wire
          : unreadable('a ${wire.runtimeType} is no map');

  final Map<Object?, Object?> _values;

  /// A string.
  String text(String name) => _value<String>(name);

  /// A string, or null.
  String? textOrNull(String name) => _value<String?>(name);

  /// A flag.
  bool flag(String name) => _value<bool>(name);

  /// A flag, or null.
  bool? flagOrNull(String name) => _value<bool?>(name);

  /// A whole number.
  int whole(String name) => _value<int>(name);

  /// A whole number, or null.
  int? wholeOrNull(String name) => _value<int?>(name);

  /// Bytes.
  Uint8List bytes(String name) => _value<Uint8List>(name);

  /// Bytes, or null.
  Uint8List? bytesOrNull(String name) => _value<Uint8List?>(name);

  /// Strings.
  List<String> texts(String name) => List.unmodifiable(_value<List<Object?>>(name).cast<String>());

  /// Whole numbers.
  List<int> wholes(String name) => List.unmodifiable(_value<List<Object?>>(name).cast<int>());

  /// A value that is read in turn.
  T item<T>(String name, T Function(Object?) read) => read(_values[name]);

  /// A value that is read in turn, or null.
  T? itemOrNull<T>(String name, T Function(Object?) read) {
    final value = _values[name];
    return value == null ? null : read(value);
  }

  /// Values that are read in turn.
  List<T> items<T>(String name, T Function(Object?) read) =>
      List.unmodifiable(_value<List<Object?>>(name).map(read));

  /// One of these words.
  T word<T extends Enum>(String name, List<T> values) {
    final word = text(name);
    for (final value in values) {
      if (value.name == word) return value;
    }
    unreadable('$name is $word');
  }

  T _value<T>(String name) {
    final value = _values[name];
    return value is T ? value : unreadable('$name is a ${value.runtimeType}');
  }
}
