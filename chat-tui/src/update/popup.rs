//! The windows above the chat.

use super::chat;
use crate::{
    Effect,
    action::Action,
    model::{Model, Popup, Question},
};
use chat_core::text;
use crossterm::event::KeyEvent;

/// Whether an action walks through a list.
pub(super) fn walks(action: Action) -> bool {
    matches!(
        action,
        Action::Next | Action::Previous | Action::Accept | Action::Dismiss
    )
}

/// Does what a key is for. False when it does not apply here.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    match (action, &mut model.popup) {
        (Action::Dismiss | Action::No, _) => model.popup = None,
        (Action::Yes, Some(Popup::Ask(question))) => {
            let question = *question;
            model.popup = None;
            answer_yes(model, question, effects);
        }
        (Action::Accept, Some(Popup::Help { .. })) => model.popup = None,
        (Action::Next, Some(Popup::Help { top })) => *top = top.saturating_add(1),
        (Action::Previous, Some(Popup::Help { top })) => *top = top.saturating_sub(1),
        (Action::Accept, Some(Popup::Switch(_))) => jump(model, effects),
        (Action::Next | Action::Previous, Some(Popup::Switch(switch))) => {
            let count = switch.matches(&model.list).len();
            switch.selected = match action {
                Action::Next => (switch.selected + 1).min(count.saturating_sub(1)),
                _ => switch.selected.saturating_sub(1),
            };
        }
        (Action::Accept, Some(Popup::New(_))) => create(model, effects),
        _ => return false,
    }
    true
}

/// Gives a key to the line that is written into.
pub(super) fn write(model: &mut Model, key: KeyEvent) -> bool {
    match &mut model.popup {
        Some(Popup::Switch(switch)) => {
            if switch.filter.key(key) {
                switch.selected = 0;
            }
        }
        Some(Popup::New(new)) if !new.busy => {
            if new.input.key(key) {
                new.error = None;
            }
        }
        Some(Popup::Help { top }) => return scroll_help(top, key),
        _ => return false,
    }
    true
}

fn scroll_help(top: &mut u16, key: KeyEvent) -> bool {
    use crossterm::event::KeyCode;
    *top = match key.code {
        KeyCode::PageDown | KeyCode::Char(' ') => top.saturating_add(10),
        KeyCode::PageUp => top.saturating_sub(10),
        KeyCode::Home => 0,
        _ => return false,
    };
    true
}

/// Takes pasted text.
pub(super) fn paste(popup: &mut Popup, text: &str) {
    match popup {
        Popup::Switch(switch) => {
            switch.filter.paste(text);
            switch.selected = 0;
        }
        Popup::New(new) if !new.busy => new.input.paste(text),
        _ => {}
    }
}

/// A conversation could not be begun.
pub(super) fn create_failed(model: &mut Model, error: String) {
    let error = text::inert_line(&error).into_owned();
    match &mut model.popup {
        Some(Popup::New(new)) => {
            new.busy = false;
            new.error = Some(error);
        }
        _ => model.say(true, error),
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
    }
}

fn jump(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Popup::Switch(switch)) = &model.popup else {
        return;
    };
    let matches = switch.matches(&model.list);
    if let Some(id) = matches.get(switch.selected).map(|row| row.id) {
        model.popup = None;
        chat::open(model, id, effects);
        model.list_switched &= model.is_wide();
    }
}

fn create(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Popup::New(new)) = &mut model.popup else {
        return;
    };
    if new.busy {
        return;
    }
    match new.parse() {
        Ok((usernames, title)) => {
            new.busy = true;
            new.error = None;
            effects.push(Effect::Create { usernames, title });
        }
        Err(rule) => new.error = Some(rule.to_owned()),
    }
}
