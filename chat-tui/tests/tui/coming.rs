//! What was done to messages and waits to be sent: it shows at the message.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Changes, Effect, Msg, config::Glyphs, model::Coming, theme::Theme};
use std::collections::BTreeMap;

fn lounge() -> Screen {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    screen.effects.clear();
    screen
}

/// The second message in the lounge is about to be this.
fn announce(screen: &mut Screen, change: impl FnOnce(&mut Coming)) {
    let mut coming = Coming::by(user(ME).id);
    change(&mut coming);
    let id = screen.state.conversation(room(1)).unwrap();
    let id = id
        .messages()
        .find(|message| message.seq == seq(2))
        .unwrap()
        .id;
    screen.tell(Msg::Coming(BTreeMap::from([(id, coming)])));
}

#[track_caller]
fn shows(screen: &Screen, text: &str) {
    assert!(screen.text().contains(text), "{text:?}: {}", screen.text());
}

/// A message of one's own that the server has not got.
fn say_offline(screen: &mut Screen, status: EchoStatus) -> ClientId {
    let client_id = ClientId::try_from("waits".to_owned()).unwrap();
    screen.state.echo(Echo {
        client_id: client_id.clone(),
        conversation_id: room(1),
        content: "oops".into(),
        created_at: screen.model.now,
        reply_to: None,
        status,
    });
    screen.look(&Changes::one(room(1)));
    client_id
}

#[test]
fn an_edit_that_waits_shows_what_will_stand_there_and_a_clock() {
    let mut screen = lounge();
    announce(&mut screen, |coming| {
        coming.text = Some("hi bob".to_owned())
    });
    shows(&screen, "hi bob (edited) ◷");
    screen.press("esc e");
    assert_eq!(screen.model.composer.text(), "hi bob");

    screen.tell(Msg::Coming(BTreeMap::new()));

    shows(&screen, "hi bo");
    assert!(!screen.text().contains('◷'), "{}", screen.text());
}

#[test]
fn a_deletion_that_waits_shows_and_nothing_more_is_done_to_it() {
    let mut screen = lounge();
    announce(&mut screen, |coming| coming.is_deleted = true);
    shows(&screen, "message deleted ◷");

    screen.press("esc e");

    shows(&screen, "it is about to be deleted");
    assert_eq!(screen.sent(), []);
}

#[test]
fn a_reaction_that_waits_is_counted_and_can_be_taken_back() {
    let mut screen = lounge();
    announce(&mut screen, |coming| {
        coming.reactions.insert("👍".to_owned(), true);
    });
    shows(&screen, "👍 1 ◷");

    screen.press("esc a enter");

    assert!(matches!(&screen.sent()[..], [Effect::Unreact(..)]));
    announce(&mut screen, |coming| {
        coming.reactions.insert("👍".to_owned(), false);
    });
    shows(&screen, "👍 0 ◷");
}

#[test]
fn in_letters_that_every_terminal_has_it_shows_as_well() {
    let mut screen = lounge();
    screen.model.theme = Theme::of(chat_tui::config::Palette::None, Glyphs::Ascii);
    announce(&mut screen, |coming| {
        coming.text = Some("hi bob".to_owned())
    });
    shows(&screen, "hi bob (edited) ~");
}

#[test]
fn what_waits_stays_said_when_others_write_and_when_one_comes_back() {
    let mut screen = lounge();
    announce(&mut screen, |coming| {
        coming.text = Some("hi bob".to_owned())
    });
    screen.hear(1, BO, "third");
    shows(&screen, "hi bob (edited) ◷");

    screen.open("bo");
    screen.open("lounge");

    shows(&screen, "hi bob (edited) ◷");
}

#[test]
fn deleting_what_is_not_sent_asks_and_throws_it_away() {
    let mut screen = lounge();
    let client_id = say_offline(&mut screen, EchoStatus::Pending);
    screen.press("esc");
    shows(&screen, "x discard");
    for key in ["d", "x"] {
        screen.press(key);
        shows(&screen, "Throw away what is not sent?");
        screen.press("n");
        assert_eq!(screen.sent(), []);
        screen.press(key);
        screen.press("y");
        let conversation = room(1);
        let client_id = client_id.clone();
        let discard = Effect::Discard {
            conversation,
            client_id,
        };
        assert_eq!(screen.sent(), [discard], "{key}");
    }
}
