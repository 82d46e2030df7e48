//! `chat contact` and `chat block`: whom one knows, and whom one does not want to hear from.

use super::{caller::Caller, page::Most};
use crate::{
    cli::{Global, by_rule},
    error::Result,
    output::{Columns, Output},
};
use chat_core::{
    BlockUser, ListBlocks, ListContacts, Nickname, RemoveContact, SetContact, UnblockUser,
};
use clap::Subcommand;

const CONTACT_EXAMPLES: &str = "\
Examples:
  chat contact add ben --nickname 'Ben from the club' --favorite
  chat contact add ben --favorite=false             changes what is noted
  chat contact list
";

const BLOCK_EXAMPLES: &str = "\
Examples:
  chat block add ben                                ben cannot write to you, and is not told why
  chat block list
  chat block remove ben
";

const CONTACTS: Columns = Columns(&[
    ("id", "/user/id"),
    ("user", "/user/username"),
    ("name", "/user/display_name"),
    ("nickname", "/nickname"),
    ("favorite", "/favorite"),
]);

/// How users are listed.
pub(super) const USERS: Columns = Columns(&[
    ("id", "/id"),
    ("user", "/username"),
    ("name", "/display_name"),
]);

/// What there is to do with contacts.
#[derive(Debug, Subcommand)]
#[command(before_help = CONTACT_EXAMPLES)]
pub(crate) enum ContactCommand {
    /// List your contacts
    List(Most),
    /// Make somebody a contact, or change what you have noted
    Add {
        /// A username or id
        user: String,
        /// What you call them; empty takes it away
        #[arg(long, value_name = "NAME", value_parser = by_rule::<Nickname>)]
        nickname: Option<Nickname>,
        /// Whether they come first
        #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
        favorite: Option<bool>,
    },
    /// Forget a contact
    Remove {
        /// A username or id
        user: String,
    },
}

/// What there is to do with blocks.
#[derive(Debug, Subcommand)]
#[command(before_help = BLOCK_EXAMPLES)]
pub(crate) enum BlockCommand {
    /// List whom you have blocked
    List(Most),
    /// Block somebody
    Add {
        /// A username or id
        user: String,
    },
    /// Let somebody in again
    Remove {
        /// A username or id
        user: String,
    },
}

/// Does it with contacts.
pub(crate) async fn run(command: ContactCommand, global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    match command {
        ContactCommand::List(most) => {
            let ask = |limit, cursor| ListContacts { limit, cursor };
            caller.list(CONTACTS, most.of(&caller.out), ask).await
        }
        ContactCommand::Add {
            user,
            nickname,
            favorite,
        } => {
            let set = SetContact {
                user_id: caller.user(&user).await?,
                nickname,
                favorite,
            };
            caller.would(&format!("note {user} as a contact"))?;
            caller.row(CONTACTS, set).await
        }
        ContactCommand::Remove { user } => {
            let user_id = caller.user(&user).await?;
            let said = format!("{user} is no contact any more");
            caller.would(&format!("forget the contact {user}"))?;
            caller.done(RemoveContact { user_id }, &said).await
        }
    }
}

/// Does it with blocks.
pub(crate) async fn run_block(command: BlockCommand, global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    match command {
        BlockCommand::List(most) => {
            let ask = |limit, cursor| ListBlocks { limit, cursor };
            caller.list(USERS, most.of(&caller.out), ask).await
        }
        BlockCommand::Add { user } => {
            let user_id = caller.user(&user).await?;
            let said = format!("{user} is blocked");
            caller.would(&format!("block {user}"))?;
            caller.done(BlockUser { user_id }, &said).await
        }
        BlockCommand::Remove { user } => {
            let user_id = caller.user(&user).await?;
            let said = format!("{user} is not blocked any more");
            caller.would(&format!("let {user} in again"))?;
            caller.done(UnblockUser { user_id }, &said).await
        }
    }
}
