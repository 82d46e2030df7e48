//! Tests of the layers.

use super::*;

fn flag(key: &str, text: &str) -> Setting {
    Setting {
        key: key.into(),
        text: text.into(),
        place: format!("flag --{key}"),
    }
}

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("server.toml");
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

fn from(settings: &Settings, key: &str) -> String {
    settings
        .shown()
        .into_iter()
        .find(|shown| shown.key == key)
        .unwrap()
        .from
}

#[test]
fn each_layer_wins_over_the_one_below_and_is_named() {
    let (_dir, path) = file(
        "database = 'sqlite://file.db'\nlisten = '127.0.0.1:1'\nheartbeat_ms = 7\n[limits]\nmembers = 7\n",
    );
    let settings = Settings::load(&Sources {
        file: Some(path.clone()),
        environment: env(&[
            ("CHAT_LISTEN", "127.0.0.1:2"),
            ("CHAT_DATABASE", "sqlite://env.db"),
            ("CHAT_LIMITS__MEMBERS", "8"),
        ]),
        flags: vec![flag("listen", "127.0.0.1:3")],
    })
    .unwrap();

    assert_eq!(settings.config.listen.port(), 3);
    assert_eq!(settings.config.database, "sqlite://env.db");
    assert_eq!(settings.config.limits.members, 8);
    assert_eq!(settings.config.heartbeat_ms, 7);
    assert_eq!(from(&settings, "listen"), "flag --listen");
    assert_eq!(from(&settings, "database"), "environment CHAT_DATABASE");
    assert_eq!(
        from(&settings, "limits.members"),
        "environment CHAT_LIMITS__MEMBERS"
    );
    assert_eq!(
        from(&settings, "heartbeat_ms"),
        format!("file {}", path.display())
    );
    assert_eq!(from(&settings, "limits.frame_bytes"), "default");
}

#[test]
fn nothing_said_is_the_default() {
    let settings = Settings::load(&Sources::default()).unwrap();

    assert_eq!(
        serde_json::to_value(&settings.config).unwrap(),
        serde_json::to_value(Config::default()).unwrap()
    );
    assert!(settings.shown().iter().all(|shown| shown.from == "default"));
}

#[test]
fn a_preset_of_limits_lies_below_what_is_set_and_above_the_defaults() {
    let (_dir, path) = file("limits_preset = 'throttled'\n[limits]\nreads_per_minute = 600\n");
    let settings = Settings::load(&Sources {
        file: Some(path.clone()),
        environment: env(&[("CHAT_LIMITS__CALLS_PER_MINUTE", "7")]),
        ..Sources::default()
    })
    .unwrap();

    let limits = &settings.config.limits;
    assert_eq!(limits.anonymous_calls_per_minute, 20);
    assert_eq!(limits.sends_per_minute, 10);
    assert_eq!((limits.reads_per_minute, limits.calls_per_minute), (600, 7));
    assert_eq!(limits.members, 5_000);
    assert_eq!(
        from(&settings, "limits.sends_per_minute"),
        "preset throttled"
    );
    assert_eq!(from(&settings, "limits.members"), "default");
    assert_eq!(
        from(&settings, "limits.reads_per_minute"),
        format!("file {}", path.display())
    );
}

#[test]
fn a_preset_that_does_not_exist_is_refused_with_those_that_do() {
    let args = ConfigArgs {
        limits: Some("tight".to_owned()),
        ..ConfigArgs::default()
    };
    let sources = Sources {
        flags: args.flags().unwrap(),
        environment: env(&[("CHAT_LIMITS_PRESET", "throttled")]),
        ..Sources::default()
    };

    let story = Settings::load(&sources).unwrap_err().story();

    assert!(
        story.starts_with("limits_preset from flag --limits"),
        "{story}"
    );
    assert!(
        story.contains("must be one of ") && story.contains("throttled"),
        "{story}"
    );
}

#[test]
fn a_wrong_key_names_its_place_and_the_right_one() {
    let (_dir, path) = file("[limits]\nmember = 7\n");
    let in_file = Settings::load(&Sources {
        file: Some(path.clone()),
        ..Sources::default()
    })
    .unwrap_err()
    .story();
    let in_environment = Settings::load(&Sources {
        environment: env(&[("CHAT_DATABSE", "x")]),
        ..Sources::default()
    })
    .unwrap_err();

    assert_eq!(
        in_file,
        format!(
            "limits.member from file {} is no setting; did you mean limits.members?",
            path.display()
        )
    );
    assert_eq!(
        in_environment.story(),
        "databse from environment CHAT_DATABSE is no setting; did you mean database?"
    );
    assert_eq!(in_environment.exit_code(), 2);
}

