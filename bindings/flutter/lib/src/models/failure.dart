// Why something did not succeed.

import '../wire.dart';

/// Why a call did not succeed.
sealed class ChatFailure extends ChatValue implements Exception {
  /// For its cases.
  const ChatFailure({required this.code, required this.detail, required this.retry});

  /// Reads what a channel carries.
  factory ChatFailure.fromWire(Object? wire) {
    final fields = Fields(wire);
    final code = fields.text('code');
    final detail = fields.text('detail');
    final retry = fields.item('retry', Retry.fromWire);
    return switch (fields.text('type')) {
      'api' => ApiFailure(
        code: code,
        detail: detail,
        retry: retry,
        status: fields.whole('status'),
        requestId: fields.textOrNull('requestId'),
        fields: fields.items('fields', FieldProblem.fromWire),
      ),
      'network' => NetworkFailure(code: code, detail: detail, retry: retry),
      'signedOut' => SignedOutFailure(code: code, detail: detail, retry: retry),
      'invalidInput' => InvalidInputFailure(
        code: code,
        detail: detail,
        retry: retry,
        field: fields.text('field'),
      ),
      'store' => StoreFailure(code: code, detail: detail, retry: retry),
      'shutDown' => ShutDownFailure(code: code, detail: detail, retry: retry),
      'internal' => InternalFailure(code: code, detail: detail, retry: retry),
      final type => unreadable('no ChatFailure is a $type'),
    };
  }

  /// The stable word of the protocol for what went wrong.
  final String code;

  /// What went wrong and what to do, in a sentence.
  final String detail;

  /// Whether the same call may succeed later.
  final Retry retry;

  /// The word of this case.
  String get type;

  @override
  Map<String, Object?> toWire() => {
    'type': type,
    'code': code,
    'detail': detail,
    'retry': retry.toWire(),
  };

  @override
  String toString() => '$type ($code): $detail';
}

/// The server refused it.
final class ApiFailure extends ChatFailure {
  /// Makes one.
  const ApiFailure({
    required super.code,
    required super.detail,
    required super.retry,
    required this.status,
    this.requestId,
    this.fields = const [],
  });

  /// The HTTP status.
  final int status;

  /// Under this id the server's log has more.
  final String? requestId;

  /// Which fields are wrong.
  final List<FieldProblem> fields;

  @override
  String get type => 'api';

  @override
  Map<String, Object?> toWire() => {
    ...super.toWire(),
    'status': status,
    'requestId': requestId,
    'fields': [for (final item in fields) item.toWire()],
  };
}

/// The server could not be reached; whether the call was carried out is not known.
final class NetworkFailure extends ChatFailure {
  /// Makes one.
  const NetworkFailure({required super.code, required super.detail, required super.retry});

  @override
  String get type => 'network';
}

/// Nobody is signed in, or the session has ended. Throw it from a token provider when the user has
/// to sign in to the app.
final class SignedOutFailure extends ChatFailure {
  /// Makes one.
  const SignedOutFailure({
    super.code = 'unauthenticated',
    super.detail = 'sign in again',
    super.retry = const RetryAfterSignIn(),
  });

  @override
  String get type => 'signedOut';
}

/// What was handed in is not valid.
final class InvalidInputFailure extends ChatFailure {
  /// Makes one.
  const InvalidInputFailure({
    required super.code,
    required super.detail,
    required super.retry,
    required this.field,
  });

  /// Which argument; empty where it is not one of them.
  final String field;

  @override
  String get type => 'invalidInput';

  @override
  Map<String, Object?> toWire() => {...super.toWire(), 'field': field};
}

/// This device could not keep or read something: the code is `wrong_key`, `newer_version` or
/// `store_failed`.
final class StoreFailure extends ChatFailure {
  /// Makes one.
  const StoreFailure({required super.code, required super.detail, required super.retry});

  @override
  String get type => 'store';
}

/// The client was closed.
final class ShutDownFailure extends ChatFailure {
  /// Makes one.
  const ShutDownFailure({required super.code, required super.detail, required super.retry});

  @override
  String get type => 'shutDown';
}

/// A fault on this side, or an answer that this version cannot read.
final class InternalFailure extends ChatFailure {
  /// Makes one.
  const InternalFailure({
    super.code = 'internal',
    required super.detail,
    super.retry = const RetryNever(),
  });

  @override
  String get type => 'internal';
}

/// Whether the same call may succeed later.
sealed class Retry extends ChatValue {
  /// For its cases.
  const Retry();

  /// Reads what a channel carries.
  factory Retry.fromWire(Object? wire) {
    final fields = Fields(wire);
    return switch (fields.text('type')) {
      'never' => const RetryNever(),
      'later' => RetryLater(afterMs: fields.wholeOrNull('afterMs')),
      'afterSignIn' => const RetryAfterSignIn(),
      final type => unreadable('no Retry is a $type'),
    };
  }
}

/// Not without being changed.
final class RetryNever extends Retry {
  /// Makes one.
  const RetryNever();

  @override
  Map<String, Object?> toWire() => {'type': 'never'};
}

/// Later.
final class RetryLater extends Retry {
  /// Makes one.
  const RetryLater({this.afterMs});

  /// Not before so many milliseconds, where the server says so.
  final int? afterMs;

  @override
  Map<String, Object?> toWire() => {'type': 'later', 'afterMs': afterMs};
}

/// When somebody is signed in again.
final class RetryAfterSignIn extends Retry {
  /// Makes one.
  const RetryAfterSignIn();

  @override
  Map<String, Object?> toWire() => {'type': 'afterSignIn'};
}

/// What is wrong with a field of a call.
final class FieldProblem extends ChatValue {
  /// Makes one.
  const FieldProblem({required this.field, required this.details});

  /// Reads what a channel carries.
  factory FieldProblem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return FieldProblem(field: fields.text('field'), details: fields.texts('details'));
  }

  /// Which.
  final String field;

  /// What it must be.
  final List<String> details;

  @override
  Map<String, Object?> toWire() => {'field': field, 'details': details};
}
