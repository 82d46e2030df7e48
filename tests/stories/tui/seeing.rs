//! What is on the screen.

use super::{House, say};
use chat_tests::{Home, Screen, Terminal, program, sdk};

/// Starts the client without saying who.
fn start(terminal: &Terminal, house: &House) {
    let program = program("chat-tui").display().to_string();
    terminal.run(&format!("clear; {program} --server {}", house.server.url()));
}

/// Fills in who, and the password.
async fn fill_in(terminal: &Terminal) -> Screen {
    terminal.shows_text("password").await;
    terminal.write("ann");
    terminal.press(&["Tab"]);
    terminal.write(sdk::PASSWORD);
    terminal
        .shows("the password is covered", |screen| {
            screen.0.contains("ann") && screen.count("•") + screen.count("*") >= 8
        })
        .await
}

#[tokio::test]
async fn signing_in_by_hand_shows_no_password() {
    let house = House::open().await;
    let terminal = Terminal::open(Home::new(), 80, 24).await;
    start(&terminal, &house);

    let filled = fill_in(&terminal).await;
    terminal.press(&["Enter"]);

    assert!(!filled.0.contains(sdk::PASSWORD), "{}", filled.0);
    terminal.shows_text("● online").await;
    terminal.press(&["C-q"]);
    terminal.is_left().await;
    // Signed in stays signed in.
    start(&terminal, &house);
    terminal.shows_text("● online").await;
}

#[tokio::test]
async fn what_somebody_writes_cannot_act_on_the_terminal() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;
    house
        .say(
            &house.ben,
            "before\u{1b}[2J\u{1b}]0;stolen\u{7}\u{1b}[31mred\u{202e}after",
        )
        .await;

    ann.shows_text("before[2J]0;stolen[31mredafter").await;
    // Ours says how much is unread, so it need not be what it was.
    let title = ann.flag("pane_title");
    assert!(title.ends_with("chat"), "{title}");
}

#[tokio::test]
async fn a_message_arrives_while_another_is_written_and_nothing_is_lost() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (80, 24)).await;

    ann.write("half a sen");
    ann.shows_text("half a sen").await;
    house.say(&house.ben, "by the way").await;
    ann.shows_text("by the way").await;
    say(&ann, "tence");

    ann.shows("both are there", |screen| {
        screen.count("half a sentence") == 1 && screen.count("by the way") == 1
    })
    .await;
}

#[tokio::test]
async fn it_fits_every_size_it_is_given() {
    let house = House::open().await;
    for nth in 0..60 {
        house.say(&house.ann, &format!("line number {nth}")).await;
    }
    let ben = house.sit_down_with("ben", "ann", (120, 40)).await;

    for (columns, rows) in [(50, 15), (80, 24), (20, 6), (200, 60), (1, 1), (120, 40)] {
        ben.resize(columns, rows);
        if rows >= 15 {
            ben.shows_text("line number 59").await;
            ben.shows_text("message to ann").await;
        }
    }
    say(&ben, "still here");
    ben.shows_text("still here").await;
}
