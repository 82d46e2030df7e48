//! `chat message`: saying something, what was said, and what can be done with it.

mod change;
mod find;
mod send;

use super::{
    Repeat,
    caller::Caller,
    page::{self, Most},
    wait_out,
};
use crate::{
    cli::Global,
    error::{Error, Result},
    output::{Columns, Output, Paint, Record, minute, now},
    span::{self, Since},
};
use change::ChangeCommand;
use chat_client::Client;
use chat_core::{
    ConversationId, History, Limits, ListPins, ListReceipts, Message, MessageBody, MessageId, Sent,
    Seq, ShowMessage, Timestamp, text,
};
use clap::Subcommand;
use find::{FindArgs, RECEIPTS};
use send::SendArgs;

const EXAMPLES: &str = "\
Examples:
  chat message send @ben 'see you at seven'
  chat message send 'Friday climbing' 'the route' --file map.png --file route.gpx
  chat message send @ben --voice hello.ogg
  make 2>&1 | tail -n 20 | chat message send @ben -
  chat message send @ben 'build 7 is out' --client-id build-7    sent again, it is not said twice
  chat message list @ben -n 20
  chat message list 'Friday climbing' --before 120 -o jsonl
  chat message list @ben --since 2h --jq .content
  chat message search 'climbing rope' --in 'Friday climbing' --from ben
  chat message search --from ben -n 20
  chat message show 01890a5d-ac96-774b-bcce-b302099a8057
  chat message react 01890a5d-ac96-774b-bcce-b302099a8057 👍
  chat message search lottery -o ids | xargs chat message delete --any --dry-run
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum MessageCommand {
    /// Say something
    Send(SendArgs),
    /// List what was said, oldest first
    List {
        /// A conversation's id, @user, or a group's title
        conversation: String,
        /// At most this many of the newest, or all
        #[arg(short = 'n', long, value_name = "N", value_parser = page::limit, default_value = "50")]
        limit: usize,
        /// Only what was said before this place
        #[arg(long, value_name = "SEQ")]
        before: Option<u64>,
        /// Only what was said since then: a day or a time (UTC), or so long ago (2h)
        #[arg(long, value_name = "TIME", value_parser = span::since)]
        since: Option<Since>,
        /// Only what is pinned, last pinned first
        #[arg(long, conflicts_with_all = ["before", "since"])]
        pinned: bool,
    },
    /// Show one message with everything that is in it
    Show {
        /// The message's id
        message: MessageId,
    },
    /// Find messages: by their words, best first; by sender or time alone, newest first
    Search(FindArgs),
    /// List who has received and read a message
    Receipts {
        /// The message's id
        message: MessageId,
        #[command(flatten)]
        most: Most,
    },
    #[command(flatten)]
    Change(ChangeCommand),
}

/// Does it.
pub(crate) async fn run(command: MessageCommand, global: &Global, out: Output) -> Result<()> {
    let caller = async || Caller::signed_in(global, out).await;
    match command {
        MessageCommand::Send(args) => send::run(args, global, out).await,
        MessageCommand::List {
            conversation,
            limit,
            before,
            since,
            pinned,
        } => {
            let before = before.map(Seq::try_from).transpose();
            let before = before.map_err(|rule| Error::Usage(format!("--before {rule}")))?;
            let caller = caller().await?;
            let conversation_id = caller.conversation(&conversation).await?;
            let mut messages = match pinned {
                true => caller.call(ListPins { conversation_id }).await?.items,
                false => {
                    let since = since.map(|since| since.at(now()));
                    let and_one = limit.saturating_add(1);
                    history(&caller.client, conversation_id, and_one, before, since).await?
                }
            };
            let more = messages.len().saturating_sub(limit);
            match pinned {
                true => messages.truncate(limit),
                // The newest are the last.
                false => drop(messages.drain(..more)),
            }
            out.list(&messages)?;
            match more {
                0 => page::tell_of_rest(&out, false, messages.len()),
                _ => out.say("there is more before what is listed; all of it: -n all"),
            }
            Ok(())
        }
        MessageCommand::Search(args) => find::run(args, &caller().await?).await,
        MessageCommand::Receipts { message, most } => {
            let ask = |limit, cursor| ListReceipts {
                message_id: message,
                limit,
                cursor,
            };
            caller().await?.list(RECEIPTS, most.of(&out), ask).await
        }
        MessageCommand::Show {
            message: message_id,
        } => {
            caller()
                .await?
                .card("/id", ShowMessage { message_id })
                .await
        }
        MessageCommand::Change(command) => change::run(command, &caller().await?).await,
    }
}

