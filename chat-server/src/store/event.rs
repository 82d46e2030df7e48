//! The log of a conversation: messages and the other entries, in one dense order.
//!
//! An entry names what changed. Told again, it says how that is now: an edited message comes with its text of today, a
//! deleted one as a tombstone, a person with their name of today. Applied in order, that ends in the same state, and
//! what was deleted is gone from the log as well. An entry that can no longer be read keeps its place.

mod kept;

pub(crate) use kept::kept;

use super::{
    Conn, at,
    message::{self, KeptExtras},
    number, reaction, seq, sql, user,
    values::{in_powers, values},
};
use chat_core::{
    ConversationChange, ConversationId, Envelope, Event, Member, MemberChange, MessageDeleted,
    MessageEdited, MessageId, PinChange, Place, Reaction, ReactionChange, Seq, Timestamp,
    Unreadable, User, UserId,
};
use kept::{KeptChange, KeptInfo, KeptMember, KeptReaction};
use std::collections::HashMap;
use uuid::Uuid;

/// An entry other than a message.
pub(crate) struct NewEntry {
    pub(crate) conversation_id: ConversationId,
    pub(crate) seq: Seq,
    pub(crate) kind: &'static str,
    pub(crate) actor: UserId,
    pub(crate) at: Timestamp,
    pub(crate) message_id: Option<MessageId>,
    pub(crate) body: Option<String>,
}

/// Stores entries whose places were taken in this transaction.
pub(crate) async fn insert(conn: &mut Conn, entries: &[NewEntry]) -> sqlx::Result<()> {
    for part in in_powers(entries) {
        let text = |rows| {
            format!(
                "insert into events (conversation_id, seq, kind, actor_id, at, message_id, body) {}",
                values(rows, 7)
            )
        };
        super::sql_rows!(
            conn,
            execute,
            text,
            part,
            |query, entry| query
                .bind(entry.conversation_id.uuid())
                .bind(number(entry.seq))
                .bind(entry.kind)
                .bind(entry.actor.uuid())
                .bind(entry.at.ms())
                .bind(entry.message_id.map(MessageId::uuid))
                .bind(entry.body.as_deref()),
            query
        )?;
    }
    Ok(())
}

/// The oldest `limit` entries after a place, in order, without a hole.
pub(crate) async fn after(
    conn: &mut Conn,
    conversation: ConversationId,
    after: Seq,
    limit: u32,
) -> sqlx::Result<Vec<Envelope>> {
    match read(conn, conversation, after, Seq::MAX, limit).await {
        Ok(page) if is_dense(&page, after) => Ok(page),
        // Something is there that cannot be read, or is there without what it needs.
        Ok(_) => read_one_by_one(conn, conversation, after, limit).await,
        Err(error) if message::is_damage(&error) => {
            read_one_by_one(conn, conversation, after, limit).await
        }
        Err(error) => Err(error),
    }
}

fn is_dense(page: &[Envelope], after: Seq) -> bool {
    (1..)
        .zip(page)
        .all(|(step, envelope)| envelope.place == Place::Log(after.plus(step)))
}

