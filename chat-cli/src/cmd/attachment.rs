//! `chat attachment`: files that came with messages, and one's own that wait for theirs.

use super::{caller::Caller, file, page::Most};
use crate::{
    cli::Global,
    error::Result,
    output::{Columns, Output},
    span::Span,
};
use chat_core::{
    AttachmentId, DeleteAttachment, LinkAttachment, ListAttachments, ReportId, Secret,
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
        /// Write it into this file
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
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
            thumbnail,
            report,
        } => {
            let client = &caller.client;
            let download = match (report, thumbnail) {
                (Some(report), _) => client.reported_file(report, attachment).await?,
                (None, true) => client.thumbnail(attachment).await?,
                (None, false) => client.download(attachment, ..).await?,
            };
            file::save(download, to.as_deref(), out).await
        }
        AttachmentCommand::List { most } => {
            let ask = |limit, cursor| ListAttachments { limit, cursor };
            caller.list(FILES, most.of(&caller.out), ask).await
        }
        AttachmentCommand::Delete { attachment } => {
            let delete = DeleteAttachment {
                attachment_id: attachment,
            };
            caller.done(delete, "deleted the file").await
        }
        AttachmentCommand::Info { attachment } => {
            let show = ShowAttachment {
                attachment_id: attachment,
            };
            caller.card("/id", show).await
        }
        AttachmentCommand::Link { attachment, holds } => {
            let link = LinkAttachment {
                attachment_id: attachment,
                expires_in_s: holds.map(Span::seconds),
            };
            let link = caller.call(link).await?;
            let server = caller.client.server().as_str().trim_end_matches('/');
            // Exposed because it was asked for, to be handed on.
            let whole = |url: &Secret| Secret::new(format!("{server}/api/v1/{}", url.expose()));
            let link = Link {
                url: whole(&link.url),
                thumbnail_url: link.thumbnail_url.as_ref().map(whole),
                expires_at: link.expires_at,
            };
            out.card("/url", &link)
        }
    }
}
