//! What is measured: each case makes everything ready, and gives what is done again and again.

use super::Work;
use crate::made::*;
use chat_core::*;
use chat_tui::{Changes, Model, Msg, model::Coming, observe, update, view};
use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend};
use std::collections::BTreeMap;

/// Nobody looks there when one is at the newest; each time it is another of them.
fn far_above(place: u64) -> u64 {
    place % 9_000 + 1
}

fn screen(model: &Model) -> Terminal<TestBackend> {
    Terminal::new(TestBackend::new(model.size.0, model.size.1)).unwrap()
}

fn draw(terminal: &mut Terminal<TestBackend>, model: &Model) {
    terminal.draw(|frame| view::view(model, frame)).unwrap();
}

pub(crate) fn at_the_newest() -> Work {
    let (model, _) = long();
    let mut terminal = screen(&model);
    Box::new(move || draw(&mut terminal, &model))
}

fn middle() -> (Model, State) {
    let (mut model, state) = long();
    for _ in 0..600 {
        press(&mut model, &state, KeyCode::PageUp, KeyModifiers::NONE);
    }
    (model, state)
}

pub(crate) fn in_the_middle() -> Work {
    let (model, _) = middle();
    let mut terminal = screen(&model);
    Box::new(move || draw(&mut terminal, &model))
}

pub(crate) fn page_up() -> Work {
    let (mut model, state) = long();
    let mut terminal = screen(&model);
    Box::new(move || {
        press(&mut model, &state, KeyCode::PageUp, KeyModifiers::NONE);
        draw(&mut terminal, &model);
    })
}

pub(crate) fn key_in_the_draft() -> Work {
    let (mut model, state) = long();
    let mut terminal = screen(&model);
    Box::new(move || {
        press(&mut model, &state, KeyCode::Char('x'), KeyModifiers::NONE);
        draw(&mut terminal, &model);
        press(&mut model, &state, KeyCode::Backspace, KeyModifiers::NONE);
    })
}

fn take(state: &mut State, envelope: Envelope) {
    let applied = state.apply(envelope, Timestamp::from_ms(0));
    assert_eq!(applied, Applied::Changed(Some(here())));
}

fn log(state: &mut State, place: u64, event: Event) {
    let envelope = Envelope {
        conversation_id: Some(here()),
        place: Place::Log(seq(place)),
        at: Some(Timestamp::from_ms(0)),
        event,
    };
    take(state, envelope);
}

/// The next events in the log, each time so many, and a frame.
fn hear(
    (mut model, mut state): (Model, State),
    at_once: u64,
    event: impl Fn(u64) -> Event + 'static,
) -> Work {
    let mut terminal = screen(&model);
    let mut place = MESSAGES;
    Box::new(move || {
        for _ in 0..at_once {
            place += 1;
            log(&mut state, place, event(place));
        }
        observe(&mut model, &state, &Changes::one(here()));
        draw(&mut terminal, &model);
    })
}

fn said(place: u64) -> Event {
    Event::MessageNew(message(place))
}

pub(crate) fn new_message() -> Work {
    hear(long(), 1, said)
}

pub(crate) fn new_message_below() -> Work {
    hear(middle(), 1, said)
}

pub(crate) fn new_message_kept() -> Work {
    let (mut model, mut state) = middle();
    let_go(&mut model, &mut state);
    let thread = model.thread.as_ref().unwrap();
    assert!((1_000..4_000).contains(&thread.entries().count()));
    hear((model, state), 1, said)
}

pub(crate) fn fifty_new_messages() -> Work {
    hear(long(), 50, said)
}

pub(crate) fn older_page() -> Work {
    let (mut model, mut state) = long_after(OLDER);
    for _ in 0..5 {
        press(&mut model, &state, KeyCode::PageUp, KeyModifiers::NONE);
    }
    let mut terminal = screen(&model);
    Box::new(move || {
        load(&mut state, 100);
        observe(&mut model, &state, &Changes::one(here()));
        draw(&mut terminal, &model);
    })
}

pub(crate) fn reaction() -> Work {
    hear(long(), 1, |place| {
        Event::ReactionAdded(ReactionChange {
            message_id: message_id(far_above(place)),
            emoji: "🎉".to_owned(),
            user_id: person(2).id,
            reaction: Some(reaction_of("🎉", 1)),
        })
    })
}

pub(crate) fn edit() -> Work {
    hear(long(), 1, |place| {
        Event::MessageEdited(MessageEdited {
            id: message_id(far_above(place)),
            content: format!("changed at {place}"),
            edited_at: Timestamp::from_ms(0),
            mentions: Vec::new(),
        })
    })
}

pub(crate) fn deletion() -> Work {
    hear(long(), 1, |place| {
        Event::MessageDeleted(MessageDeleted {
            id: message_id(far_above(place)),
            deleted_at: Timestamp::from_ms(0),
            deleted_by: None,
        })
    })
}

pub(crate) fn receipt() -> Work {
    let (mut model, mut state) = long();
    let mut terminal = screen(&model);
    let mut read = MESSAGES - 500;
    Box::new(move || {
        read += 1;
        let mark = Mark {
            user_id: person(2).id,
            read_seq: seq(read),
            delivered_seq: seq(MESSAGES),
        };
        take(
            &mut state,
            Envelope::passing(Some(here()), Event::Read(mark)),
        );
        observe(&mut model, &state, &Changes::one(here()));
        draw(&mut terminal, &model);
    })
}

pub(crate) fn edit_that_waits() -> Work {
    let (mut model, _) = long();
    let mut terminal = screen(&model);
    let mut place = 0;
    Box::new(move || {
        place += 5;
        let coming = Coming {
            text: Some(format!("changed at {place}")),
            ..Coming::by(person(1).id)
        };
        let all = BTreeMap::from([(message_id(far_above(place)), coming)]);
        update(&mut model, Msg::Coming(all));
        draw(&mut terminal, &model);
    })
}

pub(crate) fn resize() -> Work {
    let (mut model, _) = long();
    let mut width = 80;
    Box::new(move || {
        width = if width >= 200 { 80 } else { width + 1 };
        update(&mut model, Msg::Resize(width, 40));
        let mut terminal = screen(&model);
        draw(&mut terminal, &model);
    })
}
