// A small app over the plugin: who is signed in decides what is shown. Start it with
// flutter run --dart-define=SERVER=https://chat.example.org

import 'package:chat_flutter/chat_flutter.dart';
import 'package:flutter/material.dart';
import 'package:flutter_bloc/flutter_bloc.dart';

import 'conversations/conversations_page.dart';
import 'session/session_cubit.dart';
import 'session/sign_in_page.dart';

/// From inside the emulator, the machine that it runs on is 10.0.2.2.
const String server = String.fromEnvironment('SERVER', defaultValue: 'http://10.0.2.2:8000');

Future<void> main() async {
  WidgetsFlutterBinding.ensureInitialized();
  final client = await ChatClient.open(const ChatConfig(serverUrl: server));
  // It lives as long as the app does.
  ChatLifecycle(client);
  runApp(ChatApp(client: client));
}

class ChatApp extends StatefulWidget {
  const ChatApp({required this.client, super.key});

  final ChatClient client;

  @override
  State<ChatApp> createState() => _ChatAppState();
}

class _ChatAppState extends State<ChatApp> {
  final GlobalKey<NavigatorState> _navigator = GlobalKey();

  @override
  Widget build(BuildContext context) => RepositoryProvider.value(
    value: widget.client,
    child: BlocProvider(
      create: (context) {
        final session = SessionCubit(widget.client);
        session.begin().ignore();
        return session;
      },
      child: MaterialApp(
        title: 'Chat',
        theme: ThemeData(colorSchemeSeed: Colors.teal),
        navigatorKey: _navigator,
        home: BlocConsumer<SessionCubit, SessionState>(
          // Whatever lies on top of the first page is of somebody who is not signed in any more.
          listenWhen: (before, now) => before is SessionThere && now is! SessionThere,
          listener: (context, state) => _navigator.currentState?.popUntil((route) => route.isFirst),
          builder: (context, state) => switch (state) {
            SessionUnknown() => const Scaffold(body: Center(child: CircularProgressIndicator())),
            final SessionNone none => SignInPage(state: none),
            SessionThere() => const ConversationsPage(),
          },
        ),
      ),
    ),
  );
}
