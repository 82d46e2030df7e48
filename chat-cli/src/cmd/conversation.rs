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
    output::{Output, note_done},
    span,
};
use chat_core::{
    ChangeConversation, Conversation, ConversationId, DeleteConversation, DeleteConversationAvatar,
    Description, LeaveConversation, MessageTtl, Reason, ShowAnyConversation, ShowConversation,
    Title,
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
    /// Leave a group or channel; where nobody else is in it, that deletes it with all that was said
    Leave {
        #[command(flatten)]
        which: Which,
        /// The name again, instead of typing it, where nobody else is in it
        #[arg(long, value_name = "CONVERSATION")]
        confirm: Option<String>,
    },
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
            let deed = format!("rename {} to {title}", which.conversation);
            change(caller, find(&which).await?, &deed, |now| {
                now.title = Some(title)
            })
            .await
        }
        It::Describe { which, description } => {
            let deed = format!("describe {} as: {description}", which.conversation);
            change(caller, find(&which).await?, &deed, |now| {
                now.description = Some(description);
            })
            .await
        }
        It::Ttl { which, ttl } => {
            let after = match ttl.seconds() {
                None => "never".to_owned(),
                Some(seconds) => format!("after {seconds} s"),
            };
            let deed = format!("delete what is said in {} {after}", which.conversation);
            change(caller, find(&which).await?, &deed, |now| {
                now.message_ttl_s = Some(ttl);
            })
            .await
        }
        It::Avatar { which, picture } => avatar(caller, &which, picture).await,
        It::Leave { which, confirm } => leave(caller, &which, confirm).await,
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
    let shown = all.len();
    let listed = all.into_iter().map(|one| Listed::of(&caller.client, one));
    caller.out.list(&listed.collect::<Vec<_>>())?;
    page::tell_of_rest(&caller.out, is_more, shown);
    Ok(())
}

fn print(caller: &Caller, conversation: Conversation) -> Result<()> {
    caller.out.list(&[Listed::of(&caller.client, conversation)])
}

async fn change(
    caller: &Caller,
    id: ConversationId,
    deed: &str,
    what: impl FnOnce(&mut ChangeConversation),
) -> Result<()> {
    let mut change = ChangeConversation::of(id);
    what(&mut change);
    caller.would(deed)?;
    print(caller, caller.call(change).await?)
}

async fn avatar(caller: &Caller, which: &Which, picture: AvatarArgs) -> Result<()> {
    let name = &which.conversation;
    let id = caller.conversation(name).await?;
    let Some(path) = picture.file else {
        let delete = DeleteConversationAvatar {
            conversation_id: id,
        };
        caller.would(&format!("take the picture of {name} away"))?;
        return caller.done(delete, "the picture is gone").await;
    };
    let picture = file::content(&path)?;
    caller.would(&format!("make {} the picture of {name}", path.display()))?;
    let changed = caller.client.set_conversation_avatar(id, picture).await?;
    note_done();
    print(caller, changed)
}

async fn leave(caller: &Caller, which: &Which, confirm: Option<String>) -> Result<()> {
    let typed = &which.conversation;
    let conversation_id = caller.conversation(typed).await?;
    let now = caller.call(ShowConversation { conversation_id }).await?;
    match now.member_count {
        // It goes with its last member, like one that is deleted.
        0 | 1 => {
            let name = now.title.as_ref().unwrap_or(typed);
            let lost = format!(
                "{name} ({conversation_id}), where nobody else is: that deletes it, with all that was said in it"
            );
            let said = confirm.map(|said| if said == *typed { name.clone() } else { said });
            caller
                .confirm(format!("this leaves {lost}"), name, said)
                .await?;
            caller.would(&format!("leave {lost}"))?;
        }
        _ => caller.would(&format!("leave {typed}"))?,
    }
    caller
        .done(LeaveConversation { conversation_id }, "left")
        .await
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
    // By the title, which says more than an id; with the id, because others may have that title.
    let title = match is_any {
        true => {
            caller
                .call(ShowAnyConversation { conversation_id })
                .await?
                .title
        }
        false => {
            caller
                .call(ShowConversation { conversation_id })
                .await?
                .title
        }
    };
    let typed = &which.conversation;
    let name = title.as_ref().unwrap_or(typed);
    let what = format!(
        "this deletes {name} ({conversation_id}) for everyone, with all that was said in it"
    );
    let said = confirm.map(|said| if said == *typed { name.clone() } else { said });
    caller.confirm(what, name, said).await?;
    caller.would(&format!(
        "delete {name} ({conversation_id}) for everyone, with all that was said in it"
    ))?;
    match is_any {
        true => any::delete(caller, conversation_id, reason).await,
        false => {
            let delete = DeleteConversation { conversation_id };
            caller.done(delete, "deleted").await
        }
    }
}
