// The client over a channel of the test's own: what it asks, and what it makes of the answers.

import 'dart:convert';
import 'dart:io';
import 'dart:typed_data';

import 'package:chat_flutter/chat_flutter.dart';
import 'package:flutter_test/flutter_test.dart';

import 'fake_channel.dart';

const String hall = '01890a5d-ac96-774b-bcce-b302099a8003';
const StoredTarget said = StoredTarget(messageId: 'm1');
const ChatConfig config = ChatConfig(serverUrl: 'https://chat.example.org');

void main() {
  late FakeChannel channel;
  late ChatClient client;

  setUp(() async {
    channel = FakeChannel();
    client = await ChatClient.open(config, channel: channel);
  });

  test('a client is opened with a store and a session, and knows where to put files', () {
    final (method, arguments) = channel.calls.single;
    expect(method, 'open');
    expect(arguments['storePath'], 'chat.db');
    expect(arguments['sessionPath'], 'chat.session');
    expect(arguments['hasTokens'], isFalse);
    expect(client.cacheDirectory, '/cache');
  });

  test('an app that makes tokens is asked until the client is closed', () async {
    final other = await ChatClient.open(config, tokens: (cause) async => 'token', channel: channel);
    expect(channel.calls.last.$2['sessionPath'], isNull);
    expect(await channel.tokens[1]!(TokenCause.initial), 'token');
    await other.close();
    expect(channel.tokens, isEmpty);
  });

  test('a failure is what the call ends with', () async {
    const refused = ApiFailure(
      code: 'rate_limited',
      detail: 'slowly',
      retry: RetryLater(afterMs: 900),
      status: 429,
    );
    channel.answers['send'] = refused;
    await expectLater(client.send(hall, 'hello'), throwsA(refused));
  });

  test('a list follows its steps', () async {
    channel.answers['openConversationList'] = 7;
    final list = await client.conversationList(filter: const ConversationFilter(unread: true));
    final rows = <List<String>>[];
    final listening = list.items.listen((items) => rows.add([for (final item in items) item.id]));
    await pumpEventQueue();

    channel.streams['watchConversationList']!
      ..add([
        {
          'type': 'reset',
          'items': [conversation('a'), conversation('b')],
        },
      ])
      ..add([
        {'type': 'insert', 'index': 1, 'item': conversation('c')},
        {'type': 'remove', 'index': 0},
        {
          'type': 'append',
          'items': [conversation('d')],
        },
        {'type': 'set', 'index': 0, 'item': conversation('e')},
        {'type': 'truncate', 'length': 2},
      ]);
    await pumpEventQueue();
    await listening.cancel();

    expect(rows, [
      ['a', 'b'],
      ['e', 'b'],
    ]);
  });

  test('a step without a place is an error and no wrong list', () async {
    channel.answers['openTimeline'] = 7;
    final timeline = await client.timeline(hall);
    final rows = expectLater(timeline.items, emitsError(isRangeError));
    await pumpEventQueue();
    channel.streams['watchTimeline']!.add([
      {'type': 'remove', 'index': 0},
    ]);
    await rows;
  });

  test('every call there is can be made, with the arguments it has', () async {
    final golden = jsonDecode(File('golden/calls.json').readAsStringSync()) as Map<String, Object?>;
    channel.answers.addAll({'openConversationList': 7, 'openTimeline': 8});
    for (final call in everyCall(client)) {
      // Most answers are of no interest here, and some are not of the kind that was expected.
      await call().then<void>((_) {}, onError: (Object _) {});
    }
    final made = {for (final (method, arguments) in channel.calls) method: arguments.keys.toSet()};
    // The channel itself makes these.
    made.addAll({
      'attach': {},
      'unwatch': {'stream'},
    });
    expect(made, {
      for (final MapEntry(:key, :value) in golden.entries) key: (value! as List<Object?>).toSet(),
    });
  });
}

Map<String, Object?> conversation(String id) => ConversationItem(
  id: id,
  kind: ConversationType.group,
  title: id,
  memberCount: 1,
  members: const [],
  role: Role.member,
  canSend: true,
  unreadCount: 0,
  mentionCount: 0,
  readSeq: 0,
  failedCount: 0,
  typing: const [],
  updatedAtMs: 0,
  prefs: const PrefsItem(isPinned: false, isArchived: false),
).toWire();

List<Future<Object?> Function()> everyCall(ChatClient client) {
  const message = OutgoingMessage(text: 'hello');
  Future<void> heard(Stream<Object?> stream) => stream.listen((_) {}).cancel();
  return [
    client.start,
    client.stop,
    client.connectionStatus,
    () => client.networkChanged(hasNetwork: true),
    client.reconnectNow,
    client.foreground,
    client.background,
    client.syncOnce,
    client.lostCount,
    client.me,
    () => client.signIn('ann', 'secret'),
    () => client.signUp(username: 'ann', email: 'ann@example.org', password: 'secret'),
    client.signOut,
    client.account,
    () => client.setDisplayName('Ann'),
    () => client.setAvatar(Uint8List(1)),
    () => client.resetPassword('ann@example.org'),
    () async {
      final list = await client.conversationList();
      await heard(list.diffs);
      await list.setFilter(const ConversationFilter());
      await list.setVisible(0, 1);
      await list.close();
    },
    () async {
      final timeline = await client.timeline(hall);
      await heard(timeline.diffs);
      for (final call in <Future<Object?> Function()>[
        timeline.loadOlder,
        timeline.loadNewer,
        () => timeline.jumpTo(1),
        () => timeline.jumpToMessage('m1'),
        timeline.jumpToEnd,
        timeline.isAtEnd,
        () => timeline.setVisible(0, 1),
        timeline.close,
      ]) {
        await call().then<void>((_) {}, onError: (Object _) {});
      }
    },
    () => client.conversation(hall),
    () => heard(client.connection),
    () => heard(client.unread),
    () => heard(client.conversationChanges(hall)),
    () => heard(client.presence(const ['u1'])),
    client.unreadTotal,
    () => client.receipts('m1'),
    () => client.searchKept('tea'),
    () => client.search(const SearchQuery(text: 'tea')),
    () => client.send(hall, 'hello'),
    () => client.sendMessage(hall, message),
    () => client.sendAndWait(hall, message),
    () => client.edit(hall, said, 'hello!'),
    () => client.delete(hall, said),
    () => client.react(hall, said, '👍'),
    () => client.unreact(hall, said, '👍'),
    () => client.markRead(hall, 1),
    () => client.setTyping(hall, isTyping: true),
    () => client.setDraft(hall, null),
    () => client.draft(hall),
    () => client.pin(hall, 'm1'),
    () => client.unpin(hall, 'm1'),
    () => client.forward(hall, 'm1', to: const [hall]),
    client.outbox,
    () => client.retry(hall, 'k1'),
    () => client.discard(hall, 'k1'),
    () => client.upload(hall, '/a.png', fileName: 'a.png', mimeType: 'image/png'),
    () => heard(client.uploading(hall, 'k1')),
    () => heard(client.download('f1', '/b.png')),
    () => client.thumbnail('f1'),
    () => client.avatar('avatars/1'),
    () => client.findPeople('a'),
    () => client.createConversation(ConversationType.direct, const ['u1']),
    () => client.setTitle(hall, 'hall'),
    () => client.setPrefs(hall, const PrefsChange(isPinned: true)),
    () => client.members(hall),
    () => client.addMembers(hall, const ['u1']),
    () => client.removeMember(hall, 'u1'),
    () => client.leave(hall),
    () => client.block('u1'),
    () => client.unblock('u1'),
    () => client.call('user.me'),
    client.close,
  ];
}
