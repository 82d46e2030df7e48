//! Going somewhere: to a conversation, to a message in it, back and ahead again.

use super::{chat, compose};
use crate::{
    Effect,
    model::{Anchor, Key, Model, Scroll, Thread, Visit},
};
use chat_core::{ConversationId, ConversationKind, Seq};

/// So many places are remembered.
const TRAIL: usize = 50;

/// Opens a conversation, and remembers where one was. What was being written stays with the one that is left.
pub(super) fn open(model: &mut Model, id: ConversationId, effects: &mut Vec<Effect>) {
    if let Some(visit) = here(model).filter(|visit| visit.conversation != id) {
        remember(&mut model.trail, visit);
        model.ahead.clear();
    }
    show(model, id, None, effects);
}

/// Goes to a message.
pub(super) fn to(model: &mut Model, id: ConversationId, seq: Seq, effects: &mut Vec<Effect>) {
    if let Some(visit) = here(model) {
        remember(&mut model.trail, visit);
        model.ahead.clear();
    }
    show(model, id, None, effects);
    if let Some(thread) = &mut model.thread {
        thread.awaited = Some(seq);
        thread.is_placed = false;
        thread.was_at = None;
    }
    model.list_switched &= model.is_wide();
    if !arrive(model) {
        effects.push(Effect::Find {
            conversation: id,
            seq,
        });
    }
}

/// Goes back to where one was, or ahead again.
pub(super) fn along(model: &mut Model, back: bool, effects: &mut Vec<Effect>) {
    let known =
        |model: &Model, visit: &Visit| model.list.iter().any(|row| row.id == visit.conversation);
    let visit = loop {
        let from = match back {
            true => model.trail.pop(),
            false => model.ahead.pop(),
        };
        match from {
            Some(visit) if known(model, &visit) => break visit,
            Some(_) => {}
            None => return model.say(false, "there is nowhere to go from here"),
        }
    };
    if let Some(left) = here(model) {
        remember(
            if back {
                &mut model.ahead
            } else {
                &mut model.trail
            },
            left,
        );
    }
    show(
        model,
        visit.conversation,
        Some(visit.scroll.clone()),
        effects,
    );
    if let Some(thread) = model.thread.as_mut().filter(|thread| thread.loaded) {
        thread.scroll = visit.scroll;
        // Whoever goes back wants no more what they went to.
        thread.awaited = None;
    }
    model.list_switched &= model.is_wide();
    bring_back(model, effects);
}

/// What was in view may have been let go since: then it is looked for, and in view when it is here again. Until then the
/// nearest is.
pub(super) fn bring_back(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(thread) = model.thread.as_mut().filter(|thread| thread.loaded) else {
        return;
    };
    let Scroll::At(Anchor { key, .. }) = &thread.scroll else {
        return;
    };
    let (Key::Message(seq), None, None) = (key, thread.awaited, thread.entry(key)) else {
        return;
    };
    let (conversation, seq) = (thread.id, *seq);
    thread.was_at = Some(thread.scroll.clone());
    thread.awaited = Some(seq);
    thread.is_placed = false;
    effects.push(Effect::Find { conversation, seq });
}

/// The messages around a place are known, or cannot be. What was loaded may not have been looked at yet: whether the
/// message is there shows in what is observed next.
pub(super) fn placed(
    model: &mut Model,
    (id, seq): (ConversationId, Seq),
    error: Option<String>,
    effects: &mut Vec<Effect>,
) {
    let waits = |thread: &&mut Thread| thread.id == id && thread.awaited == Some(seq);
    let Some(thread) = model.thread.as_mut().filter(waits) else {
        return;
    };
    thread.is_placed = error.is_none();
    match error {
        Some(error) => {
            thread.awaited = None;
            thread.was_at = None;
            model.say(true, format!("failed to show that message: {error}"));
        }
        None => effects.push(Effect::Look),
    }
}

/// Goes to the message that is waited for, if it is here; says so when it will not come.
pub(super) fn settle(model: &mut Model) {
    if arrive(model) {
        return;
    }
    let room = model.room();
    if let Some(thread) = model.thread.as_mut().filter(|thread| thread.is_placed) {
        thread.is_placed = false;
        let is_back = thread.was_at.take().is_some();
        // Whoever comes back to where that was goes on with the nearest.
        thread.scroll_by(0, room);
        if thread.awaited.take().is_some() && !is_back {
            model.say(true, "that message is not there any more");
        }
    }
}

/// Brings the message that is waited for into view, if it is here.
fn arrive(model: &mut Model) -> bool {
    let room = model.room();
    let Some(thread) = &mut model.thread else {
        return false;
    };
    let Some(seq) = thread.awaited else {
        return false;
    };
    let key = Key::Message(seq);
    if !thread.center(&key, room) {
        return false;
    }
    thread.awaited = None;
    match thread.was_at.take() {
        Some(at) => thread.scroll = at,
        None => model.selected = Some(key),
    }
    true
}

fn here(model: &Model) -> Option<Visit> {
    let thread = model.thread.as_ref()?;
    Some(Visit {
        conversation: thread.id,
        scroll: thread.scroll.clone(),
    })
}

fn remember(trail: &mut Vec<Visit>, visit: Visit) {
    if trail.last() != Some(&visit) {
        trail.push(visit);
    }
    if trail.len() > TRAIL {
        trail.remove(0);
    }
}

fn show(model: &mut Model, id: ConversationId, at: Option<Scroll>, effects: &mut Vec<Effect>) {
    if model.thread.as_ref().is_some_and(|thread| thread.id == id) {
        return;
    }
    chat::stop_typing(model, effects);
    compose::put_away(model, effects);
    let room = model.room();
    let left = model.thread.as_ref();
    let behind = left.and_then(|left| Some((left.id, left.worth_keeping_behind(room)?)));
    effects.extend(behind.map(|(id, kept)| Effect::KeepOnly(id, kept)));
    let row = model.list.iter().find(|row| row.id == id);
    model.held = row.filter(|row| row.calls()).map(|row| row.id);
    let (kind, title) = row
        .map(|row| (row.kind, row.title.clone()))
        .unwrap_or((ConversationKind::Group, String::new()));
    let mut thread = Thread::new(id, kind, title, model.now);
    thread.was_at = at;
    model.thread = Some(thread);
    model.composer = model.drafts.remove(&id).unwrap_or_default();
    model.selected = None;
    model.reply = model.replies.remove(&id);
    model.recalled = None;
    model.list_top = None;
    // What was said of the other one is not of this one.
    model.notice = None;
    model.unread_from = None;
    effects.push(Effect::Look);
}
