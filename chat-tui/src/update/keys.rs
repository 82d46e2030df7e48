//! Keys, pasted text and the mouse: what they do depends on where one is.

use super::{chat, compose, jump, palette, popup, select, sign_in};
use crate::{
    Effect, Msg,
    action::Action,
    keymap::Context,
    model::{Model, Popup, QUIT_WITHIN_MS, Question},
    view,
};
use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

/// The wheel moves by so many lines.
const WHEEL_LINES: isize = 3;

/// Where one is, the nearest first.
pub(crate) fn contexts(model: &Model) -> &'static [Context] {
    match (&model.popup, &model.sign_in) {
        (Some(Popup::Ask(_)), _) => &[Context::Confirm, Context::Always],
        (Some(Popup::Help { .. } | Popup::Read(_)), _) => {
            &[Context::Reading, Context::Popup, Context::Always]
        }
        (Some(Popup::Form(_)), _) => &[Context::Form, Context::Popup, Context::Always],
        (Some(_), _) => &[Context::Popup, Context::Always],
        (None, Some(_)) => &[Context::SignIn, Context::Popup, Context::Always],
        (None, None) if model.list_covers() => &[Context::Popup, Context::Chat, Context::Always],
        (None, None)
            if model.selected.is_some()
                || model.thread.is_none() && model.keymap.preset().is_modal() =>
        {
            &[Context::Select, Context::Chat, Context::Always]
        }
        (None, None) => &[Context::Compose, Context::Chat, Context::Always],
    }
}

/// Whether somebody did something with their hands. The mouse also tells where it passes by.
pub(super) fn is_pressed(msg: &Msg) -> bool {
    match msg {
        Msg::Key(key) => key.kind != KeyEventKind::Release,
        Msg::Paste(_) => true,
        Msg::Mouse(mouse) => mouse.kind != MouseEventKind::Moved,
        _ => false,
    }
}

/// Takes a key. True when it did something.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) -> bool {
    if key.kind == KeyEventKind::Release {
        return false;
    }
    match model.keymap.action(contexts(model), key) {
        Some(action) if act(model, action, effects) => true,
        _ => write(model, key, effects),
    }
}

/// Does what a key is for. False when it does not apply, and the key is text or moves the cursor.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    if action != Action::Interrupt {
        model.quit_armed = None;
    }
    match action {
        Action::Help => match popup::put_below(model) {
            Some(Popup::Help { .. }) => {}
            _ => model.popup = Some(Popup::Help { top: 0 }),
        },
        Action::Palette => {
            popup::put_below(model);
            palette::open(model);
        }
        Action::Quit => quit(model, effects),
        Action::Interrupt => interrupt(model, effects),
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Redraw => effects.push(Effect::Redraw),
        Action::ToggleMouse => {
            model.mouse = !model.mouse;
            let now = if model.mouse {
                "on"
            } else {
                "off: select text as usual"
            };
            model.say(false, format!("the mouse is {now}"));
            effects.push(Effect::Mouse(model.mouse));
        }
        _ if model.popup.is_some() => return popup::act(model, action, effects),
        _ if model.sign_in.is_some() => return sign_in::act(model, action, effects),
        _ if model.list_covers() && popup::walks(action) => chat::walk_list(model, action, effects),
        _ if model.selected.is_some() && select::act(model, action, effects) => chat::stay(model),
        Action::NextConversation | Action::PreviousConversation => {
            return chat::act(model, action, effects);
        }
        _ => {
            chat::stay(model);
            return chat::act(model, action, effects);
        }
    }
    true
}

