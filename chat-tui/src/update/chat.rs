//! Conversations and writing: going from one to another, scrolling, sending.

use super::{rehang, retry_older};
use crate::{
    Effect,
    action::Action,
    model::{
        Composer, EntryState, Field, Item, Key, Model, NewConversation, Popup, Question,
        READ_AFTER_MS, Scroll, Switch, Thread,
    },
};
use chat_core::{ConversationId, ConversationKind, MessageBody};

/// The others are told again that something is being written after this time.
const TYPING_AGAIN_MS: i64 = 3_000;

/// Does what a key is for. False when it does not apply here.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    match action {
        Action::NextConversation => step(model, 1, effects),
        Action::PreviousConversation => step(model, -1, effects),
        Action::NextUnread => next_unread(model, effects),
        Action::QuickSwitch => {
            let filter = Field::new("");
            model.popup = Some(Popup::Switch(Switch {
                filter,
                selected: 0,
            }));
        }
        Action::NewConversation => {
            model.popup = Some(Popup::New(NewConversation {
                input: Field::new(""),
                busy: false,
                error: None,
            }));
        }
        Action::ToggleList => {
            model.list_switched = !model.list_switched;
            rehang(model);
        }
        Action::ToggleMembers => {
            model.members_shown = !model.members_shown;
            rehang(model);
        }
        Action::Reconnect => effects.push(Effect::Reconnect),
        Action::SignOut => model.popup = Some(Popup::Ask(Question::SignOut)),
        Action::ScrollUp => scroll(model, -page(model)),
        Action::ScrollDown => scroll(model, page(model)),
        Action::ScrollToNew => {
            let room = model.room();
            if let Some(thread) = &mut model.thread
                && !thread.scroll_to_new(room)
            {
                model.say(false, "nothing here is new");
            }
        }
        Action::ScrollToNewest => {
            if let Some(thread) = &mut model.thread {
                thread.scroll = Scroll::Tail;
            }
        }
        _ if model.thread.is_some() => return compose(model, action, effects),
        _ => return false,
    }
    true
}

fn compose(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    if !model.may_write() && action != Action::SelectMode {
        return false;
    }
    match action {
        Action::Send => send(model, effects),
        Action::Newline => {
            model.composer.newline();
            wrote(model, effects);
        }
        Action::Undo => {
            model.composer.undo();
            wrote(model, effects);
        }
        Action::EditLast => return edit_last(model),
        Action::SelectMode if model.composer.editing().is_some() => {
            model.composer.clear();
            rehang(model);
        }
        Action::SelectMode => {
            let room = model.room();
            let thread = model.thread.as_ref();
            let last = thread.and_then(|t| t.visible_entries(room).last().map(|e| e.key.clone()));
            model.selected = last;
        }
        _ => return false,
    }
    true
}

/// Opens a conversation. What was being written stays with the one that is left.
pub(super) fn open(model: &mut Model, id: ConversationId, effects: &mut Vec<Effect>) {
    if model.thread.as_ref().is_some_and(|thread| thread.id == id) {
        return;
    }
    stop_typing(model, effects);
    if let Some(left) = &model.thread {
        let draft = std::mem::take(&mut model.composer);
        if !draft.is_empty() || draft.editing().is_some() {
            model.drafts.insert(left.id, draft);
        }
    }
    let row = model.list.iter().find(|row| row.id == id);
    let (kind, title) = row
        .map(|row| (row.kind, row.title.clone()))
        .unwrap_or((ConversationKind::Group, String::new()));
    model.thread = Some(Thread::new(id, kind, title, model.now));
    model.composer = model.drafts.remove(&id).unwrap_or_default();
    model.selected = None;
    effects.push(Effect::Look);
}

/// Up, down and Enter in a list that takes the place of the messages.
pub(super) fn walk_list(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::Next => step(model, 1, effects),
        Action::Previous => step(model, -1, effects),
        _ => {
            if model.thread.is_none() {
                step(model, 1, effects);
            }
            model.list_switched = false;
            return;
        }
    }
    // The list stays until one is taken, also when it was only shown because none was open.
    model.list_switched = model.thread.is_some();
}

