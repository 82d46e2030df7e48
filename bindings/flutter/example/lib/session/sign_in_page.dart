import 'package:chat_flutter/chat_flutter.dart';
import 'package:flutter/material.dart';
import 'package:flutter_bloc/flutter_bloc.dart';

import 'session_cubit.dart';

class SignInPage extends StatefulWidget {
  const SignInPage({required this.state, super.key});

  final SessionNone state;

  @override
  State<SignInPage> createState() => _SignInPageState();
}

class _SignInPageState extends State<SignInPage> {
  final TextEditingController _name = TextEditingController();
  final TextEditingController _email = TextEditingController();
  final TextEditingController _password = TextEditingController();
  bool _isNew = false;

  @override
  void dispose() {
    _name.dispose();
    _email.dispose();
    _password.dispose();
    super.dispose();
  }

  void _enter() {
    final session = context.read<SessionCubit>();
    final done = _isNew
        ? session.signUp(_name.text, _email.text, _password.text)
        : session.signIn(_name.text, _password.text);
    done.ignore();
  }

  @override
  Widget build(BuildContext context) {
    final SessionNone(:isBusy, :failure) = widget.state;
    return Scaffold(
      appBar: AppBar(title: Text(_isNew ? 'New account' : 'Sign in')),
      body: ListView(
        padding: const EdgeInsets.all(16),
        children: [
          TextField(
            controller: _name,
            decoration: InputDecoration(labelText: 'Name', errorText: problem(failure, 'username')),
          ),
          if (_isNew)
            TextField(
              controller: _email,
              keyboardType: TextInputType.emailAddress,
              decoration: InputDecoration(labelText: 'Email', errorText: problem(failure, 'email')),
            ),
          TextField(
            controller: _password,
            obscureText: true,
            decoration: InputDecoration(
              labelText: 'Password',
              errorText: problem(failure, 'password'),
            ),
          ),
          const SizedBox(height: 16),
          if (failure != null) Text(says(failure)),
          FilledButton(
            onPressed: isBusy ? null : _enter,
            child: Text(_isNew ? 'Make the account' : 'Sign in'),
          ),
          TextButton(
            onPressed: () => setState(() => _isNew = !_isNew),
            child: Text(_isNew ? 'I have an account' : 'I have no account'),
          ),
        ],
      ),
    );
  }
}

/// What is wrong with a field.
String? problem(ChatFailure? failure, String field) => switch (failure) {
  InvalidInputFailure(field: final name, :final detail) when name == field => detail,
  ApiFailure(:final fields) =>
    fields
        .where((problem) => problem.field == field)
        .map((problem) => problem.details.join(', '))
        .firstOrNull,
  _ => null,
};

/// What to tell a person.
String says(ChatFailure failure) => switch (failure) {
  NetworkFailure() => 'The server cannot be reached. Try again in a moment.',
  SignedOutFailure() => 'Sign in again.',
  ApiFailure(:final detail) ||
  InvalidInputFailure(:final detail) ||
  StoreFailure(:final detail) ||
  ShutDownFailure(:final detail) ||
  InternalFailure(:final detail) => detail,
};
