//! `chat invite`: codes that let whoever has them into a group or channel.

use super::{caller::Caller, conversation::Listed, page::Most};
use crate::{
    cli::{Global, by_rule},
    error::Result,
    output::{Columns, Output},
    span::Span,
};
use chat_core::{CreateInvite, DeleteInvite, InviteCode, JoinInvite, ListInvites, ShowInvite};
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  chat invite create 'Friday climbing' --expires 7d --uses 10
  chat invite create 'Friday climbing' -o ids           the code alone
  chat invite show pZ3k9Qa1                             what it leads to
  chat invite join pZ3k9Qa1
  chat invite delete 'Friday climbing' pZ3k9Qa1
";

const INVITES: Columns = Columns(&[
    ("code", "/code"),
    ("used", "/uses"),
    ("at most", "/max_uses"),
    ("made", "/created_at"),
    ("holds until", "/expires_at"),
]);

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum InviteCommand {
    /// Make an invite
    Create {
        /// A conversation's id or title
        conversation: String,
        /// How long it holds: 30m, 8h, 7d [default: for ever]
        #[arg(long, value_name = "TIME")]
        expires: Option<Span>,
        /// How often it may be used [default: as often as one likes]
        #[arg(long, value_name = "N")]
        uses: Option<u32>,
    },
    /// List the invites of a conversation that still hold
    List {
        /// A conversation's id or title
        conversation: String,
        #[command(flatten)]
        most: Most,
    },
    /// End an invite
    Delete {
        /// A conversation's id or title
        conversation: String,
        /// The invite
        #[arg(value_parser = by_rule::<InviteCode>)]
        code: InviteCode,
    },
    /// Show what an invite leads to
    Show {
        /// The invite
        #[arg(value_parser = by_rule::<InviteCode>)]
        code: InviteCode,
    },
    /// Join by an invite
    Join {
        /// The invite
        #[arg(value_parser = by_rule::<InviteCode>)]
        code: InviteCode,
    },
}

/// Does it.
pub(crate) async fn run(command: InviteCommand, global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    match command {
        InviteCommand::Create {
            conversation,
            expires,
            uses,
        } => {
            let create = CreateInvite {
                conversation_id: caller.conversation(&conversation).await?,
                expires_in_s: expires.map(Span::seconds),
                max_uses: uses,
            };
            caller.would(&format!("make an invite to {conversation}"))?;
            caller.row(INVITES, create).await
        }
        InviteCommand::List { conversation, most } => {
            let conversation_id = caller.conversation(&conversation).await?;
            let ask = |limit, cursor| ListInvites {
                conversation_id,
                limit,
                cursor,
            };
            caller.list(INVITES, most.of(&caller.out), ask).await
        }
        InviteCommand::Delete { conversation, code } => {
            let conversation_id = caller.conversation(&conversation).await?;
            let (deed, show) = (
                format!("end the invite {code} to {conversation}"),
                ShowInvite { code: code.clone() },
            );
            caller.would_to(show, &deed).await?;
            let delete = DeleteInvite {
                conversation_id,
                code,
            };
            caller.done(delete, "the invite is ended").await
        }
        InviteCommand::Show { code } => {
            let show = ShowInvite { code };
            caller.card("/conversation_id", show).await
        }
        InviteCommand::Join { code } => {
            let deed = format!("join by the invite {code}");
            let show = ShowInvite { code: code.clone() };
            caller.would_to(show, &deed).await?;
            let joined = caller.call(JoinInvite { code }).await?;
            out.list(&[Listed::of(&caller.client, joined)])
        }
    }
}
