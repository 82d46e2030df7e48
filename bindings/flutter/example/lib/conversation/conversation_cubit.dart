import 'dart:async';

import 'package:chat_flutter/chat_flutter.dart';
import 'package:flutter_bloc/flutter_bloc.dart';

/// What the screen of one conversation shows.
final class ConversationState {
  const ConversationState({this.rows = const [], this.about, this.draft, this.failure});

  final List<TimelineItem> rows;

  /// Null until it is known.
  final ConversationItem? about;

  /// What had been written when the screen was opened.
  final String? draft;
  final ChatFailure? failure;

  ConversationState copyWith({
    List<TimelineItem>? rows,
    ConversationItem? about,
    String? draft,
    ChatFailure? failure,
  }) => ConversationState(
    rows: rows ?? this.rows,
    about: about ?? this.about,
    draft: draft ?? this.draft,
    failure: failure,
  );
}

/// Follows one conversation, and says and does what the user does.
final class ConversationCubit extends Cubit<ConversationState> {
  ConversationCubit(this._client, this.conversationId) : super(const ConversationState());

  final ChatClient _client;
  final String conversationId;
  final List<StreamSubscription<Object?>> _listening = [];
  Timeline? _timeline;
  int _readSeq = 0;

  Future<void> begin() async {
    final settings = TimelineSettings(utcOffsetS: DateTime.now().timeZoneOffset.inSeconds);
    final timeline = await _client.timeline(conversationId, settings: settings);
    if (isClosed) return timeline.close();
    _timeline = timeline;
    _listening
      ..add(timeline.items.listen(_moved, onError: _failed))
      ..add(
        _client
            .conversationChanges(conversationId)
            .listen((about) => emit(state.copyWith(about: about)), onError: _failed),
      );
    final draft = await _client.draft(conversationId);
    if (!isClosed) emit(state.copyWith(draft: draft));
  }

  Future<void> loadOlder() async => _try(() async => _timeline?.loadOlder());

  Future<void> show(int first, int last) async => _timeline?.setVisible(first, last);

  Future<void> say(String text) => _try(() async {
    await _client.send(conversationId, text);
    await _client.setDraft(conversationId, null);
  });

  Future<void> writes(String text) => _try(() async {
    await _client.setTyping(conversationId, isTyping: text.isNotEmpty);
    await _client.setDraft(conversationId, text.isEmpty ? null : text);
  });

  Future<void> react(MessageItem message, String emoji) =>
      _try(() => _client.react(conversationId, message.target, emoji));

  Future<void> change(MessageItem message, String text) =>
      _try(() => _client.edit(conversationId, message.target, text));

  Future<void> delete(MessageItem message) =>
      _try(() => _client.delete(conversationId, message.target));

  /// Tries again what could not be sent.
  Future<void> retry(MessageItem message) =>
      _try(() => _client.retry(conversationId, message.clientId));

  void _moved(List<TimelineItem> rows) {
    emit(state.copyWith(rows: rows));
    final seqs = rows.whereType<TimelineMessage>().map((row) => row.item.seq ?? 0);
    final newest = seqs.fold(0, (most, seq) => seq > most ? seq : most);
    if (newest > _readSeq) {
      _readSeq = newest;
      _client.markRead(conversationId, newest).ignore();
    }
  }

  Future<void> _try(Future<Object?> Function() act) async {
    try {
      await act();
    } on ChatFailure catch (failure) {
      if (!isClosed) emit(state.copyWith(failure: failure));
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
    await _timeline?.close();
    return super.close();
  }
}