#[test]
fn a_wrong_value_names_its_place() {
    for (sources, place) in [
        (
            Sources {
                flags: vec![flag("listen", "nowhere")],
                ..Sources::default()
            },
            "listen from flag --listen",
        ),
        (
            Sources {
                environment: env(&[("CHAT_LIMITS__MEMBERS", "many")]),
                ..Sources::default()
            },
            "limits.members from environment CHAT_LIMITS__MEMBERS",
        ),
        (
            Sources {
                environment: env(&[("CHAT_DURABILITY", "some")]),
                ..Sources::default()
            },
            "durability from environment CHAT_DURABILITY",
        ),
    ] {
        let story = Settings::load(&sources).unwrap_err().story();
        assert!(story.starts_with(place), "{story}");
    }
}

#[test]
fn text_is_read_as_what_the_setting_is() {
    let settings = Settings::load(&Sources {
        environment: env(&[
            ("CHAT_TRUSTED_PROXIES", "10.0.0.1, ::1"),
            ("CHAT_KEY_FILE", "1"),
            ("CHAT_QUERY_TOKEN", "true"),
        ]),
        ..Sources::default()
    })
    .unwrap();

    assert_eq!(settings.config.trusted_proxies.len(), 2);
    assert_eq!(settings.config.key_file, Some(PathBuf::from("1")));
    assert!(settings.config.query_token);
}

#[test]
fn what_a_platform_or_this_program_itself_reads_is_no_setting() {
    let environment = env(&[
        ("CHAT_PORT", "tcp://10.0.0.1:80"),
        ("CHAT_PORT_80_TCP", "x"),
        ("CHAT_SERVICE_HOST", "x"),
        ("CHAT_TOKEN", "x"),
        ("CHAT_SERVER", "x"),
    ]);

    assert!(
        Settings::load(&Sources {
            environment,
            ..Sources::default()
        })
        .is_ok()
    );
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_its_name() {
    let (_dir, path) = file("listen = ");
    let error = Settings::load(&Sources {
        file: Some(path),
        ..Sources::default()
    })
    .unwrap_err();

    assert!(
        error
            .story()
            .contains("server.toml is not valid TOML, line 1: "),
        "{}",
        error.story()
    );
}

#[test]
fn what_is_absent_by_default_is_read_as_what_it_would_be() {
    let load = |pairs: &[(&str, &str)]| {
        let environment = env(pairs);
        Settings::load(&Sources {
            environment,
            ..Sources::default()
        })
    };
    let settings = load(&[
        ("CHAT_RETENTION_S", "3600"),
        ("CHAT_KEY_FILE", "1"),
        ("CHAT_PUBLIC_URL", "https://chat.example.org"),
        ("CHAT_MAIL__TRANSPORT", "smtp"),
        ("CHAT_MAIL__TRANSPORT", "smtp"),
        (
            "CHAT_MAIL__SMTP",
            "smtp://ann:hunter22@mail.example.org:587",
        ),
        ("CHAT_REDIS", "rediss://ann:hunter22@redis.example.org:6380"),
        ("CHAT_MEDIA__STORE", "/var/lib/chat"),
        ("CHAT_TLS__CERTIFICATE", "chat.pem"),
    ])
    .unwrap();
    let config = &settings.config;

    assert_eq!(config.retention_s, Some(3600));
    assert_eq!(config.key_file, Some(PathBuf::from("1")), "a path is text");
    assert_eq!(config.mail.transport, chat_server::MailTransport::Smtp);
    let shown = serde_json::to_string(&settings.shown()).unwrap();
    assert!(!shown.contains("hunter22"), "{shown}");
    assert_eq!(config.media.store.as_deref(), Some("/var/lib/chat"));
    assert_eq!(
        from(&settings, "tls.certificate"),
        "environment CHAT_TLS__CERTIFICATE"
    );
    let refused = load(&[("CHAT_RETENTION_S", "an hour")])
        .unwrap_err()
        .story();
    assert!(
        refused.contains("retention_s from environment CHAT_RETENTION_S"),
        "{refused}"
    );
}
