import 'dart:typed_data';

import 'channel.dart';
import 'conversation_list.dart';
import 'models/attachment.dart';
import 'models/config.dart';
import 'models/connection.dart';
import 'models/conversation.dart';
import 'models/message.dart';
import 'models/outbox.dart';
import 'models/person.dart';
import 'models/search.dart';
import 'models/sending.dart';
import 'models/timeline_item.dart';
import 'timeline.dart';
import 'wire.dart';

/// One device of one user.
///
/// What the user says and does is on disk when its future completes: from then on it is done,
/// whether or not there is a network, and even if the app dies. What is watched is a stream that
/// tells the value at once and then whenever it is another. Whatever goes wrong is a `ChatFailure`.
///
/// ```dart
/// final client = await ChatClient.open(const ChatConfig(serverUrl: 'https://chat.example.org'));
/// if (await client.me() == null) await client.signIn('ann', password);
/// await client.start();
/// final list = await client.conversationList();
/// list.items.listen(show);
/// ```
final class ChatClient {
  ChatClient._(this._channel, this._number, this.cacheDirectory);

  /// Makes a client, with the last state that its store kept and the session that was kept. It
  /// connects to nothing yet: [start] does. All engines of an app that open the same store share
  /// one client. With [tokens] the app makes those of [ChatConfig.userId], and signs nobody in.
  static Future<ChatClient> open(
    ChatConfig config, {
    TokenProvider? tokens,
    ChatChannel? channel,
  }) async {
    final over = channel ?? PluginChannel.instance;
    final answer = Fields(
      await over.call('open', {
        ...config.toWire(),
        'sessionPath': tokens == null ? config.sessionPath : null,
        'hasTokens': tokens != null,
      }),
    );
    final number = answer.whole('client');
    over.provideTokens(number, tokens);
    return ChatClient._(over, number, answer.text('cacheDirectory'));
  }

  /// Deletes the store and the session of [config], also where they cannot be opened, with what was
  /// not sent yet: the way on when a store's key is lost. No client may have it open.
  static Future<void> forget(ChatConfig config, {ChatChannel? channel}) =>
      (channel ?? PluginChannel.instance).call('forget', {
        'storePath': config.storePath,
        'sessionPath': config.sessionPath,
      });

  /// Puts the store of [config] aside and begins a new one with what was queued, read and begun to
  /// be written, where that can be read: the way on when what it shows cannot be right. The server
  /// tells all else again. What comes back is where the old file lies now, to be looked at or
  /// deleted; null when there was none. No client may have it open.
  static Future<String?> rebuild(ChatConfig config, {ChatChannel? channel}) async =>
      await (channel ?? PluginChannel.instance).call('rebuild', {
            'storePath': config.storePath,
            'storeKey': config.storeKey,
          })
          as String?;

  final ChatChannel _channel;
  final int _number;

  /// A directory of the app for files that can be fetched again.
  final String cacheDirectory;

  /// Connects, catches up and stays connected.
  Future<void> start() => _do('start');

  /// Lets the connection go; [start] begins again.
  Future<void> stop() => _do('stop');

  /// Lets the client go: its lists and streams end. The last engine to do so shuts it down, and
  /// this waits until everything is on disk.
  Future<void> close() async {
    await _do('close');
    _channel.provideTokens(_number, null);
  }

  /// How the connection is doing.
  Stream<ConnectionStatus> get connection =>
      _watch('watchConnection').map(ConnectionStatus.fromWire);

  /// How the connection is doing now.
  Future<ConnectionStatus> connectionStatus() async =>
      ConnectionStatus.fromWire(await _do('connectionState'));

  /// Says whether there is a network. The plugin says it by itself, as Android tells.
  Future<void> networkChanged({required bool hasNetwork}) =>
      _do('networkChanged', {'hasNetwork': hasNetwork});

  /// Tries at once, where it waits; makes sure that it still is connected, where it is.
  Future<void> reconnectNow() => _do('reconnectNow');

  /// Says that somebody looks at the app; a `ChatLifecycle` does it by itself.
  Future<void> foreground() => _do('foreground');

  /// Says that nobody looks at the app; a `ChatLifecycle` does it by itself.
  Future<void> background() => _do('background');

