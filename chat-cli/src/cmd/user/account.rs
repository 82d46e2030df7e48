//! What an admin does to accounts over the network.

use super::{ACCOUNTS, ROLES};
use crate::{
    cli::{by_rule, one_of},
    cmd::{bulk::Bulk, caller::Caller, page},
    error::{Error, Result},
    output::Columns,
};
use chat_core::{
    Account, ChangeAccount, Code, DeleteAccount, DisplayName, Email, EndAccountSessions,
    ListAccountSessions, ListAccounts, Reason, ResetAccount, UserId, UserRole,
};
use clap::Subcommand;

/// How sessions are listed.
const SESSIONS: Columns = Columns(&[
    ("id", "/id"),
    ("device", "/device_name"),
    ("token for", "/scope"),
    ("signed in", "/created_at"),
    ("last used", "/last_used_at"),
]);

/// What only an admin may do.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Say what accounts may do on the whole server
    Role {
        /// Usernames or ids
        #[arg(required = true, num_args = 1.., value_name = "USER")]
        users: Vec<String>,
        /// As what from now on
        #[arg(value_parser = one_of::<UserRole>(&ROLES))]
        role: UserRole,
        /// The name again, where it is yourself, instead of typing it
        #[arg(long, value_name = "USER")]
        confirm: Option<String>,
    },
    /// Change the name that people see, and where mail goes
    #[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
    Update {
        /// A username or id
        user: String,
        /// The name people see
        #[arg(long, value_name = "NAME", value_parser = by_rule::<DisplayName>, group = "what")]
        display_name: Option<DisplayName>,
        /// Where mail goes; it counts as confirmed
        #[arg(long, value_name = "ADDRESS", value_parser = by_rule::<Email>, group = "what")]
        email: Option<Email>,
    },
    /// Switch accounts off, and sign them out everywhere
    Disable {
        /// Usernames or ids
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
        /// Why; its owner does not see it
        #[arg(long, value_name = "TEXT", value_parser = by_rule::<Reason>)]
        reason: Option<Reason>,
        /// The name again, where it is yourself, instead of typing it
        #[arg(long, value_name = "USER")]
        confirm: Option<String>,
    },
    /// Switch accounts on again
    Enable {
        /// Usernames or ids
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
    },
    /// Delete an account for good
    Delete {
        /// A username or id
        user: String,
        /// Also what it said, everywhere
        #[arg(long)]
        messages: bool,
        /// The name again, instead of typing it
        #[arg(long, value_name = "USER")]
        confirm: Option<String>,
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
        AccountCommand::Role {
            users,
            role,
            confirm,
        } => give_role(caller, &users, role, confirm).await,
        AccountCommand::Update {
            user,
            display_name,
            email,
        } => update(caller, &user, display_name, email).await,
        AccountCommand::Disable {
            users,
            reason,
            confirm,
        } => disable(caller, &users, reason, confirm).await,
        AccountCommand::Enable { users } => {
            let on = |account: &mut ChangeAccount| account.disabled = Some(false);
            let verbs = ["switch on", "switched on"];
            change_all(caller, &users, async |_| Ok(()), on, verbs).await
        }
        AccountCommand::Delete {
            user,
            messages,
            confirm,
        } => delete(caller, &user, messages, confirm).await,
        AccountCommand::Sessions { user, end: true } => {
            let user_id = account(caller, &user).await?;
            let said = format!("{user} is signed out everywhere");
            caller.would(&format!("sign {user} out everywhere"))?;
            caller.done(EndAccountSessions { user_id }, &said).await
        }
        AccountCommand::Sessions { user, end: false } => {
            let user_id = account(caller, &user).await?;
            let ask = |_, _| ListAccountSessions { user_id };
            caller.list(SESSIONS, usize::MAX, ask).await
        }
        AccountCommand::ResetPassword { user } => {
            let user_id = account(caller, &user).await?;
            caller.would(&format!(
                "make a link with which the owner of {user} sets a new password"
            ))?;
            caller.card("/link", ResetAccount { user_id }).await
        }
    }
}

