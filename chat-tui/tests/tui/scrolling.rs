//! What is in view stays in view.

use crate::kit::*;
use chat_core::*;
use chat_tui::{Effect, Msg};

#[test]
fn whose_a_long_message_is_stands_in_its_first_row_that_is_seen() {
    let mut screen = Screen::with_two((80, 12));
    screen.open("lounge");
    let lines: Vec<_> = (1..=30).map(|n| format!("line {n}")).collect();
    screen.hear(1, BO, &lines.join("\n"));

    let pane = screen.pane();

    assert!(
        pane[0].contains("bo") && pane[0].contains("line 2"),
        "{pane:#?}"
    );
    assert!(!pane[1].contains("bo"), "{pane:#?}");
}

#[test]
fn opening_a_conversation_fetches_enough_to_fill_the_screen_and_more() {
    let mut screen = Screen::with_history((80, 24), 500);

    let loads = screen.load(20);

    assert_eq!(loads, 3, "three screens of nineteen rows");
    assert!(screen.pane().last().unwrap().ends_with("message 500"));
    assert!(screen.pane().first().unwrap().contains("message 482"));
}

#[test]
fn older_messages_put_before_the_view_do_not_move_it() {
    let mut screen = Screen::with_history((80, 24), 500);
    screen.load(20);
    screen.press("pageup pageup");
    let before = screen.pane();
    assert!(screen.effects.iter().any(|e| matches!(e, Effect::Load(_))));

    screen.load(20);

    assert_eq!(screen.pane(), before);
}

#[test]
fn scrolling_up_reaches_the_beginning_and_asks_no_more() {
    let mut screen = Screen::with_history((80, 24), 300);
    for _ in 0..40 {
        screen.load(50);
        screen.press("pageup");
    }

    assert!(screen.pane()[0].contains("beginning of the conversation"));
    assert!(screen.pane()[2].ends_with("message 1"));
    let asks = |e: &Effect| matches!(e, Effect::Load(_));
    assert!(!screen.effects.iter().any(asks), "{:?}", screen.effects);
}

#[test]
fn a_new_message_does_not_move_a_view_that_is_scrolled_up() {
    let mut screen = Screen::with_history((80, 24), 100);
    screen.load(50);
    screen.press("pageup");
    let before = screen.pane();

    screen.hear(1, BO, "news");
    screen.hear(1, BO, "more news");

    assert_eq!(screen.pane(), before);
    assert!(
        screen.text().contains("↓ 19 newer: Alt+End"),
        "{}",
        screen.text()
    );
    screen.press("alt+end");
    assert!(screen.pane().last().unwrap().ends_with("more news"));
}

#[test]
fn at_the_newest_the_view_follows() {
    let mut screen = Screen::with_history((80, 24), 100);
    screen.load(50);

    screen.hear(1, BO, "news");

    assert!(screen.pane().last().unwrap().ends_with("news"));
}

#[test]
fn a_message_taller_than_the_screen_is_scrolled_line_by_line() {
    let mut screen = Screen::with_history((80, 24), 3);
    screen.load(50);
    let tall: Vec<_> = (1..=60).map(|n| format!("line {n}")).collect();
    screen.hear(1, BO, &tall.join("\n"));
    assert!(screen.pane().last().unwrap().ends_with("line 60"));

    screen.press("pageup");
    assert!(screen.pane().last().unwrap().ends_with("line 43"));
    screen.press("pageup pageup pageup");
    assert!(screen.pane()[0].contains("beginning"));
    screen.press("pagedown");
    screen.press("pagedown pagedown pagedown");

    assert!(screen.pane().last().unwrap().ends_with("line 60"));
}

