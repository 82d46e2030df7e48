//! What `chat` prints: the same records as a table, plain lines, JSON, CSV and ids, whole or in part.

use super::house::{House, text_of};
use axum::{Router, extract::RawQuery, routing::get};
use chat_tests::{Home, Process, Server};
use serde_json::{Value, json};
use std::{process::Stdio, sync::Arc};
use tokio::{net::TcpListener, sync::Notify};

/// The output of a command of ann's.
async fn ann(house: &House, words: &[&str]) -> String {
    house.run("ann", words).await.ok()
}

#[tokio::test]
async fn the_same_list_is_written_in_every_format() {
    let house = House::open().await;
    let list = |format| ["user", "list", "ben", "-o", format];
    let id = text_of(&house.ann(&list("jsonl")).await[0], "id");

    let document: Value = serde_json::from_str(&ann(&house, &list("json")).await).unwrap();
    let csv = ann(&house, &list("csv")).await;
    let plain = ann(&house, &list("plain")).await;
    let ids = ann(&house, &list("ids")).await;
    let table = ann(&house, &list("table")).await;

    assert_eq!(
        (&document["version"], &document["items"][0]["id"]),
        (&json!(1), &json!(id))
    );
    assert!(csv.starts_with("id,username,display_name"), "{csv}");
    assert_eq!(
        csv.lines().nth(1).unwrap().split(',').next(),
        Some(id.as_str())
    );
    assert!(plain.starts_with(&format!("{id}\tben\t")), "{plain}");
    assert_eq!(ids, format!("{id}\n"));
    assert!(table.starts_with("USER"), "{table}");
}

#[tokio::test]
async fn without_a_word_a_pipe_gets_plain_lines() {
    let house = House::open().await;
    let mut command = house.home.chat(&["user", "list", "ben", "--as", "ann"]);

    let ended = Process::start(command.env_remove("CHAT_OUTPUT"))
        .ended()
        .await;

    let line = ended.ok();
    assert!(line.split('\t').any(|cell| cell == "ben"), "{line}");
    assert!(
        !line.contains('\u{1b}') && line.lines().count() == 1,
        "{line}"
    );
}

