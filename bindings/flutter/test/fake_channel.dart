import 'dart:async';

import 'package:chat_flutter/chat_flutter.dart';

/// A channel that answers what a test says, and keeps what it was asked.
final class FakeChannel implements ChatChannel {
  /// What each call answers; without an answer it is null.
  final Map<String, Object?> answers = {
    'open': {'client': 1, 'cacheDirectory': '/cache'},
  };

  /// The calls with their arguments, in their order.
  final List<(String, Map<String, Object?>)> calls = [];

  /// The streams that are listened to, by the name of their call.
  final Map<String, StreamController<Object?>> streams = {};

  /// Who makes tokens, by client.
  final Map<int, TokenProvider> tokens = {};

  @override
  Future<Object?> call(String method, Map<String, Object?> arguments) async {
    calls.add((method, arguments));
    final answer = answers[method];
    return answer is ChatFailure ? throw answer : answer;
  }

  @override
  Stream<Object?> watch(String method, Map<String, Object?> arguments) {
    calls.add((method, arguments));
    return (streams[method] = StreamController<Object?>()).stream;
  }

  @override
  void provideTokens(int client, TokenProvider? tokens) {
    if (tokens == null) {
      this.tokens.remove(client);
    } else {
      this.tokens[client] = tokens;
    }
  }
}
