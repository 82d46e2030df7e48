// What a client needs to begin.

import 'dart:typed_data';

import '../wire.dart';

/// What a client needs to begin.
final class ChatConfig extends ChatValue {
  /// Makes one. Paths are below the app's own directory that is not backed up, unless they begin
  /// with a slash.
  const ChatConfig({
    required this.serverUrl,
    this.storePath = 'chat.db',
    this.storeKey,
    this.deviceName,
    this.userId,
    this.sessionPath = 'chat.session',
  });

  /// Reads what a channel carries.
  factory ChatConfig.fromWire(Object? wire) {
    final fields = Fields(wire);
    return ChatConfig(
      serverUrl: fields.text('serverUrl'),
      storePath: fields.textOrNull('storePath'),
      storeKey: fields.bytesOrNull('storeKey'),
      deviceName: fields.textOrNull('deviceName'),
      userId: fields.textOrNull('userId'),
    );
  }

  /// `https://chat.example.org`, with any path before the server's own.
  final String serverUrl;

  /// The file in which the client keeps what it knows and what is not sent yet, for each account
  /// its own. Null keeps both only for as long as the client is open.
  final String? storePath;

  /// 32 random bytes from where the system keeps secrets: encrypts the store. It cannot be changed
  /// later.
  final Uint8List? storeKey;

  /// What the device calls itself in the list of sessions.
  final String? deviceName;

  /// With tokens of the app's own: the user whose they are.
  final String? userId;

  /// The file in which the session is kept; whoever can read it is signed in. Null: the user signs
  /// in each time. With tokens of the app's own it is not used.
  final String? sessionPath;

  @override
  Map<String, Object?> toWire() => {
    'serverUrl': serverUrl,
    'storePath': storePath,
    'storeKey': storeKey,
    'deviceName': deviceName,
    'userId': userId,
  };

  // The SDK's own record has no place for the session: it is the plugin that keeps it.
  @override
  bool operator ==(Object other) =>
      super == other && other is ChatConfig && other.sessionPath == sessionPath;

  @override
  int get hashCode => Object.hash(super.hashCode, sessionPath);
}
