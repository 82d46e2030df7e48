//! The marks of how far one has come: for oneself exactly, for others as far as one lets them see it.
//!
//! While somebody hides how far they read, the mark that others see stays where it was, and nobody is told of a move. Nor
//! does what they read count as delivered then: that, too, would tell when they read it.

use crate::{
    App, Error,
    auth::Caller,
    bus::Audience,
    conversation::{require, tell_my},
    store::{self, Scope, member::Move},
    writer::Tx,
};
use chat_core::{
    ConversationId, Envelope, Event, Limits, Mark, MarkDelivered, MarkRead, MarkUnread, Marked, My,
    Seq, Timestamp,
};

pub(crate) async fn mark_read(
    app: &App,
    caller: &Caller,
    input: MarkRead,
) -> Result<Marked, Error> {
    let seq = input.seq;
    move_marks(app, caller, input.conversation_id, move |marks, last| {
        let read = marks.read_seq.max(seq.min(last));
        Mark {
            read_seq: read,
            delivered_seq: marks.delivered_seq.max(read),
            ..marks
        }
    })
    .await
}

pub(crate) async fn mark_unread(
    app: &App,
    caller: &Caller,
    input: MarkUnread,
) -> Result<Marked, Error> {
    let seq = input.seq;
    move_marks(app, caller, input.conversation_id, move |marks, _| Mark {
        read_seq: marks.read_seq.min(seq.before()),
        ..marks
    })
    .await
}

pub(crate) async fn mark_delivered(
    app: &App,
    caller: &Caller,
    input: MarkDelivered,
) -> Result<Marked, Error> {
    let seq = input.seq;
    move_marks(app, caller, input.conversation_id, move |marks, last| {
        Mark {
            delivered_seq: marks.delivered_seq.max(seq.min(last)),
            ..marks
        }
    })
    .await
}

/// Moves the caller's marks by a rule, and tells who should know: the others where they are few, one's own devices.
async fn move_marks(
    app: &App,
    caller: &Caller,
    id: ConversationId,
    rule: impl Fn(Mark, Seq) -> Mark + Send + 'static,
) -> Result<Marked, Error> {
    let user_id = caller.user()?;
    let now = app.now();
    app.writer
        .run_in(Scope::Member(id, user_id), move |tx| {
            Box::pin(async move {
                let standing = require(tx, id, user_id).await?;
                let before = Mark {
                    user_id,
                    read_seq: standing.read_seq,
                    delivered_seq: standing.delivered_seq,
                };
                let after = rule(before, standing.last_seq);
                let few = standing.member_count <= Limits::MARKS_LIVE_MEMBERS;
                let read_moved = after.read_seq != before.read_seq;
                if read_moved || (after != before && few) {
                    store_marks(tx, id, before, after, few, now).await?;
                }
                let my = match read_moved {
                    true => tell_my(tx, id, user_id, now).await?,
                    false => store::conversation::my(tx, id, user_id)
                        .await?
                        .ok_or_else(|| Error::not_found("conversation"))?,
                };
                Ok(marked(&my))
            })
        })
        .await
}

/// Stores marks, and tells the others, where they are few, what they see of them.
async fn store_marks(
    tx: &mut Tx,
    id: ConversationId,
    before: Mark,
    after: Mark,
    few: bool,
    now: Timestamp,
) -> Result<(), Error> {
    let user = after.user_id;
    let (shown_before, lets_see) = store::member::shown(tx, id, user).await?;
    let shown = match lets_see {
        true => shown_after(shown_before, before.read_seq, after.read_seq),
        false => shown_before,
    };
    let after = match lets_see || after.read_seq == before.read_seq {
        true => after,
        false => Mark {
            delivered_seq: before.delivered_seq,
            ..after
        },
    };
    if after == before {
        return Ok(());
    }
    store::member::set_marks(tx, id, after, shown, now).await?;
    if !few {
        return Ok(());
    }
    let moves = [
        (Move::Delivered, before.delivered_seq, after.delivered_seq),
        (Move::Read, shown_before, shown),
    ];
    let mut returns = false;
    for (kind, from, to) in moves.into_iter().filter(|(_, from, to)| from != to) {
        let is_new = from < to && store::member::insert_move(tx, id, user, kind, to, now).await?;
        returns |= !is_new;
    }
    if returns {
        store::member::insert_return(tx, id, user, now).await?;
    }
    let seen = Mark {
        read_seq: shown,
        ..after
    };
    let event = if shown != shown_before {
        Event::Read(seen)
    } else if after.delivered_seq != before.delivered_seq {
        Event::Delivered(seen)
    } else {
        return Ok(());
    };
    tx.tell(Audience::Members(id), Envelope::passing(Some(id), event));
    Ok(())
}

/// Where others see a read mark after a move. What was read in hiding stays hidden until something more is read.
fn shown_after(shown: Seq, before: Seq, after: Seq) -> Seq {
    match after > before {
        true => after,
        false => shown.min(after),
    }
}

fn marked(my: &My) -> Marked {
    Marked {
        read_seq: my.read_seq,
        delivered_seq: my.delivered_seq,
        unread_count: my.unread_count,
        mention_count: my.mention_count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reading_on_shows_what_was_read_in_hiding() {
        let seq = |n: u64| Seq::try_from(n).unwrap();

        assert_eq!(shown_after(seq(2), seq(8), seq(9)), seq(9));
        assert_eq!(shown_after(seq(2), seq(8), seq(5)), seq(2));
        assert_eq!(shown_after(seq(2), seq(8), seq(1)), seq(1));
        assert_eq!(shown_after(seq(2), seq(8), seq(8)), seq(2));
    }
}
