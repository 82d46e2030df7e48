//! What can be done with a message that was said, by its id.

use super::send::content;
use crate::{
    cli::by_rule,
    cmd::{bulk::Bulk, caller::Caller, patiently},
    error::Result,
    output::Columns,
};
use chat_core::{
    AddReaction, ClientId, DeleteAnyMessage, DeleteMessage, EditMessage, Emoji, Endpoint,
    ForwardMessage, ListRevisions, MessageBody, MessageId, PinMessage, Reason, RemoveReaction,
    ReportMessage, UnpinMessage,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use uuid::Uuid;

const REVISIONS: Columns = Columns(&[("since", "/at"), ("text", "/content")]);

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum ChangeCommand {
    /// Give a message of yours another text
    Edit {
        /// The message's id
        message: MessageId,
        /// The text from now on; - reads standard input
        text: Option<String>,
        /// The text is in this file
        #[arg(long, value_name = "FILE", conflicts_with = "text")]
        text_file: Option<PathBuf>,
    },
    /// Delete messages for everyone
    Delete(DeleteArgs),
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

/// What `chat message delete` takes.
#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    /// Their ids
    #[arg(required = true, value_name = "MESSAGE")]
    messages: Vec<MessageId>,
    /// Wherever it was said, as an admin
    #[arg(long)]
    any: bool,
    /// How many they are, instead of typing it: for several, and with --any
    #[arg(long, value_name = "COUNT")]
    confirm: Option<String>,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT", requires = "any", value_parser = by_rule::<Reason>)]
    reason: Option<Reason>,
}

/// Does it.
pub(super) async fn run(command: ChangeCommand, caller: &Caller) -> Result<()> {
    use ChangeCommand as It;
    match command {
        It::Edit {
            message,
            text,
            text_file,
        } => edit(caller, message, content(text, text_file).await?).await,
        It::Delete(args) => delete(caller, args).await,
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

async fn edit(caller: &Caller, message_id: MessageId, content: MessageBody) -> Result<()> {
    let edit = EditMessage {
        message_id,
        content,
        mentions: None,
    };
    caller.out.list(&[caller.call(edit).await?])
}

async fn delete(caller: &Caller, args: DeleteArgs) -> Result<()> {
    let count = args.messages.len();
    if args.any || count > 1 {
        let what = match count {
            1 => "the message will be gone for everyone".to_owned(),
            _ => format!("{count} messages will be gone for everyone"),
        };
        let said = args.confirm;
        caller.confirm(what, &count.to_string(), said).await?;
    }
    let (mut bulk, mut gone) = (Bulk::new(caller.out), Vec::new());
    for message_id in args.messages {
        let how = match args.any {
            true => {
                let reason = args.reason.clone();
                let deleted = caller.call(DeleteAnyMessage { message_id, reason }).await;
                deleted.map(|_| ())
            }
            false => {
                let deleted = caller.call(DeleteMessage { message_id }).await;
                deleted.map(|tombstone| gone.push(tombstone))
            }
        };
        let end = bulk.note(&message_id.to_string(), how);
        if end.is_err() {
            caller.out.list(&gone)?;
            return end;
        }
    }
    caller.out.list(&gone)?;
    if args.any && count == 1 {
        bulk.end("deleted")?;
        caller.out.say("deleted");
        return Ok(());
    }
    bulk.end("deleted")
}

async fn forward(caller: &Caller, message_id: MessageId, to: &[String]) -> Result<()> {
    let mut conversation_ids = Vec::new();
    for text in to {
        conversation_ids.push(caller.opened(text).await?);
    }
    caller.rehearse(ForwardMessage::operation())?;
    let forward = ForwardMessage {
        message_id,
        conversation_ids,
        client_id: Some(ClientId::from(Uuid::now_v7())),
    };
    // Safe to repeat: the client id is the same.
    let said = patiently(async || caller.client.call(forward.clone()).await).await?;
    caller.out.list(&said.items)
}
