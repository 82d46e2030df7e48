package io.flutter.plugin.common;

import java.nio.ByteBuffer;

/** Stands in for the class of this name in Flutter's embedding on the JVM. */
public class MethodChannel {
    private static final StandardMethodCodec CODEC = StandardMethodCodec.INSTANCE;
    private final BinaryMessenger messenger;
    private final String name;

    public MethodChannel(BinaryMessenger messenger, String name) {
        this.messenger = messenger;
        this.name = name;
    }

    public void invokeMethod(String method, Object arguments, Result callback) {
        messenger.send(name, CODEC.encodeMethodCall(new MethodCall(method, arguments)), reply -> {
            try {
                if (reply == null) callback.notImplemented();
                else callback.success(CODEC.decodeEnvelope(reply));
            } catch (StandardMethodCodec.Failure failure) {
                callback.error(failure.code, failure.getMessage(), failure.details);
            }
        });
    }

    public void setMethodCallHandler(MethodCallHandler handler) {
        if (handler == null) {
            messenger.setMessageHandler(name, null);
            return;
        }
        messenger.setMessageHandler(name, (message, reply) ->
            handler.onMethodCall(CODEC.decodeMethodCall(message), new Result() {
                @Override
                public void success(Object result) {
                    reply.reply(CODEC.encodeSuccessEnvelope(result));
                }

                @Override
                public void error(String code, String text, Object details) {
                    reply.reply(CODEC.encodeErrorEnvelope(code, text, details));
                }

                @Override
                public void notImplemented() {
                    reply.reply((ByteBuffer) null);
                }
            }));
    }

    /** Takes the calls of Dart. */
    public interface MethodCallHandler {
        void onMethodCall(MethodCall call, Result result);
    }

    /** The answer to a call, given once. */
    public interface Result {
        void success(Object result);

        void error(String errorCode, String errorMessage, Object errorDetails);

        void notImplemented();
    }
}