/// Ctrl+C: takes back one thing, and with nothing left to take back leaves the program at the second time.
fn interrupt(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.popup.take().is_some() || model.selected.take().is_some() {
        return;
    }
    if model.sign_in.is_none() && model.may_write() && !model.composer.is_empty() {
        compose::clear_draft(model, effects);
        return;
    }
    match model.quit_armed.is_some() {
        true => quit(model, effects),
        false => {
            let until = model.now.plus_ms(QUIT_WITHIN_MS);
            model.quit_armed = Some(until);
            let key = model.keymap.key(Action::Interrupt);
            model.say(false, format!("press {key} again to leave"));
            // What it says holds as long as it stands there.
            if let Some(notice) = &mut model.notice {
                notice.until = until;
            }
        }
    }
}

/// Leaves the program. What waits to be sent is kept, and what was begun to be written.
pub(super) fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    compose::keep_draft(model, effects);
    effects.push(Effect::Quit);
}

/// Gives a key to what is written into.
fn write(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) -> bool {
    if model.popup.is_some() {
        return popup::write(model, key);
    }
    if let Some(form) = &mut model.sign_in {
        if !form.busy {
            let action = model.keymap.action(&[Context::Line], key);
            form.write().key(key, action);
        }
        return true;
    }
    if model.selected.is_some() || model.list_covers() || !model.may_write() {
        return false;
    }
    let action = model.keymap.action(&[Context::Line], key);
    if model.composer.key(key, action) {
        compose::wrote(model, effects);
    }
    true
}

/// Takes pasted text. It is never sent by itself, whatever line breaks it has; a very long one asks first.
pub(super) fn paste(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    // Most terminals give a line break as a carriage return.
    let text = &text.replace("\r\n", "\n").replace('\r', "\n");
    if let Some(Popup::Ask(Question::Paste(there))) = &mut model.popup {
        // What follows at once belongs to it.
        there.push_str(text);
    } else if model.popup.is_some() {
        popup::paste(model, text);
    } else if let Some(form) = &mut model.sign_in {
        if !form.busy {
            form.write().paste(text);
        }
    } else if model.may_write() && !model.list_covers() {
        model.selected = None;
        let lines = text.trim_end().lines().count();
        if model.paste_asks_from > 0 && lines >= model.paste_asks_from {
            model.popup = Some(Popup::Ask(Question::Paste(text.to_owned())));
            return;
        }
        model.composer.paste(text);
        compose::wrote(model, effects);
    }
}

/// The wheel scrolls what is below it; a click opens a conversation.
pub(super) fn mouse(model: &mut Model, mouse: MouseEvent, effects: &mut Vec<Effect>) -> bool {
    let at = Position::new(mouse.column, mouse.row);
    if model.popup.is_some() || model.sign_in.is_some() {
        return false;
    }
    let panes = model.panes();
    match mouse.kind {
        MouseEventKind::ScrollUp if panes.messages.contains(at) => {
            chat::stay(model);
            chat::scroll(model, -WHEEL_LINES);
        }
        MouseEventKind::ScrollDown if panes.messages.contains(at) => {
            chat::stay(model);
            chat::scroll(model, WHEEL_LINES);
        }
        MouseEventKind::Down(MouseButton::Left) if panes.list.contains(at) => {
            let Some(id) = view::conversation_at(model, at) else {
                return false;
            };
            let top = model.list_top;
            jump::open(model, id, effects);
            chat::stay(model);
            // The row stays where it was clicked.
            model.list_top = top;
            model.list_switched &= model.is_wide();
        }
        MouseEventKind::Down(MouseButton::Left) if panes.messages.contains(at) => {
            let Some(key) = view::message_at(model, at) else {
                return false;
            };
            chat::stay(model);
            model.selected = Some(key);
        }
        MouseEventKind::ScrollUp if panes.list.contains(at) => {
            model.list_top = Some(view::list_top(model, -WHEEL_LINES));
        }
        MouseEventKind::ScrollDown if panes.list.contains(at) => {
            model.list_top = Some(view::list_top(model, WHEEL_LINES));
        }
        MouseEventKind::Down(MouseButton::Left) if panes.typing.contains(at) => {
            chat::act(model, Action::ScrollToNewest, effects);
        }
        _ => return false,
    }
    true
}
