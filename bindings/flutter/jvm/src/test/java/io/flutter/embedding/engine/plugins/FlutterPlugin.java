package io.flutter.embedding.engine.plugins;

import android.content.Context;
import io.flutter.plugin.common.BinaryMessenger;

/** Stands in for the interface of this name in Flutter's embedding on the JVM. */
public interface FlutterPlugin {
    void onAttachedToEngine(FlutterPluginBinding binding);

    void onDetachedFromEngine(FlutterPluginBinding binding);

    /** What an engine gives a plugin. */
    class FlutterPluginBinding {
        private final Context applicationContext;
        private final BinaryMessenger binaryMessenger;

        public FlutterPluginBinding(Context applicationContext, BinaryMessenger binaryMessenger) {
            this.applicationContext = applicationContext;
            this.binaryMessenger = binaryMessenger;
        }

        public Context getApplicationContext() {
            return applicationContext;
        }

        public BinaryMessenger getBinaryMessenger() {
            return binaryMessenger;
        }
    }
}
