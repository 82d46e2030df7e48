//! Many sends, a handful of statements: who is there already, who may write, the next places, one insert.

use super::{Tx, not_committed};
use crate::{
    Error,
    bus::Audience,
    store::{
        conversation,
        message::{self, NewMessage, SendKey},
        sql,
    },
};
use chat_core::{
    ClientId, Code, ConversationId, Envelope, Event, Message, MessageId, Place, Sent, Seq,
    Timestamp, User, UserId,
};
use std::collections::{BTreeMap, HashMap};
use tokio::sync::oneshot;

/// One message on its way into the log.
pub(crate) struct SendJob {
    pub(crate) id: MessageId,
    pub(crate) conversation_id: ConversationId,
    pub(crate) sender_id: UserId,
    pub(crate) client_id: ClientId,
    pub(crate) content: String,
    /// Tells a retry from another message under the same client id.
    pub(crate) content_hash: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) reply: oneshot::Sender<Result<Sent, Error>>,
    pub(crate) result: Option<Result<Sent, Error>>,
}

impl SendJob {
    fn key(&self) -> SendKey {
        (self.conversation_id, self.sender_id, self.client_id.clone())
    }

    pub(super) fn finish(self, committed: bool) {
        let result = match self.result {
            Some(Err(refusal)) => Err(refusal),
            Some(Ok(sent)) if committed => Ok(sent),
            _ => Err(not_committed()),
        };
        // Who asked may have gone; what was written stays.
        let _ = self.reply.send(result);
    }
}

/// Who may write where, with their profile.
type Senders = HashMap<(ConversationId, UserId), User>;

/// Stores all of them, or, where that fails as a whole, each alone.
pub(super) async fn all(tx: &mut Tx, sends: &mut [SendJob]) -> sqlx::Result<()> {
    let told = tx.told.len();
    sql!(tx, execute, "savepoint sends")?;
    let Err(error) = together(tx, sends).await else {
        return sql!(tx, execute, "release sends").map(drop);
    };
    tx.told.truncate(told);
    sql!(tx, execute, "rollback to sends")?;
    sql!(tx, execute, "release sends")?;
    if let [send] = sends {
        send.result = Some(Err(error.into()));
        return Ok(());
    }
    tracing::warn!(%error, sends = sends.len(), "sends are stored one by one");
    for send in sends {
        send.result = None;
        Box::pin(all(tx, std::slice::from_mut(send))).await?;
    }
    Ok(())
}

async fn together(tx: &mut Tx, sends: &mut [SendJob]) -> sqlx::Result<()> {
    let keys: Vec<_> = sends.iter().map(SendJob::key).collect();
    let there = message::by_send_keys(tx, &keys).await?;
    let pairs: Vec<_> = sends
        .iter()
        .map(|send| (send.conversation_id, send.sender_id))
        .collect();
    let senders = message::senders(tx, &pairs).await?;

    let (fresh, again) = sort(sends, &keys, &there, &senders);
    let stored = store(tx, sends, &fresh, &senders).await?;
    for place in again {
        let earlier = match there.get(&keys[place]) {
            Some((id, _)) => message::find(tx, *id).await?,
            None => stored.get(&keys[place]).cloned(),
        };
        let sent = earlier.map(|message| Sent {
            message,
            duplicate: true,
        });
        sends[place].result = Some(sent.ok_or_else(not_committed));
    }
    Ok(())
}

/// Which sends are new, and which are there already (in the database or before them in this batch). The others are
/// answered with why not.
fn sort(
    sends: &mut [SendJob],
    keys: &[SendKey],
    there: &HashMap<SendKey, (MessageId, Option<i64>)>,
    senders: &Senders,
) -> (Vec<usize>, Vec<usize>) {
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    let mut first: HashMap<&SendKey, i64> = HashMap::new();
    for (place, send) in sends.iter_mut().enumerate() {
        let key = &keys[place];
        let hash = send.content_hash;
        let known = there
            .get(key)
            .map(|(_, hash)| *hash)
            .or_else(|| first.get(key).map(|hash| Some(*hash)));
        // Who is no member learns nothing, not even that the same id was used before.
        if !senders.contains_key(&(send.conversation_id, send.sender_id)) {
            send.result = Some(Err(Error::not_found("conversation")));
        } else if let Some(known) = known {
            // The hash of a deleted message is gone; a retry of it is still a retry.
            match known.is_none_or(|known| known == hash) {
                true => again.push(place),
                false => {
                    let detail =
                        "this client_id was used before with another content; make a new one";
                    send.result = Some(Err(Error::rule(Code::IdempotencyConflict, detail)));
                }
            }
        } else {
            first.insert(key, hash);
            fresh.push(place);
        }
    }
    (fresh, again)
}

/// Takes the places, stores the rows, and notes what to tell.
async fn store(
    tx: &mut Tx,
    sends: &mut [SendJob],
    fresh: &[usize],
    senders: &Senders,
) -> sqlx::Result<HashMap<SendKey, Message>> {
    if fresh.is_empty() {
        return Ok(HashMap::new());
    }
    let mut next = take_places(tx, fresh.iter().map(|place| &sends[*place])).await?;
    let mut rows = Vec::with_capacity(fresh.len());
    let mut stored = HashMap::with_capacity(fresh.len());
    for place in fresh {
        let send = &mut sends[*place];
        let seq = next
            .get_mut(&send.conversation_id)
            .ok_or(sqlx::Error::RowNotFound)?;
        let message = Message {
            id: send.id,
            conversation_id: send.conversation_id,
            seq: *seq,
            client_id: send.client_id.clone(),
            sender: senders[&(send.conversation_id, send.sender_id)].clone(),
            content: send.content.clone(),
            created_at: send.created_at,
            edited_at: None,
            deleted_at: None,
            deleted_by: None,
        };
        *seq = seq.next();
        rows.push(NewMessage {
            message: message.clone(),
            content_hash: send.content_hash,
        });
        let envelope = Envelope {
            conversation_id: Some(message.conversation_id),
            place: Place::Log(message.seq),
            at: Some(message.created_at),
            event: Event::MessageNew(message.clone()),
        };
        stored.insert(send.key(), message.clone());
        send.result = Some(Ok(Sent {
            message,
            duplicate: false,
        }));
        tx.tell(Audience::Members(send.conversation_id), envelope);
    }
    message::insert(tx, &rows).await?;
    Ok(stored)
}

/// Takes as many places in each log as there are messages for it. Returns the first of them.
async fn take_places(
    tx: &mut Tx,
    sends: impl Iterator<Item = &SendJob>,
) -> sqlx::Result<HashMap<ConversationId, Seq>> {
    // One fixed order of conversations, so that two processes cannot wait for each other.
    let mut counts: BTreeMap<ConversationId, (u32, Timestamp)> = BTreeMap::new();
    for send in sends {
        let (count, at) = counts
            .entry(send.conversation_id)
            .or_insert((0, send.created_at));
        *count += 1;
        *at = send.created_at;
    }
    let wanted: Vec<_> = counts
        .iter()
        .map(|(id, (count, at))| (*id, i64::from(*count), *at))
        .collect();
    let last = conversation::take_message_seqs(tx, &wanted).await?;
    last.into_iter()
        .map(|(id, last)| {
            let first = (last.get() + 1).saturating_sub(u64::from(counts[&id].0));
            Seq::try_from(first)
                .map(|first| (id, first))
                .map_err(|_| sqlx::Error::Decode("the log is full".into()))
        })
        .collect()
}
