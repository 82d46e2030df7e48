//! `chat conversation`: opening conversations, which ones there are, and what can be done with one.

mod create;

use super::{auth::in_background, caller::Caller, file, name, profile::AvatarArgs};
use crate::{
    cli::{Global, by_rule},
    error::Result,
    output::{Output, Record, minute},
    prompt,
    span::{self, Span},
};
use chat_client::Client;
use chat_core::{
    ChangeConversation, ChangePrefs, Conversation, ConversationId, ConversationKind,
    DeleteConversation, DeleteConversationAvatar, Description, LeaveConversation, MessageTtl,
    ShowConversation, Timestamp, Title, UserId,
};
use clap::{Args, Subcommand};
use create::CreateArgs;
use serde::Serialize;
use std::time::SystemTime;

const EXAMPLES: &str = "\
Examples:
  chat conversation create ben                             the direct one with ben, opened or found again
  chat conversation create --title 'Friday climbing' ben chloe
  chat conversation create --kind channel --title News --ttl 30d
  chat conversation list
  chat conversation list -o ids | xargs -n1 chat message list -n 1
  chat conversation rename 'Friday climbing' 'Sunday climbing'
  chat conversation ttl @ben 7d                            messages said from now on are deleted after a week
  chat conversation mute 'Sunday climbing' --for 8h
";

/// No end that anybody will see: the year 3000.
const FOR_EVER: Timestamp = Timestamp::from_ms(32_503_680_000_000);

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum ConversationCommand {
    /// Open a conversation with others
    Create(CreateArgs),
    /// List conversations, newest activity first
    List {
        /// At most this many [default: all]
        #[arg(short = 'n', long)]
        limit: Option<usize>,
    },
    /// Show one conversation
    Show(Which),
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
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
    /// Have no notifications of it; nobody else sees that
    Mute {
        #[command(flatten)]
        which: Which,
        /// For so long: 30m, 8h, 7d [default: until --off]
        #[arg(long = "for", value_name = "TIME")]
        span: Option<Span>,
        /// Have them again
        #[arg(long, conflicts_with = "span")]
        off: bool,
    },
    /// Have it first in the list; nobody else sees that
    Pin {
        #[command(flatten)]
        which: Which,
        /// Let it go again
        #[arg(long)]
        off: bool,
    },
    /// Put it away; nobody else sees that
    Archive {
        #[command(flatten)]
        which: Which,
        /// Take it back
        #[arg(long)]
        off: bool,
    },
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
        It::List { limit } => {
            let most = limit.unwrap_or(usize::MAX);
            let all = name::conversations(&caller.client, most).await?;
            let listed = all.into_iter().map(|one| Listed::of(&caller.client, one));
            out.list(&listed.collect::<Vec<_>>())
        }
        It::Show(which) => {
            let show = ShowConversation {
                conversation_id: find(&which).await?,
            };
            print(caller, caller.client.call(show).await?)
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
        It::Delete { which, yes } => delete(caller, &which, yes).await,
        It::Mute { which, span, off } => {
            let until = Some(mute_until(span, off));
            prefer(caller, find(&which).await?, |mine| mine.muted_until = until).await
        }
        It::Pin { which, off } => {
            prefer(caller, find(&which).await?, |mine| mine.pinned = Some(!off)).await
        }
        It::Archive { which, off } => {
            prefer(caller, find(&which).await?, |mine| {
                mine.archived = Some(!off);
            })
            .await
        }
    }
}

fn mute_until(span: Option<Span>, off: bool) -> Timestamp {
    match (span, off) {
        (_, true) => Timestamp::from_ms(0),
        (None, false) => FOR_EVER,
        (Some(span), false) => {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let now = now.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
            Timestamp::from_ms(now).plus_ms(i64::from(span.seconds()) * 1_000)
        }
    }
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
    print(caller, caller.client.call(change).await?)
}

async fn prefer(
    caller: &Caller,
    conversation_id: ConversationId,
    what: impl FnOnce(&mut ChangePrefs),
) -> Result<()> {
    let mut prefs = ChangePrefs {
        conversation_id,
        muted_until: None,
        pinned: None,
        archived: None,
        nickname: None,
        draft: None,
    };
    what(&mut prefs);
    let my = caller.client.call(prefs).await?;
    caller.out.card("/id", &my.prefs)
}

async fn avatar(caller: &Caller, id: ConversationId, picture: AvatarArgs) -> Result<()> {
    let Some(path) = picture.file else {
        let delete = DeleteConversationAvatar {
            conversation_id: id,
        };
        return caller.done(delete, "the picture is gone").await;
    };
    let picture = file::content(&path)?;
    print(
        caller,
        caller.client.set_conversation_avatar(id, picture).await?,
    )
}

async fn delete(caller: &Caller, which: &Which, yes: bool) -> Result<()> {
    let conversation_id = caller.conversation(&which.conversation).await?;
    let what = format!(
        "this deletes {} for everyone, with all that was said in it",
        which.conversation
    );
    in_background(move || prompt::confirm(&what, yes)).await?;
    let delete = DeleteConversation { conversation_id };
    caller.done(delete, "deleted").await
}

/// A conversation and who looks at it: a direct one is called after the other.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    #[serde(flatten)]
    conversation: Conversation,
    #[serde(skip)]
    me: Option<UserId>,
}

impl Listed {
    /// As the one who is signed in sees it.
    pub(crate) fn of(client: &Client, conversation: Conversation) -> Self {
        Self {
            conversation,
            me: client.me(),
        }
    }
}

impl Record for Listed {
    const COLUMNS: &'static [&'static str] =
        &["id", "kind", "name", "members", "unread", "last activity"];

    fn id(&self) -> String {
        self.conversation.id.to_string()
    }

    fn cells(&self) -> Vec<String> {
        let known = &self.conversation;
        let kind = match known.kind {
            ConversationKind::Direct => "direct",
            ConversationKind::Group => "group",
            ConversationKind::Channel => "channel",
        };
        vec![
            known.id.to_string(),
            kind.to_owned(),
            name::shown(known, self.me),
            known.member_count.to_string(),
            known.my.unread_count.to_string(),
            minute(known.updated_at),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn muting_ends_never_then_or_at_once() {
        let soon = mute_until("8h".parse().ok(), false);

        assert_eq!(
            mute_until(None, false).to_string(),
            "3000-01-01T00:00:00.000Z"
        );
        assert!(soon > mute_until(None, true) && soon < FOR_EVER);
    }
}
