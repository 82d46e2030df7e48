//! What is typed is heard: at once, and as what it is.

use super::House;
use chat_core::{ChangePrefs, Draft, ShowConversation};
use chat_tests::until;
use chat_tests::{Home, Terminal};

#[tokio::test]
async fn the_first_key_after_another_size_is_heard() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;

    ann.resize(100, 30);
    ann.shows("it fills the new size", |screen| {
        screen
            .0
            .lines()
            .next()
            .is_some_and(|line| line.chars().count() > 90)
    })
    .await;
    ann.press(&["F1"]);

    ann.shows_text("Keys ·").await;
}

#[tokio::test]
async fn more_than_is_read_at_once_is_typed_whole() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;

    ann.write(&"word ".repeat(300));
    ann.write("end");

    ann.shows_text("word end").await;
}

#[tokio::test]
async fn lines_pasted_without_saying_so_are_not_sent_one_by_one() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;

    ann.write("let first = 1;\rlet second = 2;\rlet third = 3;\r");

    ann.shows("they stand in the draft", |screen| {
        screen.0.contains("> let first") && screen.0.contains("  let third")
    })
    .await;
}

#[tokio::test]
async fn a_long_paste_asks_also_with_the_line_breaks_that_terminals_send() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    let lines: Vec<_> = (1..=30).map(|n| format!("pasted {n}")).collect();

    ann.paste_as_terminals_do(&lines.join("\n"));
    ann.shows_text("30 lines: pasted 1").await;
    ann.press(&["y"]);

    ann.shows_text("line 30 of 30").await;
}

#[tokio::test]
async fn what_is_wrong_in_the_settings_is_read_at_the_start_and_the_rest_holds() {
    let house = House::open().await;
    let terminal = Terminal::open(Home::new(), 80, 24).await;
    let file = terminal.home().path().join("mine.toml");
    let text = "theme = \"drk\"\n[keys]\nquit = \"f12\"";
    std::fs::write(&file, text).expect("it is writable");
    let program = chat_tests::program("chat-tui").display().to_string();
    let server = house.server.url();

    terminal.run(&format!("{program} --server {server} --config mine.toml"));
    terminal.shows_text("theme cannot be \"drk\"").await;
    terminal.press(&["Escape"]);
    terminal.shows_text("F12 quit").await;
}

#[tokio::test]
async fn stopped_from_outside_it_gives_the_terminal_back_and_goes_on_in_the_foreground() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    ann.write("half a thought");
    ann.shows_text("half a thought").await;

    let pid = ann.program_pid();
    chat_tests::send_signal(pid, rustix::process::Signal::TSTP);
    ann.is_left().await;
    ann.run("fg");

    ann.shows_text("> half a thought").await;
}

#[tokio::test]
async fn what_was_begun_elsewhere_and_said_here_does_not_come_back() {
    let house = House::open().await;
    let begun = ChangePrefs {
        conversation_id: house.between,
        muted_until: None,
        pinned: None,
        archived: None,
        nickname: None,
        draft: Some(Draft::parse("half a thought").expect("it is one")),
    };
    house.ann.call(begun).await.expect("kept");
    let ann = house.sit_down("ann", (80, 24)).await;
    ann.press(&["C-n"]);
    ann.shows_text("> half a thought").await;

    ann.write(", and the other half");
    ann.press(&["Enter"]);
    ann.shows_text("> message to ben").await;
    until("the server forgets it", async || {
        let show = ShowConversation {
            conversation_id: house.between,
        };
        let known = house.ann.call(show).await.expect("it is there");
        known.my.prefs.draft.map_or(Ok(()), Err)
    })
    .await;
}

/// Goes to the background with all that belongs to it, and adds to the file when it is called back.
const EDITOR: &str = "#!/bin/sh
kill -TSTP 0
printf ', and more' >> \"$1\"
";

#[tokio::test]
async fn an_editor_that_is_stopped_takes_the_program_along_and_brings_it_back() {
    let house = House::open().await;
    let ann = house.sit_down_by("EDITOR=./editor ", "ann", (80, 24)).await;
    let editor = ann.home().path().join("editor");
    std::fs::write(&editor, EDITOR).expect("it is writable");
    let may_run = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&editor, may_run).expect("it is ours");
    ann.press(&["C-n"]);
    ann.shows_text("message to ben").await;
    ann.write("half a thought");
    ann.shows_text("half a thought").await;

    ann.press(&["C-o"]);
    ann.is_left().await;
    ann.run("fg");

    ann.shows_text("> half a thought, and more").await;
}
