// The plugin's own channels, with a platform that the test plays.

import 'package:chat_flutter/chat_flutter.dart';
import 'package:flutter/services.dart';
import 'package:flutter_test/flutter_test.dart';

void main() {
  final messenger = TestWidgetsFlutterBinding.ensureInitialized().defaultBinaryMessenger;
  const calls = MethodChannel('chat.sdk/calls');
  const details = {
    'type': 'network',
    'code': 'unavailable',
    'detail': 'no route',
    'retry': {'type': 'later', 'afterMs': null},
  };

  test('what the program before held is let go of first, and an error is a failure', () async {
    final made = <String>[];
    messenger.setMockMethodCallHandler(calls, (call) async {
      made.add(call.method);
      if (call.method == 'account') {
        throw PlatformException(code: 'unavailable', message: 'no route', details: details);
      }
      return null;
    });

    await expectLater(
      PluginChannel.instance.call('account', const {'client': 1}),
      throwsA(isA<NetworkFailure>().having((failure) => failure.detail, 'detail', 'no route')),
    );
    expect(made, ['attach', 'account']);
  });

  test('a value that cannot be read is a failure, too', () {
    expect(() => PersonItem.fromWire(null), throwsA(isA<InternalFailure>()));
    expect(
      () => ConnectionStatus.fromWire(const {'type': 'asleep'}),
      throwsA(isA<InternalFailure>()),
    );
  });

  test('a stream has a channel of its own, and ends with it', () async {
    const events = EventChannel('chat.sdk/streams/3');
    messenger
      ..setMockMethodCallHandler(calls, (call) async => call.method == 'watchUnread' ? 3 : null)
      ..setMockStreamHandler(
        events,
        MockStreamHandler.inline(
          onListen: (arguments, sink) {
            sink
              ..success(1)
              ..success(2)
              ..endOfStream();
          },
        ),
      );

    final told = await PluginChannel.instance.watch('watchUnread', const {'client': 1}).toList();

    expect(told, [1, 2]);
  });

  test('a stream fails as a call does', () async {
    messenger.setMockMethodCallHandler(
      calls,
      (call) async => throw PlatformException(code: 'unavailable', details: details),
    );

    await expectLater(
      PluginChannel.instance.watch('watchUnread', const {'client': 1}),
      emitsInOrder([emitsError(isA<NetworkFailure>()), emitsDone]),
    );
  });
}
