//! `chat attachment`: files that came with messages, and one's own that wait for theirs.

use super::{
    caller::Caller,
    file::{self, Target},
    page::Most,
};
use crate::{
    cli::Global,
    error::{Error, Result},
    output::{Columns, Output},
    span::Span,
};
use chat_core::{
    AttachmentId, DeleteAttachment, FileName, LinkAttachment, ListAttachments, ReportId, Secret,
    ShowAttachment, Timestamp,
};
use clap::Subcommand;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  chat message list @ben -o jsonl | jq -r '.attachments[]?.id'
  chat attachment info 01890a5d-ac96-774b-bcce-b302099a8057
  chat attachment get 01890a5d-ac96-774b-bcce-b302099a8057 --to photo.jpg
  chat attachment list                              your own that are in no message yet
  chat attachment link 01890a5d-ac96-774b-bcce-b302099a8057 --for 10m
";

const FILES: Columns = Columns(&[
    ("id", "/id"),
    ("name", "/file_name"),
    ("kind", "/mime_type"),
    ("bytes", "/size"),
]);

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum AttachmentCommand {
    /// Download a file
    Get {
        /// Its id
        attachment: AttachmentId,
        /// Write it into this file, or under its own name into this directory
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// The name of the file again, where one is there that is written over
        #[arg(long, value_name = "FILE", requires = "to")]
        confirm: Option<String>,
        /// The small picture of it
        #[arg(long)]
        thumbnail: bool,
        /// The file is of a message that was reported: for those who look after the server
        #[arg(long, value_name = "REPORT", conflicts_with = "thumbnail")]
        report: Option<ReportId>,
    },
    /// List your own files that are in no message yet, newest first
    List {
        #[command(flatten)]
        most: Most,
    },
    /// Delete a file of yours that is in no message
    Delete {
        /// Its id
        attachment: AttachmentId,
    },
    /// Show what a file is
    Info {
        /// Its id
        attachment: AttachmentId,
    },
    /// Make a link that opens a file without signing in
    Link {
        /// Its id
        attachment: AttachmentId,
        /// How long it holds: up to 24h [default: 1h]
        #[arg(long = "for", value_name = "TIME")]
        holds: Option<Span>,
    },
}

/// A link, with the server in it.
#[derive(Debug, Serialize)]
struct Link {
    url: Secret,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_url: Option<Secret>,
    expires_at: Timestamp,
}

/// Does it.
pub(crate) async fn run(command: AttachmentCommand, global: &Global, out: Output) -> Result<()> {
    if let AttachmentCommand::Get { to, .. } = &command {
        file::check_target(to.as_deref())?;
    }
    let caller = Caller::signed_in(global, out).await?;
    match command {
        AttachmentCommand::Get {
            attachment,
            to,
            confirm,
            thumbnail,
            report,
        } => {
            let client = &caller.client;
            let name = match &to {
                Some(path) if path.is_dir() => Some(own_name(&caller, attachment, report).await?),
                _ => None,
            };
            let target = Target::find(&caller, to, name.as_deref(), confirm).await?;
            let download = match (report, thumbnail) {
                (Some(report), _) => client.reported_file(report, attachment).await?,
                (None, true) => client.thumbnail(attachment).await?,
                (None, false) => client.download(attachment, ..).await?,
            };
            file::save(download, &target, out).await
        }
        AttachmentCommand::List { most } => {
            let ask = |limit, cursor| ListAttachments { limit, cursor };
            caller.list(FILES, most.of(&caller.out), ask).await
        }
        AttachmentCommand::Delete { attachment } => {
            let delete = DeleteAttachment {
                attachment_id: attachment,
            };
            let show = ShowAttachment {
                attachment_id: attachment,
            };
            let deed = format!("delete the file {attachment}");
            caller.would_to(show, &deed).await?;
            caller.done(delete, "deleted the file").await
        }
        AttachmentCommand::Info { attachment } => {
            let show = ShowAttachment {
                attachment_id: attachment,
            };
            caller.card("/id", show).await
        }
        AttachmentCommand::Link { attachment, holds } => {
            let link = link(&caller, attachment, holds).await?;
            out.card("/url", &link)
        }
    }
}

/// What a file is called where it was sent, without any path in it.
async fn own_name(
    caller: &Caller,
    attachment_id: AttachmentId,
    report: Option<ReportId>,
) -> Result<String> {
    if report.is_some() {
        let text = "the file of a report has no name of its own here; name a file with --to";
        return Err(Error::Usage(text.to_owned()));
    }
    let about = caller.call(ShowAttachment { attachment_id }).await?;
    let name = FileName::parse(&about.file_name);
    // The server keeps names by the same rule; this machine does not depend on that.
    let name = name.map_err(|rule| Error::Failed(format!("the name of the file {rule}")))?;
    match name.as_str() {
        "." | ".." => Err(Error::Usage(
            "the name of the file is none; name one with --to".to_owned(),
        )),
        name => Ok(name.to_owned()),
    }
}

/// Makes a link to a file.
async fn link(caller: &Caller, attachment: AttachmentId, holds: Option<Span>) -> Result<Link> {
    let link = LinkAttachment {
        attachment_id: attachment,
        expires_in_s: holds.map(Span::seconds),
    };
    let show = ShowAttachment {
        attachment_id: attachment,
    };
    let deed = format!("make a link that opens the file {attachment}");
    caller.would_to(show, &deed).await?;
    let link = caller.call(link).await?;
    let server = caller.client.server().as_str().trim_end_matches('/');
    // Exposed because it was asked for, to be handed on.
    let whole = |url: &Secret| Secret::new(format!("{server}/api/v1/{}", url.expose()));
    Ok(Link {
        url: whole(&link.url),
        thumbnail_url: link.thumbnail_url.as_ref().map(whole),
        expires_at: link.expires_at,
    })
}
