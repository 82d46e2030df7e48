import 'package:chat_flutter/chat_flutter.dart';
import 'package:flutter/material.dart';
import 'package:flutter_bloc/flutter_bloc.dart';

import '../session/sign_in_page.dart' show says;
import '../visible_rows.dart';
import 'conversation_cubit.dart';
import 'message_tile.dart';

class ConversationPage extends StatefulWidget {
  const ConversationPage({super.key});

  static Route<void> route(String conversationId) => MaterialPageRoute(
    builder: (context) => BlocProvider(
      create: (context) {
        final conversation = ConversationCubit(context.read<ChatClient>(), conversationId);
        conversation.begin().ignore();
        return conversation;
      },
      child: const ConversationPage(),
    ),
  );

  @override
  State<ConversationPage> createState() => _ConversationPageState();
}

class _ConversationPageState extends State<ConversationPage> {
  final TextEditingController _text = TextEditingController();

  @override
  void dispose() {
    _text.dispose();
    super.dispose();
  }

  void _say() {
    final text = _text.text.trim();
    if (text.isEmpty) return;
    _text.clear();
    context.read<ConversationCubit>().say(text).ignore();
  }

  @override
  Widget build(BuildContext context) => BlocConsumer<ConversationCubit, ConversationState>(
    listenWhen: (before, now) => before.draft != now.draft || now.failure != null,
    listener: (context, state) {
      if (state.failure case final failure?) {
        ScaffoldMessenger.of(context).showSnackBar(SnackBar(content: Text(says(failure))));
      } else if (_text.text.isEmpty) {
        _text.text = state.draft ?? '';
      }
    },
    builder: (context, state) => Scaffold(
      appBar: AppBar(
        title: Text(state.about?.title ?? ''),
        bottom: PreferredSize(
          preferredSize: const Size.fromHeight(20),
          child: Text(switch (state.about?.typing) {
            null || [] => '',
            final names? => '${names.join(', ')} writes',
          }),
        ),
      ),
      body: Column(
        children: [
          Expanded(child: _rows(context, state.rows)),
          if (state.about?.canSend ?? false) _entry(context),
        ],
      ),
    ),
  );

  Widget _rows(BuildContext context, List<TimelineItem> rows) {
    final conversation = context.read<ConversationCubit>();
    return NotificationListener<ScrollEndNotification>(
      onNotification: (end) {
        // The list is upside down: its end is where the oldest are.
        if (end.metrics.extentAfter < 400) conversation.loadOlder().ignore();
        return false;
      },
      child: VisibleRows(
        isReversed: true,
        count: rows.length,
        onVisible: (first, last) => conversation.show(first, last).ignore(),
        itemBuilder: (context, index) => switch (rows[index]) {
          TimelineStart() => const Center(child: Text('It begins here.')),
          final TimelineDate date => Center(
            child: Text('${date.day.year}-${date.day.month}-${date.day.day}'),
          ),
          TimelineUnread() => const Divider(color: Colors.red),
          TimelineGap() => const Center(child: CircularProgressIndicator()),
          TimelineMessage(:final item) => MessageTile(message: item),
        },
      ),
    );
  }

  Widget _entry(BuildContext context) => Padding(
    padding: const EdgeInsets.all(8),
    child: Row(
      children: [
        Expanded(
          child: TextField(
            controller: _text,
            onChanged: (text) => context.read<ConversationCubit>().writes(text).ignore(),
            onSubmitted: (_) => _say(),
          ),
        ),
        IconButton(icon: const Icon(Icons.send), onPressed: _say),
      ],
    ),
  );
}
