//! Looking for messages: what is typed is asked for when one stops typing, and what was found is shown page by page. What
//! comes for other words than those that are typed is not shown.

use crate::{
    Effect,
    effect::Further,
    model::{Choice, Found, Model, Pick, Picker, Popup, Purpose},
};
use chat_core::text;

/// What is typed is asked for so long after the last key.
const SEARCH_AFTER_MS: i64 = 250;
/// The row behind those that are shown, where there are more.
const MORE: &str = "there is more: show it";

/// Begins to look for messages.
pub(in crate::update) fn search(model: &mut Model, here: bool) {
    let within = model
        .thread
        .as_ref()
        .filter(|_| here)
        .map(|thread| thread.id);
    let title = match (&model.thread, within) {
        (Some(thread), Some(_)) => format!("Search in {}", thread.title),
        _ => "Search everywhere".to_owned(),
    };
    let purpose = Purpose::Search {
        within,
        due: None,
        asked: String::new(),
    };
    let mut picker = Picker::new(purpose, title, Vec::new());
    "type what you look for".clone_into(&mut picker.nothing);
    model.popup = Some(Popup::Pick(picker));
}

/// Waits for what is found without anything to type into.
pub(in crate::update) fn search_for(model: &mut Model, typed: &str) {
    search(model, false);
    if let Some(Popup::Pick(picker)) = &mut model.popup
        && let Purpose::Search { asked, .. } = &mut picker.purpose
    {
        typed.clone_into(asked);
        picker.filter = crate::model::Field::new(typed.trim());
    }
}

/// What is typed changed.
pub(in crate::update) fn typed(model: &mut Model) {
    let now = model.now;
    if let Some(Popup::Pick(picker)) = &mut model.popup {
        picker.selected = 0;
        picker.offer_what_is_typed();
        if let Purpose::Search { due, .. } = &mut picker.purpose {
            *due = Some(now.plus_ms(SEARCH_AFTER_MS));
        }
    }
}

/// Asks for what was typed into a search, when it is time.
pub(in crate::update) fn ask_what_is_typed(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now;
    let Some(Popup::Pick(picker)) = &mut model.popup else {
        return;
    };
    let typed = picker.filter.text().trim().to_owned();
    let Purpose::Search { within, due, asked } = &mut picker.purpose else {
        return;
    };
    if due.is_none_or(|at| at > now) {
        return;
    }
    *due = None;
    if typed.is_empty() {
        picker.choices.clear();
        asked.clear();
        "type what you look for".clone_into(&mut picker.nothing);
    } else if *asked != typed {
        asked.clone_from(&typed);
        let within = *within;
        "searching…".clone_into(&mut picker.nothing);
        effects.push(Effect::Search {
            typed,
            within,
            further: Further::default(),
        });
    }
}

/// Messages were found: the first, or more behind those that are shown.
pub(in crate::update) fn found(model: &mut Model, typed: &str, found: &Found) {
    let mut choices = super::places(model, &found.messages);
    let Some(Popup::Pick(picker)) = &mut model.popup else {
        return;
    };
    match &picker.purpose {
        // Somebody has typed on meanwhile.
        Purpose::Search { asked, .. } if asked != typed => return,
        // Where one is needs no saying.
        Purpose::Search { within, .. } if within.is_some() => {
            for choice in &mut choices {
                choice.detail.clear();
            }
        }
        Purpose::Search { .. } => {}
        _ => return,
    }
    picker.choices.truncate(found.behind);
    picker.selected = picker.choices.len();
    picker.choices.extend(choices);
    if let Some(further) = &found.further {
        let more = Choice::plain(MORE, Pick::Further(further.clone()));
        picker.choices.push(more);
    }
    picker.nothing = match found.kept {
        true => "nothing on this device; the server cannot be asked now".to_owned(),
        false => "nothing found".to_owned(),
    };
}

/// Asks for what was found beyond what is shown.
pub(super) fn go_on(model: &mut Model, further: Further, effects: &mut Vec<Effect>) {
    let Some(Popup::Pick(picker)) = &mut model.popup else {
        return;
    };
    // It is asked for once.
    picker.choices.pop();
    picker.selected = picker.choices.len();
    if let Purpose::Search { within, asked, .. } = &picker.purpose {
        effects.push(Effect::Search {
            typed: asked.clone(),
            within: *within,
            further,
        });
    }
}

/// Messages could not be looked for. The same words may be tried again.
pub(in crate::update) fn not_found(model: &mut Model, typed: &str, why: &str) {
    let why = text::inert_line(why).into_owned();
    if let Some(Popup::Pick(picker)) = &mut model.popup
        && let Purpose::Search { asked, .. } = &mut picker.purpose
        && asked == typed
    {
        asked.clear();
        picker.choices.clear();
        picker.nothing.clone_from(&why);
    }
    model.say(true, why);
}

/// Whether what is shown was found for other words than those that are typed; then these are asked for at once.
pub(super) fn is_behind(model: &mut Model) -> bool {
    let now = model.now;
    let Some(Popup::Pick(picker)) = &mut model.popup else {
        return false;
    };
    let typed = picker.filter.text().trim().to_owned();
    match &mut picker.purpose {
        Purpose::Search { asked, due, .. } if *asked != typed => {
            *due = Some(now);
            true
        }
        _ => false,
    }
}
