//! Acting on messages.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Changes, Effect, model::Key};

fn lounge() -> Screen {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    screen.hear(1, BO, "third");
    screen.hear(1, ME, "fourth");
    screen.effects.clear();
    screen
}

fn fail_one(screen: &mut Screen) -> ClientId {
    let client_id = ClientId::try_from("lost".to_owned()).unwrap();
    screen.state.echo(Echo {
        client_id: client_id.clone(),
        conversation_id: room(1),
        content: "never arrived".into(),
        created_at: screen.model.now,
        reply_to: None,
        status: EchoStatus::Failed {
            code: Code::Refused,
            detail: "not \u{1b}[31mhere".into(),
        },
    });
    screen.look(&Changes::one(room(1)));
    client_id
}

#[test]
fn escape_selects_the_newest_and_escape_leaves() {
    let mut screen = lounge();
    screen.press("esc");
    assert_eq!(screen.model.selected, Some(Key::Message(seq(4))));
    screen.press("k");
    assert_eq!(screen.model.selected, Some(Key::Message(seq(3))));
    screen.press("down");
    assert_eq!(screen.model.selected, Some(Key::Message(seq(4))));

    screen.press("esc");
    screen.write("k");

    assert_eq!(screen.model.selected, None);
    assert_eq!(screen.model.composer.text(), "k");
}

#[test]
fn the_selection_stays_on_its_message_when_others_come() {
    let mut screen = lounge();
    screen.press("esc k");
    screen.hear(1, BO, "fifth");
    assert_eq!(screen.model.selected, Some(Key::Message(seq(3))));
}

#[test]
fn walking_up_brings_the_selection_into_view_and_loads_more() {
    let mut screen = Screen::with_history((80, 24), 200);
    screen.load(50);
    screen.press("esc");
    for _ in 0..60 {
        screen.press("k");
        screen.load(50);
    }

    assert_eq!(screen.model.selected, Some(Key::Message(seq(140))));
    assert!(
        screen.pane()[0].contains("message 140"),
        "{:?}",
        screen.pane()
    );
}

#[test]
fn only_ones_own_can_be_edited() {
    let mut screen = lounge();
    screen.press("esc k e");
    assert!(
        screen
            .text()
            .contains("only stored messages of your own can be edited")
    );

    screen.press("j e");

    assert_eq!(screen.model.composer.editing(), Some(message_id(4)));
    assert_eq!(screen.model.selected, None);
}

#[test]
fn a_message_is_deleted_only_after_yes() {
    let mut screen = lounge();
    screen.press("esc d");
    assert!(screen.text().contains("Delete this message for everyone?"));
    screen.press("n");
    assert_eq!(screen.sent(), []);

    screen.press("d y");

    let delete = Effect::Delete {
        conversation: room(1),
        message: message_id(4),
    };
    assert_eq!(screen.sent(), [delete]);
}

#[test]
fn a_tombstone_stays_where_the_message_was() {
    let mut screen = lounge();
    let gone = MessageDeleted {
        id: message_id(4),
        deleted_at: screen.model.now,
        deleted_by: Some(user(ME).id),
    };
    screen.log(1, Event::MessageDeleted(gone));

    assert!(screen.pane().last().unwrap().ends_with("message deleted"));
    screen.press("esc d");
    assert!(
        screen
            .text()
            .contains("only your own messages can be deleted here")
    );
}

#[test]
fn a_failed_message_says_why_and_can_be_sent_again_or_thrown_away() {
    let mut screen = lounge();
    let client_id = fail_one(&mut screen);
    assert!(
        screen.text().contains("✗ not sent: not [31mhere"),
        "{}",
        screen.text()
    );

    screen.press("esc R x");
    assert!(screen.text().contains("Throw away what is not sent?"));
    screen.press("y");

    assert_eq!(
        screen.sent(),
        [
            Effect::Retry {
                conversation: room(1),
                client_id: client_id.clone()
            },
            Effect::Discard {
                conversation: room(1),
                client_id
            },
        ]
    );
}

#[test]
fn a_stored_message_cannot_be_retried() {
    let mut screen = lounge();
    screen.press("esc R");
    assert_eq!(screen.sent(), []);
    assert!(screen.text().contains("only failed messages"));
}

#[test]
fn a_selected_echo_that_is_thrown_away_hands_the_selection_on() {
    let mut screen = lounge();
    let client_id = fail_one(&mut screen);
    screen.press("esc");
    screen.state.drop_echo(room(1), &client_id);
    screen.look(&Changes::one(room(1)));

    assert_eq!(screen.model.selected, Some(Key::Message(seq(4))));
}
