//! What comes late: windows that nobody waits for any more, files, places that are known before they are looked at.

use crate::kit::*;
use chat_core::*;
use chat_tui::{
    Effect, Msg,
    effect::Wish,
    model::{FormKind, Found, Key, Popup, Reading},
};
use crossterm::event::{KeyModifiers, MouseEvent, MouseEventKind};

fn lounge() -> Screen {
    let mut screen = Screen::with_two((100, 30));
    screen.open("lounge");
    screen.effects.clear();
    screen
}

fn details() -> Msg {
    Msg::Read(Reading {
        title: "This message".to_owned(),
        lines: vec!["read by: bo".to_owned()],
        top: 0,
    })
}

#[test]
fn a_window_that_comes_at_once_is_shown() {
    let mut screen = lounge();
    screen.press("esc D");
    screen.tell(details());
    assert!(screen.text().contains("read by: bo"), "{}", screen.text());
}

#[test]
fn a_mouse_that_passes_by_sends_no_window_away() {
    let mut screen = lounge();
    screen.press("esc D");
    screen.tell(Msg::Mouse(MouseEvent {
        kind: MouseEventKind::Moved,
        column: 1,
        row: 1,
        modifiers: KeyModifiers::NONE,
    }));
    screen.tell(details());
    assert!(screen.text().contains("read by: bo"), "{}", screen.text());
}

#[test]
fn a_window_that_comes_late_takes_no_keys_from_who_has_gone_on() {
    let mut screen = lounge();
    screen.press("esc D esc");
    screen.write("hello");
    screen.tell(details());
    assert!(screen.model.popup.is_none(), "{}", screen.text());
    assert!(screen.text().contains("ask again"));

    screen.press("enter");

    let is_sent = |effect: &Effect| matches!(effect, Effect::Send { .. });
    assert!(screen.sent().iter().any(is_sent));
}

#[test]
fn a_window_that_comes_late_replaces_no_other() {
    let mut screen = lounge();
    screen.press("alt+p ctrl+g");
    screen.write("cy");
    screen.tell(Msg::Pinned(Vec::new()));
    let Some(Popup::Form(form)) = &screen.model.popup else {
        panic!("{}", screen.text());
    };
    assert_eq!(form.text(0), "cy");
}

#[test]
fn an_invite_that_comes_late_is_told_and_can_be_copied_else() {
    let mut screen = lounge();
    screen.press("f1");
    screen.tell(Msg::Invite("abc-1".to_owned()));
    assert!(screen.text().contains("the invite's code is abc-1"));
    screen.press("esc");

    screen.tell(Msg::Invite("abc-2".to_owned()));
    screen.press("enter");

    assert_eq!(screen.sent(), [Effect::Copy("abc-2".to_owned())]);
}

#[test]
fn a_conversation_that_was_begun_late_is_not_jumped_to() {
    let mut screen = lounge();
    let bo = user(BO);
    screen.tell(Msg::Members(
        room(1),
        vec![Member {
            user: bo,
            role: MemberRole::Member,
            joined_at: at(1),
            read_seq: Seq::ZERO,
            delivered_seq: Seq::ZERO,
        }],
        false,
    ));
    screen.press("enter");
    screen.write("meanwhile");
    screen.tell(Msg::Created(Ok(room(2))));

    assert_eq!(screen.model.thread.as_ref().unwrap().id, room(1));
    assert!(screen.text().contains("the conversation is there"));
}

#[test]
fn a_form_waits_for_its_own_answer() {
    let mut screen = lounge();
    screen.write("a");
    screen.press("ctrl+t");
    screen.write("~/map.pdf");
    screen.press("enter");
    for other in [
        Msg::Told("pinned".to_owned()),
        Msg::FileQueued(room(2), "other.pdf".to_owned()),
    ] {
        screen.tell(other);
        assert!(screen.model.popup.is_some(), "{}", screen.text());
    }

    screen.tell(Msg::FileQueued(room(1), "map.pdf".to_owned()));

    assert!(screen.model.popup.is_none() && screen.model.composer.is_empty());
}