  /// Catches up and sends what is queued, within this time, read marks and that this device has what
  /// is new included: for an app that was woken by a push and may only run for a short while. That
  /// the time was too short is no failure.
  Future<WakeUpResult> syncOnce({Duration budget = const Duration(seconds: 20)}) async =>
      WakeUpResult.fromWire(await _do('syncOnce', {'budgetMs': budget.inMilliseconds}));

  /// How much of what was queued was lost with a file that could not be used any more, or with
  /// another user's outbox.
  Future<int> lostCount() async => await _do('lostCount') as int;

  // Account.

  /// The id of who is signed in.
  Future<String?> me() async => await _do('me') as String?;

  /// Signs in with a username or an email address. The id of the user.
  Future<String> signIn(String identifier, String password) async =>
      await _do('signIn', {'identifier': identifier, 'password': password}) as String;

  /// Makes an account and signs it in. The id of the user.
  Future<String> signUp({
    required String username,
    required String email,
    required String password,
    String? displayName,
  }) async =>
      await _do('signUp', {
            'username': username,
            'email': email,
            'password': password,
            'displayName': displayName,
          })
          as String;

  /// Ends the session of this device, and forgets everything it knew.
  Future<void> signOut() => _do('signOut');

  /// One's own account, as others see it, from the server.
  Future<PersonItem> account() async => PersonItem.fromWire(await _do('account'));

  /// Changes the name that people see.
  Future<void> setDisplayName(String displayName) =>
      _do('setDisplayName', {'displayName': displayName});

  /// Sets one's own picture: PNG, JPEG, GIF or WebP.
  Future<void> setAvatar(Uint8List picture) => _do('setAvatar', {'picture': picture});

  /// Asks for a mail with a link that sets another password. It says nothing of whether there is
  /// such an account.
  Future<void> resetPassword(String email) => _do('resetPassword', {'email': email});

  // What is looked at.

  /// The list of conversations.
  Future<ConversationList> conversationList({ConversationFilter? filter}) async =>
      ConversationList.of(
        _channel,
        await _do('openConversationList', {'filter': filter?.toWire()}) as int,
      );

  /// Looks at the newest messages of a conversation: those that are known or kept on this device.
  Future<Timeline> timeline(String conversationId, {TimelineSettings? settings}) async =>
      Timeline.of(
        _channel,
        await _do('openTimeline', {
              'conversationId': conversationId,
              'settings': settings?.toWire(),
            })
            as int,
      );

  /// A conversation as it is known; null where it is not.
  Future<ConversationItem?> conversation(String conversationId) async {
    final known = await _do('conversation', {'conversationId': conversationId});
    return known == null ? null : ConversationItem.fromWire(known);
  }

  /// A conversation by itself, for what stands above its messages: also who writes and how far the
  /// others have read.
  Stream<ConversationItem> conversationChanges(String conversationId) => _watch(
    'watchConversation',
    {'conversationId': conversationId},
  ).map(ConversationItem.fromWire);

  /// Whether these people are here, at most 500. They are watched for as long as somebody listens.
  Stream<List<PresenceItem>> presence(List<String> userIds) => _watch('watchPresence', {
    'userIds': userIds,
  }).map((people) => _items(people, PresenceItem.fromWire));

  /// How much is unread in all conversations that are not put away.
  Stream<int> get unread => _watch('watchUnread').map((count) => count! as int);

  /// How much is unread now.
  Future<int> unreadTotal() async => await _do('unreadTotal') as int;

  /// Who has got a message and who has read it: the first hundred members.
  Future<List<ReceiptItem>> receipts(String messageId) async =>
      _items(await _do('receipts', {'messageId': messageId}), ReceiptItem.fromWire);

  /// Looks for messages that have all of these words in them among those that are kept on this
  /// device, newest first. A client without a store keeps none.
  Future<List<MessageItem>> searchKept(
    String text, {
    String? conversationId,
    int limit = 50,
  }) async => _items(
    await _do('searchKept', {'text': text, 'conversationId': conversationId, 'limit': limit}),
    MessageItem.fromWire,
  );

  /// Looks for messages among all that the server has.
  Future<SearchResultPage> search(SearchQuery query) async =>
      SearchResultPage.fromWire(await _do('search', {'query': query.toWire()}));

  // What the user says and does.

