import 'package:chat_flutter/chat_flutter.dart';
import 'package:flutter/material.dart';
import 'package:flutter_bloc/flutter_bloc.dart';

import '../conversation/conversation_page.dart';
import '../session/session_cubit.dart';
import '../session/sign_in_page.dart' show says;
import '../visible_rows.dart';
import 'conversations_cubit.dart';

class ConversationsPage extends StatelessWidget {
  const ConversationsPage({super.key});

  @override
  Widget build(BuildContext context) => BlocProvider(
    create: (context) {
      final conversations = ConversationsCubit(context.read<ChatClient>());
      conversations.begin().ignore();
      return conversations;
    },
    child: BlocBuilder<ConversationsCubit, ConversationsState>(
      builder: (context, state) => Scaffold(
        appBar: AppBar(
          title: Text(state.unread == 0 ? 'Chat' : 'Chat (${state.unread})'),
          actions: [
            IconButton(
              icon: Icon(state.onlyUnread ? Icons.filter_alt : Icons.filter_alt_outlined),
              onPressed: () => context.read<ConversationsCubit>().toggleUnread().ignore(),
            ),
            IconButton(icon: const Icon(Icons.logout), onPressed: () => _signOut(context).ignore()),
          ],
          bottom: PreferredSize(
            preferredSize: const Size.fromHeight(20),
            child: Text(connectionText(state.connection)),
          ),
        ),
        body: switch (state.items) {
          null => const Center(child: CircularProgressIndicator()),
          final items? => VisibleRows(
            count: items.length,
            onVisible: (first, last) =>
                context.read<ConversationsCubit>().show(first, last).ignore(),
            itemBuilder: (context, index) => ConversationTile(item: items[index]),
          ),
        },
        floatingActionButton: FloatingActionButton(
          onPressed: () => _write(context).ignore(),
          child: const Icon(Icons.edit),
        ),
      ),
    ),
  );

  Future<void> _signOut(BuildContext context) async {
    final messenger = ScaffoldMessenger.of(context);
    final failure = await context.read<SessionCubit>().signOut();
    if (failure != null) messenger.showSnackBar(SnackBar(content: Text(says(failure))));
  }

  Future<void> _write(BuildContext context) async {
    final conversations = context.read<ConversationsCubit>();
    final navigator = Navigator.of(context);
    final name = await showDialog<String>(
      context: context,
      builder: (context) => SimpleDialog(
        title: const Text('To whom?'),
        children: [
          Padding(
            padding: const EdgeInsets.all(16),
            child: TextField(
              autofocus: true,
              onSubmitted: (name) => Navigator.of(context).pop(name),
            ),
          ),
        ],
      ),
    );
    if (name == null) return;
    final conversation = await conversations.write(name);
    if (conversation == null) return;
    await navigator.push(ConversationPage.route(conversation));
  }
}

class ConversationTile extends StatelessWidget {
  const ConversationTile({required this.item, super.key});

  final ConversationItem item;

  @override
  Widget build(BuildContext context) => ListTile(
    title: Text(item.prefs.nickname ?? item.title),
    subtitle: Text(
      item.typing.isEmpty
          ? item.draft ?? item.lastQueued ?? item.last?.text ?? ''
          : '${item.typing.join(', ')} writes',
      maxLines: 1,
      overflow: TextOverflow.ellipsis,
    ),
    leading: Icon(
      Icons.circle,
      size: 12,
      color: switch (item.presence?.status) {
        PresenceStatus.online => Colors.green,
        PresenceStatus.away => Colors.amber,
        _ => Colors.transparent,
      },
    ),
    trailing: item.unreadCount == 0 ? null : Badge(label: Text('${item.unreadCount}')),
    onTap: () => Navigator.of(context).push(ConversationPage.route(item.id)).ignore(),
  );
}

/// What to tell a person of the connection; nothing while all is well.
String connectionText(ConnectionStatus status) => switch (status) {
  ConnectionIdle() || ConnectionOnline() => '',
  ConnectionWaitingForNetwork() => 'no network',
  ConnectionConnecting() => 'connecting',
  ConnectionCatchingUp() => 'catching up',
  ConnectionBackingOff(:final reason) => reason,
  ConnectionStopped(:final detail) => detail,
};