#[test]
fn a_file_that_is_refused_keeps_answer_and_lines_for_the_second_try() {
    let mut screen = lounge();
    screen.press("esc r");
    screen.tell(Msg::Paste("fn main() {\n}".to_owned()));
    screen.press("ctrl+t");
    screen.write("~/mpa.pdf");
    screen.press("enter");
    screen.effects.clear();
    let why = "~/mpa.pdf cannot be read".to_owned();
    screen.tell(Msg::Refused(Some(FormKind::Attach(room(1))), why));
    screen.press("ctrl+u");
    screen.write("~/map.pdf");
    screen.press("enter");

    let sent = screen.sent();
    let [
        Effect::SendFile {
            caption, reply_to, ..
        },
    ] = &sent[..]
    else {
        panic!("{sent:?}");
    };
    let said = MessageBody::parse("fn main() {\n}").unwrap();
    assert_eq!((caption, *reply_to), (&Some(said), Some(message_id(2))));
}

#[test]
fn what_is_answered_stays_with_the_draft() {
    let mut screen = lounge();
    screen.press("esc r");
    screen.write("yes");
    screen.open("bo");
    assert!(screen.model.reply.is_none());
    screen.open("lounge");
    screen.effects.clear();
    screen.press("enter");

    let sent = screen.sent();
    let is_answer = |effect: &Effect| matches!(effect, Effect::Send { reply_to: Some(id), .. } if *id == message_id(2));
    assert!(sent.iter().any(is_answer), "{sent:?}");
}

#[test]
fn a_place_that_is_known_before_it_was_looked_at_is_gone_to() {
    let mut screen = Screen::with_history((80, 24), 200);
    screen.tell(Msg::Pinned(vec![message(room(1), 40, BO, "message 40")]));
    screen.press("enter");
    let asked = History {
        conversation_id: room(1),
        before: None,
        after: None,
        around: Some(seq(40)),
        limit: Some(30),
    };
    let items = (30..50).map(|n| message(room(1), n, BO, &format!("message {n}")));
    let page = MessagePage {
        items: items.collect(),
        has_before: true,
        has_after: true,
    };
    // The client has told of it, and nobody has looked yet.
    screen.state.apply_page(&asked, page);
    screen.tell(Msg::Placed {
        conversation: room(1),
        seq: seq(40),
        error: None,
    });

    assert_eq!(screen.model.selected, Some(Key::Message(seq(40))));
    assert!(screen.pane().join("\n").contains("message 40"));
}

#[test]
fn a_place_that_is_not_there_is_told() {
    let mut screen = Screen::with_history((80, 24), 200);
    screen.tell(Msg::Pinned(vec![message(room(1), 40, BO, "message 40")]));
    screen.press("enter");
    screen.tell(Msg::Placed {
        conversation: room(1),
        seq: seq(40),
        error: None,
    });
    assert!(screen.text().contains("that message is not there any more"));
}

#[test]
fn a_sign_in_that_is_dismissed_is_given_up() {
    let mut screen = lounge();
    screen.tell(Msg::Accounts(Vec::new()));
    screen.press("enter");
    screen.write("cy");
    screen.press("tab");
    screen.write("secret");
    screen.press("enter");
    screen.effects.clear();
    screen.press("esc");
    assert_eq!(screen.sent(), [Effect::GiveUp]);
    assert!(screen.text().contains("hi bo"));
}

#[test]
fn the_wish_of_a_busy_form_is_no_window() {
    let mut screen = lounge();
    screen.press("alt+i");
    screen.write("abc-1");
    screen.press("enter");
    let join = Wish::Join(InviteCode::parse("abc-1").unwrap());
    assert_eq!(screen.sent(), [Effect::Ask(join)]);
    screen.write("typed too early");
    screen.tell(Msg::Created(Ok(room(2))));
    assert_eq!(screen.model.thread.as_ref().unwrap().id, room(2));
}

#[test]
fn what_was_found_for_other_words_is_not_gone_to() {
    let mut screen = lounge();
    screen.press("ctrl+f");
    screen.write("oak");
    screen.wait_ms(1_000);
    screen.tell(Msg::Found {
        typed: "oak".to_owned(),
        found: Found {
            messages: vec![message(room(2), 2, BO, "an oak")],
            ..Found::default()
        },
    });
    screen.write("s");
    screen.effects.clear();
    screen.press("enter");
    assert_eq!(screen.model.thread.as_ref().unwrap().id, room(1));
    assert!(screen.model.popup.is_some());

    screen.wait_ms(1);

    let asks = |effect: &Effect| matches!(effect, Effect::Search { typed, .. } if typed == "oaks");
    assert!(screen.sent().iter().any(asks), "it is asked at once");
}
