//! The line mode: for screen readers, and through a pipe.

use super::{House, say};
use chat_tests::{Home, Terminal, program, sdk};

/// The command that starts it for ann.
fn plain(house: &House, home: &Home) -> String {
    std::fs::write(home.path().join("password"), sdk::PASSWORD).expect("it is writable");
    let program = program("chat-tui").display().to_string();
    let server = house.server.url();
    format!("{program} --plain --server {server} --user ann --password-file password")
}

#[tokio::test]
async fn two_people_talk_line_by_line_and_screen_by_screen() {
    let house = House::open().await;
    let ben = house.sit_down_with("ben", "ann", (80, 24)).await;
    let ann = Terminal::open(Home::new(), 80, 24).await;
    let command = plain(&house, ann.home());
    ann.run(&command);
    ann.shows_text("signed in; /help").await;

    ann.run("/open ben");
    ann.run("hello from a line");
    ben.shows_text("hello from a line").await;
    say(&ben, "hello from a screen");

    let screen = ann.shows_text("ben: hello from a screen").await;
    assert!(screen.0.contains("you: hello from a line"), "{}", screen.0);
    assert_eq!(ann.flag("alternate_on"), "0", "nothing is taken over");
    ann.run("/quit");
    ann.is_left().await;
}

#[tokio::test]
async fn a_pipe_says_its_lines_and_ends() {
    let house = House::open().await;
    house.say(&house.ben, "before\u{1b}]0;stolen\u{7}").await;
    let ann = Terminal::open(Home::new(), 80, 24).await;
    let command = plain(&house, ann.home());

    ann.run(&format!(
        "printf '/open ben\\nfirst\\n/nonsense\\nsecond\\n' | {command} > said; echo ended $?"
    ));
    // One of them was no command.
    ann.shows_text("ended 1").await;

    let said = std::fs::read_to_string(ann.home().path().join("said")).expect("it was written");
    assert!(said.contains("ben: before]0;stolen"), "{said}");
    assert!(said.contains("there is no command /nonsense"), "{said}");
    assert!(
        !said.contains('\u{1b}') && !said.contains('\u{7}'),
        "{said:?}"
    );
    let ben = house.sit_down_with("ben", "ann", (80, 24)).await;
    ben.shows("both lines arrived in their order", |screen| {
        screen.has_in_order(&["first".to_owned(), "second".to_owned()])
    })
    .await;
}

#[tokio::test]
async fn a_pipe_ends_when_its_file_has_arrived() {
    let house = House::open().await;
    let ann = Terminal::open(Home::new(), 80, 24).await;
    let command = plain(&house, ann.home());
    std::fs::write(ann.home().path().join("notes.txt"), "written down").expect("it is writable");

    ann.run(&format!(
        "printf '/open ben\\n/file notes.txt\\n' | {command} > said; echo ended $?"
    ));
    ann.shows_text("ended 0").await;

    let ben = house.sit_down_with("ben", "ann", (80, 24)).await;
    ben.shows_text("[notes.txt, 12 B]").await;
}

#[tokio::test]
async fn what_follows_a_new_conversation_is_for_that_one() {
    let house = House::open().await;
    sdk::registered(&house.server.url(), "cyril").await;
    let ann = Terminal::open(Home::new(), 80, 24).await;
    let command = plain(&house, ann.home());

    ann.run(&format!(
        "printf '/open ben\\n/new cyril\\nfor cyril alone\\n/unread\\nfor nobody\\n' | {command} > said; echo ended $?"
    ));
    ann.shows_text("ended 1").await;

    let ben = house.sit_down_with("ben", "ann", (80, 24)).await;
    say(&ben, "what have you got");
    let screen = ben.shows("it is said, and the draft is empty", |screen| {
        screen.0.contains("what have you got") && screen.0.contains("> message to ann")
    });
    let screen = screen.await.0;
    assert!(
        !screen.contains("alone") && !screen.contains("nobody"),
        "{screen}"
    );
    let cyril = house.sit_down_with("cyril", "ann", (80, 24)).await;
    cyril.shows_text("for cyril alone").await;
}