#[tokio::test]
async fn fields_are_chosen_by_their_names_in_the_json() {
    let house = House::open().await;
    house.group("Climbing").await;
    house.say("Climbing", "hello, \"you\"").await;
    let list = ["message", "list", "Climbing", "-n", "1"];
    let with = |more: &[&'static str]| {
        [&list[..], &["--fields", "sender.username,content"], more].concat()
    };

    let part = house.ann(&with(&[])).await;
    let csv = ann(&house, &with(&["-o", "csv"])).await;
    let wrong = house
        .run("ann", &[&list[..], &["--fields", "contents"]].concat())
        .await;

    assert_eq!(
        part,
        [json!({"sender": {"username": "ann"}, "content": "hello, \"you\""})]
    );
    assert_eq!(csv, "sender.username,content\nann,\"hello, \"\"you\"\"\"\n");
    assert!(
        wrong.stderr.contains("there are: ") && wrong.stderr.contains("content, "),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn a_program_of_jq_runs_over_the_records_or_the_document() {
    let house = House::open().await;
    let list = ["user", "list", "--accounts"];
    let with = |more: &[&'static str]| [&list[..], more].concat();

    let each = ann(
        &house,
        &with(&["--jq", "select(.role == \"admin\") | .username"]),
    )
    .await;
    let all = ann(&house, &with(&["-o", "json", "--jq", ".items | length"])).await;
    let broken = house.run("ann", &with(&["--jq", ".["])).await;
    let as_csv = house.run("ann", &with(&["-o", "csv", "--jq", "."])).await;

    assert_eq!((each.as_str(), all.as_str()), ("ann\n", "2\n"));
    assert!(broken.failed(2).contains("--jq"), "{broken:?}");
    assert!(as_csv.failed(2).contains("--jq reads JSON"), "{as_csv:?}");
}

#[tokio::test]
async fn what_has_no_end_is_no_document() {
    let house = House::open().await;

    let refused = house.run("ann", &["tail", "-o", "json"]).await;

    assert!(refused.failed(2).contains("jsonl"), "{refused:?}");
}

#[tokio::test]
async fn a_reader_that_has_enough_is_no_failure() {
    let home = Home::new();
    // More than a pipe takes.
    let words = ["completions", "bash"];
    let all = home.run(&words).await.ok();
    assert!(all.len() > 1 << 17, "{}", all.len());
    let script = format!(
        "{} | head -n 1 > /dev/null; echo ${{PIPESTATUS[0]}}",
        chat(&words)
    );
    let mut command = home.command("bash");

    let ended = Process::start(command.arg("-c").arg(script)).ended().await;

    assert_eq!((ended.stdout.trim(), ended.stderr.as_str()), ("0", ""));
}

/// A command line for a shell.
fn chat(words: &[&str]) -> String {
    let program = chat_tests::program("chat");
    format!("{} {}", program.display(), words.join(" "))
}

#[tokio::test]
async fn names_of_others_act_on_no_terminal_in_any_format() {
    let house = House::open().await;
    house.group("Climbing").await;
    house
        .say("Climbing", "red\u{1b}[31m\u{202e}\u{9b}text")
        .await;

    for format in ["table", "plain", "json", "jsonl", "ids"] {
        let words = ["message", "list", "Climbing", "-o", format, "--as", "ben"];
        let text = house.home.run(&words).await.ok();
        let acts = |letter: char| matches!(letter, '\u{1b}' | '\u{202e}' | '\u{9b}');
        assert!(!text.contains(acts), "{format}: {text:?}");
    }
}

#[tokio::test]
async fn without_standard_output_nothing_is_lost_and_the_failure_is_told() {
    let house = House::open().await;
    let mut command = house.home.command("bash");
    let script = format!("{} >&-", chat(&["user", "list", "--as", "ann"]));
    let ended = Process::start(command.arg("-c").arg(script).stdin(Stdio::null()))
        .ended()
        .await;

    assert_ne!(ended.code, Some(101), "{ended:?}");
    assert!(!ended.stderr.contains("panicked"), "{ended:?}");
}

/// A server that knows who asks, and has two pages of its audit log. The second is there when it is let go.
async fn two_pages(who: String, second: Arc<Notify>) -> String {
    let page = |id: u64, next: Option<&str>| {
        let entry = json!({"id": id, "at": "2026-01-31T09:00:00.000Z", "action": "admin.stats"});
        json!({"items": [entry], "next_cursor": next}).to_string()
    };
    let answer = move |RawQuery(query): RawQuery| {
        let second = second.clone();
        async move {
            if !query.unwrap_or_default().contains("cursor=more") {
                return page(2, Some("more"));
            }
            second.notified().await;
            page(1, None)
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new()
        .route("/api/v1/auth/session", get(async move || who.clone()))
        .route("/api/v1/admin/audit", get(answer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

#[tokio::test]
async fn a_page_goes_out_before_the_next_one_is_there() {
    let (home, server) = (Home::new(), Server::start().await);
    let who = server.admin("ann").await.get("/auth/session").await.ok();
    for (format, first) in [
        ("jsonl", "{\"id\":2"),
        ("csv", "id,at,"),
        ("plain", "2\t2026-01-31"),
        ("ids", "2"),
    ] {
        let second = Arc::new(Notify::new());
        let url = two_pages(who.to_string(), second.clone()).await;
        let words = ["audit", "list", "-n", "500", "-o", format, "--server", &url];
        let mut command = home.chat(&words);
        let mut process = Process::start(command.env("CHAT_TOKEN", "some.token"));

        let line = process.line().await;

        assert!(line.starts_with(first), "{format}: {line}");
        second.notify_one();
        let rest = process.ended().await.ok();
        let rows = if format == "csv" { 2 } else { 1 };
        assert_eq!(rest.lines().count(), rows, "{format}: {rest}");
    }
}
