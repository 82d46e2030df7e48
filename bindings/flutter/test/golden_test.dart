// What Dart reads and writes is what the golden files say, byte for byte.

import 'dart:convert';
import 'dart:io';
import 'dart:typed_data';

import 'package:chat_flutter/chat_flutter.dart';
import 'package:chat_flutter/src/wire.dart';
import 'package:flutter/services.dart';
import 'package:flutter_test/flutter_test.dart';

typedef Read = ChatValue Function(Object?);

final Map<String, Read> records = {
  'AttachmentItem': AttachmentItem.fromWire,
  'ChatError': ChatFailure.fromWire,
  'ClientConfig': ChatConfig.fromWire,
  'ConnectionState': ConnectionStatus.fromWire,
  'ConversationDiff': (wire) => ListDiff.fromWire(wire, ConversationItem.fromWire),
  'ConversationFilter': ConversationFilter.fromWire,
  'ConversationItem': ConversationItem.fromWire,
  'FieldProblem': FieldProblem.fromWire,
  'ForwardItem': ForwardItem.fromWire,
  'MemberItem': MemberItem.fromWire,
  'MemberPageItem': MemberPageItem.fromWire,
  'MessageItem': MessageItem.fromWire,
  'MessageTarget': MessageTarget.fromWire,
  'OutgoingMessage': OutgoingMessage.fromWire,
  'PersonItem': PersonItem.fromWire,
  'PersonPage': PersonPage.fromWire,
  'PrefsChange': PrefsChange.fromWire,
  'PrefsItem': PrefsItem.fromWire,
  'PresenceItem': PresenceItem.fromWire,
  'QueuedAction': QueuedAction.fromWire,
  'QueuedItem': QueuedItem.fromWire,
  'ReactionItem': ReactionItem.fromWire,
  'ReceiptItem': ReceiptItem.fromWire,
  'ReplyItem': ReplyItem.fromWire,
  'Retry': Retry.fromWire,
  'SearchQuery': SearchQuery.fromWire,
  'SearchResult': SearchResult.fromWire,
  'SearchResultPage': SearchResultPage.fromWire,
  'SendState': SendState.fromWire,
  'StoredMessage': StoredMessage.fromWire,
  'TimelineDiff': (wire) => ListDiff.fromWire(wire, TimelineItem.fromWire),
  'TimelineItem': TimelineItem.fromWire,
  'TimelineSettings': TimelineSettings.fromWire,
  'TransferProgress': TransferProgress.fromWire,
  'WakeUpResult': WakeUpResult.fromWire,
};

const Map<String, List<Enum>> words = {
  'ConversationType': ConversationType.values,
  'MessageType': MessageType.values,
  'PresenceStatus': PresenceStatus.values,
  'Role': Role.values,
  'StopCause': StopCause.values,
  'TokenCause': TokenCause.values,
};

void main() {
  const codec = StandardMessageCodec();
  final files = [
    for (final file in Directory('golden').listSync().whereType<File>())
      if (!file.path.endsWith('calls.json')) file,
  ];

  test('every file has somebody who reads it', () {
    final names = {for (final file in files) file.uri.pathSegments.last.split('.').first};
    expect({...records.keys, ...words.keys}, names);
  });

  for (final file in files) {
    final golden = jsonDecode(file.readAsStringSync()) as Map<String, Object?>;
    final kind = golden['type']! as String;
    test('$kind is read from its bytes and written as them', () {
      for (final sample in (golden['samples']! as List<Object?>).cast<Map<String, Object?>>()) {
        final value = plain(sample['value']);
        final hex = sample['bytes']! as String;
        final bytes = ByteData.sublistView(unhex(hex));
        final decoded = codec.decodeMessage(bytes);
        expect(sameWire(decoded, value), isTrue, reason: '$decoded is not $value');

        final Object? written;
        if (records[kind] case final read?) {
          final record = read(decoded);
          expect(record, read(value));
          expect(record.hashCode, read(value).hashCode);
          written = record.toWire();
        } else {
          written = words[kind]!.firstWhere((word) => word.name == value).name;
        }
        final encoded = codec.encodeMessage(written)!;
        expect(
          enhex(encoded.buffer.asUint8List(encoded.offsetInBytes, encoded.lengthInBytes)),
          hex,
        );
      }
    });
  }
}

/// JSON as the codec has it.
Object? plain(Object? json) => switch (json) {
  {r'$bytes': final String hex} => unhex(hex),
  final Map<String, Object?> map => {
    for (final MapEntry(:key, :value) in map.entries) key: plain(value),
  },
  final List<Object?> list => [for (final item in list) plain(item)],
  _ => json,
};

Uint8List unhex(String hex) => Uint8List.fromList([
  for (var at = 0; at < hex.length; at += 2) int.parse(hex.substring(at, at + 2), radix: 16),
]);

String enhex(Uint8List bytes) =>
    [for (final byte in bytes) byte.toRadixString(16).padLeft(2, '0')].join();
