//! What was asked for comes back. A window is shown to who still waits for it: never in the place of another one, and
//! never to who has gone on with something else meanwhile, for it would take the next keys.

use super::{account, form, jump, manage, pick, popup};
use crate::{
    Effect, Msg,
    action::Action,
    model::{Awaits, Connection, FormKind, Model, Older, Popup},
};
use chat_core::{ConversationId, MessageId};

/// Shows what was asked for.
pub(super) fn take(model: &mut Model, msg: Msg) {
    let (msg, is_kept) = match msg {
        Msg::Kept(msg) => (*msg, true),
        msg => (msg, false),
    };
    let mut popup = match msg {
        Msg::Pinned(messages) => Popup::Pick(pick::pinned(model, &messages)),
        Msg::Members(id, members, remove) => Popup::Pick(pick::members(id, &members, remove)),
        Msg::Roles(id, members) => Popup::Pick(pick::roles(id, &members)),
        Msg::Accounts(accounts) => Popup::Pick(pick::accounts(model, &accounts)),
        Msg::Sessions(sessions) => Popup::Pick(account::sessions(model, &sessions)),
        Msg::Blocked(users) => Popup::Pick(account::blocked(&users)),
        Msg::Invite(code) => return invite(model, &code),
        Msg::Read(reading) => Popup::Read(reading),
        Msg::Picture(picture) => Popup::Picture(picture),
        msg => return say(model, msg),
    };
    if is_kept {
        popup.is_all_that_is_here();
    }
    if !show(model, popup) {
        model.say(
            false,
            "what you asked for came when you had gone on: ask again",
        );
    }
}

fn say(model: &mut Model, msg: Msg) {
    match msg {
        Msg::Found { typed, found } => pick::found(model, &typed, &found),
        Msg::NotFound { typed, why } => pick::not_found(model, &typed, &why),
        Msg::FileQueued(conversation, name) => queued(model, conversation, &name),
        Msg::Done(form, said) => {
            if let Some(form) = form {
                popup::close_waiting(model, |kind| kind == form);
            }
            model.say(false, said);
        }
        Msg::StaysRead(conversation, why) => {
            let thread = model.thread.as_mut();
            if let Some(thread) = thread.filter(|thread| thread.id == conversation) {
                thread.left_unread = false;
            }
            model.say(true, format!("failed to mark it unread: {why}"));
        }
        Msg::Names(conversation, names) => {
            let thread = model.thread.as_mut();
            if let Some(thread) = thread.filter(|thread| thread.id == conversation) {
                thread.take_names(names.unwrap_or_default());
            }
        }
        Msg::Completed(typed, options) => form::completed(model, &typed, options),
        Msg::Told(said) => model.say(false, said),
        Msg::Failed(error) => model.say(true, error),
        // The others were taken before.
        _ => {}
    }
}

/// Shows a window that was asked for. False when nobody waits for it any more.
fn show(model: &mut Model, popup: Popup) -> bool {
    let is_over = std::mem::take(&mut model.awaits) == Awaits::NoMore;
    let is_free = model.popup.is_none() && model.sign_in.is_none() && !is_over;
    if is_free {
        model.popup = Some(popup);
    }
    is_free
}

/// A code cannot be asked for twice: it is said where it cannot be shown.
fn invite(model: &mut Model, code: &str) {
    let window = Popup::Pick(manage::invite(code));
    if !show(model, window) {
        model.say(false, format!("the invite's code is {code}"));
    }
}

/// A conversation was begun: who waits for it goes there.
pub(super) fn created(model: &mut Model, id: ConversationId, effects: &mut Vec<Effect>) {
    let is_over = std::mem::take(&mut model.awaits) == Awaits::NoMore;
    let is_filled_in = popup::close_waiting(model, |kind| {
        matches!(kind, FormKind::NewConversation | FormKind::Join)
    });
    if is_filled_in || (model.popup.is_none() && !is_over) {
        return jump::open(model, id, effects);
    }
    let key = model.keymap.key(Action::QuickSwitch);
    model.say(
        false,
        format!("the conversation is there: {key} jumps to it"),
    );
}

/// A file is on its way, and what was written has gone with it.
fn queued(model: &mut Model, conversation: ConversationId, name: &str) {
    if popup::close_waiting(model, |kind| kind == FormKind::Attach(conversation)) {
        let open = model.thread.as_ref().map(|thread| thread.id);
        if open == Some(conversation) {
            model.reply = None;
            if model.composer.editing().is_none() {
                model.composer.wipe();
                model.draft_due = Some(model.now);
            }
        }
    }
    let how = match model.connection {
        Connection::Online => "is on its way",
        _ => "waits for the connection",
    };
    model.say(false, format!("{name} {how}"));
}

/// An edit was refused.
pub(super) fn edit_failed(
    model: &mut Model,
    (here, message): (ConversationId, MessageId),
    text: &str,
    error: &str,
) {
    model.say(true, format!("failed to edit: {error}"));
    give_back(model, here, message, text);
}

/// A refused edit: its text is put back where it was written, unless something else is being edited there by now.
fn give_back(model: &mut Model, conversation: ConversationId, message: MessageId, text: &str) {
    let is_open = model
        .thread
        .as_ref()
        .is_some_and(|thread| thread.id == conversation);
    let composer = match is_open {
        true => &mut model.composer,
        false => model.drafts.entry(conversation).or_default(),
    };
    if composer.editing().is_none() {
        composer.edit(message, text);
    }
}

/// Lets older messages be asked for again after it did not work, or brought nothing.
pub(super) fn retry_older(model: &mut Model) {
    if let Some(thread) = &mut model.thread {
        thread.fruitless = None;
        if matches!(thread.older, Older::Failed(_)) {
            thread.older = Older::Idle;
        }
    }
}

pub(super) fn older_loaded(
    model: &mut Model,
    conversation: ConversationId,
    came: Result<bool, String>,
) {
    if let Some(thread) = model.thread.as_mut().filter(|t| t.id == conversation) {
        let asked = thread.asked.take();
        thread.older = match came {
            Ok(true) => Older::Idle,
            Ok(false) => {
                thread.fruitless = asked;
                Older::Idle
            }
            Err(error) => Older::Failed(chat_core::text::inert_line(&error).into_owned()),
        };
    }
}
