//! Messages whose time has run out become tombstones for everyone. They are read as such from that moment on; here their rows
//! follow, and the members are told, some milliseconds later, or some seconds after a long time without a server. A message
//! that cannot be read is let go of in the same way, when somebody who may do so wants it gone.

use super::tell_named;
use crate::{
    App, Error,
    bus::Audience,
    store::{
        self, Duty,
        event::NewEntry,
        message::{Due, bury_due, due, due_unread, is_any_due, set_mention},
    },
    writer::Tx,
};
use chat_core::{
    ConversationId, Envelope, Event, MessageDeleted, MessageId, Place, Seq, Timestamp, UserId,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Weak,
    time::Duration,
};

/// Between looks at the clock.
const PAUSE: Duration = Duration::from_millis(500);
/// Messages in one transaction: what others send waits behind them.
const AT_ONCE: u32 = 256;

/// Deletes what has run out by now.
async fn expire(app: &App) -> Result<(), Error> {
    loop {
        let now = app.now();
        let buried = app
            .writer
            .run(move |tx| {
                Box::pin(async move {
                    let due = due(tx, now, AT_ONCE).await?;
                    let_go(tx, &due, now).await?;
                    Ok(due.len())
                })
            })
            .await?;
        if buried < AT_ONCE as usize {
            return Ok(());
        }
    }
}

/// Deletes a message of which something cannot be read, as long as it is there: it shows nothing to anybody, but what it says
/// lies in the database all the same.
pub(crate) async fn bury_unread(
    tx: &mut Tx,
    id: MessageId,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<(), Error> {
    tracing::warn!(message = %id, "a stored message that cannot be read is deleted as it is");
    let due = due_unread(tx, id, now, by).await?;
    let_go(tx, due.as_slice(), now).await
}

/// Leaves tombstones without looking at what was said, and tells the members.
async fn let_go(tx: &mut Tx, due: &[Due], now: Timestamp) -> Result<(), Error> {
    bury_due(tx, due).await?;
    tell(tx, due, now).await?;
    for message in due {
        let mut unsettled = Vec::new();
        for user in &message.mentions {
            let place = (message.conversation_id, message.seq, message.sender_id);
            if set_mention(tx, place, *user, false).await? {
                unsettled.push(*user);
            }
        }
        tell_named(tx, message.conversation_id, unsettled, now).await?;
    }
    Ok(())
}

/// Puts the ends of messages into their logs, and tells the members.
async fn tell(tx: &mut Tx, due: &[Due], now: Timestamp) -> Result<(), Error> {
    let mut counts: BTreeMap<ConversationId, i64> = BTreeMap::new();
    for message in due {
        *counts.entry(message.conversation_id).or_default() += 1;
    }
    let counts: Vec<_> = counts.into_iter().collect();
    let lasts = store::conversation::take_seqs(tx, &counts, now).await?;
    let mut places: HashMap<_, Seq> = HashMap::new();
    for (id, count) in counts {
        let last = lasts
            .get(&id)
            .ok_or_else(|| Error::not_found("conversation"))?;
        let before = last.get().saturating_sub(count.unsigned_abs());
        places.insert(id, Seq::try_from(before).unwrap_or(Seq::ZERO));
    }
    let mut entries = Vec::with_capacity(due.len());
    for message in due {
        let id = message.conversation_id;
        let place = places.get_mut(&id).expect("each of them was counted");
        *place = place.next();
        let event = Event::MessageDeleted(MessageDeleted {
            id: message.id,
            deleted_at: message.deleted_at,
            deleted_by: message.deleted_by,
        });
        let (kind, message_id, body) = store::event::kept(&event)?;
        entries.push(NewEntry {
            conversation_id: id,
            seq: *place,
            kind,
            actor: message.deleted_by.unwrap_or(message.sender_id),
            at: now,
            message_id,
            body,
        });
        let envelope = Envelope {
            conversation_id: Some(id),
            place: Place::Log(*place),
            at: Some(now),
            event,
        };
        tx.tell(Audience::Members(id), envelope);
    }
    Ok(store::event::insert(tx, &entries).await?)
}

/// Looks with a connection that only reads: mostly there is nothing to do, and then nobody waits for it.
async fn look(app: &App) -> Result<(), Error> {
    if !is_any_due(&mut app.db.read().await?, app.now()).await? {
        return Ok(());
    }
    match app.db.on_duty(Duty::Expire).await? {
        Some(_on_duty) => expire(app).await,
        None => Ok(()),
    }
}

/// Goes on until the server is gone.
pub(crate) async fn keep_expiring(app: Weak<App>) {
    let mut pause = tokio::time::interval(PAUSE);
    pause.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        pause.tick().await;
        let Some(app) = app.upgrade() else { return };
        if let Err(error) = look(&app).await {
            tracing::warn!(%error, "messages whose time has run out could not be deleted; tried again soon");
        }
    }
}