#[tokio::test]
async fn a_pipe_ends_when_its_file_is_refused_and_says_so() {
    let house = House::open_with(&["--set", "limits.attachment_bytes=10"]).await;
    let ann = Terminal::open(Home::new(), 80, 24).await;
    let command = plain(&house, ann.home());
    std::fs::write(ann.home().path().join("big.iso"), "more than ten").expect("it is writable");

    ann.run(&format!(
        "printf '/open ben\\n/file big.iso\\n' | {command} > said; echo ended $?"
    ));
    ann.shows_text("ended 1").await;

    let said = std::fs::read_to_string(ann.home().path().join("said")).expect("it was written");
    assert!(said.contains("big.iso"), "{said}");
}

#[tokio::test]
async fn with_a_doubt_whom_a_pipe_writes_to_it_writes_to_nobody() {
    let house = House::open().await;
    let ann = Terminal::open(Home::new(), 80, 24).await;
    let command = plain(&house, ann.home());

    ann.run(&format!(
        "printf '/open ben\\n/open en\\nfor somebody else\\n' | {command} > said; echo ended $?"
    ));
    ann.shows_text("ended 1").await;

    let said = std::fs::read_to_string(ann.home().path().join("said")).expect("it was written");
    assert!(said.contains("no conversation is called \"en\""), "{said}");
    assert!(said.contains("open a conversation first"), "{said}");
    assert!(!said.contains("for somebody else"), "{said}");
}

#[tokio::test]
async fn a_pipe_ends_when_what_it_saves_is_there() {
    let house = House::open().await;
    let ann = Terminal::open(Home::new(), 80, 24).await;
    let command = plain(&house, ann.home());
    let place = |name: &str| ann.home().path().join(name);
    std::fs::write(place("notes.txt"), "written down").expect("it is writable");
    ann.run(&format!(
        "printf '/open ben\\n/file notes.txt\\n' | {command} > said; echo sent $?"
    ));
    ann.shows_text("sent 0").await;

    ann.run(&format!(
        "printf '/open ben\\n/save 1\\n' | XDG_DOWNLOAD_DIR=got {command} > said; echo ended $?"
    ));
    ann.shows_text("ended 0").await;

    let got = std::fs::read_to_string(place("got/notes.txt"));
    assert_eq!(got.expect("it was saved"), "written down");
}

#[tokio::test]
async fn a_pipe_can_do_something_with_what_was_said_long_before() {
    let house = House::open().await;
    for nth in 1..=30 {
        house.say(&house.ben, &format!("line {nth}")).await;
    }
    let ann = Terminal::open(Home::new(), 80, 24).await;
    let command = plain(&house, ann.home());

    ann.run(&format!(
        "printf '/open ben\\n/reply 12 to that\\n' | {command} > said; echo ended $?"
    ));
    ann.shows_text("ended 0").await;

    let ben = house.sit_down_with("ben", "ann", (80, 24)).await;
    ben.shows_text("│ you: line 12").await;
}

#[tokio::test]
async fn what_needs_a_screen_is_refused_in_words_and_the_rest_goes_on() {
    let house = House::open().await;
    house.say(&house.ben, "keep this").await;
    let ann = Terminal::open(Home::new(), 80, 24).await;
    let command = plain(&house, ann.home());

    ann.run(&format!(
        "printf '/do accounts\\n/pick 2\\n/open ben\\n/on 1 copy\\n/on 1 pin\\n/on 1 nonsense\\n' | {command} > said; echo ended $?"
    ));
    ann.shows_text("ended 1").await;

    let said = std::fs::read_to_string(ann.home().path().join("said")).expect("it was written");
    for line in [
        "another account is signed in to",
        "\nkeep this\n",
        "pinned",
        "is none of",
    ] {
        assert!(said.contains(line), "{line:?}: {said}");
    }
}
