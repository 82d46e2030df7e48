//! Filling something in: whom to talk to, what a conversation is called, how one is seen, which file to send.

use crate::{
    Effect,
    action::Action,
    effect::Wish,
    model::{Composer, Form, FormKind, Model, People, Popup},
};
use chat_core::{
    Bio, ChangeConversation, ChangeMe, ChangePassword, ChangePrefs, ConversationId, Description,
    DisplayName, InviteCode, MessageBody, MessageId, NewPassword, Nickname, Reason, ReportMessage,
    Secret, StatusText, Title, text,
};

/// Whom to talk to.
pub(super) fn new_conversation(model: &mut Model) {
    let key = model.keymap.key(Action::CompleteField);
    let hint = format!(
        "usernames with spaces between, {key} completes them; # and a title for a group, for example: bo cy # Release 2.4; \
         >> instead of # for a channel, where only admins write"
    );
    let kind = FormKind::NewConversation;
    let form = Form::new(kind, "New conversation", hint, &[("with", "")]);
    model.popup = Some(Popup::Form(form));
}

/// A file to send. False where nothing may be said.
pub(super) fn attach(model: &mut Model) -> bool {
    let Some(thread) = model.thread.as_ref().filter(|_| model.may_write()) else {
        return false;
    };
    // What was being written goes with it.
    let draft = model.composer.text();
    let caption = match model.composer.editing() {
        Some(_) => "",
        None => draft.as_str(),
    };
    let fields = [("file", ""), ("say", caption)];
    // Several lines stay as they are, in the draft.
    let (fields, said) = match caption.contains('\n') {
        true => (&fields[..1], "What you have written goes with it"),
        false => (&fields[..], "What is said with it may be empty"),
    };
    let key = model.keymap.key(Action::CompleteField);
    let hint = format!("the path of a file, {key} completes it; ~ is your home. {said}");
    let kind = FormKind::Attach(thread.id);
    model.popup = Some(Popup::Form(Form::new(kind, "Send a file", hint, fields)));
    true
}

/// Why a message is reported.
pub(super) fn report(message: MessageId) -> Form {
    Form::new(
        FormKind::Report(message),
        "Report this message",
        "those who look after the server get it as it is now, with who said it and what you write",
        &[("why", "")],
    )
}

/// What was filled in is asked for.
pub(super) fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Popup::Form(form)) = &mut model.popup else {
        return;
    };
    // It may have been covered while another conversation was gone to.
    let open = model.thread.as_ref().map(|thread| thread.id);
    let (draft, reply) = match form.kind {
        FormKind::Attach(id) if open != Some(id) => (model.drafts.get(&id), model.replies.get(&id)),
        _ => (Some(&model.composer), model.reply.as_ref()),
    };
    let draft = draft.map(Composer::text).unwrap_or_default();
    let reply_to = reply.map(|(id, _)| *id);
    if form.busy {
        return;
    }
    match effect(form, &draft, reply_to) {
        Err(rule) => form.error = Some(rule),
        Ok(effect) => {
            form.error = None;
            form.busy = true;
            effects.push(effect);
        }
    }
}

/// What is typed is completed, where it can be; else it goes on to the next line.
pub(super) fn complete(form: &mut Form, effects: &mut Vec<Effect>) {
    match form.completable().filter(|_| !form.busy) {
        None => form.step(false),
        Some(typed) => effects.push(match form.kind {
            FormKind::Attach(_) => Effect::CompletePath(typed.to_owned()),
            _ => Effect::CompletePerson(typed.to_owned()),
        }),
    }
}

/// What it may become: the one there is is put there, of several what they have in common.
pub(super) fn completed(model: &mut Model, typed: &str, options: Vec<(String, String)>) {
    let Some(Popup::Form(form)) = &mut model.popup else {
        return;
    };
    if form.completable() != Some(typed) {
        // Somebody has typed on meanwhile.
        return;
    }
    let is_path = matches!(form.kind, FormKind::Attach(_));
    let same = common(options.iter().map(|(whole, _)| whole.as_str()));
    form.error = options
        .is_empty()
        .then(|| "nothing begins like that".to_owned());
    if let [(whole, _)] = options.as_slice() {
        let end = if is_path { "" } else { " " };
        form.put(typed, &format!("{whole}{end}"));
        form.options.clear();
        if whole == typed && is_path {
            form.step(false);
        }
        return;
    }
    if same.len() > typed.len() && same.starts_with(typed) {
        form.put(typed, same);
    }
    form.options = options
        .into_iter()
        .map(|(name, shown)| match is_path {
            true => shown,
            false => format!("{name} ({shown})"),
        })
        .collect();
}

