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
    assert!(wrong.failed(2).contains("is it content?"), "{wrong:?}");
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

#[cfg(target_os = "linux")]
#[tokio::test]
async fn records_that_cannot_be_written_are_a_failure_and_no_output_at_all_is_none() {
    let house = House::open().await;
    for (target, code) in [("> /dev/full", 1), (">&-", 0)] {
        let words = chat(&["user", "list", "--as", "ann"]);
        let mut command = house.home.command("bash");
        let command = command.arg("-c").arg(format!("{words} {target}"));
        let ended = Process::start(command.stdin(Stdio::null())).ended().await;

        assert_eq!(ended.code, Some(code), "{target}: {ended:?}");
        let is_told = ended.stderr.contains("cannot write to standard output");
        assert_eq!(is_told, code == 1, "{target}: {ended:?}");
    }
}

#[tokio::test]
async fn what_is_done_and_answers_nothing_is_a_document_all_the_same() {
    let house = House::open().await;
    for (words, operation) in [
        (&["auth", "use", "ben"][..], "auth.use"),
        (
            &["auth", "password", "reset", "a@example.org"],
            "password.reset",
        ),
        (&["block", "add", "ben", "--as", "ann"], "block.add"),
        (&["auth", "logout", "--as", "ann"], "auth.logout"),
    ] {
        let printed = house
            .home
            .run(&[words, &["-o", "json"]].concat())
            .await
            .ok();
        let document: Value = serde_json::from_str(&printed).expect("it is one document");
        let done = json!({"operation": operation, "done": true});
        assert_eq!(document["items"], json!([done]), "{words:?}");
    }
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

#[tokio::test]
async fn what_is_said_has_tabs_between_its_values_on_plain_lines() {
    let house = House::open().await;
    house.group("Climbing").await;
    let words = ["message", "send", "Climbing", "at seven\n\tor eight"];
    let sent = ann(&house, &[&words[..], &["-o", "plain"]].concat()).await;

    let list = ["message", "list", "Climbing", "-n", "1", "-o", "plain"];
    let find = ["message", "search", "--from", "ann", "-o", "plain"];
    let lines = [sent, ann(&house, &list).await, ann(&house, &find).await];

    for text in &lines {
        let line = text.strip_suffix('\n').expect("it is a line");
        let cells: Vec<_> = line.split('\t').collect();
        assert_eq!((cells.len(), cells[4]), (7, "ann"), "{text:?}");
        assert!(
            !line.contains('\n') && cells[5].starts_with("at seven"),
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn files_that_came_with_a_message_are_named_in_every_list() {
    let house = House::open().await;
    for name in ["map.png", "route.gpx"] {
        std::fs::write(house.home.path().join(name), name).unwrap();
    }
    let send = "message send @ben --file map.png --file route.gpx -o plain";
    let send: Vec<_> = send.split(' ').collect();
    let fields = ["--fields", "attachments.file_name"];
    let list = ["message", "list", "@ben"];

    let sent = ann(&house, &send).await;
    let csv = ann(&house, &[&list[..], &["-o", "csv"]].concat()).await;
    let found = ann(
        &house,
        &["message", "search", "--from", "ann", "-o", "plain"],
    )
    .await;
    let chosen = house.ann(&[&list[..], &fields].concat()).await;

    for text in [&sent, &found] {
        assert!(text.ends_with("\tmap.png, route.gpx\n"), "{text:?}");
    }
    assert!(
        csv.starts_with("id,") && csv.contains(",attachments.file_name\n"),
        "{csv}"
    );
    assert!(csv.ends_with(",\"map.png, route.gpx\"\n"), "{csv}");
    let names = json!([{"file_name": "map.png"}, {"file_name": "route.gpx"}]);
    assert_eq!(chosen, [json!({"attachments": names})]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn help_that_cannot_be_written_is_a_failure() {
    let home = Home::new();
    for words in [&["--help"][..], &["user", "--help"], &["help", "user"]] {
        let script = format!("{} > /dev/full", chat(words));
        let mut command = home.command("bash");
        let ended = Process::start(command.arg("-c").arg(script)).ended().await;
        assert_eq!(ended.code, Some(1), "{words:?}: {ended:?}");
    }
}

#[tokio::test]
async fn what_goes_with_every_command_is_told_of_in_one_place() {
    let home = Home::new();

    let list = home.run(&["user", "list", "--help"]).await.ok();
    let all = home.run(&["help", "everywhere"]).await.ok();
    let same = home.run(&["help", "user", "list"]).await.ok();
    let elsewhere = home.run(&["login", "ann"]).await;

    assert!(
        list.contains("chat help everywhere") && !list.contains("--jq <"),
        "{list}"
    );
    assert!(
        all.contains("--jq <PROGRAM>") && all.contains("--direct"),
        "{all}"
    );
    assert_eq!(same.trim_end(), list.trim_end());
    assert!(
        elsewhere.stderr.contains("'chat auth login'"),
        "{elsewhere:?}"
    );
}
