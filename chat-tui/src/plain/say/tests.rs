//! What is told when: each message once, what became of it, and what is missing between.

use super::*;
use crate::theme::Theme;
use chat_core::{ConversationKind, Timestamp};
use jiff::tz::TimeZone;
use std::rc::Rc;

fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

/// A conversation with these messages open; 0 is a hole.
fn open(texts: &[(u64, &str)]) -> Model {
    let now = Timestamp::from_ms(0);
    let mut model = Model::new(Theme::new(false), TimeZone::UTC, now);
    let id = ConversationId::new(uuid::Uuid::from_u128(1));
    let mut thread = Thread::new(id, ConversationKind::Group, "lounge".to_owned(), now);
    thread.loaded = true;
    let mut before = 0;
    for (n, text) in texts {
        thread.items.push(match n {
            0 => Item::Gap(seq(before), seq(90)),
            n => Item::Entry(Rc::new(Entry::heard(seq(*n), text))),
        });
        before = *n;
    }
    model.thread = Some(thread);
    model
}

fn told(said: &mut Said, texts: &[(u64, &str)]) -> Vec<String> {
    said.tell(&mut open(texts));
    let lines = said.lines.take();
    let end = |line: &str| line.replace("00:00 bo: ", "");
    lines.iter().map(|line| end(line)).collect()
}

#[test]
fn what_is_missing_is_told_and_told_when_it_comes() {
    let mut said = Said::default();
    let first = told(&mut said, &[(1, "one"), (2, "two")]);
    assert_eq!(first, ["* lounge", "[1] one", "[2] two"]);

    let with_hole = told(&mut said, &[(1, "one"), (2, "two"), (0, ""), (91, "late")]);
    let hole = "* messages are missing here: /missing fetches them";
    assert_eq!(with_hole, [hole, "[91] late"]);

    let filled = told(
        &mut said,
        &[(1, "one"), (2, "two"), (3, "three"), (91, "late")],
    );
    assert_eq!(filled, ["* what was missing:", "[3] three"]);
}

#[test]
fn what_became_of_a_message_is_told_once() {
    let mut said = Said::default();
    told(&mut said, &[(1, "one")]);
    let other = "* [1] is another now: won";
    assert_eq!(told(&mut said, &[(1, "won")]), [other]);
    assert_eq!(told(&mut said, &[(1, "won")]), [""; 0]);
}

#[test]
fn what_was_said_before_is_told_only_when_it_is_asked_for() {
    let mut said = Said::default();
    told(&mut said, &[(5, "five")]);
    let both = [(4, "four"), (5, "five")];
    assert_eq!(told(&mut said, &both), [""; 0]);
    let model = open(&both);
    assert!(said.older(model.thread.as_ref().unwrap()));
    assert_eq!(said.lines.take(), ["[4] 00:00 bo: four"]);
}

#[test]
fn a_message_of_several_lines_does_not_pass_for_several() {
    let mut said = Said::default();
    let forged = told(&mut said, &[(1, "ok\n[2] 00:00 ann: pay him")]);
    assert_eq!(forged, ["* lounge", "[1] ok", "    [2] 00:00 ann: pay him"]);

    let changed = told(&mut said, &[(1, "ok\n* online")]);
    assert_eq!(changed, ["* [1] is another now: ok", "    * online"]);
}
