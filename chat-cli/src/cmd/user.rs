//! `chat user`: people found over the network, accounts made, and accounts looked after as an admin.

mod account;
mod create;
mod import;

pub(crate) use account::account;

use super::{caller::Caller, contact::USERS, page::Most};
use crate::{
    cli::{Global, one_of},
    error::Result,
    output::{Columns, Output},
};
use account::AccountCommand;
use chat_core::{ListAccounts, ListUsers, ShowAccount, ShowUser, UserRole};
use clap::{Args, Subcommand};
use create::CreateArgs;
use import::ImportArgs;

const EXAMPLES: &str = "\
Examples:
  chat user create ann --admin                          asks for a password
  chat user create bot --password-file /run/secrets/bot
  chat user create ben --generate-password -o jsonl     prints it, once
  chat user create ann --database sqlite:///var/lib/chat/chat.db
  chat user create eve --remote --no-password           over the network, as an admin
  chat user list ann                                    over the network, as who you are signed in
  chat user list --accounts --disabled true             for admins: email, role, whether it is switched off
  chat user disable mallory --reason 'sells shoes'
  chat user list --accounts -o ids | xargs chat user disable --dry-run
  chat user update ben --display-name 'Ben Okafor' --email ben@example.org
  chat user import people.csv --dry-run                 looks at every line, and makes nobody
  chat user import people.csv -o csv > made.csv
  chat user reset-password ben                          a link for ben, for one use
";

const ROLES: [&str; 2] = ["user", "admin"];

const ACCOUNTS: Columns = Columns(&[
    ("id", "/id"),
    ("user", "/username"),
    ("name", "/display_name"),
    ("email", "/email"),
    ("role", "/role"),
    ("sessions", "/session_count"),
    ("disabled", "/disabled_at"),
]);

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum UserCommand {
    /// Make an account, straight in the database; the server may be running or not
    Create(Box<CreateArgs>),
    /// Make many accounts from a file of CSV or JSON lines, as an admin
    Import(ImportArgs),
    /// Look for people by the beginning of a name
    List(ListArgs),
    /// Show what somebody tells of themselves
    Show {
        /// A username or id
        user: String,
        /// The account, as an admin sees it
        #[arg(long, alias = "accounts")]
        account: bool,
    },
    #[command(flatten)]
    Account(AccountCommand),
}

/// What `chat user list` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// What the name begins with; without it, everybody
    query: Option<String>,
    #[command(flatten)]
    most: Most,
    /// The accounts, as an admin sees them
    #[arg(long, alias = "account")]
    accounts: bool,
    /// Only accounts with this role
    #[arg(long, requires = "accounts", value_parser = one_of::<UserRole>(&ROLES))]
    role: Option<UserRole>,
    /// Only accounts that are switched off, or only those that are not
    #[arg(long, value_name = "BOOL", requires = "accounts")]
    disabled: Option<bool>,
}

/// Does it.
pub(crate) async fn run(command: UserCommand, global: &Global, out: Output) -> Result<()> {
    // Made in the database, an account needs nobody who is signed in.
    let caller = async || Caller::signed_in(global, out).await;
    match command {
        UserCommand::Create(args) => create::run(*args, global, out).await,
        UserCommand::Import(args) => import::run(args, &caller().await?).await,
        UserCommand::List(args) => list(&caller().await?, args).await,
        UserCommand::Show { user, account } => show(&caller().await?, &user, account).await,
        UserCommand::Account(command) => account::run(command, &caller().await?).await,
    }
}

async fn show(caller: &Caller, user: &str, is_account: bool) -> Result<()> {
    match is_account {
        true => {
            let user_id = account(caller, user).await?;
            caller.card("/id", ShowAccount { user_id }).await
        }
        false => {
            let user_id = caller.user(user).await?;
            caller.card("/id", ShowUser { user_id }).await
        }
    }
}

async fn list(caller: &Caller, args: ListArgs) -> Result<()> {
    let most = args.most.of(&caller.out);
    if !args.accounts {
        let ask = |limit, cursor| ListUsers {
            q: args.query.clone(),
            limit,
            cursor,
        };
        return caller.list(USERS, most, ask).await;
    }
    let ask = |limit, cursor| ListAccounts {
        q: args.query.clone(),
        role: args.role,
        disabled: args.disabled,
        limit,
        cursor,
    };
    caller.list(ACCOUNTS, most, ask).await
}
