// Flutter's own Gradle plugin brings Android's, with Kotlin in it. What this needs besides stands in the README.

plugins {
    id("com.android.library")
}

group = "chat.flutter"
version = "0.1.0"

android {
    namespace = "chat.flutter"
    compileSdk = 36
    // 28 and newer link libraries for pages of 16 KB.
    ndkVersion = "28.2.13676358"

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }

    defaultConfig {
        // The SDK keeps sessions with java.nio.file, which is there from 26 on.
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
        // No abiFilters: ./native makes what Flutter builds releases for, and an app that splits its ABIs may not have any.
    }
}

// Of Android's own Kotlin, as Flutter's guide for plugins has it.
kotlin {
    compilerOptions {
        jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_17
    }
}

dependencies {
    // The AAR: it has the native part for Android. Older than 5.17 it does not load on pages of 16 KB.
    implementation("net.java.dev.jna:jna:5.18.1@aar")
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
}
