//! Whether somebody is there, what stays selected, and where one goes back to.

use crate::kit::*;
use chat_core::*;
use chat_tui::{
    Changes, Effect, Msg,
    keymap::{Keymap, Preset},
    model::{Connection, Key, Popup},
};

fn lounge() -> Screen {
    let mut screen = Screen::with_two((100, 30));
    screen.open("lounge");
    screen.effects.clear();
    screen
}

fn notified(screen: &mut Screen) -> bool {
    let sent = std::mem::take(&mut screen.effects);
    sent.iter()
        .any(|effect| matches!(effect, Effect::Notify(_)))
}

#[test]
fn where_the_terminal_says_nothing_of_the_focus_nobody_is_there_after_a_while_without_a_key() {
    let mut screen = lounge();
    screen.hear(2, BO, "psst");
    assert!(!notified(&mut screen), "a key was just pressed");
    screen.wait_ms(61_000);
    screen.hear(2, BO, "are you there?");
    assert!(notified(&mut screen));

    screen.press("up");
    screen.hear(2, BO, "ah");
    assert!(!notified(&mut screen));
}

#[test]
fn where_the_terminal_tells_of_the_focus_only_that_counts() {
    let mut screen = lounge();
    screen.tell(Msg::Focus(false));
    screen.tell(Msg::Focus(true));
    screen.wait_ms(61_000);
    screen.hear(2, BO, "psst");
    assert!(!notified(&mut screen));
}

#[test]
fn with_nothing_unread_left_one_is_back_where_one_began() {
    let open = |screen: &Screen| screen.model.thread.as_ref().map(|thread| thread.id);
    let mut screen = lounge();
    screen.press("alt+a");
    assert_eq!(open(&screen), Some(room(2)));
    screen.press("alt+a");
    assert_eq!(open(&screen), Some(room(1)));
    assert!(screen.text().contains("back to where you were"));

    screen.press("alt+a alt+a");

    assert_eq!(open(&screen), Some(room(1)), "{}", screen.text());
}

/// The log of the lounge begins anew, with this said in it.
fn begin_anew(screen: &mut Screen, said: &[(u128, &str)]) {
    let gone = Gone {
        conversation_id: room(1),
        reason: GoneReason::Left,
    };
    for (place, event) in [
        (1, Event::ConversationDeleted(gone)),
        (
            2,
            Event::ConversationNew(conversation(1, Some("lounge"), &[ME, BO, CY], said, 0)),
        ),
    ] {
        let envelope = Envelope {
            conversation_id: None,
            place: Place::Inbox(seq(place)),
            at: None,
            event,
        };
        screen.state.apply(envelope, screen.model.now);
    }
    screen.look(&Changes::all());
}

#[test]
fn of_a_selected_message_that_is_gone_no_other_takes_the_place() {
    let mut screen = lounge();
    screen.press("esc");
    assert_eq!(screen.model.selected, Some(Key::Message(seq(2))));
    begin_anew(&mut screen, &[(BO, "another")]);
    assert_eq!(screen.model.selected, None, "{}", screen.text());
    assert!(
        screen
            .text()
            .contains("the message that was selected is gone")
    );
}

#[test]
fn a_selected_message_on_its_way_stays_selected_when_it_is_stored() {
    let mut screen = lounge();
    let client_id = ClientId::try_from("c3".to_owned()).unwrap();
    screen.state.echo(Echo {
        client_id,
        conversation_id: room(1),
        content: "on its way".into(),
        created_at: screen.model.now,
        reply_to: None,
        status: EchoStatus::Pending,
    });
    screen.look(&Changes::one(room(1)));
    screen.press("esc");
    screen.hear(1, ME, "on its way");
    screen.hear(1, BO, "and another");
    assert_eq!(screen.model.selected, Some(Key::Message(seq(3))));
}

#[test]
fn what_there_is_to_read_is_gone_through_by_pages_and_stops_at_its_end() {
    let mut screen = lounge();
    screen.press("f1");
    let top = |screen: &Screen| match &screen.model.popup {
        Some(Popup::Help { top }) => *top,
        _ => panic!("{}", screen.text()),
    };
    screen.press("space");
    assert_eq!(top(&screen), 10);
    screen.press("G");
    let end = top(&screen);
    assert!(
        screen.text().contains("leave the program"),
        "{}",
        screen.text()
    );
    screen.press("down pagedown pageup");
    assert_eq!(top(&screen), end - 10);
    screen.press("g");
    assert_eq!(top(&screen), 0);
}

