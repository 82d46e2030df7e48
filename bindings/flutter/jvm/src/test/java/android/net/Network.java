package android.net;

/** Stands in for Android's class of this name on the JVM. */
public class Network {}
