//! Coming back: everything after the caller's positions, whole or as a reset; and the marks of how far one has come.

mod inbox;
mod marks;

pub(crate) use inbox::page_after as inbox_after;
pub(crate) use marks::{mark_delivered, mark_read, mark_unread};

use crate::{
    App, Error,
    auth::Caller,
    store::{self, Conn},
};
use chat_core::{
    ConversationEvents, ConversationId, Mark, Place, Position, Reset, ResetReason, Seq, Sync,
    Synced, Timestamp, User, UserId,
};
use inbox::Inbox;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Beyond so many events in one conversation, starting over is cheaper.
const FAR_BEHIND: u64 = 10_000;
/// Positions in one call.
const POSITIONS_MOST: usize = 10_000;
/// Marks and profiles that changed around the moment of the last answer are told again.
const OVERLAP_MS: i64 = 10_000;

pub(crate) async fn sync(app: &App, caller: &Caller, input: Sync) -> Result<Synced, Error> {
    let user = caller.user()?;
    let positions = input.positions.clone().unwrap_or_default();
    if positions.len() > POSITIONS_MOST {
        return Err(Error::invalid(
            "positions",
            format!("must be at most {POSITIONS_MOST}"),
        ));
    }
    let server_time = app.now();
    let mut budget = input.limit() as usize;
    let (mut conn, inbox) = own_log(app, user, input.inbox, &mut budget).await?;
    let heads = store::conversation::heads(&mut conn, user).await?;
    let mine: HashSet<_> = heads.iter().map(|(id, _)| *id).collect();
    let gone = positions
        .keys()
        .filter(|id| !mine.contains(id))
        .copied()
        .collect();
    let (mut reset, behind) = compare(&heads, &positions);
    let mut behind = worth_telling(&mut conn, user, behind, input.since).await?;
    let cut = cut(&mut behind, input.limit() as usize);
    let conversations = stretches(&mut conn, user, behind, &mut reset, &mut budget).await?;
    let unknown: Vec<_> = heads
        .iter()
        .map(|(id, _)| *id)
        .filter(|id| !positions.contains_key(id))
        .collect();
    let first_unknown = &unknown[..unknown.len().min(budget)];
    let new = store::conversation::snapshots(&mut conn, user, first_unknown).await?;
    let (users, told_upto) = changed_people(&mut conn, user, &input, server_time).await?;
    let more = cut
        || inbox.events.to < inbox.head
        || conversations
            .iter()
            .any(|stretch| stretch.to < stretch.head)
        || first_unknown.len() < unknown.len();
    Ok(Synced {
        inbox: inbox.events,
        conversations,
        reset,
        gone,
        new,
        users,
        own: inbox.own,
        more,
        server_time: told_upto,
    })
}

/// What is void, and what may have something after it (with where it is and where the log ends).
type Behind = Vec<(ConversationId, Seq, Position)>;

fn compare(
    heads: &[(ConversationId, Position)],
    positions: &BTreeMap<ConversationId, Position>,
) -> (Vec<Reset>, Behind) {
    let (mut reset, mut behind) = (Vec::new(), Vec::new());
    for (id, head) in heads {
        let Some(position) = positions.get(id) else {
            continue;
        };
        let reason = if position.epoch != head.epoch {
            Some(ResetReason::Epoch)
        } else if position.seq > head.seq {
            Some(ResetReason::Ahead)
        } else if head.seq.get() - position.seq.get() > FAR_BEHIND {
            Some(ResetReason::FarBehind)
        } else {
            None
        };
        match reason {
            Some(reason) => reset.push(Reset {
                conversation_id: *id,
                epoch: head.epoch,
                head: head.seq,
                reason,
            }),
            None => behind.push((*id, position.seq, *head)),
        }
    }
    (reset, behind)
}

/// Those in which something happened; without a time to compare with, marks may have moved in any.
async fn worth_telling(
    conn: &mut Conn,
    user: UserId,
    behind: Behind,
    since: Option<Timestamp>,
) -> Result<Behind, Error> {
    let Some(since) = since else {
        return Ok(behind);
    };
    let since = since.plus_ms(-OVERLAP_MS);
    let marked: HashSet<_> = store::member::marked_since(conn, user, since)
        .await?
        .into_iter()
        .collect();
    Ok(behind
        .into_iter()
        .filter(|(id, from, head)| *from < head.seq || marked.contains(id))
        .collect())
}

