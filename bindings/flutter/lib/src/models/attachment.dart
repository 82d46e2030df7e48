// A file with a message.

import 'dart:typed_data';

import '../wire.dart';

/// A file with a message.
final class AttachmentItem extends ChatValue {
  /// Makes one.
  const AttachmentItem({
    required this.id,
    required this.fileName,
    required this.size,
    required this.mimeType,
    this.width,
    this.height,
    this.durationMs,
    required this.waveform,
    this.blurhash,
    required this.hasThumbnail,
  });

  /// Reads what a channel carries.
  factory AttachmentItem.fromWire(Object? wire) {
    final fields = Fields(wire);
    return AttachmentItem(
      id: fields.text('id'),
      fileName: fields.text('fileName'),
      size: fields.whole('size'),
      mimeType: fields.text('mimeType'),
      width: fields.wholeOrNull('width'),
      height: fields.wholeOrNull('height'),
      durationMs: fields.wholeOrNull('durationMs'),
      waveform: fields.bytes('waveform'),
      blurhash: fields.textOrNull('blurhash'),
      hasThumbnail: fields.flag('hasThumbnail'),
    );
  }

  /// Its id.
  final String id;

  /// What its sender called it.
  final String fileName;

  /// Bytes.
  final int size;

  /// What it is, by its content.
  final String mimeType;

  /// Of an image, in pixels, as it is shown.
  final int? width;

  /// Of an image, in pixels, as it is shown.
  final int? height;

  /// Of a sound, in milliseconds.
  final int? durationMs;

  /// Of a sound: how loud it is, in 64 steps from 0 to 255.
  final Uint8List waveform;

  /// Of an image: a blurred picture in a few characters, to show until the image is there.
  final String? blurhash;

  /// Whether there is a small picture of it.
  final bool hasThumbnail;

  @override
  Map<String, Object?> toWire() => {
    'id': id,
    'fileName': fileName,
    'size': size,
    'mimeType': mimeType,
    'width': width,
    'height': height,
    'durationMs': durationMs,
    'waveform': waveform,
    'blurhash': blurhash,
    'hasThumbnail': hasThumbnail,
  };
}

/// How far a file is.
final class TransferProgress extends ChatValue {
  /// Makes one.
  const TransferProgress({required this.done, this.total});

  /// Reads what a channel carries.
  factory TransferProgress.fromWire(Object? wire) {
    final fields = Fields(wire);
    return TransferProgress(done: fields.whole('done'), total: fields.wholeOrNull('total'));
  }

  /// Bytes that are there.
  final int done;

  /// Bytes there will be, where that is known.
  final int? total;

  @override
  Map<String, Object?> toWire() => {'done': done, 'total': total};
}
