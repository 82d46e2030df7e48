//! `chat audit` and `chat stats`: what was done on the server, and the server in numbers; for those who look after it.

use super::{
    Repeat,
    caller::Caller,
    page::{self, Most},
    user, wait_out,
};
use crate::{
    cli::Global,
    error::Result,
    output::{Columns, Output, now},
    span::{self, Since},
};
use chat_core::{AuditEntry, ListAudit, ShowAccount, ShowStats, UserId};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const EXAMPLES: &str = "\
Examples:
  chat audit list
  chat audit list --by ann --action admin.user
  chat audit list --since 7d -n 1000 -o csv
";

pub(crate) const STATS_EXAMPLES: &str = "\
Examples:
  chat stats                       for reading; a day is the last 24 hours, a month the last 30 days
  chat stats --jq .database_bytes  in bytes, as all sizes in JSON
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

/// For people: who is called what.
const NAMED: Columns = Columns(&[
    ("id", "/id"),
    ("when", "/at"),
    ("by", "/by"),
    ("what", "/action"),
    ("to", "/to"),
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
    /// Only what was done since then: a day or a time (UTC), or so long ago (2h)
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
    let (mut printed, mut kept) = (out.pages(ENTRIES), Vec::new());
    let (most, mut shown) = (args.most.of(&out), 0);
    let is_cut = page::each(&caller.client, most, ask, |mut entries| {
        let count = entries.len();
        shown += count;
        entries.retain(|entry| since.is_none_or(|since| entry.at >= since));
        let is_more = entries.len() == count;
        match out.is_table() {
            true => kept.extend(entries),
            false => printed.add(entries)?,
        }
        Ok(is_more)
    })
    .await?;
    match out.is_table() {
        true => out.rows(NAMED, &named(&caller, kept).await)?,
        false => printed.end()?,
    }
    page::tell_of_rest(&out, is_cut, shown);
    Ok(())
}

/// What was done, with the names of people.
#[derive(Serialize)]
struct Named {
    #[serde(flatten)]
    entry: AuditEntry,
    by: Option<String>,
    to: Option<String>,
}

/// Looks up what the people are called. Who is not there any more, and what is no person, keeps its id.
async fn named(caller: &Caller, entries: Vec<AuditEntry>) -> Vec<Named> {
    let actor = |entry: &AuditEntry| entry.actor_id.map(|id| id.uuid());
    let ids = entries.iter().flat_map(|entry| [actor(entry), whom(entry)]);
    let ids: BTreeSet<Uuid> = ids.flatten().collect();
    let mut names = BTreeMap::new();
    for id in ids {
        let user_id = UserId::new(id);
        // As an admin: also who is switched off, or hides from others, has a name.
        let call = async || caller.client.call(ShowAccount { user_id }).await;
        if let Ok(account) = wait_out(Repeat::Refused, |_| {}, call).await {
            names.insert(id, account.me.user.username);
        }
    }
    let name = |id: Uuid| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
    let with_names = entries.into_iter().map(|entry| Named {
        by: actor(&entry).map(&name),
        to: entry.target_id.map(&name),
        entry,
    });
    with_names.collect()
}

/// To whom it was done, where it may be a person.
fn whom(entry: &AuditEntry) -> Option<Uuid> {
    let is_thing = ["conversation", "message", "report"]
        .iter()
        .any(|thing| entry.action.contains(thing));
    entry.target_id.filter(|_| !is_thing)
}

/// Shows the server in numbers.
pub(crate) async fn run_stats(global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    caller.card("/version", ShowStats {}).await
}
