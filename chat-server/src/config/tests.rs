//! Settings that are refused, and addresses without the secrets in them.

use super::*;

#[test]
fn origins_are_named_one_by_one() {
    for good in [
        "https://app.example.org",
        "http://localhost:5173",
        "tauri://localhost",
        "https://a.b/",
    ] {
        assert!(is_origin(good), "{good}");
    }
    for bad in [
        "*",
        "https://*.example.org",
        "app.example.org",
        "https://a.b/c",
        "https://",
        "://a",
        "https://ä",
    ] {
        assert!(!is_origin(bad), "{bad}");
    }
}

#[test]
fn a_password_is_not_shown() {
    let shown = |database: &str| {
        let database = database.to_owned();
        let config = Config {
            database,
            ..Config::default()
        };
        config.shown_database()
    };

    assert_eq!(
        shown("postgres://ann:secret@db:5432/chat?sslmode=require&password=other"),
        "postgres://ann@db:5432/chat?sslmode=require"
    );
    assert_eq!(
        shown("postgres:///chat?host=/run/postgresql"),
        "postgres:///chat?host=%2Frun%2Fpostgresql"
    );
    assert_eq!(shown("sqlite://chat.db"), "sqlite://chat.db");
    // No good address, and a password in it all the same.
    assert_eq!(
        shown("postgres://ann:se/cret@db/chat"),
        "postgres://db/chat"
    );
    assert_eq!(shown("mysql://ann:secret@db/chat"), "mysql://ann@db/chat");
    assert_eq!(shown("postgres://ann:se@cr/et@db"), "postgres://db");
    assert_eq!(
        shown("postgres://d:b:c/chat?password=secret"),
        "postgres://d:b:c/chat"
    );
    let config = Config {
        database: "postgres://ann:secret@db/chat".to_owned(),
        ..Config::default()
    };
    let shown = format!("{config:?}");
    assert!(shown.contains("//ann@db/chat"), "{shown}");
}

#[test]
fn links_begin_with_a_place_that_one_can_go_to() {
    let config = Config::default();
    for (bound, base) in [
        ("127.0.0.1:4711", "http://127.0.0.1:4711/"),
        ("0.0.0.0:80", "http://127.0.0.1/"),
        ("[::]:8000", "http://[::1]:8000/"),
    ] {
        let bound = Some(bound.parse().unwrap());
        assert_eq!(config.link_base(bound).as_str(), base);
    }
    assert_eq!(config.link_base(None).as_str(), "http://127.0.0.1:8000/");
}

#[test]
fn a_certificate_without_its_key_is_refused() {
    let mut config = Config::default();
    config.tls.certificate = Some(PathBuf::from("chat.pem"));

    let refused = config.check().unwrap_err().to_string();

    assert!(refused.contains("tls.key"), "{refused}");
}

#[test]
fn messages_that_are_gone_as_they_are_said_are_refused() {
    for retention_s in [0, 4] {
        let config = Config {
            retention_s: Some(retention_s),
            ..Config::default()
        };
        let refused = config.check().unwrap_err().to_string();
        assert!(refused.contains("leave it out"), "{refused}");
    }
    let config = Config {
        retention_s: Some(5),
        ..Config::default()
    };
    config.check().unwrap();
}
