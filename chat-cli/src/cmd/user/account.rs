//! What an admin does to accounts over the network.

use super::{ACCOUNTS, ROLES};
use crate::{
    cli::{by_rule, one_of},
    cmd::{auth::in_background, caller::Caller, page},
    error::{Error, Result},
    output::Columns,
    prompt,
};
use chat_core::{
    ChangeAccount, Code, DeleteAccount, EndAccountSessions, ListAccountSessions, ListAccounts,
    Reason, ResetAccount, UserId, UserRole,
};
use clap::Subcommand;

/// How sessions are listed.
const SESSIONS: Columns = Columns(&[
    ("id", "/id"),
    ("device", "/device_name"),
    ("signed in", "/created_at"),
    ("last used", "/last_used_at"),
]);

/// What only an admin may do.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Say what an account may do on the whole server
    Role {
        /// A username or id
        user: String,
        /// As what from now on
        #[arg(value_parser = one_of::<UserRole>(&ROLES))]
        role: UserRole,
    },
    /// Switch an account off, and sign it out everywhere
    Disable {
        /// A username or id
        user: String,
        /// Why; its owner does not see it
        #[arg(long, value_name = "TEXT", value_parser = by_rule::<Reason>)]
        reason: Option<Reason>,
    },
    /// Switch an account on again
    Enable {
        /// A username or id
        user: String,
    },
    /// Delete an account for good
    Delete {
        /// A username or id
        user: String,
        /// Also what it said, everywhere
        #[arg(long)]
        messages: bool,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// List where an account is signed in
    Sessions {
        /// A username or id
        user: String,
        /// Sign it out everywhere instead
        #[arg(long)]
        end: bool,
    },
    /// Make a link with which the owner of an account sets a new password, once
    ResetPassword {
        /// A username or id
        user: String,
    },
}

/// The account of a name or id, also where it is switched off and nobody else finds it.
pub(crate) async fn account(caller: &Caller, text: &str) -> Result<UserId> {
    let name = text.strip_prefix('@').unwrap_or(text);
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let ask = |limit, cursor| ListAccounts {
        q: Some(name.to_owned()),
        role: None,
        disabled: None,
        limit,
        cursor,
    };
    let found = page::first(&caller.client, usize::MAX, ask).await?;
    let named = found
        .into_iter()
        .map(|account| account.me.user)
        .find(|user| user.username.eq_ignore_ascii_case(name));
    named.map(|user| user.id).ok_or_else(|| {
        let text = format!("there is no account {name}; find them with: chat user list --accounts");
        Error::coded(Code::NotFound, text)
    })
}

/// Does what only an admin may.
pub(super) async fn run(command: AccountCommand, caller: &Caller) -> Result<()> {
    match command {
        AccountCommand::Role { user, role } => {
            change(caller, &user, |account| account.role = Some(role)).await
        }
        AccountCommand::Disable { user, reason } => {
            change(caller, &user, |account| {
                account.disabled = Some(true);
                account.reason = reason;
            })
            .await
        }
        AccountCommand::Enable { user } => {
            change(caller, &user, |account| account.disabled = Some(false)).await
        }
        AccountCommand::Delete {
            user,
            messages,
            yes,
        } => {
            let user_id = account(caller, &user).await?;
            let what = format!("this deletes the account {user} for good");
            in_background(move || prompt::confirm(&what, yes)).await?;
            let delete = DeleteAccount {
                user_id,
                delete_messages: Some(messages),
            };
            caller.done(delete, &format!("{user} is deleted")).await
        }
        AccountCommand::Sessions { user, end: true } => {
            let user_id = account(caller, &user).await?;
            let said = format!("{user} is signed out everywhere");
            caller.done(EndAccountSessions { user_id }, &said).await
        }
        AccountCommand::Sessions { user, end: false } => {
            let user_id = account(caller, &user).await?;
            let ask = |_, _| ListAccountSessions { user_id };
            caller.list(SESSIONS, usize::MAX, ask).await
        }
        AccountCommand::ResetPassword { user } => {
            let user_id = account(caller, &user).await?;
            caller.card("/link", ResetAccount { user_id }).await
        }
    }
}

async fn change(caller: &Caller, user: &str, what: impl FnOnce(&mut ChangeAccount)) -> Result<()> {
    let mut change = ChangeAccount {
        user_id: account(caller, user).await?,
        role: None,
        disabled: None,
        reason: None,
        display_name: None,
        email: None,
    };
    what(&mut change);
    caller.row(ACCOUNTS, change).await
}
