"""The names of Dart, Flutter and bloc that the files here use: a new one is written down once somebody has looked it up."""

CORE = """
    DateTime Duration Enum Error Exception FormatException Function Future Iterable List Map MapEntry Never Object Set StackTrace
    Stream String Type bool hashCode identical int override runtimeType toString
""".split()

LIBRARIES = {
    "dart:async": "StreamController StreamSubscription",
    "dart:convert": "jsonDecode",
    "dart:io": "Directory File",
    "dart:math": "max min",
    "dart:typed_data": "ByteData Uint8List",
    "package:flutter/foundation.dart": "immutable",
    "package:flutter/material.dart": """
        AppBar Badge BuildContext Center CircularProgressIndicator Colors Column Divider EdgeInsets Expanded FilledButton
        FloatingActionButton GlobalKey Icon IconButton Icons IndexedWidgetBuilder InputDecoration ListTile ListView
        MaterialApp MaterialPageRoute Navigator NavigatorState NotificationListener Padding PreferredSize Route Row Scaffold
        ScaffoldMessenger ScrollEndNotification SimpleDialog Size SizedBox SnackBar State StatefulWidget StatelessWidget Text
        TextButton TextEditingController TextField TextInputType TextOverflow ThemeData ValueKey VoidCallback Widget
        WidgetsBinding WidgetsFlutterBinding runApp showDialog context mounted setState widget
    """,
    "package:flutter/services.dart": """
        ByteData EventChannel MethodCall MethodChannel MissingPluginException PlatformException StandardMessageCodec
    """,
    "package:flutter/widgets.dart": "AppLifecycleState WidgetsBinding WidgetsBindingObserver",
    "package:flutter_bloc/flutter_bloc.dart": """
        BlocBuilder BlocConsumer BlocProvider Cubit RepositoryProvider emit isClosed state
    """,
    "package:flutter_test/flutter_test.dart": """
        MockStreamHandler TestWidgetsFlutterBinding emitsDone emitsError emitsInOrder expect expectLater isA isEmpty
        isFalse isNull isRangeError isTrue pumpEventQueue setUp test throwsA
    """,
}

# Members of extensions, which no import names.
EXTENSIONS = {"package:flutter_bloc/flutter_bloc.dart": {"read"}}

MEMBERS = """
    $1 $2 add addAll addError addObserver addPostFrameCallback all amber arguments asUint8List buffer builder byName cancel
    cast circle clear close code containsKey context currentState decodeMessage defaultBinaryMessenger details detached edit ellipsis emailAddress
    encodeMessage endOfStream endsWith ensureInitialized entries error every extentAfter filter_alt filter_alt_outlined
    first firstOrNull firstWhere fold fromEnvironment fromHeight fromList fromMillisecondsSinceEpoch green hash hashAll
    hashAllUnordered having hidden ignore inMilliseconds inSeconds inactive inline insert instance invokeMethod isEmpty
    isFirst isNotEmpty join key keys last length lengthInBytes listSync listen logout map message method metrics month name now of
    offsetInBytes onCancel onListen onPause onResume padLeft parse path pathSegments pause paused pop popUntil push read
    readAsStringSync receiveBroadcastStream red remove removeAt removeObserver removeRange resume resumed schedule send
    setMethodCallHandler setMockMethodCallHandler setMockStreamHandler showSnackBar single sort split stream sublistView
    substring success teal text then throwWithStackTrace timeZoneOffset toList toRadixString toSet transparent trim
    unmodifiable uri value values where whereType year day dispose initState createState didChangeAppLifecycleState widget
"""
