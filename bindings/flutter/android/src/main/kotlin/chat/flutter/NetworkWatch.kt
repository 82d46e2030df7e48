package chat.flutter

import android.content.Context
import android.net.ConnectivityManager
import android.net.Network

/** Hears from Android whether there is a network, and says so. Without that service it says nothing. */
internal class NetworkWatch(context: Context, private val changed: (Boolean) -> Unit) : AutoCloseable {
    private val service: ConnectivityManager? = context.getSystemService(ConnectivityManager::class.java)
    private val callback = object : ConnectivityManager.NetworkCallback() {
        override fun onAvailable(network: Network) = changed(true)

        override fun onLost(network: Network) = changed(false)

        // There may be one that this app may not use for a while: saving power, or data.
        override fun onBlockedStatusChanged(network: Network, blocked: Boolean) = changed(!blocked)
    }

    init {
        service?.registerDefaultNetworkCallback(callback)
    }

    /** Whether there is one now. */
    val isThere: Boolean get() = service == null || service.activeNetwork != null

    override fun close() {
        service?.unregisterNetworkCallback(callback)
    }
}
