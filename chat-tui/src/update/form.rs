//! Filling something in: whom to talk to, what a conversation is called, how one is seen, which file to send.

use crate::{
    Effect,
    effect::Wish,
    model::{Form, FormKind, Model, Popup},
};
use chat_core::{
    Bio, ChangeConversation, ChangeMe, ChangePrefs, ConversationId, Description, DisplayName,
    InviteCode, MessageBody, Nickname, StatusText, Title, text,
};

/// Whom to talk to.
pub(super) fn new_conversation() -> Form {
    Form::new(
        FormKind::NewConversation,
        "New conversation",
        "usernames with spaces between; # and a title for a group, for example: bo cy # Release 2.4",
        &[("with", "")],
    )
}

/// A file to send. False where nothing may be said.
pub(super) fn attach(model: &mut Model) -> bool {
    let Some(thread) = model.thread.as_ref().filter(|_| model.may_write()) else {
        return false;
    };
    // What was being written goes with it.
    let draft = model.composer.text().replace('\n', " ");
    let caption = match model.composer.editing() {
        Some(_) => "",
        None => draft.as_str(),
    };
    let fields = [("file", ""), ("say", caption)];
    let hint = "the path of a file; ~ is your home. What is said with it may be empty";
    let kind = FormKind::Attach(thread.id);
    model.popup = Some(Popup::Form(Form::new(kind, "Send a file", hint, &fields)));
    true
}

/// What was filled in is asked for.
pub(super) fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    let reply_to = model.reply.as_ref().map(|(id, _)| *id);
    let Some(Popup::Form(form)) = &mut model.popup else {
        return;
    };
    if form.busy {
        return;
    }
    match effect(form, reply_to) {
        Err(rule) => form.error = Some(rule),
        Ok(effect) => {
            form.error = None;
            form.busy = true;
            effects.push(effect);
        }
    }
}

/// What a form asked for was refused.
pub(super) fn refused(model: &mut Model, error: &str) {
    let error = text::inert_line(error).into_owned();
    match &mut model.popup {
        Some(Popup::Form(form)) => {
            form.busy = false;
            form.error = Some(error);
        }
        _ => model.say(true, error),
    }
}

fn effect(form: &Form, reply_to: Option<chat_core::MessageId>) -> Result<Effect, String> {
    let wish = match form.kind {
        FormKind::NewConversation => {
            let (usernames, title) = form.people()?;
            return Ok(Effect::Create { usernames, title });
        }
        FormKind::Attach(conversation) => {
            let path = form.text(0).trim().to_owned();
            if path.is_empty() {
                return Err("write the path of a file".to_owned());
            }
            let said = form.text(1).trim();
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
        FormKind::AddMembers(id) => Wish::AddMembers(id, form.people()?.0),
        FormKind::Rename(id) => Wish::Rename(rename(form, id)?),
        FormKind::Nickname(id) => {
            let nickname = Nickname::parse(form.text(0).trim());
            Wish::Prefs(ChangePrefs {
                nickname: Some(nickname.map_err(|rule| format!("the name {rule}"))?),
                ..no_prefs(id)
            })
        }
        FormKind::Profile => Wish::Profile(profile(form)?),
    };
    Ok(Effect::Ask(wish))
}

/// Changes nothing yet.
pub(super) fn no_prefs(conversation_id: ConversationId) -> ChangePrefs {
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
