//! What a frame costs, counted and not timed: of a long conversation only what is in view is laid out, and once.

use super::view;
use crate::{
    model::{Entry, Item, Model, Thread, Wrapped},
    theme::Theme,
};
use chat_core::{ConversationId, ConversationKind, Seq, Timestamp};
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend};
use std::rc::Rc;

const MANY: u64 = 20_000;

fn long() -> Model {
    let now = Timestamp::from_ms(0);
    let mut model = Model::new(Theme::new(true), TimeZone::UTC, now);
    model.size = (100, 30);
    let here = ConversationId::new(uuid::Uuid::nil());
    let mut thread = Thread::new(here, ConversationKind::Group, "long".to_owned(), now);
    let said = (1..=MANY).map(|n| {
        let seq = Seq::try_from(n).unwrap();
        Item::Entry(Rc::new(Entry::heard(seq, "some words that are said")))
    });
    thread.items = std::iter::once(Item::Start).chain(said).collect();
    thread.loaded = true;
    model.thread = Some(thread);
    model
}

fn draw(model: &Model) {
    let (width, height) = model.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
}

fn laid_out(model: &Model) -> Vec<&Rc<Entry>> {
    let thread = model.thread.as_ref().unwrap();
    thread
        .entries()
        .filter(|entry| entry.is_wrapped())
        .collect()
}

fn lines(model: &Model) -> Vec<Rc<Wrapped>> {
    let width = model.room().width;
    let seen = laid_out(model);
    seen.iter().map(|entry| entry.wrapped(width)).collect()
}

#[test]
fn of_twenty_thousand_messages_only_those_in_view_are_laid_out() {
    let mut model = long();
    draw(&model);
    let seen = laid_out(&model).len();
    assert!((1..=30).contains(&seen), "{seen}");

    model.size = (60, 30);
    draw(&model);

    let seen = laid_out(&model).len();
    assert!((1..=60).contains(&seen), "after a resize: {seen}");
}

#[test]
fn lines_are_wrapped_once_for_a_width() {
    let mut model = long();
    draw(&model);
    let first = lines(&model);
    draw(&model);
    let again = lines(&model);
    let same = |(a, b): (&Rc<Wrapped>, &Rc<Wrapped>)| Rc::ptr_eq(a, b);
    assert!(!first.is_empty() && first.iter().zip(&again).all(same));

    model.size = (60, 30);
    draw(&model);

    assert!(!first.iter().zip(&lines(&model)).any(same), "another width");
}
