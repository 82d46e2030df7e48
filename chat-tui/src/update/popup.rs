//! The windows above the chat.

use super::{compose, form, pick};
use crate::{
    Effect,
    action::Action,
    effect::{Whom, Wish},
    keymap::Context,
    model::{Awaits, FormKind, Model, Popup, Question, Reading},
    view,
};
use chat_core::{LeaveConversation, RemoveMember};
use crossterm::event::KeyEvent;

/// A page of something to read.
const PAGE: i32 = 10;

/// Whether an action walks through a list.
pub(super) fn walks(action: Action) -> bool {
    matches!(
        action,
        Action::Next | Action::Previous | Action::Accept | Action::Dismiss
    )
}

/// Makes room for one to look something up in: what is filled in or asked below is back behind it. Gives the window that
/// was open and is not kept.
pub(super) fn put_below(model: &mut Model) -> Option<Popup> {
    let popup = model.popup.take()?;
    if popup.is_passing() {
        return Some(popup);
    }
    model.below.push(popup);
    None
}

/// What was covered is back when nothing is above it, and nothing is about to be.
pub(super) fn uncover(model: &mut Model) {
    if model.popup.is_none() && model.awaits != Awaits::Window {
        model.popup = model.below.pop();
    }
}

/// Closes the form that waits for an answer, also a covered one. False where there is none of these.
pub(super) fn close_waiting(model: &mut Model, is_it: impl Fn(FormKind) -> bool) -> bool {
    if model
        .popup
        .as_ref()
        .is_some_and(|popup| popup.waits(&is_it))
    {
        model.popup = None;
        return true;
    }
    let before = model.below.len();
    model.below.retain(|popup| !popup.waits(&is_it));
    model.below.len() < before
}

/// Does what a key is for. False when it does not apply here.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    let down = action == Action::Next;
    match (action, &mut model.popup) {
        (Action::Dismiss | Action::No, _) => model.popup = None,
        (Action::Yes, Some(Popup::Ask(question))) => {
            let question = question.clone();
            model.popup = None;
            answer_yes(model, question, effects);
        }
        (Action::Accept, Some(Popup::Help { .. } | Popup::Read(_) | Popup::Picture(_))) => {
            model.popup = None;
        }
        (_, Some(Popup::Help { .. } | Popup::Read(_))) => return read_on(model, action),
        (Action::Accept, Some(Popup::Pick(_))) => pick::take(model, effects),
        (Action::Next | Action::Previous, Some(Popup::Pick(picker))) => picker.step(down),
        (Action::Next | Action::Previous, Some(Popup::Form(form))) => form.step(!down),
        (Action::CompleteField, Some(Popup::Form(form))) => form::complete(form, effects),
        (Action::Accept, Some(Popup::Form(_))) => form::submit(model, effects),
        _ => return false,
    }
    true
}

/// Gives a key to the line that is written into.
pub(super) fn write(model: &mut Model, key: KeyEvent) -> bool {
    let action = model.keymap.action(&[Context::Line], key);
    let Some(popup) = &mut model.popup else {
        return false;
    };
    let changed = popup.field_mut().map(|field| field.key(key, action));
    if changed == Some(true) {
        was_typed(model);
    }
    changed.is_some()
}

/// Takes pasted text.
pub(super) fn paste(model: &mut Model, text: &str) {
    let field = model.popup.as_mut().and_then(Popup::field_mut);
    if let Some(field) = field {
        field.paste(text);
        was_typed(model);
    }
}

fn was_typed(model: &mut Model) {
    if let Some(Popup::Form(form)) = &mut model.popup {
        form.error = None;
        form.options.clear();
    }
    pick::typed(model);
}

fn scroll(model: &mut Model, by: i32) {
    let most = view::farthest(model);
    if let Some(Popup::Help { top } | Popup::Read(Reading { top, .. })) = &mut model.popup {
        let to = i32::from((*top).min(most)).saturating_add(by).max(0);
        *top = u16::try_from(to).unwrap_or(u16::MAX).min(most);
    }
}

/// Goes on in something to read. False when the action is for something else.
fn read_on(model: &mut Model, action: Action) -> bool {
    let by = match action {
        Action::Next => 1,
        Action::Previous => -1,
        Action::ReadOn => PAGE,
        Action::ReadBack => -PAGE,
        Action::ReadTop => i32::MIN,
        Action::ReadEnd => i32::MAX,
        _ => return false,
    };
    scroll(model, by);
    true
}

fn answer_yes(model: &mut Model, question: Question, effects: &mut Vec<Effect>) {
    match (question, &model.thread) {
        (Question::Delete(message), Some(thread)) => {
            effects.push(Effect::Delete {
                conversation: thread.id,
                message,
            });
        }
        (Question::Delete(_), None) => {}
        (Question::Discard(conversation, client_id), _) => effects.push(Effect::Discard {
            conversation,
            client_id,
        }),
        (Question::SignOut, _) => effects.push(Effect::SignOut),
        (Question::Leave(conversation_id), _) => {
            let leave = LeaveConversation { conversation_id };
            effects.push(Effect::Ask(Wish::Leave(leave)));
        }
        (
            Question::Remove {
                conversation: conversation_id,
                user: user_id,
                ..
            },
            _,
        ) => effects.push(Effect::Ask(Wish::Remove(RemoveMember {
            conversation_id,
            user_id,
        }))),
        (Question::Block(user, _), _) => {
            effects.push(Effect::Ask(Wish::Block(Whom::Id(user), true)));
        }
        (Question::EndSession(id, _), _) => effects.push(Effect::Ask(Wish::EndSessions(vec![id]))),
        (Question::EndOthers(ids), _) => effects.push(Effect::Ask(Wish::EndSessions(ids))),
        (Question::Paste(text), _) => {
            model.composer.paste(&text);
            compose::wrote(model, effects);
        }
    }
}
