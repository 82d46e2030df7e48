//! What can be done with a message that was said, by its id.

use super::body;
use crate::{
    cli::by_rule,
    cmd::{caller::Caller, name, name::Missing, patiently},
    error::Result,
    output::Columns,
};
use chat_core::{
    AddReaction, ClientId, DeleteAnyMessage, DeleteMessage, EditMessage, Emoji, ForwardMessage,
    ListRevisions, MessageId, PinMessage, Reason, RemoveReaction, ReportMessage, UnpinMessage,
};
use clap::Subcommand;
use uuid::Uuid;

const REVISIONS: Columns = Columns(&[("since", "/at"), ("text", "/content")]);

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum ChangeCommand {
    /// Give a message of yours another text
    Edit {
        /// The message's id
        message: MessageId,
        /// The text from now on
        text: String,
    },
    /// Delete a message for everyone
    Delete {
        /// The message's id
        message: MessageId,
        /// Wherever it was said, as an admin
        #[arg(long)]
        any: bool,
        /// Why, for the audit log
        #[arg(long, value_name = "TEXT", requires = "any", value_parser = by_rule::<Reason>)]
        reason: Option<Reason>,
    },
    /// Put an emoji under a message
    React {
        /// The message's id
        message: MessageId,
        /// The emoji
        #[arg(value_parser = by_rule::<Emoji>)]
        emoji: Emoji,
    },
    /// Take your emoji back
    Unreact {
        /// The message's id
        message: MessageId,
        /// The emoji
        #[arg(value_parser = by_rule::<Emoji>)]
        emoji: Emoji,
    },
    /// Pin a message for everyone
    Pin {
        /// The message's id
        message: MessageId,
    },
    /// Unpin a message
    Unpin {
        /// The message's id
        message: MessageId,
    },
    /// Say a message again in other conversations
    Forward {
        /// The message's id
        message: MessageId,
        /// Where to: ids, @users or titles
        #[arg(required = true, value_name = "CONVERSATION")]
        conversations: Vec<String>,
    },
    /// List the texts that a message had, oldest first
    History {
        /// The message's id
        message: MessageId,
    },
    /// Show a message to those who look after the server
    Report {
        /// The message's id
        message: MessageId,
        /// Why
        #[arg(value_parser = by_rule::<Reason>)]
        reason: Reason,
    },
}

/// Does it.
pub(super) async fn run(command: ChangeCommand, caller: &Caller) -> Result<()> {
    use ChangeCommand as It;
    match command {
        It::Edit { message, text } => edit(caller, message, text).await,
        It::Delete {
            message: message_id,
            any: true,
            reason,
        } => {
            let delete = DeleteAnyMessage { message_id, reason };
            caller.done(delete, "deleted").await
        }
        It::Delete { message, .. } => delete(caller, message).await,
        It::React {
            message: message_id,
            emoji,
        } => {
            caller
                .done(AddReaction { message_id, emoji }, "it is there")
                .await
        }
        It::Unreact {
            message: message_id,
            emoji,
        } => {
            caller
                .done(RemoveReaction { message_id, emoji }, "it is gone")
                .await
        }
        It::Pin {
            message: message_id,
        } => caller.done(PinMessage { message_id }, "it is pinned").await,
        It::Unpin {
            message: message_id,
        } => {
            caller
                .done(UnpinMessage { message_id }, "it is not pinned any more")
                .await
        }
        It::Forward {
            message,
            conversations,
        } => forward(caller, message, &conversations).await,
        It::History {
            message: message_id,
        } => {
            let ask = |_, _| ListRevisions { message_id };
            caller.list(REVISIONS, usize::MAX, ask).await
        }
        It::Report {
            message: message_id,
            reason,
        } => {
            let report = ReportMessage { message_id, reason };
            caller.card("/report_id", report).await
        }
    }
}

async fn edit(caller: &Caller, message_id: MessageId, text: String) -> Result<()> {
    let edit = EditMessage {
        message_id,
        content: body(text)?,
        mentions: None,
    };
    caller.out.list(&[caller.client.call(edit).await?])
}

async fn delete(caller: &Caller, message_id: MessageId) -> Result<()> {
    let deleted = caller.client.call(DeleteMessage { message_id }).await?;
    caller.out.list(&[deleted])
}

async fn forward(caller: &Caller, message_id: MessageId, to: &[String]) -> Result<()> {
    let mut conversation_ids = Vec::new();
    for text in to {
        conversation_ids.push(name::conversation(&caller.client, text, Missing::Open).await?);
    }
    let forward = ForwardMessage {
        message_id,
        conversation_ids,
        client_id: Some(ClientId::from(Uuid::now_v7())),
    };
    // Safe to repeat: the client id is the same.
    let said = patiently(async || caller.client.call(forward.clone()).await).await?;
    caller.out.list(&said.items)
}