async fn read(
    conn: &mut Conn,
    conversation: ConversationId,
    after: Seq,
    upto: Seq,
    limit: u32,
) -> sqlx::Result<Vec<Envelope>> {
    let messages = message::all_between(conn, conversation, after, upto, limit).await?;
    let mut rows = sql!(
        conn,
        fetch_all as EntryRow,
        "select e.seq, e.kind, e.actor_id, e.at, e.message_id, e.body, x.content, x.extras, x.expires_at,
             x.edited_at, x.pinned_at, x.deleted_at, x.deleted_by
         from events e left join messages x on x.id = e.message_id
         where e.conversation_id = $1 and e.seq > $2 and e.seq <= $4 order by e.seq limit $3",
        conversation.uuid(),
        number(after),
        i64::from(limit),
        number(upto),
    )?;
    let moment = conn.now();
    rows.iter_mut().for_each(|row| row.run_out(moment));
    let reacted: Vec<_> = rows
        .iter()
        .filter(|row| row.deleted_at.is_none())
        .filter(|row| row.kind.starts_with("reaction."))
        .filter_map(|row| row.message_id.map(MessageId::new))
        .collect();
    let now = Now {
        people: people(conn, &rows).await?,
        reactions: reaction::of_messages(conn, &reacted).await?,
    };
    let said = messages.into_iter().map(|message| Envelope {
        conversation_id: Some(conversation),
        place: Place::Log(message.seq),
        at: Some(message.created_at),
        event: Event::MessageNew(message),
    });
    let mut entries: Vec<_> = said
        .chain(
            rows.into_iter()
                .map(|row| envelope(conversation, row, &now)),
        )
        .collect();
    entries.sort_by_key(|envelope| seq_of(envelope.place));
    entries.truncate(limit as usize);
    Ok(entries)
}

/// Where a page cannot be read as a whole, each entry is read alone, and only the broken one is given up.
async fn read_one_by_one(
    conn: &mut Conn,
    conversation: ConversationId,
    after: Seq,
    limit: u32,
) -> sqlx::Result<Vec<Envelope>> {
    let places = sql!(
        conn,
        fetch_all as (i64,),
        "select seq from messages where conversation_id = $1 and seq > $2
         union all select seq from events where conversation_id = $1 and seq > $2 order by 1 limit $3",
        conversation.uuid(),
        number(after),
        i64::from(limit),
    )?;
    let mut entries = Vec::with_capacity(places.len());
    for (place,) in places {
        let place = seq(place);
        let alone = match read(conn, conversation, place.before(), place, 1).await {
            Ok(mut found) => found.pop(),
            Err(error) if message::is_damage(&error) => None,
            Err(error) => return Err(error),
        };
        entries
            .push(alone.unwrap_or_else(|| unreadable(conversation, place, None, "stored entry")));
    }
    Ok(entries)
}

fn seq_of(place: Place) -> Seq {
    match place {
        Place::Log(seq) | Place::Inbox(seq) => seq,
        Place::Nowhere => Seq::ZERO,
    }
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    seq: i64,
    kind: String,
    actor_id: Uuid,
    at: i64,
    message_id: Option<Uuid>,
    body: Option<String>,
    content: Option<String>,
    extras: Option<String>,
    expires_at: Option<i64>,
    edited_at: Option<i64>,
    pinned_at: Option<i64>,
    deleted_at: Option<i64>,
    deleted_by: Option<Uuid>,
}

impl EntryRow {
    /// Of a message whose time is up there is nothing left to tell, whatever its row says.
    fn run_out(&mut self, now: Timestamp) {
        if self.expires_at.is_some_and(|up| at(up) <= now) {
            self.deleted_at = self.expires_at;
            (self.content, self.extras) = (None, None);
            (self.edited_at, self.pinned_at) = (None, None);
        }
    }
}

/// What is to be known of the things that entries name, as they are now.
struct Now {
    people: HashMap<UserId, User>,
    reactions: HashMap<MessageId, Vec<Reaction>>,
}

fn envelope(conversation: ConversationId, row: EntryRow, now: &Now) -> Envelope {
    let (place, when, kind) = (seq(row.seq), at(row.at), row.kind.clone());
    match event(row, now) {
        Some(event) => Envelope {
            conversation_id: Some(conversation),
            place: Place::Log(place),
            at: Some(when),
            event,
        },
        None => unreadable(conversation, place, Some(when), &kind),
    }
}

