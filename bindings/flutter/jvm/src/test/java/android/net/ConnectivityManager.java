package android.net;

import java.util.ArrayList;
import java.util.List;

/** Stands in for Android's class of this name on the JVM: a network that a test takes away and gives back. */
public class ConnectivityManager {
    /** Whoever wants to hear of the network, as in Android. */
    public static class NetworkCallback {
        public void onAvailable(Network network) {}

        public void onLost(Network network) {}

        public void onBlockedStatusChanged(Network network, boolean blocked) {}
    }

    private final List<NetworkCallback> callbacks = new ArrayList<>();
    private Network network = new Network();

    public synchronized Network getActiveNetwork() {
        return network;
    }

    public synchronized void registerDefaultNetworkCallback(NetworkCallback callback) {
        callbacks.add(callback);
        if (network != null) callback.onAvailable(network);
    }

    public synchronized void unregisterNetworkCallback(NetworkCallback callback) {
        if (!callbacks.remove(callback)) throw new IllegalArgumentException("not registered");
    }

    /** For tests: there is a network, or there is none. */
    public synchronized void change(boolean isThere) {
        Network before = network;
        network = isThere ? new Network() : null;
        for (NetworkCallback callback : callbacks) {
            if (isThere) callback.onAvailable(network);
            else if (before != null) callback.onLost(before);
        }
    }

    /** For tests: the network is there, and may not be used, or may be used again; Android then shows none, or shows it. */
    public synchronized void block(boolean isBlocked) {
        if (network == null) network = new Network();
        for (NetworkCallback callback : callbacks) callback.onBlockedStatusChanged(network, isBlocked);
        if (isBlocked) network = null;
    }

    /** For tests: how many listen. */
    public synchronized int listeners() {
        return callbacks.size();
    }
}
