//! `chat tail` in a pipe: live, over a restart, each message once and in order.

use super::{create, login, serve};
use chat_tests::{Home, Process, Serving, until};
use rustix::process::Signal;
use serde_json::Value;

/// Follows as whoever is signed in, from when everything is there.
async fn tail(home: &Home, more: &[&str]) -> Process {
    let mut words = vec!["tail"];
    words.extend(more);
    let tail = Process::start(&mut home.chat(&words));
    until("it follows", async || {
        let said = tail.stderr();
        if said.contains("following ") {
            Ok(())
        } else {
            Err(said)
        }
    })
    .await;
    tail
}

async fn next(tail: &mut Process) -> Value {
    serde_json::from_str(&tail.line().await).expect("a line is JSON")
}

/// Ann and ben, with a conversation; ben follows.
async fn ben_follows() -> (Home, Home, Serving, Process) {
    let (anns, bens) = (Home::new(), Home::new());
    create(&anns, "ann", &[]).await;
    create(&anns, "ben", &[]).await;
    let server = serve(&anns, "127.0.0.1:0").await;
    login(&anns, &server, "ann").await;
    login(&bens, &server, "ben").await;
    anns.run(&["message", "send", "@ben", "before"]).await.ok();
    let tail = tail(&bens, &[]).await;
    (anns, bens, server, tail)
}

#[tokio::test]
async fn it_follows_live_and_survives_a_restart_with_each_message_once() {
    let (home, _bens, mut server, mut tail) = ben_follows().await;
    let address = server.address.clone();
    let mut heard = Vec::new();

    for round in 0..3 {
        for nth in 0..3 {
            home.run(&["message", "send", "@ben", &format!("{round}.{nth}")])
                .await
                .ok();
        }
        // The last one of the round may or may not be out when the server dies.
        for _ in 0..2 {
            heard.push(next(&mut tail).await);
        }
        server.process.kill().await;
        server = serve(&home, &address).await;
        heard.push(next(&mut tail).await);
    }
    home.run(&["message", "send", "@ben", "after"]).await.ok();
    heard.push(next(&mut tail).await);

    let column = |at: &str| -> Vec<&Value> {
        let of = heard.iter().map(|event| event.pointer(at));
        of.map(|value| value.expect("it is there")).collect()
    };
    let said = "0.0 0.1 0.2 1.0 1.1 1.2 2.0 2.1 2.2 after".split(' ');
    assert_eq!(column("/data/content"), said.collect::<Vec<_>>());
    assert_eq!(column("/seq"), (2..=11).collect::<Vec<_>>());
    tail.signal(Signal::INT);
    let ended = tail.ended().await;
    let (code, rest) = (ended.code, ended.stdout.as_str());
    assert_eq!((code, rest), (Some(130), ""), "nothing twice: {ended:?}");
}

#[tokio::test]
async fn what_is_said_while_the_server_is_away_for_ben_comes_when_it_is_back() {
    let (home, bens, server, mut tail) = ben_follows().await;
    // Ben's tail is stopped by the system, not ended: what it misses it has to fetch.
    tail.signal(Signal::STOP);
    for nth in 0..5 {
        home.run(&["message", "send", "@ben", &format!("missed {nth}")])
            .await
            .ok();
    }
    tail.signal(Signal::CONT);

    for nth in 0..5 {
        assert_eq!(
            next(&mut tail).await["data"]["content"],
            format!("missed {nth}")
        );
    }
    server.process.terminate().await.ok();
    drop(bens);
}

#[tokio::test]
async fn it_ends_after_a_count_and_with_its_reader() {
    let (home, bens, _server, reader_gone) = ben_follows().await;
    let counted = tail(&bens, &["--count", "1"]).await;

    home.run(&["message", "send", "@ben", "one"]).await.ok();

    let lines = counted.ended().await.json();
    assert_eq!(
        (lines.len(), lines[0]["data"]["content"].as_str()),
        (1, Some("one"))
    );
    // Without a further event that it could fail to write.
    assert_eq!(reader_gone.stop_reading().await.code, Some(0));
}