async fn update(
    caller: &Caller,
    user: &str,
    display_name: Option<DisplayName>,
    email: Option<Email>,
) -> Result<()> {
    let name = display_name.as_ref().map(|name| format!("the name {name}"));
    let address = email.as_ref().map(|email| format!("the address {email}"));
    let what: Vec<_> = name.into_iter().chain(address).collect();
    let deed = format!("give the account {user} {}", what.join(" and "));
    change(caller, user, &deed, |account| {
        account.display_name = display_name;
        account.email = email;
    })
    .await
}

async fn delete(
    caller: &Caller,
    user: &str,
    messages: bool,
    confirm: Option<String>,
) -> Result<()> {
    let user_id = account(caller, user).await?;
    let own = match caller.client.me() == Some(user_id) {
        true => ", which is yours,",
        false => "",
    };
    let what = format!("this deletes the account {user}{own} for good");
    caller.confirm(what, user, confirm).await?;
    let also = if messages {
        ", and all that it said"
    } else {
        ""
    };
    caller.would(&format!("delete the account {user} for good{also}"))?;
    let delete = DeleteAccount {
        user_id,
        delete_messages: Some(messages),
    };
    caller.done(delete, &format!("{user} is deleted")).await
}

async fn give_role(
    caller: &Caller,
    users: &[String],
    role: UserRole,
    confirm: Option<String>,
) -> Result<()> {
    let ask = async |user: &str| match role {
        UserRole::Admin => Ok(()),
        _ => {
            let deed = "takes the role of an admin from";
            be_sure(caller, user, deed, confirm.clone()).await
        }
    };
    let verbs = match role {
        UserRole::Admin => ["make an admin of", "made admins"],
        UserRole::User | UserRole::Unknown => ["make a user of", "made users"],
    };
    let give = |account: &mut ChangeAccount| account.role = Some(role);
    change_all(caller, users, ask, give, verbs).await
}

async fn disable(
    caller: &Caller,
    users: &[String],
    reason: Option<Reason>,
    confirm: Option<String>,
) -> Result<()> {
    let off = |account: &mut ChangeAccount| {
        account.disabled = Some(true);
        account.reason = reason.clone();
    };
    let ask = async |user: &str| be_sure(caller, user, "switches off", confirm.clone()).await;
    change_all(caller, users, ask, off, ["switch off", "switched off"]).await
}

/// Asks first where it is oneself: whoever has done it cannot undo it.
async fn be_sure(caller: &Caller, user: &str, deed: &str, said: Option<String>) -> Result<()> {
    if caller.client.me() != Some(account(caller, user).await?) {
        return Ok(());
    }
    let what = format!("this {deed} {user}, which is you; another admin or --socket gives it back");
    caller.be_sure(what, user, said).await
}

async fn change_all(
    caller: &Caller,
    users: &[String],
    ask: impl AsyncFn(&str) -> Result<()>,
    what: impl Fn(&mut ChangeAccount),
    [deed, done]: [&str; 2],
) -> Result<()> {
    let mut bulk = Bulk::of(caller.out, users.len());
    let mut changed = Vec::new();
    for user in users {
        let how = match ask(user).await {
            Ok(()) => changed_account(caller, user, &format!("{deed} {user}"), &what).await,
            Err(error) => Err(error),
        };
        let how = how.map(|account| changed.push(account));
        if let Err(error) = bulk.note(user, how) {
            caller.out.rows(ACCOUNTS, &changed)?;
            return Err(error);
        }
    }
    caller.out.rows(ACCOUNTS, &changed)?;
    bulk.end(done)
}

async fn change(
    caller: &Caller,
    user: &str,
    deed: &str,
    what: impl FnOnce(&mut ChangeAccount),
) -> Result<()> {
    let changed = changed_account(caller, user, deed, what).await?;
    caller.out.rows(ACCOUNTS, &[changed])
}

async fn changed_account(
    caller: &Caller,
    user: &str,
    deed: &str,
    what: impl FnOnce(&mut ChangeAccount),
) -> Result<Account> {
    let mut change = ChangeAccount {
        user_id: account(caller, user).await?,
        role: None,
        disabled: None,
        reason: None,
        display_name: None,
        email: None,
    };
    what(&mut change);
    caller.would(deed)?;
    caller.call(change).await
}