/// Whose profile changed since, nobody's for a client that holds nothing yet; and up to when that is told. Where there are
/// too many for one answer, it is of an earlier moment, but later than the last one: whoever asks from there on misses
/// nobody.
async fn changed_people(
    conn: &mut Conn,
    user: UserId,
    input: &Sync,
    now: Timestamp,
) -> Result<(Vec<User>, Timestamp), Error> {
    if input.inbox.is_none() && input.positions.as_ref().is_none_or(BTreeMap::is_empty) {
        return Ok((Vec::new(), now));
    }
    let since = input.since.unwrap_or(Timestamp::from_ms(0));
    let upto = store::user::nth_changed(conn, user, since, input.limit()).await?;
    let after = since.plus_ms(-OVERLAP_MS);
    let people = store::user::changed_between(conn, user, after, upto).await?;
    Ok((people, upto.map_or(now, |upto| upto.min(now))))
}

/// Keeps as many of those in which something happened as one answer holds. True when the others have to wait. Those in which
/// only marks moved are all told, in front of nobody and behind nobody: nothing of the caller's would say that they wait.
fn cut(behind: &mut Behind, most: usize) -> bool {
    behind.sort_by_key(|(_, from, head)| *from == head.seq);
    let happened = behind.partition_point(|(_, from, head)| *from < head.seq);
    behind.drain(happened.min(most)..happened);
    happened > most
}

/// What happened in each conversation, as far as the budget goes, with the marks as they are now. A log with a hole is
/// reset: whatever is lost, its members go on.
async fn stretches(
    conn: &mut Conn,
    user: UserId,
    behind: Behind,
    reset: &mut Vec<Reset>,
    budget: &mut usize,
) -> Result<Vec<ConversationEvents>, Error> {
    let ids: Vec<_> = behind.iter().map(|(id, ..)| *id).collect();
    let mut my = store::conversation::my_of_each(conn, user, &ids).await?;
    let mut marks: HashMap<ConversationId, Vec<Mark>> = HashMap::new();
    for (id, mark) in store::member::marks(conn, &ids).await? {
        marks.entry(id).or_default().push(mark);
    }
    let mut stretches = Vec::with_capacity(behind.len());
    for (conversation_id, from, Position { epoch, seq: head }) in behind {
        let limit = u32::try_from(*budget).unwrap_or(u32::MAX);
        let events = match from < head && limit > 0 {
            true => store::event::after(conn, conversation_id, from, limit).await?,
            false => Vec::new(),
        };
        let to = from.plus(events.len() as u64);
        let has_hole = match events.last() {
            Some(last) => last.place != Place::Log(to) || (to < head && events.len() < *budget),
            None => from < head && limit > 0,
        };
        if has_hole {
            tracing::error!(%conversation_id, %from, "a log has a hole; its members start over");
            reset.push(Reset {
                conversation_id,
                epoch,
                head,
                reason: ResetReason::Damaged,
            });
            continue;
        }
        *budget -= events.len();
        let Some(my) = my.remove(&conversation_id) else {
            continue;
        };
        let mut marks = marks.remove(&conversation_id).unwrap_or_default();
        // One's own mark is never hidden from oneself.
        for mark in marks.iter_mut().filter(|mark| mark.user_id == user) {
            mark.read_seq = my.read_seq;
        }
        stretches.push(ConversationEvents {
            conversation_id,
            epoch,
            from,
            to,
            events,
            head,
            marks,
            my,
        });
    }
    Ok(stretches)
}

/// The caller's own log, and the moment it was read at. Where they are beyond its end, it begins another life.
async fn own_log(
    app: &App,
    user: UserId,
    position: Option<Position>,
    budget: &mut usize,
) -> Result<(Conn, Inbox), Error> {
    let mut conn = app.db.snapshot().await?;
    if let Some(known) = inbox::after(&mut conn, user, position, budget).await? {
        return Ok((conn, known));
    }
    // In memory, readers and the writer share one connection.
    drop(conn);
    if let Some(position) = position {
        renew_inbox(app, user, position).await?;
    }
    let mut conn = app.db.snapshot().await?;
    let renewed = inbox::after(&mut conn, user, None, budget).await?;
    Ok((conn, renewed.ok_or_else(|| Error::not_found("user"))?))
}

/// Begins another life of a user's own log, which a client is ahead of; every device starts over. Of several that are ahead
/// at once the first has done it.
async fn renew_inbox(app: &App, user: UserId, ahead: Position) -> Result<(), Error> {
    let word = app.random.word();
    let renewed = app.writer.run(move |tx| {
        Box::pin(async move {
            let head = store::user::inbox_head(tx, user).await?;
            let is_ahead =
                head.is_some_and(|head| head.epoch == ahead.epoch && head.seq < ahead.seq);
            if is_ahead {
                store::user::set_inbox_epoch(tx, user, word).await?;
            }
            Ok(is_ahead)
        })
    });
    if renewed.await? {
        tracing::error!(%user, "a client is ahead of its inbox, so history was rewritten; its inbox begins another life");
    }
    Ok(())
}
