//! What somebody sets for themselves alone in a conversation: nobody else sees it.

use super::Which;
use crate::{
    cli::by_rule,
    cmd::caller::Caller,
    error::{Error, Result},
    output::now,
    span::Span,
};
use chat_core::{
    ChangePrefs, Draft, MarkRead, MarkUnread, Nickname, Seq, ShowConversation, Timestamp,
};
use clap::Subcommand;

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum OwnCommand {
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
    /// Call it something else; empty takes that away; nobody else sees that
    Nickname {
        #[command(flatten)]
        which: Which,
        /// What you call it
        #[arg(value_parser = by_rule::<Nickname>)]
        nickname: Nickname,
    },
    /// Keep what you have begun to write, for all your devices; empty takes it away
    Draft {
        #[command(flatten)]
        which: Which,
        /// The text that is not sent yet
        #[arg(value_parser = by_rule::<Draft>)]
        text: Draft,
    },
    /// Have read all that was said
    Read(Which),
    /// Have it unread again, from the newest message on
    Unread {
        #[command(flatten)]
        which: Which,
        /// From this place on instead
        #[arg(long, value_name = "SEQ")]
        from: Option<u64>,
    },
}

/// Does it.
pub(super) async fn run(command: OwnCommand, caller: &Caller) -> Result<()> {
    use OwnCommand as It;
    let find = async |which: &Which| caller.conversation(&which.conversation).await;
    match command {
        It::Mute { which, span, off } => {
            let until = Some(mute_until(span, off));
            let deed = if off { "have notifications of" } else { "mute" };
            prefer(caller, &which, deed, |mine| mine.muted_until = until).await
        }
        It::Pin { which, off } => {
            let deed = if off { "let go" } else { "pin" };
            prefer(caller, &which, deed, |mine| mine.pinned = Some(!off)).await
        }
        It::Archive { which, off } => {
            let archived = Some(!off);
            let deed = if off { "take back" } else { "put away" };
            prefer(caller, &which, deed, |mine| mine.archived = archived).await
        }
        It::Nickname { which, nickname } => {
            let deed = format!("call it {nickname}, for yourself:");
            prefer(caller, &which, &deed, |mine| mine.nickname = Some(nickname)).await
        }
        It::Draft { which, text } => {
            let deed = "keep the draft for";
            prefer(caller, &which, deed, |mine| mine.draft = Some(text)).await
        }
        It::Read(which) => {
            let conversation_id = find(&which).await?;
            let known = caller.call(ShowConversation { conversation_id }).await?;
            let seq = known.last_seq;
            caller.would(&format!("have read all of {}", which.conversation))?;
            let read = MarkRead {
                conversation_id,
                seq,
            };
            caller.card("/id", read).await
        }
        It::Unread { which, from } => unread(caller, &which, from).await,
    }
}

async fn unread(caller: &Caller, which: &Which, from: Option<u64>) -> Result<()> {
    let conversation_id = caller.conversation(&which.conversation).await?;
    let seq = match from {
        Some(place) => {
            Seq::try_from(place).map_err(|rule| Error::Usage(format!("--from {rule}")))?
        }
        None => {
            let known = caller.call(ShowConversation { conversation_id }).await?;
            let last = known.last_message.map(|message| message.seq);
            last.ok_or_else(|| Error::Failed("nothing was said there yet".to_owned()))?
        }
    };
    let unread = MarkUnread {
        conversation_id,
        seq,
    };
    let (name, place) = (&which.conversation, seq.get());
    caller.would(&format!("have {name} unread from place {place} on"))?;
    caller.card("/id", unread).await
}

fn mute_until(span: Option<Span>, off: bool) -> Timestamp {
    match (span, off) {
        (_, true) => Timestamp::from_ms(0),
        (None, false) => Timestamp::FOR_EVER,
        (Some(span), false) => now().plus_ms(i64::from(span.seconds()) * 1_000),
    }
}

async fn prefer(
    caller: &Caller,
    which: &Which,
    deed: &str,
    what: impl FnOnce(&mut ChangePrefs),
) -> Result<()> {
    let conversation_id = caller.conversation(&which.conversation).await?;
    caller.would(&format!("{deed} {}", which.conversation))?;
    let mut prefs = ChangePrefs {
        conversation_id,
        muted_until: None,
        pinned: None,
        archived: None,
        nickname: None,
        draft: None,
    };
    what(&mut prefs);
    let my = caller.call(prefs).await?;
    caller.out.card("/id", &my.prefs)
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
        assert!(soon > mute_until(None, true) && soon < Timestamp::FOR_EVER);
    }
}
