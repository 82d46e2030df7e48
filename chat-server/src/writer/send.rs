//! Many sends, a handful of statements: who is there already, who may write, the next places, one insert.

use super::{End, Reply, Tx, not_committed, turn::Try};
use crate::{
    Error,
    bus::Audience,
    conversation::require_may_write,
    limit::Limiter,
    store::{
        self, Kind, conversation,
        message::{self, NewMessage, SendKey, Sendable},
        sql,
    },
};
use chat_core::{
    ClientId, ConversationId, Envelope, Event, Extras, Message, MessageId, MessageKind, Place,
    Sent, Seq, Timestamp, UserId,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// One message on its way into the log.
pub(crate) struct SendJob {
    pub(crate) id: MessageId,
    pub(crate) conversation_id: ConversationId,
    pub(crate) sender_id: UserId,
    pub(crate) client_id: ClientId,
    pub(crate) kind: MessageKind,
    pub(crate) content: String,
    /// What belongs to it besides its text; most have nothing.
    pub(crate) extras: Option<Box<Extras>>,
    /// How long the server keeps messages at most, in seconds.
    pub(crate) retention_s: Option<u32>,
    /// Tells a retry from another message under the same client id.
    pub(crate) content_hash: i64,
    pub(crate) created_at: Timestamp,
    /// Who counts it in its conversation, until it is counted; nobody, where it comes from inside the program.
    pub(crate) limiter: Option<Arc<Limiter>>,
    /// Boxed, here and below: a job is moved a few times before it has a result, and a message is large.
    pub(crate) reply: Reply<Box<Sent>>,
    pub(crate) result: Option<Result<Box<Sent>, Error>>,
}

impl SendJob {
    fn key(&self) -> SendKey {
        (self.conversation_id, self.sender_id, self.client_id.clone())
    }

    /// Counts it in its conversation, once, however often its batch is tried.
    fn count(&mut self) -> Result<(), Error> {
        if let Some(limiter) = &self.limiter {
            limiter.said(self.conversation_id)?;
        }
        self.limiter = None;
        Ok(())
    }

    /// Lets it be tried again from the beginning.
    pub(super) fn forget_result(&mut self) {
        self.result = None;
    }

    /// Whether it failed because the database does not work.
    pub(super) fn is_broken(&self) -> bool {
        matches!(&self.result, Some(Err(Error::Store(error))) if store::is_broken(error))
    }

    pub(super) fn finish(self, end: End) {
        let result = match self.result {
            // What it says was said before may be in this very batch.
            Some(Err(Error::SaidBefore(_))) if end != End::Committed => Err(not_committed(end)),
            Some(Err(refusal)) => Err(refusal),
            Some(Ok(sent)) if end == End::Committed => Ok(sent),
            _ => Err(not_committed(end)),
        };
        // Who asked may have gone; what was written stays.
        let _ = self.reply.send(result);
    }
}

/// Stores all of them, or, where that fails as a whole, each alone.
pub(super) async fn all(tx: &mut Tx, sends: &mut [SendJob], nth: Try) -> sqlx::Result<()> {
    let told = tx.told.len();
    sql!(tx, execute, "savepoint sends")?;
    let Err(error) = together(tx, sends, nth).await else {
        return match tx.kind() {
            // The commit takes the savepoint along.
            Kind::Sqlite => Ok(()),
            // The answer to a commit does not say whether anything failed before; this one does.
            Kind::Postgres => sql!(tx, execute, "release sends").map(drop),
        };
    };
    if store::is_lost(&error) {
        return Err(error);
    }
    undo(tx, told).await?;
    if let [send] = sends {
        send.result = Some(Err(error.into()));
        return Ok(());
    }
    tracing::warn!(%error, sends = sends.len(), "sends are stored one by one");
    for send in sends {
        let told = tx.told.len();
        send.result = None;
        sql!(tx, execute, "savepoint sends")?;
        match together(tx, std::slice::from_mut(send), nth).await {
            Ok(()) => sql!(tx, execute, "release sends").map(drop)?,
            Err(error) if store::is_lost(&error) => return Err(error),
            Err(error) => {
                undo(tx, told).await?;
                send.result = Some(Err(error.into()));
            }
        }
    }
    Ok(())
}

/// Goes back to before the sends.
async fn undo(tx: &mut Tx, told: usize) -> sqlx::Result<()> {
    tx.told.truncate(told);
    sql!(tx, execute, "rollback to sends")?;
    sql!(tx, execute, "release sends").map(drop)
}

async fn together(tx: &mut Tx, sends: &mut [SendJob], nth: Try) -> sqlx::Result<()> {
    let keys: Vec<_> = sends.iter().map(SendJob::key).collect();
    let sendable = message::sendable(tx, &keys).await?;

    let Sorted {
        fresh,
        stored_before,
        said_before,
    } = sort(sends, &keys, &sendable);
    store(tx, sends, &fresh, &sendable).await?;
    for (place, id) in stored_before {
        let message = message::find(tx, id).await?;
        if let (true, Some(message)) = (nth.is_after_loss, &message) {
            // By the try that was lost, perhaps: who has heard of it hears it twice.
            tell(tx, message);
        }
        let sent = message.map(|message| answer(message, true));
        sends[place].result = Some(sent.ok_or_else(|| not_committed(End::Undone)));
    }
    for (place, first) in said_before {
        sends[place].result = Some(match &sends[first].result {
            Some(Ok(sent)) => Ok(answer(sent.message.clone(), true)),
            _ => Err(not_committed(End::Undone)),
        });
    }
    Ok(())
}

fn answer(message: Message, duplicate: bool) -> Box<Sent> {
    Box::new(Sent { message, duplicate })
}

/// What is to be done with the sends of a batch, by their places in it.
#[derive(Default)]
struct Sorted {
    fresh: Vec<usize>,
    /// Stored by an earlier batch, as this message.
    stored_before: Vec<(usize, MessageId)>,
    /// The same send as another one before it in this batch.
    said_before: Vec<(usize, usize)>,
}

/// Sorts the new from those that are there already; the others are answered with why not.
fn sort(sends: &mut [SendJob], keys: &[SendKey], sendable: &HashMap<SendKey, Sendable>) -> Sorted {
    let mut sorted = Sorted::default();
    let mut first: HashMap<&SendKey, (usize, i64)> = HashMap::new();
    let mut clashes = Vec::new();
    for (place, send) in sends.iter_mut().enumerate() {
        let (key, hash) = (&keys[place], send.content_hash);
        // The hash of a deleted message is gone; a retry of it is still a retry.
        let same = |known: Option<i64>| known.is_none_or(|known| known == hash);
        // Who is no member learns nothing, not even that the same id was used before.
        let Some(known) = sendable.get(key) else {
            send.result = Some(Err(Error::not_found("conversation")));
            continue;
        };
        match (known.stored, first.get(key)) {
            (Some((id, known)), _) if same(known) => sorted.stored_before.push((place, id)),
            (None, Some((earlier, known))) if same(Some(*known)) => {
                sorted.said_before.push((place, *earlier))
            }
            (Some((id, _)), _) => send.result = Some(Err(Error::SaidBefore(id))),
            (None, Some((earlier, _))) => clashes.push((place, *earlier)),
            (None, None) => {
                let allowed = require_may_write(known.role, known.kind, known.is_blocked);
                if let Err(refusal) = allowed.and_then(|()| send.count()) {
                    send.result = Some(Err(refusal));
                    continue;
                }
                first.insert(key, (place, hash));
                sorted.fresh.push(place);
            }
        }
    }
    for (place, earlier) in clashes {
        sends[place].result = Some(Err(Error::SaidBefore(sends[earlier].id)));
    }
    sorted
}

/// Takes the places, stores the rows, and notes what to tell.
async fn store(
    tx: &mut Tx,
    sends: &mut [SendJob],
    fresh: &[usize],
    sendable: &HashMap<SendKey, Sendable>,
) -> sqlx::Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    let mut next = take_places(tx, fresh.iter().map(|place| &sends[*place])).await?;
    let mut rows = Vec::with_capacity(fresh.len());
    for place in fresh {
        let send = &mut sends[*place];
        let seq = next
            .get_mut(&send.conversation_id)
            .ok_or(sqlx::Error::RowNotFound)?;
        let known = &sendable[&send.key()];
        let extras = match send.extras.as_deref() {
            Some(extras) => as_now(tx, extras).await?,
            None => Extras::default(),
        };
        let message = message_of(send, *seq, known, extras);
        *seq = seq.next();
        rows.push(NewMessage {
            message,
            content_hash: send.content_hash,
        });
    }
    message::insert(tx, &rows).await?;
    store_extras(tx, &rows).await?;
    tx.told.reserve(rows.len());
    for (place, NewMessage { message, .. }) in fresh.iter().zip(rows) {
        tell(tx, &message);
        sends[*place].result = Some(Ok(answer(message, false)));
    }
    Ok(())
}

