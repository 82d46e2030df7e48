//! The line mode beyond writing lines: what becomes of messages is told, and everything can be done by its name.

use super::{House, say};
use chat_core::{AddReaction, DeleteMessage, EditMessage, Emoji, SendMessage};
use chat_tests::{Home, Terminal, program, sdk};

/// Ann at a line mode, in the conversation with ben.
async fn ann_reads(house: &House) -> Terminal {
    let ann = Terminal::open(Home::new(), 100, 40).await;
    std::fs::write(ann.home().path().join("password"), sdk::PASSWORD).expect("it is writable");
    let program = program("chat-tui").display().to_string();
    let server = house.server.url();
    ann.run(&format!(
        "{program} --plain --server {server} --user ann --password-file password"
    ));
    ann.shows_text("signed in; /help").await;
    ann.run("/open ben");
    ann.shows_text("* ben").await;
    ann
}

#[tokio::test]
async fn what_becomes_of_a_message_is_told() {
    let house = House::open().await;
    let ann = ann_reads(&house).await;
    let send = SendMessage::text(house.between, sdk::body("lunch?"));
    let sent = house.ben.call(send).await.expect("stored");
    ann.shows_text("ben: lunch?").await;
    let message_id = sent.message.id;

    let emoji = Emoji::parse("👍").expect("it is one");
    let react = AddReaction::new(message_id, emoji);
    house.ben.call(react).await.expect("it is there");
    ann.shows_text("] 👍 1").await;
    let content = sdk::body("dinner?");
    let edit = EditMessage {
        message_id,
        content,
        mentions: None,
        client_id: None,
    };
    house.ben.call(edit).await.expect("it is changed");
    ann.shows_text("is another now: dinner?").await;
    let delete = DeleteMessage::new(message_id);
    house.ben.call(delete).await.expect("it is gone");

    ann.shows_text("was deleted").await;
}

#[tokio::test]
async fn what_the_menus_have_is_done_by_its_name_and_number() {
    let house = House::open().await;
    house.say(&house.ben, "buy now").await;
    let ann = ann_reads(&house).await;
    ann.shows_text("ben: buy now").await;

    ann.run("/on 1 report");
    ann.shows_text("why; write /answer").await;
    ann.run("/answer spam");
    ann.shows_text("reported: they will look at it").await;
    ann.run("/do sessions");
    ann.shows_text("terminal, last used").await;
    ann.run("/block ben");
    ann.shows_text("blocked; your account's menu").await;
    ann.run("/do blocked");
    ann.shows_text("1. ben, @ben, let in again").await;
    ann.run("/pick 1");

    ann.shows_text("they may write to you again").await;
}

#[tokio::test]
async fn one_signs_in_line_by_line_without_showing_the_password() {
    let house = House::open().await;
    let ann = Terminal::open(Home::new(), 80, 24).await;
    let program = program("chat-tui").display().to_string();
    ann.run(&format!(
        "{program} --plain --server {}",
        house.server.url()
    ));
    ann.shows_text("username:").await;
    say(&ann, "ann");
    ann.shows_text("password of ann:").await;
    say(&ann, sdk::PASSWORD);

    let screen = ann.shows_text("signed in; /help").await;

    assert!(!screen.0.contains(sdk::PASSWORD), "{}", screen.0);
    ann.run("/quit");
    ann.is_left().await;
}

#[tokio::test]
async fn where_nothing_can_be_drawn_the_line_mode_is_named() {
    let ann = Terminal::open(Home::new(), 100, 30).await;
    let program = program("chat-tui").display().to_string();
    ann.run(&format!("TERM=dumb {program}"));
    ann.shows_text("this terminal draws nothing").await;
    ann.run(&format!("clear; {program} | cat"));
    ann.shows_text("chat-tui needs a terminal; `chat-tui --plain`")
        .await;
}

#[tokio::test]
async fn of_many_members_all_are_listed() {
    let house = House::open().await;
    super::people::crowd(&house).await;
    let ann = ann_reads(&house).await;
    ann.run("/open crowd");
    ann.shows_text("* crowd").await;

    ann.run("/who");

    ann.shows("all are listed", |screen| {
        let all = ["@ben", "@guest0", "@guest9"];
        all.iter().all(|name| screen.0.contains(name))
    })
    .await;
}
