package chat.flutter

import io.flutter.embedding.engine.plugins.FlutterPlugin
import io.flutter.embedding.engine.plugins.FlutterPlugin.FlutterPluginBinding
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers

/**
 * What Flutter makes of this plugin: one for each engine. An app may have several engines, for instance one for the screen
 * and one for a push message; they share the clients of the process ([Clients]).
 */
class ChatPlugin internal constructor(private val main: () -> CoroutineDispatcher) : FlutterPlugin {
    private var engine: Engine? = null

    /** As Flutter makes it. */
    constructor() : this({ Dispatchers.Main.immediate })

    override fun onAttachedToEngine(binding: FlutterPluginBinding) {
        engine = Engine(binding.applicationContext, binding.binaryMessenger, main())
    }

    override fun onDetachedFromEngine(binding: FlutterPluginBinding) {
        engine?.close()
        engine = null
    }
}
