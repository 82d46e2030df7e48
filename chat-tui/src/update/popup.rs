//! The windows above the chat.

use super::{compose, form, pick};
use crate::{
    Effect,
    action::Action,
    effect::Wish,
    model::{Model, Popup, Question},
};
use chat_core::{LeaveConversation, RemoveMember};
use crossterm::event::{KeyCode, KeyEvent};

/// Whether an action walks through a list.
pub(super) fn walks(action: Action) -> bool {
    matches!(
        action,
        Action::Next | Action::Previous | Action::Accept | Action::Dismiss
    )
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
        (Action::Next | Action::Previous, Some(popup @ (Popup::Help { .. } | Popup::Read(_)))) => {
            scroll(popup, if down { 1 } else { -1 });
        }
        (Action::Accept, Some(Popup::Pick(_))) => pick::take(model, effects),
        (Action::Next | Action::Previous, Some(Popup::Pick(picker))) => picker.step(down),
        (Action::Next | Action::Previous, Some(Popup::Form(form))) => form.step(!down),
        (Action::Accept, Some(Popup::Form(_))) => form::submit(model, effects),
        _ => return false,
    }
    true
}

/// Gives a key to the line that is written into.
pub(super) fn write(model: &mut Model, key: KeyEvent) -> bool {
    let Some(popup) = &mut model.popup else {
        return false;
    };
    if let Popup::Help { .. } | Popup::Read(_) = popup {
        let by = match key.code {
            KeyCode::PageDown | KeyCode::Char(' ') => 10,
            KeyCode::PageUp => -10,
            KeyCode::Home => i32::MIN,
            _ => return false,
        };
        scroll(popup, by);
        return true;
    }
    let changed = popup.field_mut().map(|field| field.key(key));
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
    }
    pick::typed(model);
}

fn scroll(popup: &mut Popup, by: i32) {
    if let Popup::Help { top } | Popup::Read(crate::model::Reading { top, .. }) = popup {
        let to = i32::from(*top).saturating_add(by).max(0);
        *top = u16::try_from(to).unwrap_or(u16::MAX);
    }
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
        (Question::Paste(text), _) => {
            model.composer.paste(&text);
            compose::wrote(model, effects);
        }
    }
}
