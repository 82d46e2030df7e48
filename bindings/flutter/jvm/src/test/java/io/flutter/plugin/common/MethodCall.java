package io.flutter.plugin.common;

/** Stands in for the class of this name in Flutter's embedding on the JVM. */
public final class MethodCall {
    public final String method;
    public final Object arguments;

    public MethodCall(String method, Object arguments) {
        this.method = method;
        this.arguments = arguments;
    }
}
