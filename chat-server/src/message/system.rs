//! What happens to a group or channel is said in it, too: by a message of kind `system`, so that it has its place among
//! the others. Direct conversations have none. Names are no part of what is stored: they are looked up when it is read.

use crate::{
    Error,
    bus::Audience,
    store::{self, message::NewMessage},
    writer::Tx,
};
use chat_core::{
    ClientId, ConversationId, Envelope, Event, Extras, Limits, Message, MessageId, MessageKind,
    Place, SystemAction, SystemNote, Timestamp, UserId,
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
            names: shown
                .iter()
                .map(|id| store::user::name_of(&people, *id))
                .collect(),
            user_count: u32::try_from(users.len()).unwrap_or(u32::MAX),
            value,
        };
        let content = note.sentence(&sender.display_name);
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
