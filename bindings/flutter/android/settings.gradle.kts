rootProject.name = "chat_flutter"
