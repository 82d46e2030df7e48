//! `chat audit` and `chat stats`: what was done on the server, and the server in numbers; for those who look after it.

use super::{
    caller::Caller,
    page::{self, Most},
    user,
};
use crate::{
    cli::Global,
    error::Result,
    output::{Columns, Output, now},
    span::{self, Since},
};
use chat_core::{ListAudit, ShowStats};
use clap::{Args, Subcommand};
use uuid::Uuid;

const EXAMPLES: &str = "\
Examples:
  chat audit list
  chat audit list --by ann --action admin.user
  chat audit list --since 7d -n 1000 -o csv
";

const ENTRIES: Columns = Columns(&[
    ("id", "/id"),
    ("when", "/at"),
    ("by", "/actor_id"),
    ("what", "/action"),
    ("to", "/target_id"),
    ("from", "/address"),
    ("detail", "/detail"),
]);

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum AuditCommand {
    /// List what was done, newest first
    List(AuditArgs),
}

/// What `chat audit list` takes.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Only by this user: a username or id
    #[arg(long, value_name = "USER")]
    by: Option<String>,
    /// Only to this user, by name, or to this user, conversation, message, report or session, by its id
    #[arg(long, value_name = "WHAT")]
    target: Option<String>,
    /// Only calls whose name begins so: admin.user
    #[arg(long, value_name = "NAME")]
    action: Option<String>,
    /// Only what was done since then: a day, a time, or so long ago (2h)
    #[arg(long, value_name = "TIME", value_parser = span::since)]
    since: Option<Since>,
    #[command(flatten)]
    most: Most,
}

/// Does it.
pub(crate) async fn run(command: AuditCommand, global: &Global, out: Output) -> Result<()> {
    let AuditCommand::List(args) = command;
    let caller = Caller::signed_in(global, out).await?;
    let actor_id = match &args.by {
        Some(user) => Some(user::account(&caller, user).await?),
        None => None,
    };
    let target_id: Option<Uuid> = match &args.target {
        Some(target) => Some(match target.parse() {
            Ok(id) => id,
            Err(_) => user::account(&caller, target).await?.uuid(),
        }),
        None => None,
    };
    let ask = |limit, cursor| ListAudit {
        actor_id,
        target_id,
        action: args.action.clone(),
        limit,
        cursor,
    };
    let since = args.since.map(|since| since.at(now()));
    let mut printed = out.pages(ENTRIES);
    let (most, mut shown) = (args.most.of(&out), 0);
    let is_cut = page::each(&caller.client, most, ask, |mut entries| {
        let count = entries.len();
        shown += count;
        entries.retain(|entry| since.is_none_or(|since| entry.at >= since));
        let is_more = entries.len() == count;
        printed.add(entries).map(|()| is_more)
    })
    .await?;
    printed.end()?;
    page::tell_of_more(&out, is_cut, shown);
    Ok(())
}

/// Shows the server in numbers.
pub(crate) async fn run_stats(global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    caller.card("/version", ShowStats {}).await
}
