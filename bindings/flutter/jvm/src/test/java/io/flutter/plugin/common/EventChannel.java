package io.flutter.plugin.common;

import java.util.concurrent.atomic.AtomicBoolean;

/** Stands in for the class of this name in Flutter's embedding on the JVM. One stream at a time, as there. */
public final class EventChannel {
    private static final StandardMethodCodec CODEC = StandardMethodCodec.INSTANCE;
    private final BinaryMessenger messenger;
    private final String name;

    public EventChannel(BinaryMessenger messenger, String name) {
        this.messenger = messenger;
        this.name = name;
    }

    public void setStreamHandler(StreamHandler handler) {
        if (handler == null) {
            messenger.setMessageHandler(name, null);
            return;
        }
        Sink[] active = new Sink[1];
        messenger.setMessageHandler(name, (message, reply) -> {
            MethodCall call = CODEC.decodeMethodCall(message);
            if (call.method.equals("listen")) {
                active[0] = new Sink();
                handler.onListen(call.arguments, active[0]);
                reply.reply(CODEC.encodeSuccessEnvelope(null));
            } else if (active[0] == null) {
                reply.reply(CODEC.encodeErrorEnvelope("error", "No active stream to cancel", null));
            } else {
                active[0].hasEnded.set(true);
                active[0] = null;
                handler.onCancel(call.arguments);
                reply.reply(CODEC.encodeSuccessEnvelope(null));
            }
        });
    }

    /** Makes a stream for as long as Dart listens. */
    public interface StreamHandler {
        void onListen(Object arguments, EventSink events);

        void onCancel(Object arguments);
    }

    /** Takes what Dart is told. */
    public interface EventSink {
        void success(Object event);

        void error(String errorCode, String errorMessage, Object errorDetails);

        void endOfStream();
    }

    private final class Sink implements EventSink {
        private final AtomicBoolean hasEnded = new AtomicBoolean();

        @Override
        public void success(Object event) {
            if (!hasEnded.get()) messenger.send(name, CODEC.encodeSuccessEnvelope(event));
        }

        @Override
        public void error(String code, String text, Object details) {
            if (!hasEnded.get()) messenger.send(name, CODEC.encodeErrorEnvelope(code, text, details));
        }

        @Override
        public void endOfStream() {
            if (!hasEnded.getAndSet(true)) messenger.send(name, null);
        }
    }
}
