//! Everything that can be done where one is, to be found by its words: the actions, what the menus about the conversation
//! and about oneself have, and what can be done to a message. What needs what is not here is not there; what one may not do
//! says so.

use super::{account, contexts, keys, manage, popup, select};
use crate::{
    Effect,
    action::Action,
    keymap::Context,
    model::{Choice, Entry, Key, Model, Pick, Picker, Popup, Purpose},
};

/// Where keys are heard while one acts on messages.
const ACTING: &[Context] = &[Context::Select, Context::Chat, Context::Always];

/// Opens it.
pub(super) fn open(model: &mut Model) {
    let here = contexts(model);
    let can = Action::ALL.iter().copied().filter(|action| {
        here.contains(&action.context()) && !popup::walks(*action) && is_possible(model, *action)
    });
    let mut choices: Vec<_> = can.map(|action| row(model, action)).collect();
    if model.sign_in.is_none() {
        choices.extend(menus(model));
    }
    if !here.contains(&Context::Select) {
        let to_one = select::VERBS.iter().filter(|_| model.thread.is_some());
        choices.extend(to_one.map(|action| row(model, *action)));
    }
    let title = "Everything that can be done here";
    model.popup = Some(Popup::Pick(Picker::new(Purpose::Command, title, choices)));
}

/// Does what was chosen. What is done to a message is done to the newest one that it can be done to, and selects it.
pub(super) fn take(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if select::VERBS.contains(&action) && model.selected.is_none() {
        let Some(key) = newest(model, action) else {
            return model.say(true, why_not(model, action));
        };
        let room = model.room();
        if let Some(thread) = &mut model.thread {
            thread.reveal(&key, room);
        }
        model.selected = Some(key);
    }
    if !keys::act(model, action, effects) {
        model.say(true, format!("{:?} does nothing here", action.label()));
    }
}

fn row(model: &Model, action: Action) -> Choice {
    let here = contexts(model);
    let is_near = here.contains(&action.context());
    let place = match action.context() {
        Context::Select if !is_near => ACTING,
        _ => here,
    };
    // Those that are heard there. More than two would be cut.
    let keys = model.keymap.all_heard(place, action).take(2);
    let keys = keys.map(|key| key.to_string());
    let keys = keys.collect::<Vec<_>>().join(" ");
    let keys = match action.context() {
        // First the message is selected.
        Context::Select if !is_near => format!("{} {keys}", model.keymap.key(Action::SelectMode)),
        _ => keys,
    };
    Choice::plain(action.description(), Pick::Do(action))
        .detail(action.name())
        .badge(keys)
        .words(action.words())
}

/// What the menus have that is no action by itself.
fn menus(model: &Model) -> Vec<Choice> {
    let about = model.thread.as_ref().zip(model.open_row());
    let about = about.map(|(thread, row)| manage::choices(thread, row));
    let choices = about.into_iter().flatten().chain(account::choices());
    let is_action = |choice: &Choice| match choice.pick {
        Pick::Do(_) => true,
        Pick::Manage(_, what) => what.is_action(),
        _ => false,
    };
    choices.filter(|choice| !is_action(choice)).collect()
}

/// The newest message that something can be done to: of those in view, else of all that are here.
fn newest(model: &Model, action: Action) -> Option<Key> {
    let thread = model.thread.as_ref()?;
    let can = |entry: &Entry| select::applies(model, action, entry).is_ok();
    let in_view = thread.visible_entries(model.room());
    let in_view = in_view.iter().rev().find(|entry| can(entry));
    let found = in_view.map(|entry| entry.key.clone());
    found.or_else(|| {
        let mut all = thread.entries().rev();
        all.find(|entry| can(entry)).map(|entry| entry.key.clone())
    })
}

/// Why something can be done to no message here.
fn why_not(model: &Model, action: Action) -> &'static str {
    let mut entries = model.thread.iter().flat_map(|thread| thread.entries());
    let why = entries.next_back();
    why.and_then(|entry| select::applies(model, action, entry).err())
        .unwrap_or("there is no message here")
}

/// Whether something can be done as it is now.
fn is_possible(model: &Model, action: Action) -> bool {
    let thread = model.thread.as_ref();
    match action {
        Action::EditLast => thread.is_some() && model.may_write() && model.composer.is_empty(),
        Action::SelectMode
        | Action::SearchHere
        | Action::Pins
        | Action::ScrollUp
        | Action::ScrollDown
        | Action::ScrollToNew
        | Action::ScrollToNewest
        | Action::Conversation
        | Action::ToggleMembers
        // Who may not is told so.
        | Action::Roles
        | Action::Timer
        | Action::Block => thread.is_some(),
        action if action.context() == Context::Compose => thread.is_some() && model.may_write(),
        action if select::VERBS.contains(&action) => {
            let entry = model.selected.as_ref().zip(thread);
            let entry = entry.and_then(|(key, thread)| thread.entry(key));
            entry.is_some_and(|entry| select::applies(model, action, entry).is_ok())
        }
        _ => true,
    }
}