fn step(model: &mut Model, by: isize, effects: &mut Vec<Effect>) {
    let current = model.thread.as_ref().map(|thread| thread.id);
    let at = model.list.iter().position(|row| Some(row.id) == current);
    let next = match at {
        Some(at) => at.checked_add_signed(by),
        None => Some(0),
    };
    if let Some(row) = next.and_then(|next| model.list.get(next)) {
        let id = row.id;
        open(model, id, effects);
    }
}

fn next_unread(model: &mut Model, effects: &mut Vec<Effect>) {
    let current = model.thread.as_ref().map(|thread| thread.id);
    let at = model.list.iter().position(|row| Some(row.id) == current);
    let (before, after) = model.list.split_at(at.map_or(0, |at| at + 1));
    let mut rows = after.iter().chain(before);
    let unread = rows.find(|row| row.unread > 0 && Some(row.id) != current);
    match unread.map(|row| row.id) {
        Some(id) => {
            open(model, id, effects);
            model.list_switched &= model.is_wide();
        }
        None => model.say(false, "nothing is unread"),
    }
}

fn page(model: &Model) -> isize {
    isize::try_from(model.room().height.saturating_sub(2).max(1)).unwrap_or(1)
}

/// Scrolls by so many lines; up when negative.
pub(super) fn scroll(model: &mut Model, lines: isize) {
    let room = model.room();
    retry_older(model);
    if let Some(thread) = &mut model.thread {
        thread.scroll_by(lines, room);
    }
}

/// The draft changed: the others are told, and who writes has read.
pub(super) fn wrote(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now;
    let Some(thread) = &mut model.thread else {
        return;
    };
    thread.opened_at = now.plus_ms(-READ_AFTER_MS);
    let conversation = thread.id;
    if model.composer.is_empty() || model.composer.editing().is_some() {
        stop_typing(model, effects);
    } else if model
        .typing_told
        .is_none_or(|told| now.since_ms(told) >= TYPING_AGAIN_MS)
    {
        model.typing_told = Some(now);
        effects.push(Effect::Typing {
            conversation,
            is_typing: true,
        });
    }
    rehang(model);
}

fn stop_typing(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.typing_told.take().is_some()
        && let Some(thread) = &model.thread
    {
        effects.push(Effect::Typing {
            conversation: thread.id,
            is_typing: false,
        });
    }
}

/// Empties the draft; undo brings it back. An edit ends instead.
pub(super) fn clear_draft(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.composer.editing() {
        Some(_) => model.composer.clear(),
        None => model.composer.wipe(),
    }
    wrote(model, effects);
}

fn send(model: &mut Model, effects: &mut Vec<Effect>) {
    let written = model.composer.text();
    let text = written.trim_end().trim_start_matches('\n');
    let editing = model.composer.editing();
    if text.is_empty() {
        if editing.is_some() {
            model.say(
                true,
                "an empty message cannot be saved: delete it instead (Esc, Esc, d)",
            );
        }
        return;
    }
    let body = match MessageBody::parse(text) {
        Ok(body) => body,
        Err(rule) => return model.say(true, format!("the message {rule}")),
    };
    let Some(thread) = &mut model.thread else {
        return;
    };
    let conversation = thread.id;
    match editing {
        Some(message) => effects.push(Effect::Edit {
            conversation,
            message,
            body,
        }),
        None => {
            thread.scroll = Scroll::Tail;
            thread.new_after = None;
            thread.items.retain(|item| !matches!(item, Item::New(_)));
            effects.push(Effect::Send { conversation, body });
        }
    }
    match editing {
        Some(_) => model.composer.clear(),
        None => model.composer = Composer::default(),
    }
    wrote(model, effects);
}

fn edit_last(model: &mut Model) -> bool {
    if !model.composer.is_empty() || model.composer.editing().is_some() {
        return false;
    }
    let Some(thread) = &model.thread else {
        return false;
    };
    let last = thread.entries().rev().find_map(|entry| match entry.state {
        EntryState::Stored { id, .. } if entry.mine => Some((entry.clone(), id)),
        _ => None,
    });
    if let Some((entry, id)) = last {
        begin_edit(model, &entry.key, id, entry.stored_text());
    }
    true
}

/// Puts a message into the composer.
pub(super) fn begin_edit(model: &mut Model, key: &Key, id: chat_core::MessageId, text: &str) {
    model.composer.edit(id, text);
    model.selected = None;
    let room = model.room();
    if let Some(thread) = &mut model.thread {
        thread.reveal(key, room);
    }
}