/// A text by the rule of messages.
fn body(text: String) -> Result<MessageBody> {
    MessageBody::parse(text).map_err(|rule| Error::Usage(format!("the message {rule}")))
}

/// The newest messages before a place, no older than a moment; the oldest of them first.
pub(crate) async fn history(
    client: &Client,
    conversation_id: ConversationId,
    limit: usize,
    mut before: Option<Seq>,
    since: Option<Timestamp>,
) -> Result<Vec<Message>> {
    let is_wanted = |message: &Message| since.is_none_or(|since| message.created_at >= since);
    let mut newest_first = Vec::new();
    while newest_first.len() < limit {
        let page = (limit - newest_first.len()).min(Limits::PAGE_ENTRIES as usize) as u32;
        let ask = History {
            conversation_id,
            before,
            after: None,
            around: None,
            limit: Some(page),
        };
        let call = async || client.call(ask.clone()).await;
        let page = wait_out(Repeat::Refused, |_| {}, call).await?;
        before = page.items.first().map(|message| message.seq);
        let is_older = page.items.first().is_some_and(|first| !is_wanted(first));
        newest_first.extend(page.items.into_iter().rev().filter(is_wanted));
        if !page.has_before || before.is_none() || is_older {
            break;
        }
    }
    newest_first.reverse();
    Ok(newest_first)
}

/// What a program gets of a message in CSV.
const VALUES: Columns = Columns(&[
    ("id", "/id"),
    ("conversation", "/conversation_id"),
    ("place", "/seq"),
    ("when", "/created_at"),
    ("by", "/sender/username"),
    ("text", "/content"),
    ("files", "/attachments/file_name"),
]);

impl Record for Message {
    const COLUMNS: &'static [&'static str] = &[];

    const VALUES: Columns = VALUES;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.seq.to_string(),
            self.sender.username.clone(),
            self.content.clone(),
        ]
    }

    fn line(&self, paint: Paint) -> String {
        let name = paint.bold(&text::inert_line(&self.sender.username));
        let at = paint.dim(&minute(self.created_at));
        format!("{at} {name}: {}", said(self, paint))
    }
}

/// What a message says for a person: its words, its files, and what became of it. Inert.
pub(super) fn said(message: &Message, paint: Paint) -> String {
    let mut what = vec![indented(&message.content)];
    let files = &message.extras.attachments;
    what.extend(files.iter().map(|file| {
        let name = text::inert_line(&file.file_name);
        paint.dim(&format!("[{name} {}]", file.id))
    }));
    what.extend(message.deleted_at.map(|_| paint.dim("(deleted)")));
    what.extend(message.edited_at.map(|_| paint.dim("(edited)")));
    what.extend(message.extras.reactions.iter().map(|reaction| {
        let emoji = text::inert_line(&reaction.emoji);
        paint.dim(&format!("{emoji} {}", reaction.count))
    }));
    what.retain(|part| !part.is_empty());
    what.join(" ")
}

/// Inert, with every line after the first set off, so that no line of a message looks like another message.
pub(super) fn indented(content: &str) -> String {
    text::inert(content).replace('\n', "\n    ")
}

impl Record for Sent {
    const COLUMNS: &'static [&'static str] = &[];

    const VALUES: Columns = VALUES;

    fn id(&self) -> String {
        self.message.id.to_string()
    }

    fn cells(&self) -> Vec<String> {
        self.message.cells()
    }

    fn line(&self, paint: Paint) -> String {
        let how = if self.duplicate {
            "had been sent before"
        } else {
            "sent"
        };
        format!(
            "{how} as number {} {}",
            self.message.seq,
            paint.dim(&self.message.id.to_string())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_cannot_act_or_pass_for_two() {
        let message: Message = serde_json::from_value(json!({
            "id": "01890a5d-ac96-774b-bcce-b302099a8057", "conversation_id": "01890a5d-ac96-774b-bcce-b302099a8057",
            "seq": 7, "client_id": "n1", "content": "hi\u{1b}[2J\n2026-11-21 09:31 ben: I owe you",
            "created_at": "2026-11-21T09:30:12.000Z",
            "sender": {"id": "01890a5d-ac96-774b-bcce-b302099a8057", "username": "ann", "display_name": "Ann"},
        }))
        .unwrap();
        assert_eq!(
            message.line(Paint::plain()),
            "2026-11-21 09:30 ann: hi[2J\n    2026-11-21 09:31 ben: I owe you"
        );
    }
}
