/// Chat for Flutter on Android, over the native SDK: offline first, with streams for what a screen
/// shows and typed failures.
///
/// Begin with `ChatClient.open`. What crosses to the native side, and how, stands in the package's
/// README.
library;

export 'src/channel.dart' show ChatChannel, PluginChannel, TokenProvider;
export 'src/chat_client.dart';
export 'src/conversation_list.dart';
export 'src/lifecycle.dart';
export 'src/list_diff.dart';
export 'src/models/attachment.dart';
export 'src/models/config.dart';
export 'src/models/connection.dart';
export 'src/models/conversation.dart';
export 'src/models/failure.dart';
export 'src/models/message.dart';
export 'src/models/outbox.dart';
export 'src/models/person.dart';
export 'src/models/search.dart';
export 'src/models/sending.dart';
export 'src/models/timeline_item.dart';
export 'src/moments.dart';
export 'src/timeline.dart';
export 'src/wire.dart' show ChatValue;
