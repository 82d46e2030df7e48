//! `chat` on a real terminal: tables, questions, and names of others that do nothing to it.

use super::house::House;
use chat_tests::{Terminal, program};

/// Ann sits in front of a terminal, with the server of her house.
async fn ann_sits() -> (Terminal, chat_tests::Serving) {
    let House { home, server } = House::open().await;
    let terminal = Terminal::open(home, 120, 30).await;
    let chat = program("chat").display().to_string();
    terminal.run(&format!("alias chat='{chat} --as ann'; clear"));
    (terminal, server)
}

#[tokio::test]
async fn what_is_lost_for_good_is_asked_for_by_its_name() {
    let (terminal, _server) = ann_sits().await;

    terminal.run("chat user delete ben; echo code $?");
    terminal
        .shows("it asks", |screen| screen.0.contains("type ben to go on"))
        .await;
    terminal.run("bem");
    terminal
        .shows("it refuses", |screen| screen.0.contains("code 2"))
        .await;
    terminal.run("clear; chat user delete ben; echo code $?");
    terminal
        .shows("it asks", |screen| screen.0.contains("type ben to go on"))
        .await;
    terminal.run("ben");
    let done = terminal
        .shows("it is done", |screen| screen.0.contains("code 0"))
        .await;

    assert!(done.0.contains("ben is deleted"), "{done:?}");
}

#[tokio::test]
async fn a_question_is_left_with_ctrl_c_and_never_asked_where_that_is_not_wanted() {
    let (terminal, _server) = ann_sits().await;

    terminal.run("chat user delete ben; echo code $?");
    terminal
        .shows("it asks", |screen| screen.0.contains("type ben to go on"))
        .await;
    terminal.press(&["C-c"]);
    terminal
        .shows("it has ended", |screen| screen.0.contains("code 130"))
        .await;
    terminal.run("clear; chat user delete ben --no-input; echo code $?");
    let refused = terminal
        .shows("it refuses", |screen| screen.0.contains("code 2"))
        .await;

    assert!(refused.0.contains("--confirm"), "{refused:?}");
    assert!(!refused.0.contains("type ben"), "{refused:?}");
}

#[tokio::test]
async fn a_person_gets_a_table_and_what_others_wrote_does_nothing() {
    let (terminal, _server) = ann_sits().await;
    terminal.run("chat message send @ben 'wild \u{202e}text'; clear; chat user list ben");
    let table = terminal
        .shows("there is a table", |screen| {
            screen.0.contains("ID") && screen.0.contains("ben")
        })
        .await;
    terminal.run("clear; chat message list @ben -o csv; echo code $?");
    let csv = terminal
        .shows("there is CSV", |screen| screen.0.contains("code 0"))
        .await;

    assert!(!table.0.contains('\t'), "{table:?}");
    assert!(csv.0.contains("wild text"), "{csv:?}");
}

#[tokio::test]
async fn a_long_import_of_people_says_how_far_it_is() {
    let (terminal, _server) = ann_sits().await;

    terminal.run("(echo username; seq -f person%g 2000) | chat user import - -o ids");

    let is_bar = |line: &str| {
        let (_, rest) = line.split_once("importing [").unwrap_or_default();
        rest.contains("/2000 ")
    };
    let shown = |screen: &chat_tests::Screen| screen.0.lines().any(is_bar);
    terminal.shows("a bar", shown).await;
}
