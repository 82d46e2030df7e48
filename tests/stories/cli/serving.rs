//! `chat serve`: how it begins, how it fails to, and how it ends.

use super::{create, login, serve};
use chat_tests::{Door, Home, Opening, Process, sdk, until, within};
use rustix::process::Signal;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Waits until a server can do its work. It listens, but its database may be slow for a moment.
async fn is_ready(door: &Door) {
    let asked = async || match door.get("/health/ready").await {
        ready if ready.status == 200 => Ok(()),
        late => Err(format!("{late:?}")),
    };
    until("it is ready", asked).await;
}

#[tokio::test]
async fn the_first_line_says_where_it_listens_once_it_does() {
    let home = Home::new();
    let server = home.serve("127.0.0.1:0", &[]).await;

    let door = Door::mounted(server.address.parse().expect("an address"), "");
    is_ready(&door).await;
    let ended = server.process.terminate().await;

    assert!(door.address().port() > 0);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), ""),
        "nothing but the address: {ended:?}"
    );
    for line in ended.stderr.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "the log of a service is JSON: {line}"
        );
    }
}

#[tokio::test]
async fn who_sends_real_mail_is_told_that_its_links_need_an_address() {
    let home = Home::new();
    let mail = "mail.smtp=smtp://mail.example.org";
    let smtp = ["--set", "mail.transport=smtp", "--set", mail];
    for (more, warned) in [
        ("public_url=https://chat.example.org", false),
        ("open_registration=true", true),
    ] {
        let server = home
            .serve("127.0.0.1:0", &[&smtp[..], &["--set", more]].concat())
            .await;
        let ended = server.process.terminate().await;

        assert_eq!(ended.stderr.contains("set public_url"), warned, "{ended:?}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_told_with_a_way_out_and_leaves_nothing_behind() {
    let home = Home::new();
    let server = home.serve("127.0.0.1:0", &[]).await;
    let other = Home::new();

    let refused = other
        .run(&[
            "serve",
            "--listen",
            &server.address,
            "--database",
            &other.database(),
        ])
        .await;

    let said = refused.failed(1);
    assert!(
        said.starts_with(&format!("error: cannot listen on {}: ", server.address)),
        "{said}"
    );
    assert!(
        said.ends_with("or take any free port with --listen 127.0.0.1:0"),
        "{said}"
    );
    assert!(
        !other.path().join("chat.db").exists(),
        "no database was made"
    );
}

/// Words, the exit code, and what is said.
type Case = (&'static [&'static str], i32, &'static str);

const WRONG: &[Case] = &[
    (
        &["serve", "--lisen", "127.0.0.1:0"],
        2,
        "unexpected argument '--lisen'",
    ),
    (
        &["serve", "--listen", "here"],
        2,
        "invalid value 'here' for '--listen",
    ),
    (
        &["serve", "--set", "limits.membres=3"],
        2,
        "did you mean limits.members?",
    ),
    (
        &["serve", "--set", "limits.members=many"],
        2,
        "limits.members from flag --set limits.members",
    ),
    (
        &["serve", "--set", "limits.members"],
        2,
        "write --set KEY=VALUE",
    ),
    (
        &["serve", "--set", "heartbeat_ms=0"],
        2,
        "heartbeat_ms must be more than 0",
    ),
    (
        &["serve", "--config", "missing.toml"],
        1,
        "cannot read the settings missing.toml",
    ),
    (
        &["serve", "--database", "postgres://here/chat"],
        1,
        "postgres://here/chat",
    ),
    (
        &["serve", "--database", "sqlite:///proc/no/chat.db"],
        1,
        "sqlite:///proc/no/chat.db",
    ),
    (
        &["serve", "--demo", "--database", "sqlite://x.db"],
        2,
        "cannot be used with",
    ),
    (&["sevre"], 2, "unrecognized subcommand 'sevre'"),
];

#[tokio::test]
async fn what_is_wrong_on_the_command_line_is_named() {
    let home = Home::new();

    for (words, code, text) in WRONG {
        let mut words = words.to_vec();
        if words[0] == "serve" && !words.contains(&"--listen") && !words.contains(&"--lisen") {
            words.extend(["--listen", "127.0.0.1:0"]);
        }
        let ended = home.run(&words).await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(*code), ""),
            "{words:?}: {ended:#?}"
        );
        assert!(
            ended.stderr.starts_with("error: ") && ended.stderr.contains(text),
            "{words:?}: {ended:#?}"
        );
    }
}

#[tokio::test]
async fn sigterm_and_ctrl_c_end_it_in_good_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = Home::new();
        let server = serve(&home, "127.0.0.1:0").await;
        let client = sdk::registered(&server.url(), "ann").await;
        let session = client.session().expect("signed in");
        let door = Door::mounted(server.address.parse().expect("an address"), "");
        // Exposed to be sent.
        let mut socket = Opening::new(&door.bearer(session.access_token.expose()))
            .open()
            .await;
        let group = sdk::group(&client, &[]).await;
        let send = json!({"conversation_id": group, "content": "the last word"});
        let sent = socket.call("message.send", send).await.expect("stored");

        server.process.signal(signal);

        let (code, reason) = socket.expect_close().await;
        assert!(
            code == 4000 && reason.parse::<u32>().is_ok_and(|ms| ms <= 100),
            "{code} {reason}"
        );
        let ended = server.process.ended().await;
        assert_eq!(
            (ended.code, sent["seq"].as_u64()),
            (Some(0), Some(1)),
            "{ended:?}"
        );
    }
}

