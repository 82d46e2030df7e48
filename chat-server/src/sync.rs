//! Coming back: everything after the caller's positions, whole or as a reset; and the marks of how far one has come.

use crate::{
    App, Error,
    auth::Caller,
    bus::Audience,
    conversation::{require, tell_my},
    store::{self, Conn},
};
use chat_core::{
    ConversationEvents, ConversationId, Envelope, Event, Gone, GoneReason, InboxEvents, Limits,
    Mark, MarkDelivered, MarkRead, MarkUnread, Marked, My, MyChanged, Place, Position, Reset,
    ResetReason, Seq, Sync, Synced, Timestamp, User, UserId,
};
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
    let mut conn = app.db.snapshot().await?;
    let mut budget = input.limit() as usize;
    let (inbox, inbox_head) = match inbox(&mut conn, user, input.inbox, &mut budget).await? {
        Some(known) => known,
        None => {
            drop(conn);
            renew_inbox(app, user).await?;
            conn = app.db.snapshot().await?;
            let renewed = inbox(&mut conn, user, None, &mut budget).await?;
            renewed.ok_or_else(|| Error::not_found("user"))?
        }
    };
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
    let users = changed_people(&mut conn, user, &input).await?;
    let more = cut
        || inbox.to < inbox_head
        || conversations
            .iter()
            .any(|stretch| stretch.to < stretch.head)
        || first_unknown.len() < unknown.len();
    Ok(Synced {
        inbox,
        conversations,
        reset,
        gone,
        new,
        users,
        own: None,
        more,
        server_time,
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

/// Whose profile changed since; nobody's for a client that holds nothing yet.
async fn changed_people(conn: &mut Conn, user: UserId, input: &Sync) -> Result<Vec<User>, Error> {
    if input.positions.as_ref().is_none_or(BTreeMap::is_empty) {
        return Ok(Vec::new());
    }
    let since = input
        .since
        .unwrap_or(Timestamp::from_ms(0))
        .plus_ms(-OVERLAP_MS);
    Ok(store::user::changed_since(conn, user, since).await?)
}

/// Keeps as many as one answer holds: first those in which something happened, then those in which only marks moved.
/// True when something that happened has to wait.
fn cut(behind: &mut Behind, most: usize) -> bool {
    behind.sort_by_key(|(_, from, head)| *from == head.seq);
    let cut = behind
        .get(most)
        .is_some_and(|(_, from, head)| *from < head.seq);
    behind.truncate(most);
    cut
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
        let marks = marks.remove(&conversation_id).unwrap_or_default();
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

/// The caller's own log after their position, and where it ends; none when the position is beyond that.
async fn inbox(
    conn: &mut Conn,
    user: UserId,
    position: Option<Position>,
    budget: &mut usize,
) -> Result<Option<(InboxEvents, Seq)>, Error> {
    let head = store::user::inbox_head(conn, user)
        .await?
        .ok_or_else(|| Error::not_found("user"))?;
    let from = match position {
        Some(position) if position.epoch == head.epoch && position.seq > head.seq => {
            return Ok(None);
        }
        Some(position) if position.epoch == head.epoch => position.seq,
        _ => head.seq,
    };
    let limit = u32::try_from(*budget).unwrap_or(u32::MAX).max(1);
    let entries = store::inbox::after(conn, user, from, limit).await?;
    *budget -= entries.len().min(*budget);
    let to = match entries.last() {
        Some((last, ..)) if entries.len() as u32 == limit => *last,
        _ => head.seq,
    };
    let ids: Vec<_> = entries.iter().map(|(_, _, id, _)| *id).collect();
    let known: HashMap<_, _> = store::conversation::snapshots(conn, user, &ids)
        .await?
        .into_iter()
        .map(|conversation| (conversation.id, conversation))
        .collect();
    let events = entries
        .into_iter()
        .map(|(seq, kind, id, at)| {
            // Told as it is now: whatever came and went meanwhile, this is where it ended.
            let event = match (kind.as_str(), known.get(&id)) {
                (_, None) => Event::ConversationDeleted(Gone {
                    conversation_id: id,
                    reason: GoneReason::Left,
                }),
                ("my.changed", Some(now)) => Event::MyChanged(MyChanged {
                    conversation_id: id,
                    my: now.my.clone(),
                }),
                (_, Some(now)) => Event::ConversationNew(now.clone()),
            };
            Envelope {
                conversation_id: Some(id),
                place: Place::Inbox(seq),
                at: Some(at),
                event,
            }
        })
        .collect();
    Ok(Some((
        InboxEvents {
            epoch: head.epoch,
            from,
            to,
            events,
        },
        head.seq,
    )))
}

/// Begins another life of a user's own log; every device starts over.
async fn renew_inbox(app: &App, user: UserId) -> Result<(), Error> {
    let word = app.random.word();
    tracing::error!(%user, "a client is ahead of its inbox, so history was rewritten; its inbox begins another life");
    app.writer
        .run(move |tx| {
            Box::pin(async move { Ok(store::user::set_inbox_epoch(tx, user, word).await?) })
        })
        .await
}

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
        .run(move |tx| {
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
                if !read_moved && (after == before || !few) {
                    let my = store::conversation::my(tx, id, user_id).await?;
                    let my = my.ok_or_else(|| Error::not_found("conversation"))?;
                    return Ok(marked(before, &my));
                }
                store::member::set_marks(tx, id, after, after.read_seq, now).await?;
                if few {
                    let event = if read_moved {
                        Event::Read(after)
                    } else {
                        Event::Delivered(after)
                    };
                    tx.tell(Audience::Members(id), Envelope::passing(Some(id), event));
                }
                let my = match read_moved {
                    true => tell_my(tx, id, user_id, now).await?,
                    false => store::conversation::my(tx, id, user_id)
                        .await?
                        .ok_or_else(|| Error::not_found("conversation"))?,
                };
                Ok(marked(after, &my))
            })
        })
        .await
}

fn marked(mark: Mark, my: &My) -> Marked {
    Marked {
        read_seq: mark.read_seq,
        delivered_seq: mark.delivered_seq,
        unread_count: my.unread_count,
        mention_count: my.mention_count,
    }
}
