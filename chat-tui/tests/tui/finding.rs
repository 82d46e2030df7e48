//! What can be done is found by the words that people have for it.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Effect, action::Action, effect::Wish, model::Popup};

fn lounge() -> Screen {
    let mut screen = Screen::with_two((100, 30));
    screen.open("lounge");
    screen.effects.clear();
    screen
}

/// What is found for what is typed, the first one in front.
fn found(screen: &mut Screen, typed: &str) -> Vec<String> {
    screen.press("alt+x");
    screen.write(typed);
    let Some(Popup::Pick(picker)) = &screen.model.popup else {
        panic!("{}", screen.text());
    };
    let found = picker.matches().into_iter();
    let found = found.map(|choice| format!("{} {}", choice.detail, choice.label));
    let found = found.collect();
    screen.press("esc");
    found
}

#[test]
fn every_action_that_can_be_done_is_found_by_its_name() {
    let mut screen = lounge();
    for name in [
        "react",
        "reply",
        "pin",
        "quick-switch",
        "attach",
        "sign-out",
        "password",
    ] {
        let found = found(&mut screen, name);
        assert!(found[0].starts_with(name), "{name}: {found:?}");
    }
}

#[test]
fn what_people_call_it_finds_it() {
    let mut screen = lounge();
    for (typed, wanted) in [
        ("group", "new-conversation"),
        ("upload", "attach"),
        ("theme", "set-up"),
        ("vim", "set-up"),
        ("leave", "leave it"),
        ("logout", "sign-out"),
        ("save", "open"),
        ("picture", "view"),
        ("emoji", "react"),
        ("mute", "mute: tell"),
        ("archive", "put it away"),
        ("nick", "call it something else"),
        ("profile", "your profile"),
    ] {
        let found = found(&mut screen, typed);
        assert!(found[0].trim().starts_with(wanted), "{typed}: {found:?}");
    }
}

#[test]
fn letters_here_and_there_find_nothing_to_do() {
    let mut screen = lounge();
    assert_eq!(found(&mut screen, "xnrt"), [""; 0]);
    let react = found(&mut screen, "react");
    assert!(
        !react.iter().any(|what| what.contains("next-unread")),
        "{react:?}"
    );
}

#[test]
fn what_is_done_to_a_message_is_done_to_the_newest_that_it_can_be_done_to() {
    let mut screen = lounge();
    screen.press("alt+x");
    screen.write("reply");
    screen.press("enter");
    assert!(
        screen.text().contains("answering yourself: hi bo"),
        "{}",
        screen.text()
    );

    screen.press("esc alt+x");
    screen.write("react");
    screen.press("enter");
    assert!(screen.text().contains("React with"), "{}", screen.text());
}

#[test]
fn what_one_may_not_do_says_why() {
    let mut screen = lounge();
    for (name, why) in [
        ("pin", "only admins pin"),
        ("retry", "only failed messages"),
    ] {
        screen.press("alt+x");
        screen.write(name);
        screen.press("enter");
        assert!(screen.text().contains(why), "{name}: {}", screen.text());
    }
}

#[test]
fn the_help_is_whole_on_a_narrow_screen_and_its_key_is_always_told() {
    let mut screen = Screen::with_two((50, 15));
    screen.open("lounge");
    assert!(screen.text().contains("F1 help"), "{}", screen.text());
    screen.press("f1");
    let text = screen.text();
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(joined.contains("send the message, or save"), "{text}");
    assert!(joined.contains("the edit"), "{text}");
}

#[test]
fn what_cannot_be_done_is_not_offered() {
    let mut screen = Screen::with_two((100, 30));
    for typed in [
        "send",
        "edit-last",
        "attach",
        "pins",
        "members",
        "reply",
        "mute",
    ] {
        let found = found(&mut screen, typed);
        assert!(
            !found.iter().any(|what| what.starts_with(typed)),
            "{typed}: {found:?}"
        );
    }
    assert!(Action::ALL.contains(&Action::Send));
}

#[test]
fn a_conversation_is_quiet_for_a_while_or_until_one_says_otherwise() {
    for (typed, hours) in [("an hour", 1), ("eight", 8)] {
        let mut screen = lounge();
        screen.press("f8 enter");
        screen.write(typed);
        screen.press("enter");
        let until = screen.model.now.plus_ms(hours * 3_600_000);
        assert!(
            matches!(&screen.sent()[..], [Effect::Ask(Wish::Prefs(prefs))] if prefs.muted_until == Some(until))
        );
    }
    let mut screen = lounge();
    screen.press("f8 enter enter");
    let sent = screen.sent();
    let [Effect::Ask(Wish::Prefs(prefs))] = &sent[..] else {
        panic!("{sent:?}");
    };
    let asked = serde_json::to_string(&prefs.muted_until).unwrap();
    assert!(
        serde_json::from_str::<Timestamp>(&asked).is_ok(),
        "the server reads it: {asked}"
    );
}
