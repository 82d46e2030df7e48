//! What the full screen shows in a window, as lines: lists with a number before each choice, questions, forms line by
//! line. What was told last can be answered by `/pick`, `/yes`, `/no` and `/answer`.

use super::say::Said;
use crate::{
    Effect,
    action::Action,
    keymap::Context,
    model::{Field, Form, FormKind, Key, Model, Picker, Popup, Purpose, Question},
    update,
};
use chat_core::Seq;

/// Writes the window that has come, and puts it aside until it is answered. What is looked for is still to come.
pub(super) fn read(model: &mut Model, said: &mut Said) {
    let waits = match &model.popup {
        Some(Popup::Pick(picker)) => matches!(picker.purpose, Purpose::Search { .. }),
        Some(Popup::Form(form)) => form.busy,
        _ => false,
    };
    if !waits && let Some(popup) = model.popup.take() {
        say(&popup, model, said);
        said.window = Some(popup);
    }
}

/// The same, when what was looked for is found or not.
pub(super) fn read_found(model: &mut Model, said: &mut Said) {
    match model.popup.take() {
        Some(Popup::Pick(picker)) => {
            // Why it could not be looked for is told by itself.
            if model.notice.as_ref().is_none_or(|notice| !notice.bad) {
                list(&picker, said);
            }
            said.window = Some(Popup::Pick(picker));
        }
        other => model.popup = other,
    }
}

fn say(popup: &Popup, model: &Model, said: &mut Said) {
    match popup {
        Popup::Pick(picker) => list(picker, said),
        Popup::Read(reading) => reading.lines.iter().for_each(|line| said.line(line)),
        Popup::Ask(question) => {
            said.line(&format!("{} /yes or /no", asked(question)));
        }
        Popup::Form(form) if form.kind == FormKind::Password => {
            said.refuse("a password is changed without --plain: here it would be seen");
        }
        Popup::Form(form) => ask(form, said),
        Popup::Picture(_) => said.refuse("a picture cannot be shown here: /save saves it"),
        Popup::Help { .. } => said.line(&model.keymap.listing()),
    }
}

fn list(picker: &Picker, said: &Said) {
    said.line(&picker.title);
    if picker.choices.is_empty() {
        said.line(&picker.nothing);
    }
    for (choice, nth) in picker.choices.iter().zip(1..) {
        let whole = [
            choice.label.as_str(),
            choice.detail.as_str(),
            choice.badge.as_str(),
        ];
        let parts: Vec<_> = whole.into_iter().filter(|part| !part.is_empty()).collect();
        said.line(&format!("  {nth}. {}", parts.join(", ")));
    }
}

fn asked(question: &Question) -> String {
    match question {
        Question::Delete(_) => "Delete this message for everyone?".to_owned(),
        Question::Discard(..) => "Throw this message away? It is not sent.".to_owned(),
        Question::SignOut => "Sign out? What waits to be sent is lost.".to_owned(),
        Question::Leave(_) => "Leave this conversation?".to_owned(),
        Question::Remove { name, .. } => format!("Take {name} out of the conversation?"),
        Question::Block(_, name) => format!("Block {name}?"),
        Question::EndSession(_, name) => format!("Sign out on {name}?"),
        Question::EndOthers(others) => match others.len() {
            1 => "Sign out on the other device?".to_owned(),
            count => format!("Sign out on {count} other devices?"),
        },
        Question::Paste(_) => "Paste this?".to_owned(),
    }
}

fn ask(form: &Form, said: &mut Said) {
    if let Some(why) = &form.error {
        said.refuse(why);
    }
    said.line(&format!("{}: {}", form.title, form.hint));
    let (label, field) = &form.fields[form.focus];
    let now = match field.text() {
        "" => String::new(),
        text => format!(", {text:?} until now: /answer alone keeps it"),
    };
    said.line(&format!(
        "  {label}{now}; write /answer and what it is to be"
    ));
}

/// Answers what was told last.
pub(super) fn answer(
    model: &mut Model,
    said: &mut Said,
    word: &str,
    rest: &str,
) -> Result<Vec<Effect>, String> {
    let window = said.window.take();
    model.popup = window;
    let done = match (word, &mut model.popup) {
        ("pick", Some(Popup::Pick(picker))) => {
            let nth = rest
                .parse::<usize>()
                .ok()
                .and_then(|nth| nth.checked_sub(1));
            // What was looked for stays what it was.
            if !matches!(picker.purpose, Purpose::Search { .. }) {
                picker.filter = Field::new("");
            }
            picker.selected = nth
                .filter(|nth| *nth < picker.choices.len())
                .ok_or_else(|| format!("there is no {rest:?} in the list: write its number"))?;
            update::act(model, Action::Accept)
        }
        ("yes", Some(Popup::Ask(_))) => update::act(model, Action::Yes),
        ("no", Some(_)) => update::act(model, Action::Dismiss),
        ("answer", Some(Popup::Form(form))) => {
            form.error = None;
            if let Some((_, field)) = form.fields.get_mut(form.focus)
                && !rest.is_empty()
            {
                *field = Field::new(rest);
            }
            let is_last = form.focus + 1 == form.fields.len();
            let next = if is_last {
                Action::Accept
            } else {
                Action::Next
            };
            update::act(model, next)
        }
        _ => return Err(format!("nothing is asked that /{word} answers")),
    };
    Ok(done.unwrap_or_default())
}

/// Does something by its name: with the whole, or with a message.
pub(super) fn act(
    model: &mut Model,
    name: &str,
    message: Option<Seq>,
) -> Result<Vec<Effect>, String> {
    let place = match message {
        Some(_) => Context::Select,
        None => Context::Chat,
    };
    let known = Action::named(name).filter(|action| action.context() == place);
    // These write into a draft, which is not here.
    let known =
        known.filter(|action| !matches!(action, Action::Reply | Action::Edit | Action::Attach));
    let Some(action) = known else {
        let names = Action::ALL
            .iter()
            .filter(|action| action.context() == place);
        let names: Vec<_> = names.map(|action| action.name()).collect();
        return Err(format!("{name:?} is none of {}", names.join(", ")));
    };
    model.selected = message.map(Key::Message);
    let done = update::act(model, action);
    model.selected = None;
    done.ok_or_else(|| format!("{name:?} does nothing here"))
}
