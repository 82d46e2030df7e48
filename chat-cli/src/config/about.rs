//! What each setting does, in a sentence, for `chat config show`. The types of the server say more, to those who read them.

/// Every setting that there is, in the order of its key.
const ABOUT: &[(&str, &str)] = &[
    (
        "access_token_s",
        "for how many seconds an access token holds; clients renew it by themselves",
    ),
    (
        "allowed_origins",
        "pages that may call from a browser, such as https://app.example.org",
    ),
    (
        "database",
        "sqlite://FILE, or postgres://USER:PASSWORD@HOST/DATABASE for PostgreSQL 14 or newer",
    ),
    (
        "durability",
        "full: what is acknowledged survives a power cut; relaxed: the last moments before one may be lost",
    ),
    (
        "heads_check_ms",
        "with Redis: how often what was told is compared with the database",
    ),
    (
        "heartbeat_ms",
        "how often a socket is pinged; who is silent for twice as long is gone",
    ),
    (
        "key_file",
        "the keys that access tokens are signed with; on PostgreSQL they are in the database unless this is set",
    ),
    (
        "limits.anonymous_calls_per_minute",
        "calls without a sign-in, from one address",
    ),
    ("limits.attachment_bytes", "of one file"),
    ("limits.attachments_per_message", "files with one message"),
    ("limits.body_bytes", "of a request, files aside"),
    (
        "limits.burst_s",
        "how many seconds of a minute's calls may come at once; 60 is all of them",
    ),
    (
        "limits.calls_per_minute",
        "calls of one user that no other limit counts",
    ),
    (
        "limits.conversation_sends_per_minute",
        "messages in one conversation, whoever sends them",
    ),
    (
        "limits.downloads_per_minute",
        "files and pictures read by one user, or from one address",
    ),
    ("limits.frame_bytes", "of a message on a socket"),
    ("limits.members", "members of one conversation"),
    ("limits.message_chars", "of a message; fixed"),
    (
        "limits.metadata_bytes",
        "of an app's own data in a message, as JSON; fixed",
    ),
    ("limits.page_entries", "entries of a page; fixed"),
    (
        "limits.presence_watches",
        "people whose presence one socket may watch; fixed",
    ),
    ("limits.reads_per_minute", "reads of messages by one user"),
    ("limits.searches_per_minute", "searches of one user"),
    ("limits.sends_per_minute", "messages of one user"),
    ("limits.sockets_per_user", "sockets of one user at a time"),
    (
        "limits.storage_bytes_per_user",
        "of all files of one user together",
    ),
    (
        "limits.sync_events",
        "events in one answer to who comes back; fixed",
    ),
    (
        "limits.uploads_per_minute",
        "files, and parts of files, of one user",
    ),
    (
        "limits_preset",
        "default or throttled: whose figures hold where none is set in limits",
    ),
    (
        "listen",
        "the address and port that are listened at; port 0 takes any free one",
    ),
    (
        "local_socket",
        "a file through which who looks after the server calls without a password, on its own machine",
    ),
    (
        "local_socket_group",
        "whether the group of that file is let in, too",
    ),
    (
        "mail.ca_file",
        "certificates of a private authority that the mail server's may come from",
    ),
    (
        "mail.directory",
        "where each mail becomes a file, with the transport file",
    ),
    ("mail.from", "whom mails come from: Chat <chat@example.org>"),
    (
        "mail.smtp",
        "the mail server: smtp://USER:PASSWORD@HOST:587, or smtps://…:465",
    ),
    (
        "mail.transport",
        "smtp; file: each mail a file; log: mails go to the log; off",
    ),
    (
        "media.s3_access_key_id",
        "who reads and writes the bucket; else AWS_ACCESS_KEY_ID or the machine's role",
    ),
    (
        "media.s3_endpoint",
        "where the bucket is served, when not by AWS",
    ),
    (
        "media.s3_region",
        "of the bucket; else AWS_REGION, or us-east-1",
    ),
    (
        "media.s3_secret_access_key",
        "belongs to media.s3_access_key_id; else AWS_SECRET_ACCESS_KEY",
    ),
    (
        "media.store",
        "where files are: a directory, or s3://BUCKET/PREFIX",
    ),
    (
        "metrics_token",
        "who sends it may read /metrics from anywhere; without it, only this machine may",
    ),
    (
        "open_registration",
        "whether anybody may make an account; where not, an admin does",
    ),
    (
        "postgres.idle_in_transaction_timeout_ms",
        "for how long a process that hangs may hold up a conversation",
    ),
    (
        "postgres.lock_timeout_ms",
        "a statement that waits longer for another one is broken off",
    ),
    (
        "postgres.read_connections",
        "that read; three more are used beside them, all within max_connections of the server",
    ),
    (
        "postgres.statement_timeout_ms",
        "a statement that takes longer is broken off",
    ),
    (
        "presence_grace_ms",
        "who comes back within this time was never away",
    ),
    (
        "public_url",
        "where people reach the chat; links in mails begin with it",
    ),
    (
        "query_token",
        "whether ?token= is taken at the socket, as older systems do; it ends up in logs",
    ),
    (
        "redis",
        "redis://USER:PASSWORD@HOST:6379, where several processes serve one database",
    ),
    (
        "redis_cache",
        "with Redis: whether the newest messages are kept there, too",
    ),
    (
        "retention_s",
        "after how many seconds what is said from now on is deleted for everyone; not set: never",
    ),
    (
        "session_days",
        "for how many days a sign-in may rest before it ends",
    ),
    (
        "shutdown_spread_ms",
        "over how much time clients come back after the server was stopped",
    ),
    (
        "socket_queue_bytes",
        "that may wait for one socket before it has to catch up by itself",
    ),
    ("sockets_most", "sockets in all"),
    ("sockets_per_address", "sockets from one address"),
    (
        "tls.certificate",
        "a PEM file, to serve HTTPS; a changed one is served within seconds",
    ),
    ("tls.key", "the PEM file with its private key"),
    (
        "trusted_proxies",
        "addresses of proxies whose X-Forwarded-For is believed",
    ),
];

/// What a setting does.
pub(super) fn about(key: &str) -> &'static str {
    let known = ABOUT.iter().find(|(known, _)| *known == key);
    known.map_or("", |(_, about)| about)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::flat;
    use chat_server::Config;

    #[test]
    fn every_setting_is_told_of_and_nothing_else_is() {
        let there: Vec<_> = flat(&Config::default()).into_keys().collect();
        let told: Vec<_> = ABOUT.iter().map(|(key, _)| *key).collect();
        assert_eq!(told, there);
    }
}
