import 'package:chat_flutter/chat_flutter.dart';
import 'package:flutter/material.dart';
import 'package:flutter_bloc/flutter_bloc.dart';

import 'conversation_cubit.dart';

class MessageTile extends StatelessWidget {
  const MessageTile({required this.message, super.key});

  final MessageItem message;

  @override
  Widget build(BuildContext context) {
    final conversation = context.read<ConversationCubit>();
    return ListTile(
      title: message.isMine ? null : Text(message.senderName),
      subtitle: Text(message.isDeleted ? 'deleted' : text(message)),
      trailing: switch (message.sendState) {
        SendStateQueued() || SendStateSending() => const Icon(Icons.schedule),
        SendStateSent() => null,
        SendStateFailed(:final detail) => IconButton(
          icon: const Icon(Icons.error),
          tooltip: detail,
          onPressed: () => conversation.retry(message).ignore(),
        ),
      },
      onTap: () => conversation.react(message, '👍').ignore(),
      onLongPress: message.isMine ? () => conversation.delete(message).ignore() : null,
    );
  }
}

/// What a message says, with its files and the emoji under it.
String text(MessageItem message) => [
  if (message.replyTo case final reply?) '> ${reply.excerpt}',
  if (message.text.isNotEmpty) message.text,
  for (final file in message.attachments) '[${file.fileName}, ${file.size} bytes]',
  [for (final reaction in message.reactions) '${reaction.emoji} ${reaction.count}'].join('  '),
].where((line) => line.isNotEmpty).join('\n');
