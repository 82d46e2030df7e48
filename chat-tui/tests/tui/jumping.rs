//! Finding messages, going to them, and back.

use crate::kit::*;
use chat_core::*;
use chat_tui::{
    Effect, Msg,
    effect::Further,
    model::{Found, Key},
};

/// Searches in a long conversation of which only the end is here, and finds message 40.
fn found() -> Screen {
    let mut screen = Screen::with_history((80, 24), 200);
    screen.load(50);
    screen.press("ctrl+f");
    screen.write("forty");
    screen.wait_ms(250);
    let search = Effect::Search {
        typed: "forty".to_owned(),
        within: Some(room(1)),
        further: Further::default(),
    };
    assert_eq!(screen.sent(), [search], "once, when somebody stops typing");
    screen.tell(Msg::Found {
        typed: "forty".to_owned(),
        found: Found {
            messages: vec![message(room(1), 40, BO, "message 40")],
            ..Found::default()
        },
    });
    screen
}

#[test]
fn what_was_found_is_shown_among_what_was_said_around_it() {
    let mut screen = found();
    screen.press("enter");
    let find = Effect::Find {
        conversation: room(1),
        seq: seq(40),
    };
    assert_eq!(screen.sent(), [find]);

    let around = History {
        conversation_id: room(1),
        before: None,
        after: None,
        around: Some(seq(40)),
        limit: Some(30),
    };
    screen.answer_history(around, 30);

    assert_eq!(screen.model.selected, Some(Key::Message(seq(40))));
    let pane = screen.pane().join("\n");
    assert!(
        pane.contains("message 39") && pane.contains("message 41"),
        "{pane}"
    );
}

#[test]
fn the_hole_behind_what_was_found_fills_from_where_one_reads() {
    let mut screen = found();
    screen.press("enter");
    screen.effects.clear();
    let around = History {
        conversation_id: room(1),
        before: None,
        after: None,
        around: Some(seq(40)),
        limit: Some(30),
    };
    screen.answer_history(around, 30);
    for _ in 0..12 {
        screen.press("j j j j");
        screen.load(50);
    }

    assert_eq!(screen.model.selected, Some(Key::Message(seq(88))));
    let pane = screen.pane().join("\n");
    assert!(
        pane.contains("message 88") && !pane.contains("missing"),
        "{pane}"
    );
}

#[test]
fn what_cannot_be_shown_is_told() {
    let mut screen = found();
    screen.press("enter");
    screen.tell(Msg::Placed {
        conversation: room(1),
        seq: seq(40),
        error: Some("no answer".to_owned()),
    });
    assert!(
        screen
            .text()
            .contains("failed to show that message: no answer")
    );
}

#[test]
fn an_answer_to_what_was_typed_before_is_not_shown() {
    let mut screen = found();
    screen.write("-two");
    screen.wait_ms(250);
    screen.tell(Msg::Found {
        typed: "forty".to_owned(),
        found: Found {
            messages: Vec::new(),
            ..Found::default()
        },
    });
    assert!(
        screen.text().contains("bo: message 40"),
        "{}",
        screen.text()
    );
}

#[test]
fn back_is_where_one_was_and_ahead_where_one_came_from() {
    let open = |screen: &Screen| screen.model.thread.as_ref().map(|thread| thread.id);
    let mut screen = Screen::with_two((80, 24));
    screen.open("lounge");
    screen.open("bo");
    screen.press("alt+left");
    assert_eq!(open(&screen), Some(room(1)));
    screen.press("alt+right");
    assert_eq!(open(&screen), Some(room(2)));

    screen.press("alt+left alt+left");

    assert_eq!(open(&screen), Some(room(1)));
    assert!(screen.text().contains("there is nowhere to go from here"));
}

#[test]
fn back_shows_what_was_in_view() {
    let mut screen = Screen::with_history((80, 24), 200);
    screen.load(100);
    screen.press("pageup pageup");
    screen.load(100);
    let before = screen.pane();
    screen.sync(vec![conversation(
        2,
        Some("other"),
        &[ME, BO],
        &[(BO, "x")],
        0,
    )]);
    screen.open("other");

    screen.press("alt+left");

    assert_eq!(screen.pane(), before);
}

#[test]
fn what_was_found_beyond_a_page_is_shown_when_it_is_asked_for() {
    let mut screen = found();
    let further = Further {
        cursor: Some("there".to_owned()),
        shown: 1,
    };
    let page = |text: &str, behind, further| Msg::Found {
        typed: "forty".to_owned(),
        found: Found {
            messages: vec![message(room(1), 40 + behind as u64, BO, text)],
            behind,
            further,
            ..Found::default()
        },
    };
    screen.tell(page("first", 0, Some(further.clone())));
    screen.press("down enter");
    let search = Effect::Search {
        typed: "forty".to_owned(),
        within: Some(room(1)),
        further,
    };
    assert_eq!(screen.sent(), [search]);

    screen.tell(page("second", 1, None));

    let text = screen.text();
    assert!(text.contains("first") && text.contains("second"), "{text}");
    assert!(!text.contains("there is more"), "{text}");
    screen.press("enter");
    assert!(matches!(&screen.sent()[..], [Effect::Find { seq, .. }] if *seq == self::seq(41)));
}
