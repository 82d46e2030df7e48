//! Select mode: walking over the messages, and what can be done to one.

use super::{chat, retry_older};
use crate::{
    Effect,
    action::Action,
    model::{Entry, EntryState, Key, Model, Popup, Question},
};
use std::rc::Rc;

/// Does what a key is for. False when it is no key of this mode.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    match action {
        Action::SelectOlder => step(model, -1),
        Action::SelectNewer => step(model, 1),
        Action::SelectOldest => step(model, isize::MIN),
        Action::SelectNewest => step(model, isize::MAX),
        Action::LeaveSelect => model.selected = None,
        Action::ScrollUp => step(model, -page(model)),
        Action::ScrollDown => step(model, page(model)),
        Action::EditSelected
        | Action::DeleteSelected
        | Action::RetrySelected
        | Action::DiscardSelected => change(model, action, effects),
        _ => return false,
    }
    true
}

fn page(model: &Model) -> isize {
    let room = model.room();
    let seen = model.thread.as_ref().map(|t| t.visible_entries(room).len());
    isize::try_from(seen.unwrap_or(1).saturating_sub(1).max(1)).unwrap_or(1)
}

fn step(model: &mut Model, by: isize) {
    let room = model.room();
    retry_older(model);
    let (Some(thread), Some(selected)) = (&mut model.thread, &model.selected) else {
        return;
    };
    let entries: Vec<_> = thread.entries().map(|entry| entry.key.clone()).collect();
    let at = entries.iter().position(|key| key == selected).unwrap_or(0);
    let last = entries.len().saturating_sub(1);
    let to = at.saturating_add_signed(by).min(last);
    if let Some(key) = entries.get(to) {
        thread.reveal(key, room);
        model.selected = Some(key.clone());
    }
}

fn change(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let Some((entry, conversation, may_delete)) = selected(model) else {
        return;
    };
    match (action, &entry.state, &entry.key) {
        (Action::EditSelected, EntryState::Stored { id, .. }, key) if entry.mine => {
            chat::begin_edit(model, key, *id, entry.stored_text());
        }
        (Action::EditSelected, ..) => {
            model.say(true, "only stored messages of your own can be edited");
        }
        (Action::DeleteSelected, EntryState::Stored { id, .. }, _) if may_delete => {
            model.popup = Some(Popup::Ask(Question::Delete(*id)));
        }
        (Action::DeleteSelected, ..) => {
            model.say(true, "only your own messages can be deleted here");
        }
        (Action::RetrySelected, EntryState::Failed(_), Key::Echo(client_id)) => {
            let client_id = client_id.clone();
            effects.push(Effect::Retry {
                conversation,
                client_id,
            });
        }
        (Action::DiscardSelected, EntryState::Failed(_), Key::Echo(client_id)) => {
            let client_id = client_id.clone();
            effects.push(Effect::Discard {
                conversation,
                client_id,
            });
        }
        _ => model.say(
            true,
            "only failed messages can be sent again or thrown away",
        ),
    }
}

fn selected(model: &Model) -> Option<(Rc<Entry>, chat_core::ConversationId, bool)> {
    let thread = model.thread.as_ref()?;
    let entry = thread.entry(model.selected.as_ref()?)?;
    Some((entry.clone(), thread.id, thread.may_delete(entry)))
}
