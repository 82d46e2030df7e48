// The way to the platform: one method channel for calls, and an event channel for each stream.

import 'dart:async';

import 'package:flutter/services.dart';

import 'models/connection.dart';
import 'models/failure.dart';
import 'wire.dart';

/// Makes a token for a user who signs in to the app and not to the chat server. Throws a
/// [SignedOutFailure] when there is none until the user has signed in to the app again; after
/// anything else it is asked again later.
typedef TokenProvider = Future<String> Function(TokenCause cause);

/// What carries calls and streams to the SDK. An app needs none of its own; a test may put one in
/// place of the plugin.
abstract interface class ChatChannel {
  /// Makes a call. Whatever goes wrong is a [ChatFailure]. What is said in a conversation is carried
  /// out in the order in which the calls were made; of calls that say how things are (a filter, what
  /// is on the screen, whether somebody looks), the last one counts.
  Future<Object?> call(String method, Map<String, Object?> arguments);

  /// Watches something, from when somebody listens until nobody does any more. Errors are
  /// [ChatFailure]s.
  Stream<Object?> watch(String method, Map<String, Object?> arguments);

  /// Makes the tokens of a client from now on; null ends that.
  void provideTokens(int client, TokenProvider? tokens);
}

/// The channels of the plugin.
final class PluginChannel implements ChatChannel {
  PluginChannel._() {
    _calls.setMethodCallHandler(_answer);
  }

  /// The one there is.
  static final PluginChannel instance = PluginChannel._();

  static const MethodChannel _calls = MethodChannel('chat.sdk/calls');

  final Map<int, TokenProvider> _tokens = {};

  // Dart may be started anew beside a plugin that has not: what the program before held is let go
  // of.
  Future<Object?>? _attached;

  Future<void> _attach() async {
    final attached = _attached ??= _invoke('attach', const {});
    try {
      await attached;
    } on ChatFailure {
      // The next call tries again.
      if (identical(attached, _attached)) _attached = null;
      rethrow;
    }
  }

  @override
  Future<Object?> call(String method, Map<String, Object?> arguments) async {
    await _attach();
    return _invoke(method, arguments);
  }

  @override
  Stream<Object?> watch(String method, Map<String, Object?> arguments) {
    final controller = StreamController<Object?>();
    StreamSubscription<Object?>? events;
    var isCancelled = false;

    Future<void> begin() async {
      try {
        final number = await call(method, arguments);
        if (isCancelled) {
          await call('unwatch', {'stream': number});
          return;
        }
        events = EventChannel('chat.sdk/streams/$number').receiveBroadcastStream().listen(
          controller.add,
          onError: (Object error, StackTrace stack) => controller.addError(_failure(error), stack),
          onDone: controller.close,
        );
      } on ChatFailure catch (failure, stack) {
        controller.addError(failure, stack);
        await controller.close();
      }
    }

    controller.onListen = begin;
    controller.onPause = () => events?.pause();
    controller.onResume = () => events?.resume();
    controller.onCancel = () async {
      isCancelled = true;
      await events?.cancel();
    };
    return controller.stream;
  }

  @override
  void provideTokens(int client, TokenProvider? tokens) {
    if (tokens == null) {
      _tokens.remove(client);
    } else {
      _tokens[client] = tokens;
    }
  }

  Future<Object?> _invoke(String method, Map<String, Object?> arguments) async {
    try {
      return await _calls.invokeMethod<Object?>(method, arguments);
    } on PlatformException catch (error, stack) {
      Error.throwWithStackTrace(_failure(error), stack);
    } on MissingPluginException catch (error, stack) {
      Error.throwWithStackTrace(_failure(error), stack);
    }
  }

  Future<Object?> _answer(MethodCall call) async {
    if (call.method != 'token') throw MissingPluginException('there is no ${call.method}');
    final fields = Fields(call.arguments);
    final tokens = _tokens[fields.whole('client')];
    if (tokens == null) {
      throw PlatformException(code: 'unavailable', message: 'this client is not open');
    }
    try {
      return await tokens(fields.word('cause', TokenCause.values));
    } on ChatFailure catch (failure) {
      final code = failure is SignedOutFailure ? 'unauthenticated' : failure.code;
      throw PlatformException(code: code, message: failure.detail);
    }
  }

  static ChatFailure _failure(Object error) => switch (error) {
    PlatformException(:final Map<Object?, Object?> details) => ChatFailure.fromWire(details),
    PlatformException(:final message) => InternalFailure(detail: message ?? 'no reason was given'),
    MissingPluginException() => const InternalFailure(
      detail: 'the chat plugin is not there: it runs on Android only',
    ),
    _ => InternalFailure(detail: '$error'),
  };
}
