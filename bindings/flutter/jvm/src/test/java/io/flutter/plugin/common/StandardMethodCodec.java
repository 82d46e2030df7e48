package io.flutter.plugin.common;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Stands in for the class of this name in Flutter's embedding on the JVM: calls and answers as bytes. */
public final class StandardMethodCodec {
    public static final StandardMethodCodec INSTANCE = new StandardMethodCodec();
    private static final StandardMessageCodec VALUES = StandardMessageCodec.INSTANCE;

    /** What an answer that is no success is on the side that asked. */
    public static final class Failure extends RuntimeException {
        public final String code;
        public final Object details;

        Failure(String code, String message, Object details) {
            super(message);
            this.code = code;
            this.details = details;
        }
    }

    public ByteBuffer encodeMethodCall(MethodCall call) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        VALUES.writeValue(out, call.method);
        VALUES.writeValue(out, call.arguments);
        return ByteBuffer.wrap(out.toByteArray());
    }

    public MethodCall decodeMethodCall(ByteBuffer message) {
        ByteBuffer in = message.order(ByteOrder.LITTLE_ENDIAN);
        return new MethodCall((String) VALUES.readValue(in), VALUES.readValue(in));
    }

    public ByteBuffer encodeSuccessEnvelope(Object result) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0);
        VALUES.writeValue(out, result);
        return ByteBuffer.wrap(out.toByteArray());
    }

    public ByteBuffer encodeErrorEnvelope(String code, String message, Object details) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(1);
        VALUES.writeValue(out, code);
        VALUES.writeValue(out, message);
        VALUES.writeValue(out, details);
        return ByteBuffer.wrap(out.toByteArray());
    }

    public Object decodeEnvelope(ByteBuffer envelope) {
        ByteBuffer in = envelope.order(ByteOrder.LITTLE_ENDIAN);
        if (in.get() == 0) return VALUES.readValue(in);
        throw new Failure((String) VALUES.readValue(in), (String) VALUES.readValue(in), VALUES.readValue(in));
    }
}