#[tokio::test]
async fn a_demo_prints_its_people_works_and_leaves_nothing_behind() {
    let home = Home::new();
    let mut words = vec!["serve", "--demo", "--listen", "127.0.0.1:0"];
    words.extend(super::NO_LIMITS);
    let mut server = chat_tests::Serving::start(&mut home.chat(&words)).await;
    let mut invitation = String::new();
    while !invitation.contains("chat auth login") {
        invitation.push_str(&server.process.line().await);
        invitation.push('\n');
    }
    for name in [
        "ann",
        "ben",
        "chloe",
        "dmitri",
        "emre",
        "fatima",
        "demo demo demo",
        &server.address,
    ] {
        assert!(
            invitation.contains(name),
            "{name} is missing:\n{invitation}"
        );
    }

    let words = ["auth", "login", "ann", "--server", &server.url()];
    home.run_with(&words, "demo demo demo\n").await.ok();
    let conversations = home.run(&["conversation", "list"]).await.json();
    assert!(
        conversations.len() >= 3 && conversations[0]["last_message"].is_object(),
        "{conversations:?}"
    );

    assert_eq!(server.process.terminate().await.code, Some(0));
    let left = std::fs::read_dir(home.path().join("tmp"))
        .expect("it is there")
        .count();
    assert_eq!(left, 0, "the demo's database is gone");
}

#[tokio::test]
async fn a_demo_leaves_the_files_of_a_server_alone() {
    let home = Home::new();
    let files = ["--set", "media.store=files"];
    let server = home.serve("127.0.0.1:0", &files).await;
    server.process.terminate().await.ok();
    let mark = home.path().join("files/mark");
    let before = std::fs::read_to_string(&mark).expect("the place is marked");

    let demo = ["serve", "--demo", "--listen", "127.0.0.1:0"];
    let words = [&demo[..], &files, super::NO_LIMITS].concat();
    let demo = chat_tests::Serving::start(&mut home.chat(&words)).await;

    demo.process.terminate().await;
    assert_eq!(std::fs::read_to_string(&mark).ok(), Some(before));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let home = Home::new();
    create(&home, "ann", &[]).await;
    create(&home, "ben", &[]).await;
    let server = serve(&home, "127.0.0.1:0").await;
    login(&home, &server, "ann").await;
    let sent = home
        .run(&["message", "send", "@ben", "remember this"])
        .await
        .json();
    let address = server.address.clone();

    server.process.kill().await;
    let server = serve(&home, &address).await;

    let kept = home.run(&["message", "list", "@ben"]).await.json();
    assert_eq!(
        (kept.len(), &kept[0]["id"], &kept[0]["content"]),
        (1, &sent[0]["id"], &json!("remember this"))
    );
    server.process.terminate().await.ok();
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let home = Home::new();
    // A shutdown waits for what is under way, and this call is never finished. The server reads its body: it says so.
    let server = serve(&home, "127.0.0.1:0").await;
    let mut stalled = TcpStream::connect(&server.address)
        .await
        .expect("it listens");
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: chat\r\nContent-Type: application/json\r\n\
                Content-Length: 50\r\nExpect: 100-continue\r\n\r\n";
    stalled.write_all(head.as_bytes()).await.expect("it reads");
    let mut answer = [0; 12];
    within("it goes on", stalled.read_exact(&mut answer))
        .await
        .expect("it answers");
    assert_eq!(&answer, b"HTTP/1.1 100");

    server.process.signal(Signal::TERM);
    until("the shutdown begins", async || {
        let log = server.process.stderr();
        if log.contains("shutting down") {
            Ok(())
        } else {
            Err(log)
        }
    })
    .await;
    server.process.signal(Signal::TERM);

    assert_eq!(server.process.ended().await.code, Some(130));
}

#[tokio::test]
async fn a_closed_pipe_is_no_reason_to_stop_serving() {
    let home = Home::new();
    // As in `chat serve | head -n 1`, which its own help shows.
    let server = serve(&home, "127.0.0.1:0").await;
    let address = server.address.parse().expect("an address");
    let pid = server.process.pid();
    let stopped = tokio::spawn(Process::stop_reading(server.process));

    is_ready(&Door::mounted(address, "")).await;

    chat_tests::send_signal(pid, Signal::TERM);
    assert_eq!(stopped.await.expect("it does not panic").code, Some(0));
}

#[tokio::test]
async fn a_server_that_may_lose_what_it_acknowledged_says_so_at_the_start() {
    for (durability, warned) in [("relaxed", true), ("full", false)] {
        let home = Home::new();
        let set = format!("durability={durability}");
        let server = home.serve("127.0.0.1:0", &["--set", &set]).await;
        let ended = server.process.terminate().await;

        let said = ended.stderr.contains("durability is relaxed");
        assert_eq!(said, warned, "{ended:?}");
    }
}
