//! What the screen says about itself: the next keys, the keys in its texts, the ends of its rows.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Effect, Msg, keymap::Keymap, model::SignIn};

fn last_row(screen: &Screen) -> String {
    screen.text().lines().last().unwrap_or_default().to_owned()
}

/// A screen on which these actions have these keys.
fn with_keys(size: (u16, u16), keys: &[(&str, &str)]) -> Screen {
    let chosen = keys.iter();
    let chosen = chosen.map(|(name, key)| ((*name).to_owned(), vec![(*key).to_owned()]));
    let mut screen = Screen::with_two(size);
    screen.model.keymap = Keymap::default().rebound(&chosen.collect()).0;
    screen
}

#[test]
fn a_first_sign_in_that_waits_can_be_given_up_and_its_hints_say_so() {
    let mut screen = Screen::new((80, 24));
    screen.tell(Msg::SignedOut(None));
    let mut form = SignIn::new("https://chat.test", "ann");
    form.busy = true;
    screen.model.sign_in = Some(form);
    screen.effects.clear();
    assert!(
        last_row(&screen).contains("Esc cancel"),
        "{}",
        screen.text()
    );
    assert!(!last_row(&screen).contains("Enter"), "{}", screen.text());

    screen.press("esc");

    assert_eq!(screen.sent(), [Effect::GiveUp]);
    assert!(last_row(&screen).contains("Enter ok"), "{}", screen.text());
}

#[test]
fn a_form_that_waits_does_not_offer_what_it_does_not_take() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("ctrl+g");
    screen.write("bo");
    assert!(last_row(&screen).contains("Enter ok"));

    screen.press("enter");

    let hints = last_row(&screen);
    assert!(
        hints.contains("Esc close") && !hints.contains("Enter"),
        "{hints}"
    );
}

#[test]
fn on_the_smallest_screen_it_is_said_that_enter_saves_an_edit() {
    let mut screen = Screen::with_two((20, 5));
    screen.open("lounge");
    screen.press("up");
    assert_eq!(last_row(&screen).trim(), "Enter save  F1 help");
}

#[test]
fn that_one_more_key_leaves_is_said_as_long_as_it_does() {
    let mut screen = with_keys((80, 24), &[("interrupt", "f12")]);
    screen.open("lounge");
    screen.press("f12");
    assert!(
        screen.text().contains("press F12 again to leave"),
        "{}",
        screen.text()
    );
    screen.wait_ms(1_900);
    assert!(screen.text().contains("again to leave"));

    screen.wait_ms(200);

    assert!(!screen.text().contains("again to leave"));
    assert_eq!(screen.sent(), []);
}

#[test]
fn texts_name_the_keys_that_there_are() {
    let keys = [
        ("next", "f11"),
        ("dismiss", "f10"),
        ("complete-field", "f8"),
    ];
    let mut screen = with_keys((80, 24), &keys);
    screen.press("f1");
    assert!(
        screen.text().contains("Keys · ↑ F11 scroll · F10 closes"),
        "{}",
        screen.text()
    );
    screen.press("f10 ctrl+g");
    assert!(
        screen.text().contains("F8 completes them"),
        "{}",
        screen.text()
    );
}

#[test]
fn keys_that_are_heard_among_messages_alone_say_so() {
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    let listing = screen.model.keymap.listing();
    assert!(listing.contains("F1  ? (messages)"), "{listing}");
    screen.press("alt+x");
    screen.write("show or close this help");
    let while_writing = screen.text();
    assert!(
        while_writing.contains("F1") && !while_writing.contains('?'),
        "{while_writing}"
    );

    screen.press("esc esc alt+x");
    screen.write("show or close this help");

    assert!(screen.text().contains("F1 ?"), "{}", screen.text());
}

#[test]
fn what_is_open_is_said_beside_everything_that_waits() {
    let mut screen = Screen::with_two((20, 5));
    screen.open("lounge");
    screen.tell(Msg::Queue(1, Vec::new()));
    let header = screen.text().lines().next().unwrap().to_owned();
    assert!(
        header.contains("lounge") && header.ends_with("2 1◷ ●"),
        "{header:?}"
    );
}

#[test]
fn a_muted_one_says_so_beside_what_is_unread() {
    let mut screen = Screen::with_two((100, 24));
    let mut quiet = conversation(3, Some("quiet"), &[ME, BO], &[(BO, "x"), (BO, "y")], 2);
    quiet.my.prefs.muted_until = Some(Timestamp::FOR_EVER);
    screen.sync(vec![quiet]);
    let text = screen.text();
    let row = text.lines().find(|line| line.contains("quiet")).unwrap();
    assert!(row.contains("∅ 2"), "{row}");
}
