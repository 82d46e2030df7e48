//! What counts as read.

use crate::kit::*;
use chat_tui::{Effect, Msg};

fn marked(screen: &mut Screen) -> Vec<Effect> {
    let mut sent = screen.sent();
    sent.retain(|effect| matches!(effect, Effect::MarkRead { .. }));
    sent
}

fn read_up_to(n: u64) -> Vec<Effect> {
    vec![Effect::MarkRead {
        conversation: room(2),
        seq: seq(n),
    }]
}

#[test]
fn a_conversation_is_read_after_a_second_in_view_and_not_before() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("alt+a");
    assert_eq!(marked(&mut screen), []);

    let due = screen.model.next_deadline().unwrap();
    assert_eq!(due.since_ms(screen.model.now), 1_000);
    screen.wait_ms(1_000);

    assert_eq!(marked(&mut screen), read_up_to(2));
    assert_eq!(
        screen.model.next_deadline(),
        None,
        "nothing is due any more"
    );
}

#[test]
fn walking_past_a_conversation_leaves_it_unread() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("ctrl+n ctrl+n");

    screen.wait_ms(5_000);

    assert_eq!(marked(&mut screen), []);
}

#[test]
fn nothing_is_read_while_the_terminal_has_no_focus() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("alt+a");
    screen.tell(Msg::Focus(false));
    screen.wait_ms(5_000);
    assert_eq!(marked(&mut screen), []);

    screen.tell(Msg::Focus(true));
    screen.wait_ms(1_000);

    assert_eq!(marked(&mut screen), read_up_to(2));
}

#[test]
fn nothing_is_read_while_scrolled_up() {
    let mut screen = Screen::with_history((80, 24), 100);
    screen.load(50);
    screen.press("pageup");
    screen.wait_ms(5_000);
    screen.hear(1, BO, "news");
    screen.wait_ms(5_000);
    assert_eq!(marked(&mut screen), []);

    screen.press("alt+end");

    let read = Effect::MarkRead {
        conversation: room(1),
        seq: seq(101),
    };
    assert_eq!(marked(&mut screen), [read]);
}

#[test]
fn writing_reads_at_once() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("alt+a");

    screen.write("y");

    assert_eq!(marked(&mut screen), read_up_to(2));
}

#[test]
fn what_came_while_nobody_looked_is_behind_a_divider() {
    let mut screen = Screen::with_history((80, 24), 10);
    screen.load(50);
    assert!(!screen.text().contains(" new since "));
    screen.tell(Msg::Focus(false));

    screen.hear(1, BO, "first");
    screen.hear(1, BO, "second");

    let pane = screen.pane();
    let divider = pane
        .iter()
        .position(|line| line.contains(" new since "))
        .unwrap();
    assert!(pane[divider - 1].ends_with("message 10"));
    assert!(pane[divider + 1].ends_with("first"));
    screen.write("ok");
    screen.press("enter");
    assert!(
        !screen.text().contains(" new since "),
        "an answer closes the matter"
    );
}

#[test]
fn a_mark_that_may_have_been_lost_is_made_again_after_a_reconnect() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("alt+a");
    screen.wait_ms(1_000);
    assert_eq!(marked(&mut screen), read_up_to(2));

    screen.tell(Msg::Connection(chat_tui::model::Connection::CatchingUp));
    assert_eq!(marked(&mut screen), []);
    screen.tell(Msg::Connection(chat_tui::model::Connection::Online));

    assert_eq!(marked(&mut screen), read_up_to(2));
}
