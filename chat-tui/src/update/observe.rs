//! What the client knows, brought into the model: only what changed is looked at.

use super::{jump, notify, pick, rehang, settle};
use crate::{
    Effect,
    model::{Key, Model, Source, Summary},
};
use chat_core::{ConversationId, ConversationKind, Limits, State};
use std::collections::{BTreeMap, BTreeSet};

/// What changed in the client's state since it was last observed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Everything may have.
    pub all: bool,
    /// Which conversations there are, and their order. The messages of the open one are not looked at for it.
    pub list: bool,
    /// Somebody came or went.
    pub presence: bool,
    /// These conversations.
    pub conversations: BTreeSet<ConversationId>,
}

impl Changes {
    /// Everything may have changed.
    pub fn all() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// One conversation changed.
    pub fn one(id: ConversationId) -> Self {
        Self {
            conversations: BTreeSet::from([id]),
            ..Self::default()
        }
    }

    /// Whether nothing did.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Brings what changed into the model, and says what is to be done because of it.
pub fn observe(model: &mut Model, state: &State, changes: &Changes) -> Vec<Effect> {
    let mut effects = Vec::new();
    model.dirty = true;
    model.loaded |= state.inbox().is_some();
    model.me = state.account().cloned();
    let selection = selection(model);
    observe_list(model, state, changes);
    sort(model);
    pick::refresh(model);
    observe_thread(model, state, changes);
    keep_selection(model, selection);
    jump::settle(model);
    jump::bring_back(model, &mut effects);
    rehang(model);
    let room = model.room();
    if let Some(thread) = &model.thread {
        thread.forget_lines(room);
    }
    notify::tell(model, state, &mut effects);
    watch(model, &mut effects);
    settle(model, &mut effects);
    effects
}

/// Those that call come first, and the open one stays where it was when it was opened.
fn sort(model: &mut Model) {
    let held = model
        .held
        .filter(|id| model.thread.as_ref().is_some_and(|thread| thread.id == *id));
    model.list.sort_by_key(|row| {
        let calls = row.calls() || held == Some(row.id);
        (row.archived && !calls, !calls, row.place)
    });
}

fn observe_list(model: &mut Model, state: &State, changes: &Changes) {
    let presence = changes.presence;
    let now = model.now;
    if changes.all || changes.list {
        model.list = state
            .conversations()
            .into_iter()
            .map(|known| Summary::of(state, known, now))
            .collect();
        return;
    }
    // By id, so that a burst over many conversations does not look through the list for each of them.
    let mut changed: BTreeMap<_, _> = changes
        .conversations
        .iter()
        .map(|id| (*id, state.conversation(*id)))
        .collect();
    model.list.retain_mut(|row| {
        let known = match changed.remove(&row.id) {
            Some(known) => known,
            None if presence && row.kind == ConversationKind::Direct => state.conversation(row.id),
            None => return true,
        };
        if let Some(known) = known {
            *row = Summary::of(state, known, now);
        }
        known.is_some()
    });
    let new = changed.into_values().flatten();
    model
        .list
        .extend(new.map(|known| Summary::of(state, known, now)));
}

fn observe_thread(model: &mut Model, state: &State, changes: &Changes) {
    let reading = model.is_reading();
    let Some(thread) = &mut model.thread else {
        return;
    };
    let touched = changes.all || !thread.loaded || changes.conversations.contains(&thread.id);
    match state.conversation(thread.id) {
        Some(known) if touched => {
            let is_first = !thread.loaded;
            let source = Source {
                state,
                known,
                zone: &model.zone,
                coming: &model.coming,
            };
            thread.refresh(&source, reading);
            if let Some(at) = thread.was_at.take_if(|_| thread.awaited.is_none()) {
                thread.scroll = at;
            }
            if is_first && model.keymap.preset().is_modal() && model.selected.is_none() {
                model.selected = thread.entries().next_back().map(|entry| entry.key.clone());
            }
        }
        Some(known) if changes.presence => thread.refresh_people(state, known),
        Some(_) => {}
        // One that was just made may not have come yet; one that was here is gone.
        None if thread.loaded => {
            let (id, title) = (thread.id, std::mem::take(&mut thread.title));
            model.thread = None;
            model.selected = None;
            model.typing_told = None;
            model.draft_due = None;
            if let Some(reply) = model.reply.take() {
                model.replies.insert(id, reply);
            }
            // It may come back: after a reset it does at once, and what was being written with it.
            let composer = std::mem::take(&mut model.composer);
            if !composer.is_empty() || composer.editing().is_some() {
                model.drafts.insert(id, composer);
            }
            model.say(
                false,
                format!("{title} is no longer among your conversations"),
            );
        }
        None => {}
    }
}

/// What is selected, and what one's own message says that is on its way: stored, it is another.
fn selection(model: &Model) -> Option<(Key, Option<String>)> {
    let key = model.selected.clone()?;
    let entry = model.thread.as_ref()?.entry(&key);
    let echo = entry.filter(|entry| matches!(entry.key, Key::Echo(_)));
    let said = echo.map(|entry| entry.text.clone());
    Some((key, said))
}

/// The selected message may be another now: one on its way that was stored. Of one that is gone nothing more is done to
/// another in its place.
fn keep_selection(model: &mut Model, before: Option<(Key, Option<String>)>) {
    let (Some(selected), Some(thread)) = (&model.selected, &model.thread) else {
        model.selected = None;
        return;
    };
    if thread.entry(selected).is_some() {
        return;
    }
    let said = before.filter(|(key, _)| key == selected);
    let said = said.and_then(|(_, said)| said);
    let stored = said.and_then(|said| {
        let mut mine = thread.entries().rev().filter(|entry| entry.mine);
        mine.find(|entry| entry.text == said)
    });
    let is_gone = stored.is_none() && matches!(selected, Key::Message(_));
    let kept = match stored {
        Some(entry) => Some(entry.key.clone()),
        // One that was thrown away: whoever did that goes on with the next.
        None if matches!(selected, Key::Echo(_)) => {
            thread.entries().next_back().map(|entry| entry.key.clone())
        }
        // There letters are commands until one goes to write.
        None if model.keymap.preset().is_modal() => {
            let order = selected.order();
            let mut entries = thread.entries();
            let near = entries.find(|entry| entry.key.order() >= order);
            near.or_else(|| thread.entries().next_back())
                .map(|entry| entry.key.clone())
        }
        None => None,
    };
    model.selected = kept;
    if is_gone {
        model.say(false, "the message that was selected is gone");
    }
}

/// Watches the others of direct conversations, and who is seen in the open one.
fn watch(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(account) = &model.account else {
        return;
    };
    let members = model.thread.iter().flat_map(|thread| &thread.members);
    let most = Limits::PRESENCE_WATCHES as usize;
    let wanted: BTreeSet<_> = members
        .map(|person| person.id)
        .chain(model.list.iter().filter_map(|row| row.peer))
        .filter(|id| *id != account.me)
        .take(most)
        .collect();
    if wanted != model.watched {
        effects.push(Effect::WatchPresence(wanted.iter().copied().collect()));
        model.watched = wanted;
    }
}
