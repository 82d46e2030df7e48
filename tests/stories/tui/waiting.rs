//! What is done while nothing can be sent: it shows that it waits, and it is done once when it can.

use super::{House, say, select};
use chat_core::{EndSession, ListSessions};
use chat_tests::{Home, Terminal, program, sdk};

#[tokio::test]
async fn a_reaction_and_an_edit_without_a_server_show_at_the_message_and_are_done_later() {
    let mut house = House::open().await;
    house.say(&house.ann, "to be changed").await;
    let ann = house.sit_down_with("ann", "ben", (90, 24)).await;
    ann.shows_text("to be changed").await;
    house
        .restart(async || {
            ann.shows_text("reconnecting in").await;
            react_and_edit(&ann).await;
        })
        .await;

    ann.shows("nothing waits any more", |screen| {
        let done = ["was changed (edited)", "👍 1"];
        done.iter().all(|text| screen.0.contains(text)) && !screen.0.contains('◷')
    })
    .await;
}

/// Puts an emoji under the newest message, and gives it another text.
async fn react_and_edit(ann: &Terminal) {
    select(ann).await;
    ann.press(&["a"]);
    ann.shows_text("React with").await;
    ann.write("thumbs up");
    ann.press(&["Enter"]);
    ann.shows_text("👍 1 ◷").await;
    ann.press(&["e"]);
    ann.shows_text("editing a message").await;
    ann.press(&["C-u"]);
    say(ann, "was changed");
    ann.shows_text("was changed (edited) ◷").await;
}

#[tokio::test]
async fn a_deletion_without_a_server_shows_at_the_message_and_is_done_later() {
    let mut house = House::open().await;
    house.say(&house.ann, "to be gone").await;
    let ann = house.sit_down_with("ann", "ben", (90, 24)).await;
    ann.shows_text("to be gone").await;
    house
        .restart(async || {
            ann.shows_text("reconnecting in").await;
            select(&ann).await;
            ann.press(&["d"]);
            ann.shows_text("Delete this message for everyone?").await;
            ann.press(&["y"]);
            ann.shows_text("message deleted ◷").await;
        })
        .await;

    ann.shows("it is done", |screen| {
        screen.0.contains("message deleted") && !screen.0.contains('◷')
    })
    .await;
}

#[tokio::test]
async fn what_is_not_sent_is_thrown_away_by_the_key_that_deletes() {
    let mut house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (90, 24)).await;
    house
        .restart(async || {
            ann.shows_text("reconnecting in").await;
            say(&ann, "oops");
            ann.shows_text("oops ◷").await;
            select(&ann).await;
            ann.shows_text("x discard").await;
            ann.press(&["d"]);
            ann.shows_text("Throw away what is not sent?").await;
            ann.press(&["y"]);
            ann.shows("it is gone", |screen| !screen.0.contains("oops"))
                .await;
        })
        .await;
}

/// The line mode for ann, and a file with her password.
pub(super) fn plain(house: &House, home: &Home) -> String {
    std::fs::write(home.path().join("password"), sdk::PASSWORD).expect("it is writable");
    let program = program("chat-tui").display().to_string();
    let server = house.server.url();
    format!("{program} --plain --server {server} --user ann")
}

/// Ends all sessions of ann's but the one of this story.
async fn end_sessions(house: &House) {
    let sessions = house.ann.call(ListSessions {}).await.expect("a list").items;
    for session in sessions.iter().filter(|session| !session.current) {
        let session_id = session.id;
        let end = EndSession { session_id };
        house.ann.call(end).await.expect("it is ended");
    }
}

/// How often something was said between ann and ben.
async fn is_said(house: &House, text: &str) -> usize {
    let history = chat_core::History {
        conversation_id: house.between,
        before: None,
        after: None,
        around: None,
        limit: None,
    };
    let page = house.ben.call(history).await.expect("a page");
    let said = page.items.iter().filter(|message| message.content == text);
    said.count()
}