fn tell(tx: &mut Tx, message: &Message) {
    let envelope = Envelope {
        conversation_id: Some(message.conversation_id),
        place: Place::Log(message.seq),
        at: Some(message.created_at),
        event: Event::MessageNew(message.clone()),
    };
    tx.tell(Audience::Members(message.conversation_id), envelope);
}

/// The message that a send becomes at its place.
fn message_of(send: &SendJob, seq: Seq, known: &Sendable, extras: Extras) -> Message {
    let lives_s = [known.message_ttl_s, send.retention_s.map(i64::from)];
    Message {
        id: send.id,
        conversation_id: send.conversation_id,
        seq,
        client_id: send.client_id.clone(),
        sender: known.sender.clone(),
        kind: send.kind,
        content: send.content.clone(),
        extras,
        created_at: send.created_at,
        expires_at: lives_s
            .into_iter()
            .flatten()
            .min()
            .map(|s| send.created_at.plus_ms(s * 1_000)),
        edited_at: None,
        pinned_at: None,
        deleted_at: None,
        deleted_by: None,
    }
}

/// What was looked up before the send was queued, as it is now: what it answers may have another text since, or none.
async fn as_now(tx: &mut Tx, extras: &Extras) -> sqlx::Result<Extras> {
    let mut extras = extras.clone();
    if let Some(reply) = &mut extras.reply_to {
        reply.excerpt = message::excerpt(tx, reply.id).await?;
    }
    Ok(extras)
}

/// Stores what lies in tables of its own. A file that was collected meanwhile breaks the send, and it alone.
async fn store_extras(tx: &mut Tx, rows: &[NewMessage]) -> sqlx::Result<()> {
    let messages = rows.iter().map(|row| &row.message);
    let with_extras = messages.filter(|message| message.extras != Extras::default());
    let with_extras: Vec<_> = with_extras.collect();
    let files = with_extras
        .iter()
        .flat_map(|message| &message.extras.attachments);
    let files: BTreeSet<_> = files.map(|file| file.id.uuid()).collect();
    if store::attachment::hold(tx, &files).await? != files {
        return Err(sqlx::Error::RowNotFound);
    }
    for message in with_extras {
        message::insert_mentions(tx, message).await?;
        store::attachment::refer(tx, message.id, &message.extras.attachments).await?;
    }
    Ok(())
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