#[test]
fn the_help_shows_every_key_and_the_way_to_what_has_none() {
    let mut screen = Screen::with_two((100, 120));
    screen.press("f1");
    let shown = screen.text();
    for text in ["Ctrl+Enter", "Shift+Enter", "Alt+X sessions"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
}

#[test]
fn the_help_says_at_its_end_what_the_signs_mean() {
    let mut screen = lounge();
    screen.press("f1 G");
    let shown = screen.text();
    for text in ["Signs", "✓ ✓✓", "all have read it", "kept at the top"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
}

#[test]
fn on_a_very_narrow_screen_what_is_open_comes_before_words_about_the_connection() {
    let mut screen = Screen::with_two((30, 8));
    screen.open("lounge");
    screen.tell(Msg::Connection(Connection::Waiting {
        until: screen.model.now.plus_ms(6_000),
        reason: "x".into(),
    }));
    let shown = screen.text();
    assert!(shown.starts_with(" # lounge "), "{shown}");
    assert!(shown.contains("2 unread  ○"), "{shown}");
    screen.tell(Msg::Resize(50, 15));
    assert!(
        screen.text().contains("reconnecting in 6 s"),
        "{}",
        screen.text()
    );
}

#[test]
fn a_paste_that_comes_in_parts_is_asked_about_as_one() {
    let mut screen = lounge();
    screen.model.paste_asks_from = 3;
    for part in ["1\n2\n3\n", "4\n5"] {
        screen.tell(Msg::Paste(part.to_owned()));
    }
    screen.press("y");
    assert_eq!(screen.model.composer.text(), "1\n2\n3\n4\n5");
}

#[test]
fn in_the_manner_of_vim_one_stays_among_the_messages_when_one_is_gone() {
    let mut screen = Screen::with_two((100, 30));
    screen.model.keymap = Keymap::of(Preset::Vim);
    screen.press("J J");
    assert!(screen.model.selected.is_some());
    begin_anew(&mut screen, &[(BO, "another")]);
    let open = screen.model.thread.is_some();
    assert!(
        !open || screen.model.selected.is_some(),
        "{}",
        screen.text()
    );
}

#[test]
fn a_key_that_something_nearer_has_is_no_hint_any_more() {
    let mut screen = lounge();
    assert!(screen.text().contains("Ctrl+Q quit"));
    let newline = [("newline".to_owned(), vec!["ctrl+q".to_owned()])];
    let (keymap, wrong) = Keymap::default().rebound(&newline.into());
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    screen.model.keymap = keymap;
    assert!(!screen.text().contains("Ctrl+Q quit"), "{}", screen.text());
    screen.press("esc");
    assert!(screen.model.selected.is_some());
}

fn marks_read(screen: &mut Screen) -> bool {
    let sent = std::mem::take(&mut screen.effects);
    sent.iter()
        .any(|effect| matches!(effect, Effect::MarkRead { .. }))
}

#[test]
fn where_the_terminal_says_nothing_of_the_focus_nothing_is_read_while_nobody_is_there() {
    let mut screen = lounge();
    screen.wait_ms(60_000);
    assert!(screen.effects.contains(&Effect::SetActive(false)));
    screen.hear(1, BO, "all night long");
    screen.wait_ms(3_600_000);
    assert!(!marks_read(&mut screen));

    screen.press("pagedown");
    assert!(screen.effects.contains(&Effect::SetActive(true)));
    assert!(!marks_read(&mut screen), "passing by is not reading");
    screen.wait_ms(1_000);

    assert!(marks_read(&mut screen));
}

#[test]
fn where_the_terminal_tells_of_the_focus_no_key_is_needed_to_read() {
    let mut screen = lounge();
    screen.tell(Msg::Focus(true));
    screen.wait_ms(3_600_000);
    screen.hear(1, BO, "still there?");
    screen.wait_ms(1_000);
    assert!(marks_read(&mut screen));
}

#[test]
fn what_could_not_be_marked_unread_is_read_as_before() {
    let mut screen = Screen::with_two((100, 30));
    screen.open("bo");
    screen.press("esc u");
    screen.wait_ms(2_000);
    assert!(!marks_read(&mut screen));

    screen.tell(Msg::StaysRead(room(2), "no connection".to_owned()));

    assert!(screen.text().contains("no connection"), "{}", screen.text());
    screen.wait_ms(1_000);
    assert!(marks_read(&mut screen));
}
