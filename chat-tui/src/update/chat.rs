//! Conversations and writing: going from one to another, scrolling, sending.

use super::{account, answer::retry_older, compose, form, jump, manage, pick, rehang};
use crate::{
    Effect,
    action::Action,
    effect::Wish,
    layout::MEMBERS_FROM,
    model::{Key, Model, Popup, Question, READ_AFTER_MS, Scroll, Summary},
};
use chat_core::{ConversationId, MessageId};

/// The others are told again that something is being written after this time.
const TYPING_AGAIN_MS: i64 = 3_000;

/// Does what a key is for. False when it does not apply here.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    match action {
        Action::NextConversation => step(model, 1, effects),
        Action::PreviousConversation => step(model, -1, effects),
        Action::NextUnread => next_unread(model, true, effects),
        Action::PreviousUnread => next_unread(model, false, effects),
        Action::Back => jump::along(model, true, effects),
        Action::Ahead => jump::along(model, false, effects),
        Action::QuickSwitch => model.popup = Some(Popup::Pick(pick::switch(model))),
        Action::SearchHere => pick::search(model, true),
        Action::SearchAll => pick::search(model, false),
        Action::Pins => manage::pins(model, effects),
        Action::NewConversation => form::new_conversation(model),
        Action::Conversation => manage::conversation(model),
        Action::Account => account::account(model),
        Action::Roles => manage::roles(model, effects),
        Action::Timer => manage::timer(model),
        Action::Block => manage::block(model),
        Action::Password => account::password(model),
        Action::Sessions => effects.push(Effect::Ask(Wish::Sessions)),
        Action::Blocked => effects.push(Effect::Ask(Wish::Blocked)),
        Action::SetUp => model.popup = Some(Popup::Read(account::elsewhere())),
        Action::Join => manage::join(model),
        Action::Accounts => effects.push(Effect::ListAccounts),
        Action::Attach => return form::attach(model),
        Action::ToggleList => {
            model.list_switched = !model.list_switched;
            rehang(model);
        }
        Action::ToggleMembers if model.size.0 < MEMBERS_FROM => match &model.thread {
            // There is no room for them beside the messages.
            Some(thread) => effects.push(Effect::Ask(Wish::Members(thread.id, false))),
            None => model.say(false, "open a conversation first"),
        },
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
            if let Some(thread) = &mut model.thread {
                thread.go_on_here();
                if !thread.scroll_to_new(room) {
                    model.say(false, "nothing here is new");
                }
            }
        }
        Action::ScrollToNewest => {
            if let Some(thread) = &mut model.thread {
                thread.go_on_here();
                thread.scroll = Scroll::Tail;
            }
        }
        _ if model.thread.is_some() => return compose::act(model, action, effects),
        _ => return false,
    }
    true
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
            stay(model);
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
        jump::open(model, id, effects);
        if let Some(thread) = &mut model.thread {
            thread.is_passed = true;
        }
    }
}

/// The reader does something in the open conversation: they do not only pass it.
pub(super) fn stay(model: &mut Model) {
    let now = model.now;
    if let Some(thread) = model.thread.as_mut().filter(|thread| thread.is_passed) {
        thread.is_passed = false;
        thread.opened_at = now;
    }
}

/// Goes to the next conversation that calls, or the one before; with none left, back to where one began to do so.
fn next_unread(model: &mut Model, forward: bool, effects: &mut Vec<Effect>) {
    let current = model.thread.as_ref().map(|thread| thread.id);
    let at = model.list.iter().position(|row| Some(row.id) == current);
    let (before, after) = model.list.split_at(at.map_or(0, |at| at + 1));
    let calls = |row: &&Summary| row.calls() && Some(row.id) != current;
    let found = match forward {
        true => after.iter().chain(before).find(calls),
        false => after.iter().chain(before).rev().find(calls),
    };
    let began = model.unread_from.or(current);
    match found.map(|row| row.id) {
        Some(id) => {
            jump::open(model, id, effects);
            model.list_switched &= model.is_wide();
            model.unread_from = began;
        }
        None => {
            let is_known = |id: &ConversationId| model.list.iter().any(|row| row.id == *id);
            match began.filter(|id| Some(*id) != current).filter(is_known) {
                Some(id) => {
                    jump::open(model, id, effects);
                    model.say(false, "nothing else is unread: back to where you were");
                }
                None => model.say(false, "nothing else is unread"),
            }
        }
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
        thread.go_on_here();
        thread.scroll_by(lines, room);
    }
}

/// The others are told that something is being written, or no more; and who writes has read.
pub(super) fn tell_typing(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now;
    let Some(thread) = &mut model.thread else {
        return;
    };
    thread.opened_at = now.plus_ms(-READ_AFTER_MS);
    thread.is_passed = false;
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
}

pub(super) fn stop_typing(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.typing_told.take().is_some()
        && let Some(thread) = &model.thread
    {
        effects.push(Effect::Typing {
            conversation: thread.id,
            is_typing: false,
        });
    }
}

/// Puts a message into the composer.
pub(super) fn begin_edit(model: &mut Model, key: &Key, id: MessageId, text: &str) {
    model.composer.edit(id, text);
    model.selected = None;
    let room = model.room();
    if let Some(thread) = &mut model.thread {
        thread.reveal(key, room);
    }
}
