//! The caller's own log: what it names, told as it is now. Whatever came and went meanwhile, this is where it ended.

use crate::{
    Error,
    store::{self, Conn, inbox::Entry},
};
use chat_core::{
    BlockChange, Contact, ContactChange, Conversation, ConversationId, Envelope, Event, Gone,
    GoneReason, InboxEvents, Me, MyChanged, Own, Place, Position, Seq, UserId,
};
use std::collections::{HashMap, HashSet};

/// A stretch of the log.
pub(super) struct Inbox {
    pub(super) events: InboxEvents,
    /// Where the log ends.
    pub(super) head: Seq,
    /// What is the caller's own besides conversations, for who has no place to go on from.
    pub(super) own: Option<Own>,
}

/// The caller's own log after their position; none when the position is beyond its end.
pub(super) async fn after(
    conn: &mut Conn,
    user: UserId,
    position: Option<Position>,
    budget: &mut usize,
) -> Result<Option<Inbox>, Error> {
    let head = store::user::inbox_head(conn, user)
        .await?
        .ok_or_else(|| Error::not_found("user"))?;
    let known = position.filter(|position| position.epoch == head.epoch);
    let from = match known {
        Some(position) if position.seq > head.seq => return Ok(None),
        Some(position) => position.seq,
        None => head.seq,
    };
    let own = match known {
        Some(_) => None,
        None => Some(own(conn, user).await?),
    };
    let limit = u32::try_from(*budget).unwrap_or(u32::MAX).max(1);
    let entries = store::inbox::after(conn, user, from, limit).await?;
    *budget -= entries.len().min(*budget);
    let to = match entries.last() {
        Some((last, ..)) if entries.len() as u32 == limit => *last,
        _ => head.seq,
    };
    let now = Now::of(conn, user, &entries).await?;
    let events = entries
        .into_iter()
        .filter_map(|entry| now.envelope(entry))
        .collect();
    Ok(Some(Inbox {
        events: InboxEvents {
            epoch: head.epoch,
            from,
            to,
            events,
        },
        head: head.seq,
        own,
    }))
}

/// At most so many entries of somebody's log after a place, and where to go on when there may be more.
pub(crate) async fn page_after(
    conn: &mut Conn,
    user: UserId,
    from: Seq,
    limit: u32,
) -> Result<(Vec<Envelope>, Option<Seq>), Error> {
    let entries = store::inbox::after(conn, user, from, limit).await?;
    let last = entries.last().map(|(last, ..)| *last);
    let more = last.filter(|_| entries.len() as u64 == u64::from(limit));
    let now = Now::of(conn, user, &entries).await?;
    let page = entries
        .into_iter()
        .filter_map(|entry| now.envelope(entry))
        .collect();
    Ok((page, more))
}

async fn own(conn: &mut Conn, user: UserId) -> Result<Own, Error> {
    Ok(Own {
        me: me(conn, user).await?,
        contacts: store::contact::all(conn, user).await?,
        blocked: store::block::ids(conn, user).await?,
    })
}

async fn me(conn: &mut Conn, user: UserId) -> Result<Me, Error> {
    store::user::me(conn, user)
        .await?
        .ok_or_else(|| Error::not_found("user"))
}

/// The things that entries name, as they are now.
struct Now {
    conversations: HashMap<ConversationId, Conversation>,
    me: Option<Me>,
    contacts: HashMap<UserId, Contact>,
    blocked: HashSet<UserId>,
}

impl Now {
    async fn of(conn: &mut Conn, user: UserId, entries: &[Entry]) -> Result<Self, Error> {
        let named = |wanted: fn(&str) -> bool| {
            let entries = entries.iter().filter(move |(_, kind, ..)| wanted(kind));
            entries.map(|(_, _, subject, _)| *subject)
        };
        let conversations: Vec<_> = named(|kind| !OWN.contains(&kind))
            .map(ConversationId::new)
            .collect();
        let conversations = store::conversation::snapshots(conn, user, &conversations).await?;
        let contacts: Vec<_> = named(|kind| kind == CONTACT).map(UserId::new).collect();
        Ok(Self {
            conversations: conversations
                .into_iter()
                .map(|conversation| (conversation.id, conversation))
                .collect(),
            me: match named(|kind| kind == ME).next() {
                Some(_) => Some(me(conn, user).await?),
                None => None,
            },
            contacts: store::contact::of_these(conn, user, &contacts).await?,
            blocked: match named(|kind| kind == BLOCK).next() {
                Some(_) => store::block::ids(conn, user).await?.into_iter().collect(),
                None => HashSet::new(),
            },
        })
    }

    fn envelope(&self, (seq, kind, subject, at): Entry) -> Option<Envelope> {
        let whom = UserId::new(subject);
        let (id, event) = match kind.as_str() {
            ME => (None, Event::MeChanged(self.me.clone()?)),
            CONTACT => {
                let change = ContactChange {
                    user_id: whom,
                    contact: self.contacts.get(&whom).cloned(),
                };
                (None, Event::ContactChanged(change))
            }
            BLOCK => {
                let change = BlockChange {
                    user_id: whom,
                    blocked: self.blocked.contains(&whom),
                };
                (None, Event::BlockChanged(change))
            }
            kind => {
                let id = ConversationId::new(subject);
                (Some(id), self.of_conversation(kind, id))
            }
        };
        Some(Envelope {
            conversation_id: id,
            place: Place::Inbox(seq),
            at: Some(at),
            event,
        })
    }

    fn of_conversation(&self, kind: &str, conversation_id: ConversationId) -> Event {
        match (kind, self.conversations.get(&conversation_id)) {
            (_, None) => Event::ConversationDeleted(Gone {
                conversation_id,
                reason: GoneReason::Left,
            }),
            ("my.changed", Some(now)) => Event::MyChanged(MyChanged {
                conversation_id,
                my: now.my.clone(),
            }),
            (_, Some(now)) => Event::ConversationNew(now.clone()),
        }
    }
}

const ME: &str = "me.changed";
const CONTACT: &str = "contact.changed";
const BLOCK: &str = "block.changed";
/// Entries that are about no conversation.
const OWN: [&str; 3] = [ME, CONTACT, BLOCK];