#[test]
fn another_size_keeps_the_last_line_in_view() {
    let mut screen = Screen::with_history((120, 40), 200);
    screen.load(50);
    screen.press("pageup");
    let words = |screen: &Screen| {
        let last = screen.pane().last().unwrap().clone();
        last.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let last = words(&screen);

    screen.tell(Msg::Resize(60, 20));

    assert_eq!(words(&screen), last);
}

#[test]
fn no_row_stays_empty_that_could_be_filled() {
    let mut screen = Screen::with_history((80, 12), 30);
    screen.load(50);
    for _ in 0..10 {
        screen.press("pageup");
    }

    screen.tell(Msg::Resize(80, 40));

    assert!(
        screen
            .pane()
            .iter()
            .filter(|line| line.contains("message"))
            .count()
            >= 30
    );
}

#[test]
fn an_edit_above_the_view_does_not_move_it() {
    let mut screen = Screen::with_history((80, 24), 100);
    screen.load(100);
    screen.press("pageup");
    let before = screen.pane();

    let edit = MessageEdited {
        id: message_id(3),
        content: "a\nb\nc\nd".into(),
        edited_at: screen.model.now,
        mentions: Vec::new(),
    };
    screen.log(1, Event::MessageEdited(edit));

    assert_eq!(screen.pane(), before);
}

#[test]
fn older_messages_that_failed_to_load_are_asked_for_again_by_scrolling() {
    let mut screen = Screen::with_history((80, 24), 100);
    screen.effects.clear();
    let came = Err("no answer".to_owned());
    screen.tell(Msg::OlderLoaded {
        conversation: room(1),
        came,
    });
    assert!(screen.effects.is_empty(), "not by itself");
    assert!(
        screen
            .text()
            .contains("older messages failed to load: no answer")
    );

    screen.press("pageup");

    assert!(
        matches!(&screen.effects[..], [Effect::Load(asked)] if asked.before == Some(seq(100))),
        "{:?}",
        screen.effects
    );
}

#[test]
fn what_brought_nothing_is_asked_again_only_when_something_is_different() {
    let mut screen = Screen::with_history((80, 24), 100);
    let asks = |screen: &mut Screen| {
        let effects = std::mem::take(&mut screen.effects);
        effects
            .iter()
            .filter(|e| matches!(e, Effect::Load(_)))
            .count()
    };
    assert_eq!(asks(&mut screen), 1);
    let conversation = room(1);
    let came = Ok(false);
    screen.tell(Msg::OlderLoaded { conversation, came });
    screen.wait_ms(2_000);
    screen.look(&chat_tui::Changes::all());
    assert_eq!(asks(&mut screen), 0, "not again and again");

    screen.hear(1, BO, "news");
    assert_eq!(asks(&mut screen), 1, "something is different");
    let came = Ok(false);
    screen.tell(Msg::OlderLoaded { conversation, came });
    assert_eq!(asks(&mut screen), 0);
    screen.press("pageup");

    assert_eq!(asks(&mut screen), 1, "the reader wants it");
}

#[test]
fn what_is_new_above_the_view_is_counted_and_reached_with_one_key() {
    let mut screen = Screen::with_history((80, 12), 50);
    screen.load(100);
    screen.tell(Msg::Focus(false));
    for n in 1..=12 {
        screen.hear(1, BO, &format!("new {n}"));
    }
    assert!(
        screen.text().contains("↑ 12 new: Alt+U"),
        "{}",
        screen.text()
    );

    screen.press("alt+u");

    assert!(screen.pane()[0].contains(" new since "));
    assert!(screen.pane()[1].ends_with("new 1"));
}

#[test]
fn away_from_the_newest_it_is_said_of_what_day_it_is() {
    let mut screen = Screen::with_history((80, 24), 100);
    screen.load(50);
    let day = " · ↓ ";
    assert!(!screen.text().contains(day));

    screen.press("pageup");

    let text = screen.text();
    let line = text.lines().find(|line| line.contains(day));
    assert!(
        line.is_some_and(|line| line.contains(" Nov · ↓ ")),
        "{text}"
    );
}
