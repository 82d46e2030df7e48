import 'dart:async';

import 'package:chat_flutter/chat_flutter.dart';
import 'package:flutter_bloc/flutter_bloc.dart';

/// What the list of conversations shows.
final class ConversationsState {
  const ConversationsState({
    this.items,
    this.connection = const ConnectionIdle(),
    this.unread = 0,
    this.onlyUnread = false,
    this.failure,
  });

  /// Null until it is known.
  final List<ConversationItem>? items;
  final ConnectionStatus connection;
  final int unread;
  final bool onlyUnread;
  final ChatFailure? failure;

  ConversationsState copyWith({
    List<ConversationItem>? items,
    ConnectionStatus? connection,
    int? unread,
    bool? onlyUnread,
    ChatFailure? failure,
  }) => ConversationsState(
    items: items ?? this.items,
    connection: connection ?? this.connection,
    unread: unread ?? this.unread,
    onlyUnread: onlyUnread ?? this.onlyUnread,
    failure: failure,
  );
}

/// Follows the list of conversations, and what stands above it.
final class ConversationsCubit extends Cubit<ConversationsState> {
  ConversationsCubit(this._client) : super(const ConversationsState());

  final ChatClient _client;
  final List<StreamSubscription<Object?>> _listening = [];
  ConversationList? _list;

  Future<void> begin() async {
    final list = await _client.conversationList();
    if (isClosed) return list.close();
    _list = list;
    _listening
      ..add(list.items.listen((items) => emit(state.copyWith(items: items)), onError: _failed))
      ..add(
        _client.connection.listen(
          (connection) => emit(state.copyWith(connection: connection)),
          onError: _failed,
        ),
      )
      ..add(
        _client.unread.listen((unread) => emit(state.copyWith(unread: unread)), onError: _failed),
      );
  }

  Future<void> toggleUnread() async {
    final onlyUnread = !state.onlyUnread;
    await _list?.setFilter(ConversationFilter(unread: onlyUnread));
    if (!isClosed) emit(state.copyWith(onlyUnread: onlyUnread));
  }

  Future<void> show(int first, int last) async => _list?.setVisible(first, last);

  /// Begins a conversation with whoever has this name. Its id.
  Future<String?> write(String name) async {
    try {
      final found = await _client.findPeople(name, limit: 1);
      final person = found.items.firstOrNull;
      if (person == null) return null;
      return await _client.createConversation(ConversationType.direct, [person.userId]);
    } on ChatFailure catch (failure) {
      if (!isClosed) emit(state.copyWith(failure: failure));
      return null;
    }
  }

  void _failed(Object error) {
    if (error is ChatFailure) emit(state.copyWith(failure: error));
  }

  @override
  Future<void> close() async {
    for (final listening in _listening) {
      await listening.cancel();
    }
    await _list?.close();
    return super.close();
  }
}
