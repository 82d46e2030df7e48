//! Writing: sending, answering, what was said before, and the draft that is kept while nobody looks at it.

use super::{chat, rehang};
use crate::{
    Effect,
    action::Action,
    model::{Composer, EntryState, Model, Scroll},
};
use chat_core::{ConversationId, MessageBody};

/// A draft is kept so long after it was changed.
const KEEP_AFTER_MS: i64 = 500;
/// So much of what was said is remembered.
const SAID: usize = 100;

/// Does what a key is for. False when it does not apply here.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
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
        Action::Redo => {
            model.composer.redo();
            wrote(model, effects);
        }
        Action::Complete => {
            if model.composer.complete(&model.names()) {
                wrote(model, effects);
            }
        }
        Action::OlderDraft => recall(model, true, effects),
        Action::NewerDraft => recall(model, false, effects),
        Action::EditOutside => effects.push(Effect::EditOutside(model.composer.text())),
        Action::EditLast => return edit_last(model),
        Action::SelectMode if model.composer.editing().is_some() => {
            model.composer.clear();
            rehang(model);
        }
        Action::SelectMode if model.reply.is_some() => model.reply = None,
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

/// The draft changed: the others are told, who writes has read, and it is kept soon.
pub(super) fn wrote(model: &mut Model, effects: &mut Vec<Effect>) {
    chat::tell_typing(model, effects);
    if model.thread.is_some() && model.draft_due.is_none() {
        model.draft_due = Some(model.now.plus_ms(KEEP_AFTER_MS));
    }
    rehang(model);
}

/// Keeps the draft of the open conversation now.
pub(super) fn keep_draft(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.draft_due.take().is_none() {
        return;
    }
    if let Some(thread) = &model.thread {
        effects.push(Effect::KeepDraft {
            conversation: thread.id,
            text: model.composer.draft(),
        });
    }
}

/// Puts the draft away with the conversation that is left.
pub(super) fn put_away(model: &mut Model, effects: &mut Vec<Effect>) {
    keep_draft(model, effects);
    if let Some(left) = &model.thread {
        // What is answered stays with the answer.
        if let Some(reply) = model.reply.take() {
            model.replies.insert(left.id, reply);
        }
        let draft = std::mem::take(&mut model.composer);
        if !draft.is_empty() || draft.editing().is_some() {
            model.drafts.insert(left.id, draft);
        }
    }
}

/// Brings back what was begun to be written the last time, where nothing was written since.
pub(super) fn restore(model: &mut Model, drafts: Vec<(ConversationId, String)>) {
    model.drafts_restored = true;
    let open = model.thread.as_ref().map(|thread| thread.id);
    for (id, text) in drafts {
        let composer = match open == Some(id) {
            true => &mut model.composer,
            false => model.drafts.entry(id).or_default(),
        };
        if composer.is_empty() && composer.editing().is_none() {
            composer.paste(&text);
        }
    }
    rehang(model);
}

/// The draft as it was written in the editor.
pub(super) fn written(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    if !model.may_write() {
        return;
    }
    model.composer.replace(text.trim_end());
    wrote(model, effects);
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
            let key = |action| model.keymap.key(action);
            let (select, delete) = (key(Action::SelectMode), key(Action::Delete));
            let how = format!("({select}, {select}, {delete})");
            let say = format!("an empty message cannot be saved: delete it instead {how}");
            model.say(true, say);
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
        Some(message) => {
            effects.push(Effect::Edit {
                conversation,
                message,
                body,
            });
            model.composer.clear();
        }
        None => {
            thread.go_on_here();
            thread.scroll = Scroll::Tail;
            thread.forget_new();
            let reply_to = model.reply.take().map(|(id, _)| id);
            effects.push(Effect::Send {
                conversation,
                body,
                reply_to,
            });
            model.said.retain(|said| said != text);
            model.said.push(text.to_owned());
            let over = model.said.len().saturating_sub(SAID);
            model.said.drain(..over);
            model.composer = Composer::default();
        }
    }
    model.recalled = None;
    wrote(model, effects);
    keep_draft(model, effects);
}

/// Goes through what was said before; behind the newest of it is what was being written.
fn recall(model: &mut Model, older: bool, effects: &mut Vec<Effect>) {
    let next = match (model.recalled, older) {
        (None, true) => model.said.len().checked_sub(1),
        (Some(at), true) => Some(at.saturating_sub(1)),
        (Some(at), false) if at + 1 < model.said.len() => Some(at + 1),
        (_, false) => None,
    };
    if next == model.recalled || model.composer.editing().is_some() {
        return;
    }
    if model.recalled.is_none() {
        model.unsaid = model.composer.text();
    }
    let text = match next {
        Some(at) => model.said[at].clone(),
        None => std::mem::take(&mut model.unsaid),
    };
    model.recalled = next;
    // Undo brings back what was there before.
    model.composer.replace(&text);
    wrote(model, effects);
}

fn edit_last(model: &mut Model) -> bool {
    if !model.composer.is_empty() || model.composer.editing().is_some() {
        return false;
    }
    let Some(thread) = &model.thread else {
        return false;
    };
    let last = thread
        .entries()
        .rev()
        .filter(|entry| entry.mine)
        .find(|entry| entry.id().is_some() || entry.state == EntryState::Pending)
        .cloned();
    let Some(entry) = last else {
        return true;
    };
    match entry.id() {
        Some(id) => chat::begin_edit(model, &entry.key, id, entry.stored_text()),
        // Whoever has just written means that one, and not the one before it.
        None => model.say(
            true,
            "what you said last is not sent yet: edit it when it is",
        ),
    }
    true
}
