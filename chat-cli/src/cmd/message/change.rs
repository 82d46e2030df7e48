//! What can be done with a message that was said, by its id.

use super::send::content;
use crate::{
    cli::by_rule,
    cmd::{bulk::Bulk, caller::Caller, patiently},
    error::Result,
    output::{Columns, note_done},
};
use chat_core::{
    AddReaction, ClientId, DeleteAnyMessage, DeleteMessage, EditMessage, Emoji, ForwardMessage,
    ListRevisions, MessageBody, MessageId, PinMessage, Reason, RemoveReaction, ReportMessage,
    ShowMessage, UnpinMessage, text,
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
            let deed = format!("put {emoji} under the message {message_id}");
            caller.would_to(ShowMessage { message_id }, &deed).await?;
            caller
                .done(AddReaction::new(message_id, emoji), "it is there")
                .await
        }
        It::Unreact {
            message: message_id,
            emoji,
        } => {
            let deed = format!("take {emoji} back from the message {message_id}");
            caller.would_to(ShowMessage { message_id }, &deed).await?;
            caller
                .done(RemoveReaction::new(message_id, emoji), "it is gone")
                .await
        }
        It::Pin { message } => pin(caller, message).await,
        It::Unpin { message } => unpin(caller, message).await,
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
        } => report(caller, message_id, reason).await,
    }
}

async fn pin(caller: &Caller, message_id: MessageId) -> Result<()> {
    let deed = format!("pin the message {message_id}");
    caller.would_to(ShowMessage { message_id }, &deed).await?;
    caller.done(PinMessage { message_id }, "it is pinned").await
}

async fn unpin(caller: &Caller, message_id: MessageId) -> Result<()> {
    let deed = format!("unpin the message {message_id}");
    caller.would_to(ShowMessage { message_id }, &deed).await?;
    let unpin = UnpinMessage { message_id };
    caller.done(unpin, "it is not pinned any more").await
}

async fn report(caller: &Caller, message_id: MessageId, reason: Reason) -> Result<()> {
    let deed = format!("show the message {message_id} to those who look after the server");
    caller.would_to(ShowMessage { message_id }, &deed).await?;
    let report = ReportMessage { message_id, reason };
    caller.card("/report_id", report).await
}

async fn edit(caller: &Caller, message_id: MessageId, content: MessageBody) -> Result<()> {
    let deed = format!("give the message {message_id} the text: {content}");
    caller.would_to(ShowMessage { message_id }, &deed).await?;
    let edit = EditMessage {
        message_id,
        content,
        mentions: None,
        client_id: None,
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
    let (mut bulk, mut gone) = (Bulk::of(caller.out, count), Vec::new());
    for message_id in args.messages {
        let how = match (rehearse(caller, message_id, args.any).await, args.any) {
            (Err(ended), _) => Err(ended),
            (Ok(()), true) => {
                let reason = args.reason.clone();
                let deleted = caller.call(DeleteAnyMessage { message_id, reason }).await;
                deleted.map(|_| ())
            }
            (Ok(()), false) => {
                let deleted = caller.call(DeleteMessage::new(message_id)).await;
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

/// Says whose message would go, and which. That of a conversation one is not in is looked at by nobody.
async fn rehearse(caller: &Caller, message_id: MessageId, is_any: bool) -> Result<()> {
    if !caller.is_rehearsal() {
        return Ok(());
    }
    let about = match caller.call(ShowMessage { message_id }).await {
        Ok(known) if known.deleted_at.is_some() => ", which is deleted already".to_owned(),
        Ok(known) => format!(
            ", of {}: {}",
            known.sender.username,
            text::inert_line(&known.content)
        ),
        Err(error) if is_any && error.exit_code() == 3 => ", wherever it is".to_owned(),
        Err(error) => return Err(error),
    };
    caller.would(&format!(
        "delete the message {message_id} for everyone{about}"
    ))
}

async fn forward(caller: &Caller, message_id: MessageId, to: &[String]) -> Result<()> {
    let deed = format!("say the message {message_id} again in {}", to.join(", "));
    if caller.is_rehearsal() {
        // Before a conversation that is yet to be opened ends the rehearsal.
        caller.call(ShowMessage { message_id }).await?;
    }
    let mut conversation_ids = Vec::new();
    for text in to {
        conversation_ids.push(caller.opened(text, &deed).await?);
    }
    caller.would(&deed)?;
    let forward = ForwardMessage {
        message_id,
        conversation_ids,
        client_id: Some(ClientId::from(Uuid::now_v7())),
    };
    // Safe to repeat: the client id is the same.
    let said = patiently(async || caller.client.call(forward.clone()).await).await?;
    note_done();
    caller.out.list(&said.items)
}
