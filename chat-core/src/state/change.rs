//! What an event does to one message, wherever it is kept: in the state, or in a client's store.

use crate::{Event, Message, MessageId, message::reaction, text};

/// The message that an event changes.
pub(super) fn changed_message(event: &Event) -> Option<MessageId> {
    match event {
        Event::MessageEdited(edit) => Some(edit.id),
        Event::MessageDeleted(gone) => Some(gone.id),
        Event::ReactionAdded(change) | Event::ReactionRemoved(change) => Some(change.message_id),
        Event::MessagePinned(pin) | Event::MessageUnpinned(pin) => Some(pin.message_id),
        _ => None,
    }
}

impl Event {
    /// The message that is another after this event; it and what answers it [take](Message::take) the event.
    pub fn changes_message(&self) -> Option<MessageId> {
        changed_message(self)
    }
}

impl Message {
    /// Takes in an event about this message or about the one it answers; any other changes nothing. Again does no harm.
    pub fn take(&mut self, event: &Event) {
        let Some(id) = changed_message(event) else {
            return;
        };
        if self.id == id {
            change(self, event);
        } else if let Some(reply) = self.extras.reply_to.as_mut().filter(|r| r.id == id) {
            match event {
                Event::MessageEdited(edit) => reply.excerpt = text::excerpt(&edit.content),
                Event::MessageDeleted(_) => reply.excerpt.clear(),
                _ => {}
            }
        }
    }
}

fn change(message: &mut Message, event: &Event) {
    match event {
        Event::MessageEdited(edit) => message.edit(edit),
        Event::MessageDeleted(gone) => message.delete(gone.deleted_at, gone.deleted_by),
        _ if message.deleted_at.is_some() => {}
        Event::ReactionAdded(change) | Event::ReactionRemoved(change) => {
            reaction::apply(&mut message.extras.reactions, change)
        }
        Event::MessagePinned(pin) | Event::MessageUnpinned(pin) => {
            message.pinned_at = pin.pinned_at
        }
        _ => {}
    }
}
