//! The form for signing in.

use crate::{
    Effect,
    action::Action,
    model::{Field, Model, SignIn, SignInField},
};
use chat_core::{Secret, text};

/// Does what a key is for. False when it does not apply here.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    if action == Action::Dismiss && model.account.is_some() {
        // Another account was to be added; the one that is there goes on.
        if model.sign_in.take().is_some_and(|form| form.busy) {
            effects.push(Effect::GiveUp);
        }
        return true;
    }
    if action == Action::Dismiss
        && let Some(form) = model.sign_in.as_mut().filter(|form| form.busy)
    {
        // There is nothing to go back to but the form.
        form.busy = false;
        effects.push(Effect::GiveUp);
        return true;
    }
    let Some(form) = model.sign_in.as_mut().filter(|form| !form.busy) else {
        return false;
    };
    match action {
        Action::Next => form.step(false),
        Action::Previous => form.step(true),
        Action::ToggleRegister => {
            form.register = !form.register;
            form.error = None;
            if std::mem::take(&mut form.is_refused) {
                form.password = Field::secret();
            }
            if !form.fields().contains(&form.focus) {
                form.focus = SignInField::Password;
            }
        }
        Action::Accept => submit(form, effects),
        _ => return false,
    }
    true
}

/// It did not work.
pub(super) fn failed(model: &mut Model, error: String) {
    if model.sign_in.is_none() && model.account.is_some() {
        // Another account was chosen from the list, or its form was left meanwhile; the one that is there goes on.
        return model.say(true, error);
    }
    let form = model.sign_in.get_or_insert_with(|| SignIn::new("", ""));
    form.busy = false;
    form.is_refused = true;
    form.error = Some(text::inert_line(&error).into_owned());
}

fn submit(form: &mut SignIn, effects: &mut Vec<Effect>) {
    if let Some(missing) = form.missing() {
        // Enter goes on to the next line until all are filled.
        if form.focus == missing {
            let what = match missing {
                SignInField::Server => "type the address of the server",
                SignInField::Name => "type your name there",
                SignInField::Email => {
                    "type your email address: it is how you get in again without the password"
                }
                SignInField::Password => "type your password",
            };
            form.error = Some(what.to_owned());
        }
        form.focus = missing;
        return;
    }
    form.busy = true;
    form.error = None;
    let server = form.server.text().trim().to_owned();
    let name = form.name.text().trim().to_owned();
    let password = Secret::new(form.password.text());
    effects.push(match form.register {
        false => Effect::SignIn {
            server,
            name,
            password,
        },
        true => Effect::Register {
            server,
            name,
            email: form.email.text().trim().to_owned(),
            password,
        },
    });
}