  /// Says a text. The id of the send: it is in the timeline, and is sent after everything that was
  /// said before it in this conversation.
  Future<String> send(String conversationId, String text) async =>
      await _do('send', {'conversationId': conversationId, 'text': text}) as String;

  /// Says something, with files, as an answer, or with more. As [send].
  Future<String> sendMessage(String conversationId, OutgoingMessage message) async =>
      await _do('sendMessage', {'conversationId': conversationId, 'message': message.toWire()})
          as String;

  /// Says something and waits until the server has stored it, over as many connections as that
  /// takes. Whoever stops waiting has still said it. Wait for what was said before it, where the
  /// order matters.
  Future<StoredMessage> sendAndWait(String conversationId, OutgoingMessage message) async =>
      StoredMessage.fromWire(
        await _do('sendAndWait', {'conversationId': conversationId, 'message': message.toWire()}),
      );

  /// Gives a message of one's own another text. One that nobody else knows of yet is said with this
  /// text.
  Future<void> edit(String conversationId, MessageTarget target, String text) =>
      _do('edit', {'conversationId': conversationId, 'target': target.toWire(), 'text': text});

  /// Deletes a message, leaving a tombstone. One that nobody else knows of yet is never sent.
  Future<void> delete(String conversationId, MessageTarget target) =>
      _do('delete', {'conversationId': conversationId, 'target': target.toWire()});

  /// Puts an emoji under a message.
  Future<void> react(String conversationId, MessageTarget target, String emoji) =>
      _do('react', {'conversationId': conversationId, 'target': target.toWire(), 'emoji': emoji});

  /// Takes one's emoji back.
  Future<void> unreact(String conversationId, MessageTarget target, String emoji) =>
      _do('unreact', {'conversationId': conversationId, 'target': target.toWire(), 'emoji': emoji});

  /// Says that one has read up to a place. The newest place wins.
  Future<void> markRead(String conversationId, int seq) =>
      _do('markRead', {'conversationId': conversationId, 'seq': seq});

  /// Says that one writes, or stopped. Call it with every key.
  Future<void> setTyping(String conversationId, {required bool isTyping}) =>
      _do('setTyping', {'conversationId': conversationId, 'isTyping': isTyping});

  /// Keeps what one has begun to write, on this device; null takes it away, and what was begun on
  /// another device, too, until there is another text there.
  Future<void> setDraft(String conversationId, String? text) =>
      _do('setDraft', {'conversationId': conversationId, 'text': text});

  /// What one has begun to write, on this device or else on another.
  Future<String?> draft(String conversationId) async =>
      await _do('draft', {'conversationId': conversationId}) as String?;

  /// Keeps a message at hand for everyone.
  Future<void> pin(String conversationId, String messageId) =>
      _do('pin', {'conversationId': conversationId, 'messageId': messageId});

  /// Lets a pinned message go.
  Future<void> unpin(String conversationId, String messageId) =>
      _do('unpin', {'conversationId': conversationId, 'messageId': messageId});

  /// Says a message of this conversation again in others, in their order.
  Future<void> forward(String conversationId, String messageId, {required List<String> to}) =>
      _do('forward', {'conversationId': conversationId, 'messageId': messageId, 'to': to});

  // What waits on this device.

  /// What is queued and not confirmed by the server, in its order: in one conversation, or in all.
  Future<List<QueuedItem>> outbox({String? conversationId}) async =>
      _items(await _do('outbox', {'conversationId': conversationId}), QueuedItem.fromWire);

  /// Tries something again that failed, with what waited for it. That is on disk then; false when
  /// there is none.
  Future<bool> retry(String conversationId, String key) async =>
      await _do('retry', {'conversationId': conversationId, 'key': key}) as bool;

  /// Drops something that failed or that nobody else knows of yet, and what waits for it; ends an
  /// upload. That is on disk then: it does not come back. False when there is none, or when it is on
  /// its way: it may be done already.
  Future<bool> discard(String conversationId, String key) async =>
      await _do('discard', {'conversationId': conversationId, 'key': key}) as bool;

  // Files.