/// Stops four that follow, each in another way. What the server says of it once all of them are gone.
async fn stopped_in_every_way() -> String {
    let (home, bens, server, stopped) = ben_follows().await;
    let unread = tail(&bens, &[]).await;
    let ended = tail(&bens, &[]).await;
    let counted = tail(&bens, &["--count", "1"]).await;

    home.run(&["message", "send", "@ben", "one"]).await.ok();
    counted.ended().await.ok();
    for (follows, signal, code) in [(stopped, Signal::INT, 130), (ended, Signal::TERM, 143)] {
        follows.signal(signal);
        assert_eq!(follows.ended().await.code, Some(code));
    }
    unread.stop_reading().await;

    let closed = async || {
        let log = server.process.stderr();
        let closed = log.matches("a socket closed").count();
        if closed >= 4 { Ok(log) } else { Err(log) }
    };
    until("four sockets are closed", closed).await
}

#[tokio::test]
async fn however_it_is_stopped_the_server_is_told_goodbye() {
    let is_told = |log: &str| log.matches("the peer said goodbye").count() == 4;

    // It has a second for that, in which this machine may once stand still.
    let mut tries = 1;
    let mut log = stopped_in_every_way().await;
    while !is_told(&log) && tries < 3 {
        tries += 1;
        log = stopped_in_every_way().await;
    }

    assert!(is_told(&log), "{log}");
}

#[tokio::test]
async fn only_what_was_asked_for_is_followed() {
    let (home, bens, _server, _all) = ben_follows().await;
    home.run(&["conversation", "create", "--title", "Choir", "ben"])
        .await
        .ok();
    let mut choir = tail(&bens, &["Choir"]).await;

    home.run(&["message", "send", "@ben", "not here"])
        .await
        .ok();
    home.run(&["message", "send", "Choir", "la la la"])
        .await
        .ok();

    assert_eq!(next(&mut choir).await["data"]["content"], "la la la");
}

#[tokio::test]
async fn what_passes_is_followed_where_it_is_asked_for_by_its_name() {
    let (home, bens, server, _all) = ben_follows().await;
    let mut typing = tail(&bens, &["--events", "typing"]).await;
    let door = chat_tests::Door::mounted(server.address.parse().unwrap(), "");
    let ann = super::archiving::sign_in(&door, "ann", chat_tests::sdk::PASSWORD).await;

    let direct = home.run(&["conversation", "list"]).await.json();
    let id = direct[0]["id"].as_str().expect("it has an id");
    let path = format!("/conversations/{id}/typing");
    let types = serde_json::json!({"is_typing": true});
    ann.post(&path, types).await.ok();

    assert_eq!(next(&mut typing).await["type"], "typing");
}

#[tokio::test]
async fn a_message_without_words_is_not_nothing() {
    let (home, bens, _server, _all) = ben_follows().await;
    std::fs::write(home.path().join("route.gpx"), "the route").unwrap();
    let words = ["tail", "--count", "1", "-o", "table"];
    let tail = Process::start(&mut bens.chat(&words));
    until("it follows", async || match tail.stderr() {
        said if said.contains("following ") => Ok(()),
        said => Err(said),
    })
    .await;

    let send = ["message", "send", "@ben", "--file", "route.gpx"];
    home.run(&send).await.ok();

    let line = tail.ended().await.ok();
    assert!(line.contains("ann: [route.gpx "), "{line}");
}

#[tokio::test]
async fn a_session_that_is_ended_elsewhere_ends_it() {
    let (_home, bens, _server, tail) = ben_follows().await;

    bens.run(&["auth", "logout"]).await.ok();

    let ended = tail.ended().await;
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("error: signed out"), "{ended:?}");
}

#[tokio::test]
async fn a_long_past_is_asked_for_as_fast_as_the_limit_allows() {
    let home = Home::new();
    create(&home, "ann", &[]).await;
    let limit = ["--set", "limits.reads_per_minute=240"];
    let words = [super::NO_LIMITS, &limit].concat();
    let server = home.serve("127.0.0.1:0", &words).await;
    login(&home, &server, "ann").await;
    let door = chat_tests::Door::mounted(server.address.parse().unwrap(), "");
    let ann = super::archiving::sign_in(&door, "ann", chat_tests::sdk::PASSWORD).await;
    for nth in 0..70 {
        let group = ann.group(&[]).await;
        ann.say(group, &nth.to_string()).await;
    }

    let past = ["tail", "--since", "1h", "--events", "message.new"];
    let count = ["--count", "70", "--jq", ".data.content"];
    let told = home.run(&[&past[..], &count].concat()).await.ok();

    // Of messages that people wrote; each conversation began with one of its own.
    let told: Vec<u32> = told.lines().filter_map(|line| line.parse().ok()).collect();
    assert_eq!(told, (0..70).collect::<Vec<_>>());
}
