import 'package:flutter/widgets.dart';

import 'chat_client.dart';

/// Tells a client whether somebody looks at the app, for as long as it is not disposed of.
final class ChatLifecycle with WidgetsBindingObserver {
  /// For this client.
  ChatLifecycle(this._client) {
    WidgetsBinding.instance.addObserver(this);
  }

  final ChatClient _client;

  @override
  void didChangeAppLifecycleState(AppLifecycleState state) {
    switch (state) {
      case AppLifecycleState.resumed:
        _client.foreground().ignore();
      case AppLifecycleState.hidden || AppLifecycleState.paused || AppLifecycleState.detached:
        _client.background().ignore();
      case AppLifecycleState.inactive:
        break;
    }
  }

  /// Tells nothing any more.
  void dispose() => WidgetsBinding.instance.removeObserver(this);
}
