//! Tests of the settings of mail.

use super::*;

fn smtp(text: &str) -> SmtpUrl {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> String {
    text.parse::<SmtpUrl>().unwrap_err().to_string()
}

#[test]
fn an_address_says_how_to_speak_and_where() {
    let plain = |url: SmtpUrl| (url.host, url.port, url.security);

    for (text, host, port, security) in [
        (
            "smtp://mail.example.org",
            "mail.example.org",
            587,
            Security::StartTls,
        ),
        (
            "smtp://mail.example.org:2525/",
            "mail.example.org",
            2525,
            Security::StartTls,
        ),
        (
            "smtps://mail.example.org",
            "mail.example.org",
            465,
            Security::Tls,
        ),
        (
            "smtp://localhost?tls=none",
            "localhost",
            25,
            Security::Plain,
        ),
        ("smtp://[::1]:26?tls=none", "::1", 26, Security::Plain),
        (
            "smtp://127.0.0.2:27?tls=none",
            "127.0.0.2",
            27,
            Security::Plain,
        ),
    ] {
        assert_eq!(plain(smtp(text)), (host.to_owned(), port, security));
    }
}

#[test]
fn special_characters_of_a_password_are_written_as_in_any_address() {
    let (user, password) = smtp("smtp://ann%40example.org:a%2Fb+c&d%25@host")
        .credentials
        .unwrap();

    assert_eq!(
        (user.as_str(), password.expose()),
        ("ann@example.org", "a/b+c&d%")
    );
}

#[test]
fn without_tls_nothing_leaves_this_machine() {
    for host in [
        "mail.example.org",
        "10.0.0.1",
        "localhost.example.org",
        "[2001:db8::1]",
    ] {
        let said = refusal(&format!("smtp://user:canary@{host}?tls=none"));
        assert!(said.contains("only for localhost"), "{said}");
    }
}

#[test]
fn what_is_no_mail_server_is_refused_and_not_repeated() {
    for text in [
        "canary",
        "http://user:canary@host",
        "smtp://user:canary@",
        "smtp://user:canary@host/path",
        "smtp://user:canary@host?tls=opportunistic",
        "smtps://user:canary@localhost?tls=none",
        "smtp://canary@host",
        "smtp://:canary@host",
        "smtp://user:canary%zz@host",
        "smtp://user:canary%0d%0aQUIT@host",
        "smtp://user:canary@host:port",
        "smtp://user:%5Bsecret%5D@host",
    ] {
        let said = refusal(text);
        assert!(said.starts_with("mail.smtp is wrong: "), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}

#[test]
fn the_password_is_shown_nowhere() {
    let config = MailConfig {
        smtp: Some(smtp("smtp://user:canary@host")),
        ..MailConfig::default()
    };

    let written = serde_json::to_string(&config).unwrap();
    let shown = format!("{written} {config:?}");

    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("smtp://user:[secret]@host:587"), "{shown}");
    // Nor does it become a wrong one.
    let read = serde_json::from_str::<MailConfig>(&written);
    assert!(read.unwrap_err().to_string().contains("hidden"));
}

#[test]
fn a_transport_without_what_it_needs_or_beside_what_is_set_is_refused() {
    let read = |json: &str| serde_json::from_str::<MailConfig>(json).unwrap().check();

    for (json, word) in [
        (r#"{"transport": "smtp"}"#, "mail.smtp"),
        (r#"{"transport": "file"}"#, "mail.directory"),
        (r#"{"smtp": "smtp://host"}"#, "mail.transport to smtp"),
        (r#"{"directory": "mails"}"#, "mail.transport to file"),
        (r#"{"from": "nobody"}"#, "mail.from"),
        (
            r#"{"from": "a@example.org\r\nBcc: b@example.org"}"#,
            "mail.from",
        ),
    ] {
        let said = read(json).unwrap_err().to_string();
        assert!(said.contains(word), "{json}: {said}");
    }
    for json in [
        "{}",
        r#"{"transport": "off", "smtp": "smtp://host"}"#,
        r#"{"transport": "smtp", "smtp": "smtp://host", "from": "Chat <chat@example.org>"}"#,
        r#"{"transport": "file", "directory": "mails"}"#,
    ] {
        read(json).unwrap();
    }
}
