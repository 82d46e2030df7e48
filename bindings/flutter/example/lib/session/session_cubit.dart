import 'dart:async';

import 'package:chat_flutter/chat_flutter.dart';
import 'package:flutter_bloc/flutter_bloc.dart';

/// Who is signed in.
sealed class SessionState {
  const SessionState();
}

/// Not known yet.
final class SessionUnknown extends SessionState {
  const SessionUnknown();
}

/// Nobody.
final class SessionNone extends SessionState {
  const SessionNone({this.isBusy = false, this.failure});

  final bool isBusy;
  final ChatFailure? failure;
}

/// This user.
final class SessionThere extends SessionState {
  const SessionThere(this.userId);

  final String userId;
}

/// Signs in and out.
final class SessionCubit extends Cubit<SessionState> {
  SessionCubit(this._client) : super(const SessionUnknown());

  final ChatClient _client;
  StreamSubscription<ConnectionStatus>? _connection;

  Future<void> begin() async {
    _connection = _client.connection.listen((status) {
      // The session may end elsewhere: signed out by another device, or by the server.
      if (status case ConnectionStopped(cause: StopCause.signedOut) when state is SessionThere) {
        emit(const SessionNone());
      }
    });
    final me = await _client.me();
    if (me == null) {
      emit(const SessionNone());
    } else {
      await _client.start();
      emit(SessionThere(me));
    }
  }

  Future<void> signIn(String name, String password) => _enter(() => _client.signIn(name, password));

  Future<void> signUp(String name, String email, String password) =>
      _enter(() => _client.signUp(username: name, email: email, password: password));

  /// Signs out; what comes back is why that did not succeed.
  Future<ChatFailure?> signOut() async {
    try {
      await _client.signOut();
    } on ChatFailure catch (failure) {
      return failure;
    }
    emit(const SessionNone());
    return null;
  }

  @override
  Future<void> close() async {
    await _connection?.cancel();
    return super.close();
  }

  Future<void> _enter(Future<String> Function() enter) async {
    emit(const SessionNone(isBusy: true));
    try {
      final me = await enter();
      await _client.start();
      emit(SessionThere(me));
    } on ChatFailure catch (failure) {
      emit(SessionNone(failure: failure));
    }
  }
}
