package android.content;

import java.io.File;

/** Stands in for Android's class of this name on the JVM: only what the plugin uses. */
public abstract class Context {
    public abstract File getNoBackupFilesDir();

    public abstract File getCacheDir();

    public abstract <T> T getSystemService(Class<T> serviceClass);
}
