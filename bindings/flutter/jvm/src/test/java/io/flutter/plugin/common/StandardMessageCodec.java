package io.flutter.plugin.common;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Stands in for the class of this name in Flutter's embedding on the JVM. It writes and reads the same bytes for what the
 * plugin may send, and refuses everything else, also what the real one would take.
 */
public class StandardMessageCodec {
    public static final StandardMessageCodec INSTANCE = new StandardMessageCodec();

    public ByteBuffer encodeMessage(Object message) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writeValue(out, message);
        return ByteBuffer.wrap(out.toByteArray());
    }

    public Object decodeMessage(ByteBuffer message) {
        ByteBuffer in = message.order(ByteOrder.LITTLE_ENDIAN);
        Object value = readValue(in);
        if (in.hasRemaining()) throw new IllegalArgumentException("more than one value");
        return value;
    }

    void writeValue(ByteArrayOutputStream out, Object value) {
        if (value == null) {
            out.write(0);
        } else if (value instanceof Boolean is) {
            out.write(is ? 1 : 2);
        } else if (value instanceof Integer number) {
            out.write(3);
            writeLittle(out, number, 4);
        } else if (value instanceof Long number) {
            out.write(4);
            writeLittle(out, number, 8);
        } else if (value instanceof String text) {
            out.write(7);
            writeBytes(out, text.getBytes(StandardCharsets.UTF_8));
        } else if (value instanceof byte[] bytes) {
            out.write(8);
            writeBytes(out, bytes);
        } else if (value instanceof List<?> list) {
            out.write(12);
            writeSize(out, list.size());
            for (Object item : list) writeValue(out, item);
        } else if (value instanceof Map<?, ?> map) {
            out.write(13);
            writeSize(out, map.size());
            map.forEach((key, item) -> {
                writeValue(out, key);
                writeValue(out, item);
            });
        } else {
            throw new IllegalArgumentException("Unsupported value: a " + value.getClass());
        }
    }

    Object readValue(ByteBuffer in) {
        byte kind = in.get();
        switch (kind) {
            case 0:
                return null;
            case 1:
                return true;
            case 2:
                return false;
            case 3:
                return in.getInt();
            case 4:
                return in.getLong();
            case 7:
                return new String(readBytes(in), StandardCharsets.UTF_8);
            case 8:
                return readBytes(in);
            case 12:
                List<Object> list = new ArrayList<>();
                for (int left = readSize(in); left > 0; left--) list.add(readValue(in));
                return list;
            case 13:
                Map<Object, Object> map = new LinkedHashMap<>();
                for (int left = readSize(in); left > 0; left--) map.put(readValue(in), readValue(in));
                return map;
            default:
                throw new IllegalArgumentException("Message corrupted: kind " + kind);
        }
    }

    private static void writeSize(ByteArrayOutputStream out, int size) {
        if (size < 254) {
            out.write(size);
        } else if (size <= 0xffff) {
            out.write(254);
            writeLittle(out, size, 2);
        } else {
            out.write(255);
            writeLittle(out, size, 4);
        }
    }

    private static int readSize(ByteBuffer in) {
        int size = in.get() & 0xff;
        if (size < 254) return size;
        return size == 254 ? in.getChar() : in.getInt();
    }

    private static void writeBytes(ByteArrayOutputStream out, byte[] bytes) {
        writeSize(out, bytes.length);
        out.write(bytes, 0, bytes.length);
    }

    private static byte[] readBytes(ByteBuffer in) {
        byte[] bytes = new byte[readSize(in)];
        in.get(bytes);
        return bytes;
    }

    private static void writeLittle(ByteArrayOutputStream out, long number, int width) {
        for (int at = 0; at < width; at++) out.write((int) (number >> (8 * at)));
    }
}
