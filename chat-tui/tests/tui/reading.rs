//! What counts as read.

use crate::kit::*;
use chat_tui::{Effect, Msg};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

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
    screen.tell(Msg::Focus(true));
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
fn walking_onto_a_conversation_leaves_it_unread_for_three_seconds() {
    let mut screen = Screen::with_two((80, 24));
    screen.press("ctrl+n ctrl+n ctrl+p ctrl+p");
    assert_eq!(screen.model.thread.as_ref().unwrap().id, room(2));
    screen.wait_ms(2_999);
    assert_eq!(marked(&mut screen), []);

    let due = screen.model.next_deadline().unwrap();
    assert_eq!(due.since_ms(screen.model.now), 1);
    screen.wait_ms(1);

    assert_eq!(marked(&mut screen), read_up_to(2));
}

#[test]
fn who_does_something_in_a_conversation_does_not_only_pass_it() {
    for (keys, after_ms) in [("pageup", 1_000), ("esc", 1_000), ("x", 0)] {
        let mut screen = Screen::with_two((80, 24));
        screen.press("ctrl+n");
        screen.wait_ms(500);
        screen.press(keys);
        screen.press("alt+end");
        screen.wait_ms(after_ms);
        assert_eq!(marked(&mut screen), read_up_to(2), "{keys}");
    }
}

fn wheel(screen: &mut Screen, kind: MouseEventKind) {
    let list = screen.model.panes().list;
    screen.tell(Msg::Mouse(MouseEvent {
        kind,
        column: list.x + 1,
        row: list.y + 1,
        modifiers: KeyModifiers::NONE,
    }));
}

#[test]
fn the_wheel_over_the_list_moves_the_list_and_opens_nothing() {
    let mut screen = Screen::new((100, 10));
    let rooms = (1..=20).map(|n| {
        let title = format!("room {n:02}");
        conversation(n, Some(&title), &[ME, BO], &[(BO, "hello")], 1)
    });
    screen.sync(rooms.collect());
    let shown = |screen: &Screen| {
        let list = screen.model.panes().list;
        let text = screen.text();
        let rows = text
            .lines()
            .skip(usize::from(list.y))
            .take(usize::from(list.height));
        rows.map(|row| row[..20].trim().to_owned())
            .collect::<Vec<_>>()
    };
    let before = shown(&screen);

    wheel(&mut screen, MouseEventKind::ScrollDown);
    assert_eq!(shown(&screen)[0], before[3]);
    for _ in 0..20 {
        wheel(&mut screen, MouseEventKind::ScrollDown);
    }
    let last = shown(&screen);
    assert_eq!(last.len(), before.len(), "no row stays empty: {last:?}");
    screen.wait_ms(5_000);
    assert!(screen.model.thread.is_none() && marked(&mut screen).is_empty());

    wheel(&mut screen, MouseEventKind::Down(MouseButton::Left));
    assert_eq!(shown(&screen).len(), last.len());
    let here = &screen.model.thread.as_ref().unwrap().title;
    assert!(last[1].contains(here.as_str()), "{here}: {last:?}");
    assert!(
        shown(&screen)[1].contains(here.as_str()),
        "it stays where it was"
    );
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

#[test]
fn what_comes_while_one_reads_is_not_counted_as_new() {
    let mut screen = Screen::with_history((80, 24), 10);
    screen.load(50);
    let new = |screen: &mut Screen, looks: bool, text: &str, count: &str| {
        screen.tell(Msg::Focus(looks));
        screen.hear(1, BO, text);
        let said = format!(" {count} new since ");
        assert!(screen.text().contains(&said), "{said}: {}", screen.text());
    };
    new(&mut screen, false, "are you there?", "1");
    new(&mut screen, true, "ah, there you are", "1");
    new(&mut screen, false, "gone again?", "3");
}
