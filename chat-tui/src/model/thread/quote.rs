//! What a message answers, in one line, and the name by which texts name the reader.

use super::super::{entry::file_label, summary::person_name};
use chat_core::{ConversationState, Echo, Message, ReplyTo, State, UserId, text};

/// The reader's username, by which texts name them.
pub(super) fn username(state: &State, known: &ConversationState) -> String {
    let mut members = known
        .conversation()
        .members
        .iter()
        .map(|member| &member.user);
    let account = state.account().map(|me| &me.user);
    account
        .or_else(|| members.find(|user| user.id == state.me()))
        .map(|user| user.username.to_lowercase())
        .unwrap_or_default()
}

/// A file that is answered is named in so many columns.
const QUOTED: usize = 40;

/// The beginning of what a message answers, in one line.
pub(super) fn quote(message: &Message, known: &ConversationState, me: UserId) -> Option<String> {
    let reply = message.extras.reply_to.as_ref()?;
    Some(quoted(reply, known, me))
}

/// The same of a message on its way, of which only the device knows what it answers.
pub(super) fn quote_of_echo(echo: &Echo, known: &ConversationState, me: UserId) -> Option<String> {
    let id = echo.reply_to?;
    let Some(answered) = known.message(id) else {
        return Some("…".to_owned());
    };
    let reply = ReplyTo {
        id,
        seq: answered.seq,
        sender_id: answered.sender.id,
        excerpt: text::excerpt(&answered.content),
    };
    Some(quoted(&reply, known, me))
}

fn quoted(reply: &ReplyTo, known: &ConversationState, me: UserId) -> String {
    let answered = known.message(reply.id);
    let file = answered.and_then(|message| message.extras.attachments.first());
    let said = match file {
        _ if answered.is_some_and(|message| message.deleted_at.is_some()) => {
            "message deleted".into()
        }
        Some(file) if reply.excerpt.is_empty() => file_label(file, QUOTED).into(),
        None if reply.excerpt.is_empty() => "…".into(),
        _ => text::inert_line(&reply.excerpt),
    };
    let mut members = known
        .conversation()
        .members
        .iter()
        .map(|member| &member.user);
    let sender = answered
        .map(|message| &message.sender)
        .or_else(|| members.find(|user| user.id == reply.sender_id));
    match sender {
        _ if reply.sender_id == me => format!("you: {said}"),
        Some(sender) => format!("{}: {said}", person_name(sender)),
        None => said.into_owned(),
    }
}
