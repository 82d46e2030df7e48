//! `chat member`: who is in a conversation, as what, and who is kept out.

use super::{bulk::Bulk, caller::Caller, page::Most};
use crate::{
    cli::{Global, by_rule, one_of},
    error::{Error, Result},
    output::{Columns, Output},
};
use chat_core::{
    AddBan, AddMembers, ChangeMember, ListBans, ListMembers, MemberRole, Reason, RemoveBan,
    RemoveMember,
};
use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  chat member list 'Friday climbing'
  chat member add 'Friday climbing' ben chloe --role admin
  chat member role 'Friday climbing' ben owner
  chat member ban 'Friday climbing' mallory --reason 'sells shoes'
  chat member list 'Friday climbing' --banned
";

const ROLES: [&str; 3] = ["member", "admin", "owner"];

const MEMBERS: Columns = Columns(&[
    ("id", "/user/id"),
    ("user", "/user/username"),
    ("name", "/user/display_name"),
    ("role", "/role"),
    ("joined", "/joined_at"),
]);

const BANS: Columns = Columns(&[
    ("id", "/user/id"),
    ("user", "/user/username"),
    ("since", "/created_at"),
    ("reason", "/reason"),
]);

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum MemberCommand {
    /// List who is in a conversation, in the order they joined
    List(ListArgs),
    /// Bring users in
    Add {
        /// A conversation's id or title
        conversation: String,
        /// Usernames or ids
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
        /// As what [default: member]
        #[arg(long, value_parser = one_of::<MemberRole>(&ROLES))]
        role: Option<MemberRole>,
    },
    /// Take a member out
    Remove {
        /// A conversation's id or title
        conversation: String,
        /// A username or id
        user: String,
    },
    /// Give a member another role
    Role {
        /// A conversation's id or title
        conversation: String,
        /// A username or id
        user: String,
        /// As what from now on
        #[arg(value_parser = one_of::<MemberRole>(&ROLES))]
        role: MemberRole,
    },
    /// Take somebody out and keep them out
    Ban {
        /// A conversation's id or title
        conversation: String,
        /// A username or id
        user: String,
        /// Why; for those who may ban
        #[arg(long, value_name = "TEXT", value_parser = by_rule::<Reason>)]
        reason: Option<Reason>,
    },
    /// Let somebody be a member again
    Unban {
        /// A conversation's id or title
        conversation: String,
        /// A username or id
        user: String,
    },
}

/// What `chat member list` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// A conversation's id, @user, or a title
    conversation: String,
    /// Who is kept out instead
    #[arg(long)]
    banned: bool,
    #[command(flatten)]
    most: Most,
}

/// Does it.
pub(crate) async fn run(command: MemberCommand, global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    match command {
        MemberCommand::List(args) => list(&caller, args).await,
        MemberCommand::Add {
            conversation,
            users,
            role,
        } => add(&caller, &conversation, &users, role).await,
        MemberCommand::Role {
            conversation,
            user,
            role,
        } => give_role(&caller, &conversation, &user, role).await,
        MemberCommand::Ban {
            conversation,
            user,
            reason,
        } => {
            let ban = AddBan {
                conversation_id: caller.conversation(&conversation).await?,
                user_id: caller.user(&user).await?,
                reason,
            };
            caller.would(&format!(
                "take {user} out of {conversation}, and keep them out"
            ))?;
            caller.row(BANS, ban).await
        }
        MemberCommand::Remove { conversation, user } => {
            let remove = RemoveMember {
                conversation_id: caller.conversation(&conversation).await?,
                user_id: caller.user(&user).await?,
            };
            caller.would(&format!("take {user} out of {conversation}"))?;
            caller.done(remove, &format!("{user} is out")).await
        }
        MemberCommand::Unban { conversation, user } => {
            let remove = RemoveBan {
                conversation_id: caller.conversation(&conversation).await?,
                user_id: caller.user(&user).await?,
            };
            caller.would(&format!("let {user} come back into {conversation}"))?;
            caller.done(remove, &format!("{user} may come back")).await
        }
    }
}

async fn add(
    caller: &Caller,
    conversation: &str,
    users: &[String],
    role: Option<MemberRole>,
) -> Result<()> {
    let conversation_id = caller.conversation(conversation).await?;
    let mut bulk = Bulk::of(caller.out, users.len());
    let (mut names, mut user_ids) = (Vec::new(), Vec::new());
    for user in users {
        match caller.user(user).await {
            Ok(id) => {
                names.push(user.as_str());
                user_ids.push(id);
            }
            Err(error) => bulk.note(user, Err(error))?,
        }
    }
    if user_ids.is_empty() {
        return bulk.end("brought in");
    }
    let add = AddMembers {
        conversation_id,
        user_ids,
        role,
    };
    // Of those who are known, all come in or none.
    let told = caller.would(&format!("bring {} into {conversation}", names.join(", ")));
    if told.is_ok() {
        caller.out.rows(MEMBERS, &caller.call(add).await?.items)?;
    }
    for name in names {
        let how = if told.is_ok() {
            Ok(())
        } else {
            Err(Error::Rehearsed)
        };
        bulk.note(name, how)?;
    }
    bulk.end("brought in")
}

async fn give_role(
    caller: &Caller,
    conversation: &str,
    user: &str,
    role: MemberRole,
) -> Result<()> {
    let change = ChangeMember {
        conversation_id: caller.conversation(conversation).await?,
        user_id: caller.user(user).await?,
        role,
    };
    let word = match role {
        MemberRole::Owner => "the owner",
        MemberRole::Admin => "an admin",
        MemberRole::Member | MemberRole::Unknown => "a member",
    };
    caller.would(&format!("make {user} {word} of {conversation}"))?;
    caller.row(MEMBERS, change).await
}

/// Lists who is in it, or kept out.
pub(crate) async fn list(caller: &Caller, args: ListArgs) -> Result<()> {
    let conversation_id = caller.conversation(&args.conversation).await?;
    let most = args.most;
    if args.banned {
        let ask = |limit, cursor| ListBans {
            conversation_id,
            limit,
            cursor,
        };
        return caller.list(BANS, most.of(&caller.out), ask).await;
    }
    let ask = |limit, cursor| ListMembers {
        conversation_id,
        limit,
        cursor,
    };
    caller.list(MEMBERS, most.of(&caller.out), ask).await
}
