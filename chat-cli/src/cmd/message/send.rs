//! `chat message send`: a text from the command line, a pipe or a file; files; or something spoken.

use super::body;
use crate::{
    cli::Global,
    cmd::{
        auth::in_background,
        caller::Caller,
        file::{self, Spoken},
        patiently,
    },
    error::{Error, Result},
    output::{Output, note_done},
};
use chat_core::{AttachmentId, ClientId, Limits, MessageBody, MessageId, SendKind, SendMessage};
use clap::Args;
use std::{
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// What `chat message send` takes.
#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// A conversation's id, @user, or a title
    conversation: String,
    /// What to say; - reads standard input, and so does nothing where no file is sent
    text: Option<String>,
    /// Say what is in this file
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    text_file: Option<PathBuf>,
    /// Send this file with it; up to ten times
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Send this sound as a voice message
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    voice: Option<PathBuf>,
    /// How long the sound is, where the server cannot tell (Opus and the like)
    #[arg(long, value_name = "MS", requires = "voice")]
    duration_ms: Option<u32>,
    /// How loud it is, where the server cannot tell: up to 64 bytes, in base64
    #[arg(long, value_name = "BASE64", requires = "voice")]
    waveform: Option<String>,
    /// The id of the message that it answers
    #[arg(long, value_name = "MESSAGE")]
    reply_to: Option<MessageId>,
    /// A member it names, besides those whom the text names with @; may be repeated
    #[arg(long = "mention", value_name = "USER")]
    mentions: Vec<String>,
    /// Your own id for this message: a second send with it says nothing twice
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
}

/// Says it.
pub(super) async fn run(args: SendArgs, global: &Global, out: Output) -> Result<()> {
    let files: Vec<_> = args.files.iter().chain(&args.voice).collect();
    if files.len() > Limits::ATTACHMENTS_PER_MESSAGE as usize {
        let text = "a message has at most ten files; send the others with another one";
        return Err(Error::Usage(text.to_owned()));
    }
    let content = match (&args.text, &args.text_file) {
        (None, None) if !files.is_empty() => None,
        _ => Some(content(args.text, args.text_file).await?),
    };
    let client_id = match args.client_id {
        Some(id) => {
            ClientId::try_from(id).map_err(|rule| Error::Usage(format!("--client-id {rule}")))?
        }
        None => Uuid::now_v7().into(),
    };
    let caller = Caller::signed_in(global, out).await?;
    let client = &caller.client;
    let deed = deed(&args.conversation, content.as_ref(), &files);
    let conversation_id = caller.opened(&args.conversation, &deed).await?;
    let mentions = caller.users(&args.mentions).await?;
    caller.would(&deed)?;
    let mut attachment_ids: Vec<AttachmentId> = Vec::new();
    let spoken = args.voice.is_some().then_some(Spoken {
        duration_ms: args.duration_ms,
        waveform: args.waveform,
    });
    for path in files {
        attachment_ids.push(file::upload(client, path, spoken.clone()).await?.id);
    }
    let send = SendMessage {
        conversation_id,
        client_id: Some(client_id),
        content,
        kind: args.voice.map(|_| SendKind::Voice),
        metadata: None,
        reply_to: args.reply_to,
        attachment_ids: Some(attachment_ids).filter(|ids| !ids.is_empty()),
        mentions: Some(mentions).filter(|users| !users.is_empty()),
    };
    // Safe to repeat: the client id is the same.
    let sent = patiently(async || client.call(send.clone()).await).await?;
    note_done();
    out.one_line(&sent)
}

/// What would be sent where.
fn deed(conversation: &str, content: Option<&MessageBody>, files: &[&PathBuf]) -> String {
    let mut what: Vec<_> = content.map(ToString::to_string).into_iter().collect();
    what.extend(files.iter().map(|file| format!("[{}]", file.display())));
    format!("say in {conversation}: {}", what.join(" "))
}

/// The text, from wherever it is.
pub(super) async fn content(text: Option<String>, file: Option<PathBuf>) -> Result<MessageBody> {
    let text = match (text, file) {
        (Some(text), _) if text != "-" => text,
        (_, Some(path)) if path != Path::new("-") => std::fs::read_to_string(&path)
            .map_err(|error| unreadable(&path.display().to_string(), error))?,
        (None, None) if io::stdin().is_terminal() => {
            return Err(Error::Usage(
                "nothing to say: give a TEXT, a file, or - for standard input".to_owned(),
            ));
        }
        _ => in_background(piped).await?,
    };
    let count = text.chars().count();
    match body(text) {
        Err(_) if count > Limits::MESSAGE_CHARS as usize => Err(too_long(&count.to_string())),
        read => read,
    }
}

/// Why a text cannot be read; what is no text can be sent all the same.
fn unreadable(what: &str, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData => {
            Error::Usage(format!("{what} is no text; send it as a file: --file FILE"))
        }
        _ => Error::io(format!("cannot read {what}"), error),
    }
}

/// Standard input without its last line end: `echo hi | chat message send …` says "hi".
fn piped() -> Result<String> {
    let most = u64::from(Limits::MESSAGE_CHARS) * 4 + 2;
    let mut bytes = Vec::new();
    io::stdin()
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable("standard input", error))?;
    // It goes on behind what was read, which may end inside a character.
    if bytes.len() as u64 == most {
        return Err(too_long("more than that"));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        let error = io::Error::from(io::ErrorKind::InvalidData);
        unreadable("standard input", error)
    })?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn too_long(count: &str) -> Error {
    Error::Usage(format!(
        "a message has at most {} characters, and this has {count}; send it as a file: --file FILE",
        Limits::MESSAGE_CHARS
    ))
}
