//! `chat message`: saying something, and what was said.

use super::{auth::in_background, name, name::Missing, patiently};
use crate::{
    cli::Global,
    error::{Error, Result},
    output::{Output, Paint, Record},
    profile,
};
use chat_client::Client;
use chat_core::{
    ClientId, History, Limits, Message, MessageBody, SendMessage, Sent, Seq, Timestamp, text,
};
use clap::Subcommand;
use std::{
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};
use uuid::Uuid;

const EXAMPLES: &str = "\
Examples:
  chat message send @ben 'see you at seven'
  chat message send 'Friday climbing' --file notes.txt
  make 2>&1 | tail -n 20 | chat message send @ben -
  chat message send @ben 'build 7 is out' --client-id build-7    sent again, it is not said twice
  chat message list @ben -n 20
  chat message list 'Friday climbing' --before 120 -o jsonl
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum MessageCommand {
    /// Say something
    Send {
        /// A conversation's id, @user, or a group's title
        conversation: String,
        /// What to say; - or nothing reads standard input
        text: Option<String>,
        /// Say what is in this file
        #[arg(long, value_name = "FILE", conflicts_with = "text")]
        file: Option<PathBuf>,
        /// Your own id for this message: a second send with it says nothing twice
        #[arg(long, value_name = "ID")]
        client_id: Option<String>,
    },
    /// List what was said, oldest first
    List {
        /// A conversation's id, @user, or a group's title
        conversation: String,
        /// At most this many
        #[arg(short = 'n', long, default_value_t = 50)]
        limit: usize,
        /// Only what was said before this place
        #[arg(long, value_name = "SEQ")]
        before: Option<u64>,
    },
}

/// Does it.
pub(crate) async fn run(command: MessageCommand, global: &Global, out: Output) -> Result<()> {
    match command {
        MessageCommand::Send {
            conversation,
            text,
            file,
            client_id,
        } => {
            let body = body(text, file).await?;
            let client_id = match client_id {
                Some(id) => ClientId::try_from(id)
                    .map_err(|rule| Error::Usage(format!("--client-id {rule}")))?,
                None => Uuid::now_v7().into(),
            };
            let client = profile::signed_in(global).await?;
            let conversation_id = name::conversation(&client, &conversation, Missing::Open).await?;
            let send = SendMessage {
                client_id: Some(client_id),
                ..SendMessage::text(conversation_id, body)
            };
            // Safe to repeat: the client id is the same.
            let sent = patiently(async || client.call(send.clone()).await).await?;
            out.one_line(&sent)
        }
        MessageCommand::List {
            conversation,
            limit,
            before,
        } => {
            let before = before.map(Seq::try_from).transpose();
            let before = before.map_err(|rule| Error::Usage(format!("--before {rule}")))?;
            let client = profile::signed_in(global).await?;
            out.list(&history(&client, &conversation, limit, before).await?)
        }
    }
}

async fn body(text: Option<String>, file: Option<PathBuf>) -> Result<MessageBody> {
    let text = match (text, file) {
        (Some(text), _) if text != "-" => text,
        (_, Some(path)) if path != Path::new("-") => std::fs::read_to_string(&path)
            .map_err(|error| Error::io(format!("cannot read {}", path.display()), error))?,
        (None, None) if io::stdin().is_terminal() => {
            return Err(Error::Usage(
                "nothing to say: give a TEXT, --file FILE, or - for standard input".to_owned(),
            ));
        }
        _ => in_background(piped).await?,
    };
    MessageBody::parse(text).map_err(|rule| Error::Usage(format!("the message {rule}")))
}

/// Standard input without its last line end: `echo hi | chat message send …` says "hi".
fn piped() -> Result<String> {
    let most = u64::from(Limits::MESSAGE_CHARS) * 4 + 2;
    let mut text = String::new();
    io::stdin()
        .take(most)
        .read_to_string(&mut text)
        .map_err(|error| Error::io("cannot read standard input", error))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

async fn history(
    client: &Client,
    conversation: &str,
    limit: usize,
    mut before: Option<Seq>,
) -> Result<Vec<Message>> {
    let conversation_id = name::conversation(client, conversation, Missing::Refuse).await?;
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
        let page = client.call(ask).await?;
        before = page.items.first().map(|message| message.seq);
        newest_first.extend(page.items.into_iter().rev());
        if !page.has_before || before.is_none() {
            break;
        }
    }
    newest_first.reverse();
    Ok(newest_first)
}

impl Record for Message {
    const COLUMNS: &'static [&'static str] = &[];

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
        let what = match (self.deleted_at, self.edited_at) {
            (Some(_), _) => paint.dim("(deleted)"),
            (None, Some(_)) => format!("{} {}", indented(&self.content), paint.dim("(edited)")),
            (None, None) => indented(&self.content),
        };
        let name = paint.bold(&text::inert_line(&self.sender.username));
        format!("{} {name}: {what}", paint.dim(&minute(self.created_at)))
    }
}

/// Inert, with every line after the first set off, so that no line of a message looks like another message.
pub(super) fn indented(content: &str) -> String {
    text::inert(content).replace('\n', "\n    ")
}

/// A moment for people: to the minute, in UTC.
pub(super) fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    match text.get(..16) {
        Some(minute) => minute.replace('T', " "),
        None => text,
    }
}

impl Record for Sent {
    const COLUMNS: &'static [&'static str] = &[];

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
