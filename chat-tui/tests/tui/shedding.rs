//! A conversation has no end, and memory has one: what is far from the reader goes, and is there again when it is wanted.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Changes, Effect, Msg};

/// More than stays.
const MANY: u64 = 5_000;

fn loaded(screen: &Screen) -> usize {
    let thread = screen.model.thread.as_ref().unwrap();
    thread.entries().count()
}

/// Reads up to the beginning; so many messages were here at most.
fn read_up(screen: &mut Screen) -> usize {
    let mut most = 0;
    while !screen.pane()[0].contains("beginning of the conversation") {
        screen.press("pageup");
        screen.load(60);
        most = most.max(loaded(screen));
    }
    most
}

/// The numbers of the messages in view.
fn numbers(screen: &Screen) -> Vec<u64> {
    let pane = screen.pane();
    let said = pane.iter().filter_map(|line| line.split("message ").nth(1));
    said.map(|number| number.parse().unwrap()).collect()
}

#[test]
fn far_up_only_what_is_near_and_what_is_newest_is_still_here() {
    let mut screen = Screen::with_history((80, 24), MANY);
    screen.load(60);

    let most = read_up(&mut screen);

    assert!((2_000..=3_500).contains(&most), "{most}");
    assert_eq!(numbers(&screen)[..2], [1, 2]);
    // Most of what is below is not here: how much it is, nobody says.
    assert!(screen.text().contains("+ newer: "), "{}", screen.text());
    screen.press("alt+end");
    assert_eq!(numbers(&screen).last(), Some(&MANY));
    assert!(!screen.text().contains("missing"), "{}", screen.text());
}

#[test]
fn what_was_let_go_is_read_again_on_the_way_down_each_message_once() {
    let mut screen = Screen::with_history((80, 24), MANY);
    screen.load(60);
    read_up(&mut screen);
    let mut read = numbers(&screen);

    while read.last() != Some(&MANY) {
        screen.press("pagedown");
        screen.load(60);
        let last = *read.last().unwrap();
        let new = numbers(&screen).into_iter().filter(|number| *number > last);
        let before = read.len();
        read.extend(new);
        assert!(
            read.len() > before && read.len() < 6_000,
            "{}",
            screen.text()
        );
        assert!(loaded(&screen) < 3_500);
    }

    assert!(read.iter().copied().eq(1..=MANY));
}

#[test]
fn of_what_is_left_stays_what_was_in_view() {
    let mut screen = Screen::with_history((80, 24), MANY);
    for _ in 0..70 {
        screen.load(60);
        screen.press("pageup");
    }
    screen.load(60);
    let (before, there) = (screen.pane(), loaded(&screen));
    assert!(there > 1_000);
    let other = conversation(2, Some("other"), &[ME, BO], &[(BO, "x")], 0);
    screen.sync(vec![other]);
    screen.open("other");
    let known = screen.state.conversation(room(1)).unwrap();
    let kept = known.stretches().into_iter();
    let kept: usize = kept.map(|part| known.messages_in(part).count()).sum();
    assert!(kept < 700, "{kept}");

    screen.press("alt+left");

    assert_eq!(screen.pane(), before);
}

/// Back in a conversation whose messages were let go meanwhile: what was in view there, and the number of the last of it.
fn come_back() -> (Screen, Vec<String>, u64) {
    let mut screen = Screen::with_history((80, 24), 500);
    screen.load(60);
    screen.press("pageup pageup");
    screen.load(60);
    let (before, last) = (screen.pane(), *numbers(&screen).last().unwrap());
    let other = conversation(2, Some("other"), &[ME, BO], &[(BO, "x")], 0);
    screen.sync(vec![other]);
    screen.open("other");
    screen.state.keep_only(room(1), &[]);
    screen.effects.clear();
    screen.press("alt+left");
    (screen, before, last)
}

fn looked_for(screen: &Screen, last: u64) -> usize {
    let find = Effect::Find {
        conversation: room(1),
        seq: seq(last),
    };
    let effects = screen.effects.iter();
    effects.filter(|effect| **effect == find).count()
}

fn answer_around(screen: &mut Screen, last: u64) {
    let around = History {
        conversation_id: room(1),
        before: None,
        after: None,
        around: Some(seq(last)),
        limit: Some(60),
    };
    screen.answer_history(around, 60);
}

#[test]
fn back_brings_what_was_in_view_though_it_was_let_go() {
    let (mut screen, before, last) = come_back();
    assert_eq!(looked_for(&screen, last), 1, "{:?}", screen.effects);

    answer_around(&mut screen, last);

    assert_eq!(screen.pane(), before);
    assert_eq!(screen.model.selected, None, "one goes on writing");
}

#[test]
fn whoever_scrolls_on_meanwhile_is_not_taken_back() {
    let (mut screen, _, last) = come_back();
    screen.press("alt+end");

    answer_around(&mut screen, last);
    screen.load(60);

    assert_eq!(numbers(&screen).last(), Some(&500), "{}", screen.text());
}

#[test]
fn what_is_gone_for_good_is_not_looked_for_again() {
    let (mut screen, _, last) = come_back();
    screen.effects.clear();
    let placed = Msg::Placed {
        conversation: room(1),
        seq: seq(last),
        error: None,
    };
    screen.tell(placed);
    screen.look(&Changes::all());

    assert_eq!(looked_for(&screen, last), 0, "{:?}", screen.effects);
    assert_eq!(numbers(&screen), [500], "the nearest is in view");
}