fn event(row: EntryRow, now: &Now) -> Option<Event> {
    let by = UserId::new(row.actor_id);
    let body = row.body.as_deref();
    Some(match row.kind.as_str() {
        "member.joined" => Event::MemberJoined(change(body, by, &now.people)?),
        "member.left" => Event::MemberLeft(change(body, by, &now.people)?),
        "member.changed" => Event::MemberChanged(change(body, by, &now.people)?),
        "conversation.changed" => {
            let info: KeptInfo = serde_json::from_str(body?).ok()?;
            Event::ConversationChanged(ConversationChange {
                title: info.title,
                description: info.description,
                avatar_url: info.avatar_url,
                message_ttl_s: info.message_ttl_s,
                by,
            })
        }
        _ => return message_event(row, now),
    })
}

/// What happened to a message, told as the message is now.
fn message_event(row: EntryRow, now: &Now) -> Option<Event> {
    let by = UserId::new(row.actor_id);
    let id = MessageId::new(row.message_id?);
    let pin = PinChange {
        message_id: id,
        by,
        pinned_at: row.pinned_at.map(at),
    };
    Some(match row.kind.as_str() {
        "message.edited" => {
            let extras: KeptExtras = match row.extras.as_deref() {
                Some(json) => serde_json::from_str(json).ok()?,
                None => KeptExtras::default(),
            };
            Event::MessageEdited(MessageEdited {
                id,
                content: row.content.unwrap_or_default(),
                edited_at: row.edited_at.map_or(at(row.at), at),
                mentions: extras.mentions,
            })
        }
        "message.deleted" => Event::MessageDeleted(MessageDeleted {
            id,
            deleted_at: row.deleted_at.map_or(at(row.at), at),
            deleted_by: row.deleted_by.map(UserId::new),
        }),
        "message.pinned" => Event::MessagePinned(pin),
        "message.unpinned" => Event::MessageUnpinned(pin),
        "reaction.added" | "reaction.removed" => {
            let KeptReaction { emoji } = serde_json::from_str(row.body.as_deref()?).ok()?;
            let known = now.reactions.get(&id).map_or(&[][..], Vec::as_slice);
            let change = ReactionChange {
                message_id: id,
                user_id: by,
                reaction: known.iter().find(|known| known.emoji == emoji).cloned(),
                emoji,
            };
            match row.kind.as_str() {
                "reaction.added" => Event::ReactionAdded(change),
                _ => Event::ReactionRemoved(change),
            }
        }
        _ => return None,
    })
}

fn unreadable(
    conversation: ConversationId,
    place: Seq,
    at: Option<Timestamp>,
    kind: &str,
) -> Envelope {
    tracing::error!(%conversation, %place, kind, "a stored entry cannot be read");
    let event = Event::Unreadable(Unreadable {
        kind: kind.to_owned(),
    });
    Envelope {
        conversation_id: Some(conversation),
        place: Place::Log(place),
        at,
        event,
    }
}

fn change(body: Option<&str>, by: UserId, people: &HashMap<UserId, User>) -> Option<MemberChange> {
    let kept: KeptChange = serde_json::from_str(body?).ok()?;
    let member = |kept: KeptMember| {
        Some(Member {
            user: people.get(&kept.user_id)?.clone(),
            role: kept.role,
            joined_at: kept.joined_at,
            read_seq: kept.read_seq,
            delivered_seq: kept.delivered_seq,
        })
    };
    Some(MemberChange {
        member: member(kept.member)?,
        member_count: kept.member_count,
        by,
        moved_up: kept.moved_up.and_then(member),
    })
}

/// Everybody whom the entries name.
async fn people(conn: &mut Conn, rows: &[EntryRow]) -> sqlx::Result<HashMap<UserId, User>> {
    let kept = rows
        .iter()
        .filter_map(|row| serde_json::from_str::<KeptChange>(row.body.as_deref()?).ok());
    let ids: Vec<_> = kept
        .flat_map(|kept| {
            [
                Some(kept.member.user_id),
                kept.moved_up.map(|up| up.user_id),
            ]
        })
        .flatten()
        .collect();
    user::by_ids(conn, &ids).await
}
