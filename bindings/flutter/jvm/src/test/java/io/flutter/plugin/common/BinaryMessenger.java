package io.flutter.plugin.common;

import java.nio.ByteBuffer;

/** Stands in for the interface of this name in Flutter's embedding on the JVM: bytes to and from Dart. */
public interface BinaryMessenger {
    void send(String channel, ByteBuffer message);

    void send(String channel, ByteBuffer message, BinaryReply callback);

    void setMessageHandler(String channel, BinaryMessageHandler handler);

    /** Takes what Dart sends. */
    interface BinaryMessageHandler {
        void onMessage(ByteBuffer message, BinaryReply reply);
    }

    /** Takes what Dart answers, or hands an answer to Dart. */
    interface BinaryReply {
        void reply(ByteBuffer reply);
    }
}
