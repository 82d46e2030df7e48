//! What happens to a group or channel is said in it, too: by a message of kind `system`, so that it has its place among
//! the others. Direct conversations have none.

use crate::{
    Error,
    bus::Audience,
    store::{self, message::NewMessage},
    writer::Tx,
};
use chat_core::{
    ClientId, ConversationId, Envelope, Event, Extras, Limits, Message, MessageId, MessageKind,
    Place, SystemAction, SystemNote, Timestamp, User, UserId,
};

/// Something to be said: what the message is called, who did it, when.
#[derive(Clone, Copy)]
pub(crate) struct Note {
    pub(crate) id: MessageId,
    pub(crate) by: UserId,
    pub(crate) at: Timestamp,
    /// How long the server keeps messages at most, in seconds. The timer of a conversation is not for its notes.
    pub(crate) retention_s: Option<u32>,
}

impl Note {
    /// Says what happened, to whom, and to which title, role or time.
    pub(crate) async fn say(
        self,
        tx: &mut Tx,
        conversation: ConversationId,
        action: SystemAction,
        users: &[UserId],
        value: Option<String>,
    ) -> Result<(), Error> {
        let shown = &users[..users.len().min(Limits::REACTORS_SHOWN)];
        let wanted: Vec<_> = shown.iter().copied().chain([self.by]).collect();
        let people = store::user::by_ids(tx, &wanted).await?;
        let sender = people
            .get(&self.by)
            .cloned()
            .ok_or_else(|| Error::not_found("user"))?;
        let note = SystemNote {
            action,
            user_ids: shown.to_vec(),
            user_count: u32::try_from(users.len()).unwrap_or(u32::MAX),
            value,
        };
        let named: Vec<_> = shown.iter().filter_map(|id| people.get(id)).collect();
        let content = sentence(&sender, &note, &named);
        let places =
            store::conversation::take_message_seqs(tx, &[(conversation, 1, self.at)]).await?;
        let seq = places.get(&conversation).copied();
        let message = Message {
            id: self.id,
            conversation_id: conversation,
            seq: seq.ok_or_else(|| Error::not_found("conversation"))?,
            client_id: ClientId::from(self.id.uuid()),
            sender,
            kind: MessageKind::System,
            content,
            extras: Extras {
                system: Some(note),
                ..Extras::default()
            },
            created_at: self.at,
            expires_at: self
                .retention_s
                .map(|s| self.at.plus_ms(i64::from(s) * 1_000)),
            edited_at: None,
            pinned_at: None,
            deleted_at: None,
            deleted_by: None,
        };
        let new = NewMessage {
            message,
            content_hash: 0,
        };
        store::message::insert(tx, std::slice::from_ref(&new)).await?;
        let envelope = Envelope {
            conversation_id: Some(conversation),
            place: Place::Log(new.message.seq),
            at: Some(self.at),
            event: Event::MessageNew(new.message),
        };
        tx.tell(Audience::Members(conversation), envelope);
        Ok(())
    }
}

/// The note in plain English, for clients that do not say it in their own words.
fn sentence(by: &User, note: &SystemNote, named: &[&User]) -> String {
    let who = &by.display_name;
    let value = note.value.as_deref().unwrap_or_default();
    let whom = match named {
        [] => "somebody".to_owned(),
        [one] if note.user_count == 1 => one.display_name.clone(),
        [one, other] if note.user_count == 2 => {
            format!("{} and {}", one.display_name, other.display_name)
        }
        [first, ..] => format!("{} and {} others", first.display_name, note.user_count - 1),
    };
    match note.action {
        SystemAction::Added => format!("{who} added {whom}"),
        SystemAction::Joined => format!("{who} joined"),
        SystemAction::Left => format!("{who} left"),
        SystemAction::Removed => format!("{who} removed {whom}"),
        SystemAction::RoleChanged => format!("{who} made {whom} {value}"),
        SystemAction::TitleChanged => format!("{who} changed the title to {value}"),
        SystemAction::DescriptionChanged => format!("{who} changed the description"),
        SystemAction::AvatarChanged => format!("{who} changed the picture"),
        SystemAction::TimerChanged => match value {
            "" => format!("{who} lets messages stay for ever"),
            seconds => format!("{who} lets messages disappear after {seconds} seconds"),
        },
        _ => who.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_a_sentence() {
        let user =
            |n: u128, name: &str| User::new(UserId::new(uuid::Uuid::from_u128(n)), name, name);
        let (ann, bob, eve) = (user(1, "Ann"), user(2, "Bob"), user(3, "Eve"));
        let note = |action, user_count| SystemNote {
            action,
            user_ids: Vec::new(),
            user_count,
            value: Some("admin".to_owned()),
        };

        let said =
            |action, named: &[&User]| sentence(&ann, &note(action, named.len() as u32), named);

        assert_eq!(said(SystemAction::Added, &[&bob]), "Ann added Bob");
        assert_eq!(
            said(SystemAction::Added, &[&bob, &eve]),
            "Ann added Bob and Eve"
        );
        assert_eq!(
            said(SystemAction::Added, &[&bob, &eve, &ann]),
            "Ann added Bob and 2 others"
        );
        assert_eq!(
            said(SystemAction::RoleChanged, &[&bob]),
            "Ann made Bob admin"
        );
    }
}
