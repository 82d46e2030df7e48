//! What is still there when the client, or the server, was gone in between.

use super::{House, people::find, say};
use chat_tests::{Home, Terminal, program, send_signal, until};
use rustix::process::Signal;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::path::Path;

/// Starts the client again in the same terminal, with what it kept.
fn again(terminal: &Terminal, server: &str) {
    let program = program("chat-tui").display().to_string();
    terminal.run(&format!("clear; {program} --server {server} --user ann"));
}

/// Starts the client in another terminal, with what the one in this terminal keeps.
async fn in_another_terminal(terminal: &Terminal, server: &str) -> Terminal {
    let other = Terminal::open(Home::new(), 100, 24).await;
    let home = terminal.home().environment().into_iter();
    let home: Vec<_> = home
        .map(|(name, value)| format!("{name}={}", value.display()))
        .collect();
    let program = program("chat-tui").display().to_string();
    other.run(&format!(
        "env {} {program} --server {server} --user ann",
        home.join(" ")
    ));
    other
}

/// Waits until what was typed is on the disk. Its letters may be in the file before it counts.
async fn until_kept(terminal: &Terminal) {
    let file = find(terminal.home().path(), "ann.db").expect("something is kept");
    until("the draft is on the disk", async || {
        match is_kept(&file).await {
            Ok(true) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

async fn is_kept(file: &Path) -> sqlx::Result<bool> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut conn = SqliteConnection::connect_with(&options).await?;
    let text = "select count(*) from draft where instr(cast(body as text), 'and more') > 0";
    let (count,): (i64,) = sqlx::query_as(text).fetch_one(&mut conn).await?;
    conn.close().await?;
    Ok(count > 0)
}

#[tokio::test]
async fn what_was_said_without_a_server_is_told_on_the_way_out_and_goes_out_the_next_time() {
    let mut house = House::open().await;
    let url = house.server.url();
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    house
        .restart(async || {
            ann.shows_text("reconnecting in").await;
            say(&ann, "said into the void");
            ann.shows_text("1 queued").await;
            ann.press(&["C-q"]);
            ann.shows_text("1 not sent yet").await;
            ann.is_left().await;
        })
        .await;

    let ben = house.sit_down_with("ben", "ann", (80, 24)).await;
    again(&ann, &url);

    ben.shows_text("said into the void").await;
    ann.shows_text("● online").await;
}

#[tokio::test]
async fn without_a_server_everything_that_was_seen_is_there_at_once() {
    let mut house = House::open().await;
    let url = house.server.url();
    house.say(&house.ben, "seen before").await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    ann.shows_text("seen before").await;
    ann.press(&["C-q"]);
    ann.is_left().await;

    house
        .restart(async || {
            again(&ann, &url);
            ann.shows_text("ben").await;
            ann.press(&["C-n"]);
            ann.shows("it is there, and it is told why it may be old", |screen| {
                screen.0.contains("seen before") && screen.0.contains("connecting")
            })
            .await;
        })
        .await;
}

#[tokio::test]
async fn a_draft_outlives_the_program_even_when_it_is_killed() {
    let house = House::open().await;
    let url = house.server.url();
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    ann.write("half a thought");
    ann.press(&["C-q"]);
    ann.is_left().await;

    again(&ann, &url);
    ann.shows_text("✎").await;
    ann.press(&["C-n"]);
    ann.shows_text("half a thought").await;
    ann.write(", and more");
    until_kept(&ann).await;
    send_signal(ann.program_pid(), Signal::KILL);
    ann.shows_text("Killed").await;

    let other = in_another_terminal(&ann, &url).await;
    other.shows_text("✎").await;
    other.press(&["C-n"]);
    other.shows_text("half a thought, and more").await;
}

/// Writes, and takes the program along that waits for it.
const EDITOR: &str = "#!/bin/sh
printf ' and a half' >> \"$1\"
kill -9 $PPID
";

#[tokio::test]
async fn what_an_editor_has_written_outlives_the_program_that_waited_for_it() {
    let house = House::open().await;
    let ann = house.sit_down_by("EDITOR=./editor ", "ann", (80, 24)).await;
    let editor = ann.home().path().join("editor");
    std::fs::write(&editor, EDITOR).expect("it is writable");
    let may_run = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&editor, may_run).expect("it is ours");
    ann.press(&["C-n"]);
    ann.shows_text("message to ben").await;
    ann.write("a thought");
    ann.shows_text("a thought").await;
    ann.press(&["C-o"]);
    ann.shows_text("Killed").await;

    let other = in_another_terminal(&ann, &house.server.url()).await;
    other.shows_text("is in the draft again").await;
    other.press(&["C-n"]);
    other.shows_text("a thought and a half").await;
}

#[tokio::test]
async fn a_second_program_for_the_same_account_says_that_it_keeps_nothing() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (100, 24)).await;
    let second = in_another_terminal(&ann, &house.server.url()).await;

    second.shows_text("open in another terminal").await;
    second.shows_text("● online").await;
}
