//! What a message answers, in one line, and the name by which texts name the reader.

use super::super::{entry::file_label, summary::person_name};
use chat_core::{ConversationState, Message, State, Stretch, text};

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
pub(super) fn quote(message: &Message, known: &ConversationState) -> Option<String> {
    let reply = message.extras.reply_to.as_ref()?;
    // By its place: by its id, every message would be looked at for each answer.
    let place = Stretch {
        after: reply.seq.before(),
        through: reply.seq,
    };
    let answered = known
        .messages_in(place)
        .find(|message| message.id == reply.id);
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
    Some(match sender {
        Some(sender) => format!("{}: {said}", person_name(sender)),
        None => said.into_owned(),
    })
}
