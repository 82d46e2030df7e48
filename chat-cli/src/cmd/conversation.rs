//! `chat conversation`: opening conversations, and which ones there are.

use super::name;
use crate::{
    cli::{Global, by_rule},
    error::{Error, Result},
    output::{Output, Record},
    profile,
};
use chat_core::{Conversation, ConversationKind, CreateConversation, Description, Title, UserId};
use clap::{Subcommand, ValueEnum};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  chat conversation create ben                             the direct one with ben, opened or found again
  chat conversation create --title 'Friday climbing' ben chloe
  chat conversation list
  chat conversation list -o ids | xargs -n1 chat message list -n 1
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum ConversationCommand {
    /// Open a conversation with others
    Create {
        /// direct or group [default: direct with one user and no title, else group]
        #[arg(long, value_enum)]
        kind: Option<Kind>,
        /// What a group is called
        #[arg(long, value_parser = by_rule::<Title>)]
        title: Option<Title>,
        /// What a group is about
        #[arg(long, value_parser = by_rule::<Description>)]
        description: Option<Description>,
        /// With whom: usernames or ids
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
    },
    /// List conversations, newest activity first
    List {
        /// At most this many [default: all]
        #[arg(short = 'n', long)]
        limit: Option<usize>,
    },
}

/// What a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Between two.
    Direct,
    /// Among any number.
    Group,
}

/// Does it.
pub(crate) async fn run(command: ConversationCommand, global: &Global, out: Output) -> Result<()> {
    let client = profile::signed_in(global).await?;
    let me = client.me();
    let conversations = match command {
        ConversationCommand::Create {
            kind,
            title,
            description,
            users,
        } => {
            let kind = decide(kind, title.is_some(), users.len())?;
            let mut member_ids = Vec::new();
            for user in &users {
                member_ids.push(name::user(&client, user).await?);
            }
            let create = CreateConversation {
                kind,
                title,
                description,
                message_ttl_s: None,
                member_ids,
            };
            let created = client.call(create).await?;
            if created.existing {
                out.say("it was there already");
            }
            vec![created.conversation]
        }
        ConversationCommand::List { limit } => {
            name::conversations(&client, limit.unwrap_or(usize::MAX)).await?
        }
    };
    let listed: Vec<_> = conversations
        .into_iter()
        .map(|conversation| Listed { conversation, me })
        .collect();
    out.list(&listed)
}

fn decide(kind: Option<Kind>, has_title: bool, users: usize) -> Result<ConversationKind> {
    match (kind, has_title, users) {
        (Some(Kind::Direct), true, _) => Err(Error::Usage(
            "a direct conversation has no title; leave out --title or --kind direct".to_owned(),
        )),
        (Some(Kind::Direct), _, count) if count != 1 => Err(Error::Usage(
            "a direct conversation is with exactly one user".to_owned(),
        )),
        (Some(Kind::Direct), ..) | (None, false, 1) => Ok(ConversationKind::Direct),
        _ => Ok(ConversationKind::Group),
    }
}

/// A conversation and who looks at it: a direct one is called after the other.
#[derive(Debug, Serialize)]
struct Listed {
    #[serde(flatten)]
    conversation: Conversation,
    #[serde(skip)]
    me: Option<UserId>,
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
            super::message::minute(known.updated_at),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_without_a_title_is_direct() {
        assert_eq!(decide(None, false, 1).unwrap(), ConversationKind::Direct);
        assert_eq!(decide(None, true, 1).unwrap(), ConversationKind::Group);
        assert_eq!(decide(None, false, 2).unwrap(), ConversationKind::Group);
        assert_eq!(
            decide(Some(Kind::Group), false, 1).unwrap(),
            ConversationKind::Group
        );
        assert_eq!(
            decide(Some(Kind::Direct), false, 2)
                .unwrap_err()
                .exit_code(),
            2
        );
        assert_eq!(
            decide(Some(Kind::Direct), true, 1).unwrap_err().exit_code(),
            2
        );
    }
}
