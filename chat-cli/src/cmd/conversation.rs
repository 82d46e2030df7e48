//! `chat conversation`: opening conversations, which ones there are, and what can be done with one.

mod any;
mod create;
mod listed;
mod own;

use super::{
    caller::Caller,
    file, member, name,
    page::{self, Most},
    profile::AvatarArgs,
};
use crate::{
    cli::{Global, by_rule},
    error::Result,
    output::Output,
    span,
};
use chat_core::{
    ChangeConversation, Conversation, ConversationId, DeleteConversation, DeleteConversationAvatar,
    Description, Endpoint, LeaveConversation, MessageTtl, Reason, SetConversationAvatar,
    ShowConversation, Title,
};
use clap::{Args, Subcommand};
use create::CreateArgs;
pub(crate) use listed::Listed;
use own::OwnCommand;

const EXAMPLES: &str = "\
Examples:
  chat conversation create ben                             the direct one with ben, opened or found again
  chat conversation create --title 'Friday climbing' ben chloe
  chat conversation create --kind channel --title News --ttl 30d
  chat conversation list
  chat conversation list -o ids | xargs -n1 chat message list -n 1
  chat conversation members 'Friday climbing' --fields user.username,role
  chat conversation rename 'Friday climbing' 'Sunday climbing'
  chat conversation ttl @ben 7d                            messages said from now on are deleted after a week
  chat conversation mute 'Sunday climbing' --for 8h
  chat conversation unread @ben
  chat conversation list --any --of mallory                as an admin
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum ConversationCommand {
    /// Open a conversation with others
    Create(CreateArgs),
    /// List conversations: pinned ones first, those put away last, then newest activity first
    List(ListArgs),
    /// Show one conversation
    Show {
        #[command(flatten)]
        which: Which,
        /// Whoever is in it, as an admin sees it
        #[arg(long)]
        any: bool,
    },
    /// List who is in a conversation, in the order they joined
    Members(member::ListArgs),
    /// Give a group or channel another title
    Rename {
        #[command(flatten)]
        which: Which,
        /// The title from now on
        #[arg(value_parser = by_rule::<Title>)]
        title: Title,
    },
    /// Say what a group or channel is about; empty takes it away
    Describe {
        #[command(flatten)]
        which: Which,
        /// The description from now on
        #[arg(value_parser = by_rule::<Description>)]
        description: Description,
    },
    /// Delete what is said from now on after a while, for everyone
    Ttl {
        #[command(flatten)]
        which: Which,
        /// How long messages stay: 5s, 8h, 7d; off for ever
        #[arg(value_name = "TIME", value_parser = span::message_ttl)]
        ttl: MessageTtl,
    },
    /// Set the picture of a group or channel, or take it away
    Avatar {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        picture: AvatarArgs,
    },
    /// Leave a group or channel
    Leave(Which),
    /// Delete a group or channel for everyone, with all that was said in it
    Delete {
        #[command(flatten)]
        which: Which,
        /// The name again, instead of typing it
        #[arg(long, value_name = "CONVERSATION")]
        confirm: Option<String>,
        /// Whoever is in it, as an admin
        #[arg(long)]
        any: bool,
        /// Why, for the audit log
        #[arg(long, value_name = "TEXT", requires = "any", value_parser = by_rule::<Reason>)]
        reason: Option<Reason>,
    },
    #[command(flatten)]
    Own(OwnCommand),
}

/// What `chat conversation list` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    most: Most,
    /// Everybody's, as an admin sees them
    #[arg(long)]
    any: bool,
    /// Only with a word in the title that begins so
    #[arg(long, value_name = "WORD", requires = "any")]
    title: Option<String>,
    /// Only those that somebody is in: a username or id
    #[arg(long, value_name = "USER", requires = "any")]
    of: Option<String>,
}

/// One conversation.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// A conversation's id, @user, or a title
    conversation: String,
}

/// Does it.
pub(crate) async fn run(command: ConversationCommand, global: &Global, out: Output) -> Result<()> {
    use ConversationCommand as It;
    let caller = &Caller::signed_in(global, out).await?;
    let find = async |which: &Which| caller.conversation(&which.conversation).await;
    match command {
        It::Create(args) => create::run(args, caller).await,
        It::List(args) => list(caller, args).await,
        It::Show { which, any: true } => any::show(caller, &which.conversation).await,
        It::Show { which, any: false } => {
            let show = ShowConversation {
                conversation_id: find(&which).await?,
            };
            print(caller, caller.call(show).await?)
        }
        It::Rename { which, title } => {
            let title = Some(title);
            change(caller, find(&which).await?, |now| now.title = title).await
        }
        It::Describe { which, description } => {
            let text = Some(description);
            change(caller, find(&which).await?, |now| now.description = text).await
        }
        It::Ttl { which, ttl } => {
            let ttl = Some(ttl);
            change(caller, find(&which).await?, |now| now.message_ttl_s = ttl).await
        }
        It::Avatar { which, picture } => avatar(caller, find(&which).await?, picture).await,
        It::Leave(which) => {
            let leave = LeaveConversation {
                conversation_id: find(&which).await?,
            };
            caller.done(leave, "left").await
        }
        It::Delete {
            which,
            confirm,
            any,
            reason,
        } => delete(caller, &which, confirm, any, reason).await,
        It::Members(args) => member::list(caller, args).await,
        It::Own(command) => own::run(command, caller).await,
    }
}

async fn list(caller: &Caller, args: ListArgs) -> Result<()> {
    if args.any {
        return any::list(caller, args).await;
    }
    // The server has them by their activity: what is pinned may come anywhere.
    let mut all = name::conversations(&caller.client, usize::MAX).await?;
    all.sort_by_key(Conversation::list_place);
    let most = args.most.of(&caller.out);
    let is_more = all.len() > most;
    all.truncate(most);
    let listed = all.into_iter().map(|one| Listed::of(&caller.client, one));
    caller.out.list(&listed.collect::<Vec<_>>())?;
    page::tell_of_more(&caller.out, is_more, most);
    Ok(())
}

fn print(caller: &Caller, conversation: Conversation) -> Result<()> {
    caller.out.list(&[Listed::of(&caller.client, conversation)])
}

async fn change(
    caller: &Caller,
    id: ConversationId,
    what: impl FnOnce(&mut ChangeConversation),
) -> Result<()> {
    let mut change = ChangeConversation::of(id);
    what(&mut change);
    print(caller, caller.call(change).await?)
}

async fn avatar(caller: &Caller, id: ConversationId, picture: AvatarArgs) -> Result<()> {
    let Some(path) = picture.file else {
        let delete = DeleteConversationAvatar {
            conversation_id: id,
        };
        return caller.done(delete, "the picture is gone").await;
    };
    let picture = file::content(&path)?;
    caller.rehearse(SetConversationAvatar::operation())?;
    print(
        caller,
        caller.client.set_conversation_avatar(id, picture).await?,
    )
}

async fn delete(
    caller: &Caller,
    which: &Which,
    confirm: Option<String>,
    is_any: bool,
    reason: Option<Reason>,
) -> Result<()> {
    let conversation_id = match is_any {
        true => any::find(caller, &which.conversation).await?,
        false => caller.conversation(&which.conversation).await?,
    };
    let what = format!(
        "this deletes {} for everyone, with all that was said in it",
        which.conversation
    );
    caller.confirm(what, &which.conversation, confirm).await?;
    match is_any {
        true => any::delete(caller, conversation_id, reason).await,
        false => {
            let delete = DeleteConversation { conversation_id };
            caller.done(delete, "deleted").await
        }
    }
}
