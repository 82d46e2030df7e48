// How the connection is doing.

import '../wire.dart';

/// How the connection is doing.
sealed class ConnectionStatus extends ChatValue {
  /// For its cases.
  const ConnectionStatus();

  /// Reads what a channel carries.
  factory ConnectionStatus.fromWire(Object? wire) {
    final fields = Fields(wire);
    return switch (fields.text('type')) {
      'idle' => const ConnectionIdle(),
      'waitingForNetwork' => const ConnectionWaitingForNetwork(),
      'connecting' => ConnectionConnecting(attempt: fields.whole('attempt')),
      'catchingUp' => const ConnectionCatchingUp(),
      'online' => const ConnectionOnline(),
      'backingOff' => ConnectionBackingOff(
        retryInMs: fields.whole('retryInMs'),
        reason: fields.text('reason'),
      ),
      'stopped' => ConnectionStopped(
        cause: fields.word('cause', StopCause.values),
        detail: fields.text('detail'),
      ),
      final type => unreadable('no ConnectionStatus is a $type'),
    };
  }
}

/// Not started.
final class ConnectionIdle extends ConnectionStatus {
  /// Makes one.
  const ConnectionIdle();

  @override
  Map<String, Object?> toWire() => {'type': 'idle'};
}

/// There is no network, says the app; it connects when there is.
final class ConnectionWaitingForNetwork extends ConnectionStatus {
  /// Makes one.
  const ConnectionWaitingForNetwork();

  @override
  Map<String, Object?> toWire() => {'type': 'waitingForNetwork'};
}

/// Opening the socket.
final class ConnectionConnecting extends ConnectionStatus {
  /// Makes one.
  const ConnectionConnecting({required this.attempt});

  /// Which try this is, counted from 1.
  final int attempt;

  @override
  Map<String, Object?> toWire() => {'type': 'connecting', 'attempt': attempt};
}

/// Connected; fetching what was missed.
final class ConnectionCatchingUp extends ConnectionStatus {
  /// Makes one.
  const ConnectionCatchingUp();

  @override
  Map<String, Object?> toWire() => {'type': 'catchingUp'};
}

/// Connected, and everything is here.
final class ConnectionOnline extends ConnectionStatus {
  /// Makes one.
  const ConnectionOnline();

  @override
  Map<String, Object?> toWire() => {'type': 'online'};
}

/// Not connected; it tries again by itself.
final class ConnectionBackingOff extends ConnectionStatus {
  /// Makes one.
  const ConnectionBackingOff({required this.retryInMs, required this.reason});

  /// Milliseconds to the next try, from when this state began.
  final int retryInMs;

  /// What went wrong.
  final String reason;

  @override
  Map<String, Object?> toWire() => {'type': 'backingOff', 'retryInMs': retryInMs, 'reason': reason};
}

/// Not connected, and it does not try again.
final class ConnectionStopped extends ConnectionStatus {
  /// Makes one.
  const ConnectionStopped({required this.cause, required this.detail});

  /// Why.
  final StopCause cause;

  /// Why, in a sentence.
  final String detail;

  @override
  Map<String, Object?> toWire() => {'type': 'stopped', 'cause': cause.name, 'detail': detail};
}

/// Why the connection was given up.
enum StopCause {
  /// Sign in again.
  signedOut,

  /// The account is switched off.
  accountDisabled,

  /// The app is too old for the server.
  upgradeNeeded,

  /// The client was shut down.
  shutDown,

  /// The server refuses this client.
  refused,
}

/// What a short wake-up came to.
final class WakeUpResult extends ChatValue {
  /// Makes one.
  const WakeUpResult({required this.isCaughtUp, required this.queued});

  /// Reads what a channel carries.
  factory WakeUpResult.fromWire(Object? wire) {
    final fields = Fields(wire);
    return WakeUpResult(isCaughtUp: fields.flag('isCaughtUp'), queued: fields.whole('queued'));
  }

  /// Everything that the server has is here.
  final bool isCaughtUp;

  /// How much is queued on this device and not confirmed by the server.
  final int queued;

  @override
  Map<String, Object?> toWire() => {'isCaughtUp': isCaughtUp, 'queued': queued};
}

/// Why a token is asked for.
enum TokenCause {
  /// There is none yet.
  initial,

  /// The server does not take the last one any more.
  refused,
}
