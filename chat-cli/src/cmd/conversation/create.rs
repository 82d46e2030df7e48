//! `chat conversation create`: what is meant where little is said.

use super::{Caller, Listed};
use crate::{
    cli::{by_rule, one_of},
    error::{Error, Result},
    span,
};
use chat_core::{ConversationKind, CreateConversation, Description, MessageTtl, Title};
use clap::Args;

/// What `chat conversation create` takes.
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// direct, group or channel [default: direct with one user and no title, else group]
    #[arg(long, value_parser = one_of::<ConversationKind>(&["direct", "group", "channel"]))]
    kind: Option<ConversationKind>,
    /// What a group or channel is called
    #[arg(long, value_parser = by_rule::<Title>)]
    title: Option<Title>,
    /// What a group or channel is about
    #[arg(long, value_parser = by_rule::<Description>)]
    description: Option<Description>,
    /// Delete messages for everyone after so long: 5s, 8h, 7d
    #[arg(long, value_name = "TIME", value_parser = span::message_ttl)]
    ttl: Option<MessageTtl>,
    /// With whom: usernames or ids
    #[arg(value_name = "USER")]
    users: Vec<String>,
}

/// Opens it.
pub(super) async fn run(args: CreateArgs, caller: &Caller) -> Result<()> {
    let kind = decide(args.kind, args.title.is_some(), args.users.len())?;
    let create = CreateConversation {
        kind,
        title: args.title,
        description: args.description,
        message_ttl_s: args.ttl,
        member_ids: caller.users(&args.users).await?,
    };
    let called = create.title.as_ref();
    let called = called.map_or_else(String::new, |title| format!(" {title}"));
    let with = match args.users.as_slice() {
        [] => String::new(),
        users => format!(" with {}", users.join(", ")),
    };
    let word = match kind {
        ConversationKind::Direct => "direct conversation",
        ConversationKind::Group => "group",
        ConversationKind::Channel => "channel",
        ConversationKind::Unknown => "conversation",
    };
    caller.would(&format!("open the {word}{called}{with}"))?;
    let created = caller.call(create).await?;
    if created.existing {
        caller.out.say("it was there already");
    }
    let listed = Listed::of(&caller.client, created.conversation);
    caller.out.list(&[listed])
}

fn decide(kind: Option<ConversationKind>, titled: bool, users: usize) -> Result<ConversationKind> {
    use ConversationKind::{Channel, Direct, Group};
    let usage = |text: &str| Err(Error::Usage(text.to_owned()));
    match (kind, titled, users) {
        (Some(Direct), true, _) => {
            usage("a direct conversation has no title; leave out --title or --kind direct")
        }
        (Some(Direct), _, count) if count != 1 => {
            usage("a direct conversation is with exactly one user")
        }
        (Some(Group | Channel), false, 0) => usage("name it with --title"),
        (None, false, 0) => usage("name a user, or a group with --title"),
        (Some(Direct), ..) | (None, false, 1) => Ok(Direct),
        (Some(kind), ..) => Ok(kind),
        (None, ..) => Ok(Group),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConversationKind::{Channel, Direct, Group};

    #[test]
    fn one_user_without_a_title_is_direct() {
        assert_eq!(decide(None, false, 1).unwrap(), Direct);
        assert_eq!(decide(None, true, 1).unwrap(), Group);
        assert_eq!(decide(None, true, 0).unwrap(), Group);
        assert_eq!(decide(None, false, 2).unwrap(), Group);
        assert_eq!(decide(Some(Group), false, 1).unwrap(), Group);
        assert_eq!(decide(Some(Channel), true, 0).unwrap(), Channel);
    }

    #[test]
    fn what_makes_no_sense_is_a_mistake_on_the_command_line() {
        for (kind, titled, users) in [
            (Some(Direct), false, 2),
            (Some(Direct), false, 0),
            (Some(Direct), true, 1),
            (Some(Channel), false, 0),
            (None, false, 0),
        ] {
            let refused = decide(kind, titled, users).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{kind:?} {titled} {users}");
        }
    }
}
