package chat.flutter

import chat.sdk.ChatException
import com.google.gson.JsonElement
import com.google.gson.JsonParser
import io.flutter.plugin.common.StandardMessageCodec
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import java.io.File
import kotlin.reflect.KClass
import kotlin.reflect.KType
import kotlin.reflect.full.isSubclassOf
import kotlin.reflect.full.memberProperties
import kotlin.reflect.full.primaryConstructor
import kotlin.reflect.jvm.isAccessible
import kotlin.reflect.jvm.jvmErasure

/**
 * What the plugin writes and reads is what the golden files say. Records are made of them, and taken apart again, by looking
 * at the classes of the SDK, so that this knows no more of the fields than Rust does.
 */
class GoldenTest {
    @TestFactory
    fun `every value is written as its bytes and read from them`(): List<DynamicTest> = FILES.map { file ->
        DynamicTest.dynamicTest(file.nameWithoutExtension) {
            val golden = JsonParser.parseString(file.readText()).asJsonObject
            val kind = kind(golden["type"].asString)
            for (sample in golden["samples"].asJsonArray.map { it.asJsonObject }) {
                val value = plain(sample["value"])
                val bytes = sample["bytes"].asString.chunked(2).map { it.toInt(16).toByte() }.toByteArray()
                assertEquals(tree(value), tree(StandardMessageCodec.INSTANCE.decodeMessage(java.nio.ByteBuffer.wrap(bytes))))

                val written = WRITERS[kind]?.let { write -> write(record(value, kind)) }
                val read = READERS[kind]?.let { read -> taken(read(Arguments(mapOf("it" to value)))) }

                check(written != null || read != null) { "$kind crosses no channel" }
                for (found in listOfNotNull(written, read)) {
                    val encoded = StandardMessageCodec.INSTANCE.encodeMessage(found).array()
                    assertEquals(sample["bytes"].asString, encoded.joinToString("") { "%02x".format(it) })
                }
            }
        }
    }

    @Test
    fun `the calls are those that the plugin takes`() {
        assertEquals(Dart.CALLS.keys, CALLS.keys)
    }

    private fun kind(name: String): KClass<*> = when (name) {
        "ChatError" -> ChatException::class
        else -> Class.forName("chat.sdk.$name").kotlin
    }

    private companion object {
        val FILES: List<File> = Dart.GOLDEN.listFiles { file -> file.name != "calls.json" }!!.sorted()
    }
}

/** JSON as a codec has it. */
private fun plain(json: JsonElement): Any? = when {
    json.isJsonNull -> null
    json.isJsonArray -> json.asJsonArray.map(::plain)
    json.isJsonObject -> json.asJsonObject["\$bytes"]?.asString?.chunked(2)?.map { it.toInt(16).toByte() }?.toByteArray()
        ?: json.asJsonObject.entrySet().associate { (name, item) -> name to plain(item) }
    json.asJsonPrimitive.isBoolean -> json.asBoolean
    json.asJsonPrimitive.isNumber -> json.asLong.whole()
    else -> json.asString
}

/** Comparable, with arrays as lists. */
private fun tree(value: Any?): Any? = when (value) {
    is ByteArray -> value.toList()
    is List<*> -> value.map(::tree)
    is Map<*, *> -> value.mapValues { tree(it.value) }
    else -> value
}

/** A record of the SDK, made of a golden value: each parameter of its constructor is a field, and each field one of them. */
private fun record(value: Any?, kind: KClass<*>): Any {
    if (kind.isSubclassOf(Enum::class)) return kind.java.enumConstants.first { (it as Enum<*>).word() == value }
    val fields = value as Map<*, *>
    if (!kind.isSealed) return made(kind, fields)
    val case = kind.sealedSubclasses.first { it.simpleName!!.replaceFirstChar(Char::lowercase) == fields["type"] }
    return case.objectInstance ?: made(case, fields - "type")
}

private fun made(kind: KClass<*>, fields: Map<*, *>): Any {
    val constructor = checkNotNull(kind.primaryConstructor) { "$kind is no record" }
    assertEquals(constructor.parameters.map { it.name }.toSet(), fields.keys, "the fields of $kind")
    return constructor.callBy(constructor.parameters.associateWith { argument(fields[it.name], it.type) })
}

private fun argument(value: Any?, type: KType): Any? = when {
    value == null -> null
    value is List<*> -> value.map { argument(it, type.arguments.single().type!!) }
    type.jvmErasure == ULong::class -> (value as Number).toLong().toULong()
    type.jvmErasure == UInt::class -> (value as Number).toLong().toUInt()
    type.jvmErasure == UShort::class -> (value as Number).toInt().toUShort()
    type.jvmErasure == Long::class -> (value as Number).toLong()
    value is Map<*, *> || type.jvmErasure.isSubclassOf(Enum::class) -> record(value, type.jvmErasure)
    else -> value
}

/** A record of the SDK, taken apart. */
private fun taken(value: Any?): Any? = when (value) {
    null, is String, is Boolean, is ByteArray -> value
    is Int -> value
    is Long -> value.whole()
    is UInt -> value.whole()
    is ULong -> value.whole()
    is Enum<*> -> value.word()
    is List<*> -> value.map(::taken)
    else -> {
        val kind = value::class
        val sealed = kind.java.superclass.kotlin.takeIf { it.isSealed }
        val type = sealed?.let { mapOf("type" to kind.simpleName!!.replaceFirstChar(Char::lowercase)) }.orEmpty()
        val fields = kind.primaryConstructor?.parameters.orEmpty().associate { parameter ->
            val property = kind.memberProperties.first { it.name == parameter.name }
            property.isAccessible = true
            parameter.name!! to taken(property.getter.call(value))
        }
        type + fields
    }
}