fn common<'a>(mut texts: impl Iterator<Item = &'a str>) -> &'a str {
    let first = texts.next().unwrap_or_default();
    texts.fold(first, |same, text| {
        let differs = |((_, a), b): &((usize, char), char)| a != b;
        let end = same.char_indices().zip(text.chars()).find(differs);
        let end = end.map_or(same.len().min(text.len()), |((at, _), _)| at);
        &same[..end]
    })
}

/// Something was refused. The form that asked for it says why, if it still waits; another one has nothing to do with it.
pub(super) fn refused(model: &mut Model, kind: Option<FormKind>, error: &str) {
    let error = text::inert_line(error).into_owned();
    let mut windows = model.popup.iter_mut().chain(&mut model.below);
    let waiting = windows.find(|popup| popup.waits(|waiting| kind == Some(waiting)));
    match waiting {
        Some(Popup::Form(form)) => {
            form.busy = false;
            form.error = Some(error);
        }
        _ => model.say(true, error),
    }
}

fn effect(form: &Form, draft: &str, reply_to: Option<MessageId>) -> Result<Effect, String> {
    let wish = match form.kind {
        FormKind::NewConversation => {
            let People {
                usernames,
                title,
                is_channel,
            } = form.people()?;
            return Ok(Effect::Create {
                usernames,
                title,
                is_channel,
            });
        }
        FormKind::Attach(conversation) => {
            let path = form.text(0).trim().to_owned();
            if path.is_empty() {
                return Err("write the path of a file".to_owned());
            }
            let said = match form.fields.len() {
                1 => draft.trim(),
                _ => form.text(1).trim(),
            };
            let caption = (!said.is_empty())
                .then(|| MessageBody::parse(said))
                .transpose();
            return Ok(Effect::SendFile {
                conversation,
                path,
                caption: caption.map_err(|rule| format!("what is said {rule}"))?,
                reply_to,
            });
        }
        FormKind::Join => Wish::Join(code(form.text(0))?),
        FormKind::AddMembers(id) => Wish::AddMembers(id, form.people()?.usernames),
        FormKind::Rename(id) => Wish::Rename(rename(form, id)?),
        FormKind::Nickname(id) => {
            let nickname = Nickname::parse(form.text(0).trim());
            Wish::Prefs(ChangePrefs {
                nickname: Some(nickname.map_err(|rule| format!("the name {rule}"))?),
                ..no_prefs(id)
            })
        }
        FormKind::Password => Wish::Password(password(form)?),
        FormKind::Report(message_id) => {
            let reason = Reason::parse(form.text(0).trim());
            let reason = reason.map_err(|rule| format!("what you write {rule}"))?;
            Wish::Report(ReportMessage { message_id, reason })
        }
        FormKind::Profile => Wish::Profile(profile(form)?),
    };
    Ok(Effect::Ask(wish))
}

/// Changes nothing yet.
pub(crate) fn no_prefs(conversation_id: ConversationId) -> ChangePrefs {
    ChangePrefs {
        conversation_id,
        muted_until: None,
        pinned: None,
        archived: None,
        nickname: None,
        draft: None,
    }
}

/// The code may come with the address around it.
fn code(typed: &str) -> Result<InviteCode, String> {
    let code = typed.trim().rsplit('/').next().unwrap_or_default();
    InviteCode::parse(code).map_err(|rule| format!("it {rule}"))
}

fn rename(form: &Form, id: ConversationId) -> Result<ChangeConversation, String> {
    let title = Title::parse(form.text(0)).map_err(|rule| format!("the title {rule}"))?;
    let about =
        Description::parse(form.text(1)).map_err(|rule| format!("the description {rule}"))?;
    Ok(ChangeConversation {
        title: Some(title),
        description: Some(about),
        ..ChangeConversation::of(id)
    })
}

fn password(form: &Form) -> Result<ChangePassword, String> {
    let (until_now, from_now) = (form.text(0), form.text(1));
    if until_now.is_empty() {
        return Err("write the password that you have until now, too".to_owned());
    }
    if from_now != form.text(2) {
        return Err("the new password is not the same both times".to_owned());
    }
    let new_password = NewPassword::try_from(from_now.to_owned());
    Ok(ChangePassword {
        current_password: Secret::new(until_now),
        new_password: new_password.map_err(|rule| format!("the new password {rule}"))?,
    })
}

fn profile(form: &Form) -> Result<ChangeMe, String> {
    let name = DisplayName::parse(form.text(0)).map_err(|rule| format!("the name {rule}"))?;
    let status = StatusText::parse(form.text(1)).map_err(|rule| format!("the status {rule}"))?;
    let bio =
        Bio::parse(form.text(2)).map_err(|rule| format!("what you say of yourself {rule}"))?;
    Ok(ChangeMe {
        display_name: Some(name),
        status_text: Some(status),
        bio: Some(bio),
        ..ChangeMe::nothing()
    })
}