  /// Puts a file into the outbox, for a message that carries it: what comes back is for
  /// [OutgoingMessage.uploads]. The file is read when it is sent, and has to stay where it is until
  /// then: copy what a picker put into a cache, or names by a `content:` address, to a place of the
  /// app's first. Where it breaks off it goes on from the byte that the server has.
  Future<String> upload(
    String conversationId,
    String path, {
    required String fileName,
    required String mimeType,
  }) async =>
      await _do('upload', {
            'conversationId': conversationId,
            'path': path,
            'fileName': fileName,
            'mimeType': mimeType,
          })
          as String;

  /// How far an upload is; ends when it is stored, has failed or was dropped. Listening no more
  /// ends nothing.
  Stream<TransferProgress> uploading(String conversationId, String key) => _watch('watchUpload', {
    'conversationId': conversationId,
    'key': key,
  }).map(TransferProgress.fromWire);

  /// Fetches a file to a place on this device and tells how far it is; ends when it is whole.
  /// Listening no more ends the transfer; the next one goes on from there. Where something is at
  /// the place already, nothing is fetched: it fails.
  Stream<TransferProgress> download(String attachmentId, String path) => _watch('watchDownload', {
    'attachmentId': attachmentId,
    'path': path,
  }).map(TransferProgress.fromWire);

  /// The small picture of a file; there is one where [AttachmentItem.hasThumbnail] says so.
  Future<Uint8List> thumbnail(String attachmentId) async =>
      await _do('thumbnail', {'attachmentId': attachmentId}) as Uint8List;

  /// The picture behind an `avatarUrl`, with a side of 64, 256 or 512 pixels.
  Future<Uint8List> avatar(String avatarUrl, {int size = 256}) async =>
      await _do('avatar', {'avatarUrl': avatarUrl, 'size': size}) as Uint8List;

  // Conversations and people.

  /// Looks for people by the beginning of their names.
  Future<PersonPage> findPeople(String text, {int limit = 50, String? cursor}) async =>
      PersonPage.fromWire(
        await _do('findPeople', {'text': text, 'limit': limit, 'cursor': cursor}),
      );

  /// Begins a conversation: a direct one with exactly one other and no title; that of a pair is
  /// always the same. Its id.
  Future<String> createConversation(
    ConversationType kind,
    List<String> memberIds, {
    String? title,
  }) async =>
      await _do('createConversation', {'kind': kind.name, 'memberIds': memberIds, 'title': title})
          as String;

  /// Gives a group or channel another title.
  Future<void> setTitle(String conversationId, String title) =>
      _do('setTitle', {'conversationId': conversationId, 'title': title});

  /// Changes what one has set for oneself alone in a conversation.
  Future<void> setPrefs(String conversationId, PrefsChange change) =>
      _do('setPrefs', {'conversationId': conversationId, 'change': change.toWire()});

  /// Who is in a conversation.
  Future<MemberPageItem> members(String conversationId, {int limit = 50, String? cursor}) async =>
      MemberPageItem.fromWire(
        await _do('members', {'conversationId': conversationId, 'limit': limit, 'cursor': cursor}),
      );

  /// Brings people into a group or channel.
  Future<void> addMembers(String conversationId, List<String> userIds) =>
      _do('addMembers', {'conversationId': conversationId, 'userIds': userIds});

  /// Takes somebody out of a group or channel.
  Future<void> removeMember(String conversationId, String userId) =>
      _do('removeMember', {'conversationId': conversationId, 'userId': userId});

  /// Leaves a group or channel.
  Future<void> leave(String conversationId) => _do('leave', {'conversationId': conversationId});

  /// Does not want to hear from somebody.
  Future<void> block(String userId) => _do('block', {'userId': userId});

  /// Hears from somebody again.
  Future<void> unblock(String userId) => _do('unblock', {'userId': userId});

  /// Makes any other call of the protocol by its name, such as `invite.create`, with its fields as
  /// a JSON object. The answer as JSON.
  Future<String> call(String name, {String fields = '{}'}) async =>
      await _do('call', {'name': name, 'fields': fields}) as String;

  Future<Object?> _do(String method, [Map<String, Object?> arguments = const {}]) =>
      _channel.call(method, {'client': _number, ...arguments});

  Stream<Object?> _watch(String method, [Map<String, Object?> arguments = const {}]) =>
      _channel.watch(method, {'client': _number, ...arguments});

  static List<T> _items<T>(Object? wire, T Function(Object?) read) =>
      List.unmodifiable((wire! as List<Object?>).map(read));
}
