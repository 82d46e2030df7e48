//! `chat bench` against a server that it has not started: what that does wrong makes it fail.

use super::super::{NO_LIMITS, create, login, serve};
use super::line::Line;
use chat_tests::{Ended, Home, Serving};
use serde_json::Value;

/// A home with a server, and where that is reached over a bad line.
async fn behind(line: Line) -> (Home, Serving, String) {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;
    let there = line.to(&server.address).await;
    (home, server, there)
}

/// Runs a scenario there; how it ended, and its figures.
async fn bench(home: &Home, server: &str, words: &str) -> (Ended, Value) {
    let words: Vec<_> = words.split(' ').collect();
    let words = [&["bench"][..], &words, &["--server", server, "-o", "jsonl"]].concat();
    let ended = home.run(&words).await;
    let report = serde_json::from_str(&ended.stdout);
    let report = report.unwrap_or_else(|_| panic!("no figures: {ended:?}"));
    (ended, report)
}

/// The whole of what is wrong with how messages came.
fn wrong(report: &Value) -> [Option<u64>; 3] {
    ["lost", "doubled", "out_of_order"].map(|name| report[name].as_u64())
}

#[tokio::test]
async fn a_server_that_stands_still_is_seen_in_every_call_that_was_due_then() {
    let (home, _server, there) = behind(Line::Stands).await;

    let words = "rest --connections 1 --rate 20 --count 20 --seconds 120";
    let (ended, report) = bench(&home, &there, words).await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(report["latency"]["count"], 20, "{report}");
    let at_least = |name: &str, ms: f64| report["latency"][name].as_f64().unwrap() >= ms;
    // From when they were due: half of the twenty waited for more than half of the second.
    assert!(at_least("max_ms", 900.0), "{report}");
    assert!(at_least("p50_ms", 400.0), "{report}");
}

#[tokio::test]
async fn what_comes_twice_is_a_failure() {
    let line = Line::Repeats { seq: 5, times: 2 };
    let (home, _server, there) = behind(line).await;

    let words = "pairs --pairs 1 --count 20 --seconds 120";
    let (ended, report) = bench(&home, &there, words).await;

    // On each of the two sockets.
    assert_eq!(wrong(&report), [Some(0), Some(2), Some(0)], "{report}");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("2 doubled"), "{ended:?}");
}

/// It waits for what may still come, for twenty seconds.
#[tokio::test]
async fn what_never_comes_is_a_failure() {
    let line = Line::Repeats { seq: 5, times: 0 };
    let (home, _server, there) = behind(line).await;

    let words = "pairs --pairs 1 --count 20 --seconds 120";
    let (ended, report) = bench(&home, &there, words).await;

    assert_eq!(wrong(&report), [Some(2), Some(0), Some(0)], "{report}");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("2 deliveries were lost"), "{ended:?}");
}

#[tokio::test]
async fn a_run_may_last_longer_than_a_token_holds() {
    let home = Home::new();
    let short = [NO_LIMITS, &["--set", "access_token_s=2"]].concat();
    let server = home.serve("127.0.0.1:0", &short).await;

    let words = "rest --connections 2 --rate 10 --seconds 4";
    let (ended, calls) = bench(&home, &server.url(), words).await;
    let words = "pairs --pairs 1 --rate 10 --seconds 4";
    let (talked, talk) = bench(&home, &server.url(), words).await;

    assert_eq!((ended.code, talked.code), (Some(0), Some(0)), "{talked:?}");
    assert_eq!((&calls["wrong"], &talk["closed"]), (&0.into(), &0.into()));
}

#[tokio::test]
async fn who_calls_seldom_finds_the_server_however_long_a_connection_rested() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;

    // The first connection is used again after seven seconds, and the server has closed it after five.
    let words = "rest --connections 4 --rate 0.6 --count 5 --seconds 120";
    let (ended, report) = bench(&home, &server.url(), words).await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!((&report["calls"], &report["wrong"]), (&5.into(), &0.into()));
}

#[tokio::test]
async fn sockets_on_which_nothing_happens_need_no_process_to_be_known() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;

    let words = "idle --sockets 2 --seconds 1";
    let (ended, report) = bench(&home, &server.url(), words).await;

    assert_eq!(ended.code, Some(0), "{ended:?}");
    let memory = (&report["rss_before_kb"], &report["server"]);
    assert_eq!(memory, (&Value::Null, &Value::Null));
    let database = home.database();
    let pid = server.process.pid();
    let words = format!("{words} --database {database} --pid {pid}");
    let (_, known) = bench(&home, &server.url(), &words).await;
    assert!(known["rss_before_kb"].as_u64() > Some(0), "{known}");
}

#[tokio::test]
async fn what_cannot_be_measured_is_told_before_anything_is_made_there() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;
    let rest = ["bench", "rest", "--connections", "1", "--server"];

    let encrypted = [&rest[..], &["https://127.0.0.1:1"]].concat();
    let url = server.url();
    let no_process = [&rest[..], &[&url, "--pid", "999999999"]].concat();
    let (encrypted, no_process) = (home.run(&encrypted).await, home.run(&no_process).await);

    assert!(encrypted.failed(2).contains("plain HTTP"), "{encrypted:?}");
    assert_ne!(no_process.code, Some(0), "{no_process:?}");
    create(&home, "ann", &["--admin"]).await;
    login(&home, &server, "ann").await;
    let people = home.run(&["user", "list", "--accounts"]).await.json();
    assert_eq!(people.len(), 1, "{people:?}");
}