/// Sends lines through a pipe. Gives what was written, when it ended with this code; each time has its own name.
async fn pipe(ann: &Terminal, name: &str, lines: &str, command: &str, code: i32) -> String {
    ann.run(&format!(
        "printf '{lines}' | {command} > {name}; echo {name} $?"
    ));
    ann.shows_text(&format!("{name} {code}")).await;
    std::fs::read_to_string(ann.home().path().join(name)).expect("it was written")
}

#[tokio::test]
async fn a_password_that_is_given_is_used_when_the_session_has_ended() {
    let house = House::open().await;
    let ann = Terminal::open(Home::new(), 90, 24).await;
    let command = format!("{} --password-file password", plain(&house, ann.home()));
    pipe(&ann, "before", "", &command, 0).await;
    end_sessions(&house).await;

    let said = pipe(&ann, "after", "/open ben\\nonce only\\n", &command, 0).await;

    assert!(said.contains("you: once only"), "{said}");
    assert!(!said.contains("signed out"), "{said}");
    assert_eq!(is_said(&house, "once only").await, 1);
}

#[tokio::test]
async fn without_a_password_an_ended_session_is_told_and_nothing_is_half_done() {
    let house = House::open().await;
    let ann = Terminal::open(Home::new(), 90, 24).await;
    let without = plain(&house, ann.home());
    let with = format!("{without} --password-file password");
    pipe(&ann, "before", "", &with, 0).await;
    end_sessions(&house).await;
    let lines = "/open ben\\nonce only\\n";

    let said = pipe(&ann, "without", lines, &without, 1).await;

    assert!(!said.contains("signed in"), "{said}");
    let screen = ann.screen().0;
    assert!(screen.contains("sign in again"), "{screen}");
    // Nothing was kept to be said later: said again, it is said once.
    pipe(&ann, "with", lines, &with, 0).await;
    assert_eq!(is_said(&house, "once only").await, 1);
}

#[tokio::test]
async fn on_a_screen_too_a_given_password_takes_over_from_an_ended_session() {
    let house = House::open().await;
    let ann = house.sit_down_with("ann", "ben", (90, 24)).await;
    ann.press(&["C-q"]);
    ann.is_left().await;
    end_sessions(&house).await;
    let program = program("chat-tui").display().to_string();
    let server = house.server.url();

    ann.run(&format!(
        "clear; {program} --server {server} --user ann --password-file password"
    ));

    ann.shows_text("● online").await;
}

#[tokio::test]
async fn what_cannot_be_written_is_no_success() {
    let house = House::open().await;
    let ann = Terminal::open(Home::new(), 90, 24).await;
    let command = format!("{} --password-file password", plain(&house, ann.home()));

    ann.run(&format!("{command} > /dev/full < /dev/null; echo ended $?"));

    let screen = ann.shows_text("ended 1").await.0;
    assert!(screen.contains("cannot write"), "{screen}");
}

/// Says something and leaves at once. Whether it was confirmed; else it is told that it is not sent.
async fn is_confirmed(house: &House, words: &str) -> bool {
    let ann = Terminal::open(Home::new(), 90, 24).await;
    let command = format!("{} --password-file password", plain(house, ann.home()));
    let lines = format!("/open ben\\n{words}\\n/quit\\n");
    let said = pipe(&ann, "last", &lines, &command, 0).await;
    let is_confirmed = said.contains("* 1 sent") || said.contains(&format!("you: {words}"));
    let screen = ann.screen().0;
    let is_untold = !is_confirmed && !screen.contains("1 not sent yet");
    assert!(!is_untold, "{said}\n{screen}");
    is_confirmed
}

#[tokio::test]
async fn what_was_said_just_before_the_end_is_confirmed() {
    let house = House::open().await;
    // Who leaves waits no longer than two seconds for the server: it may have stood still for as long.
    for words in ["last words", "the last words", "the very last words"] {
        if is_confirmed(&house, words).await {
            assert_eq!(is_said(&house, words).await, 1);
            return;
        }
    }
    panic!("nothing was confirmed");
}
