//! The newest messages of conversations in Redis, for up to a day: for speed alone, and only where that is wanted.
//!
//! Nothing stale can come of it. Every change of a conversation takes the next place of its log in the transaction that
//! makes it; who asks for a page reads in one snapshot of the database whether they may, and in which state the log is; and
//! what is kept is used for that state only. Names are not kept, and times are looked at when a page is shown. So it does
//! not matter what is lost, late or left behind in Redis. What is sealed with another key is not read.

mod end;

pub(super) use end::{End, Where};

use crate::{
    bus::Redis,
    store::{
        self, Conn,
        conversation::LogState,
        message::{StoredMessage, is_damage},
    },
    telemetry::Metrics,
};
use aws_lc_rs::hmac;
use chat_core::{ConversationId, Envelope, Event, Limits, MessagePage, Timestamp};
use redis::{Cmd, Value};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// Who asks for a page waits no longer for what may be kept of it.
const FIND_DEADLINE: Duration = Duration::from_millis(100);
const KEEP_DEADLINE: Duration = Duration::from_secs(1);
/// What is kept of a conversation, as bytes. Of more, the older half is left out.
const BYTES_MOST: usize = 256 * 1024;
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
/// Ends that may wait to be written; more are not kept.
const KEEPS_MOST: usize = 64;
/// Conversations that may wait to be let go; more stay until they are written anew, or their day is over.
const FORGETS_MOST: usize = 8_192;
const AT_ONCE: usize = 64;

/// The end of a conversation, if it begins where it can be of use: the first 16 bytes say where it does.
const FIND: &str = "
local begins = redis.call('GETRANGE', KEYS[1], 0, 15)
if begins == '' or begins > ARGV[1] then return false end
return redis.call('GET', KEYS[1])";
const BEGINS_LEN: usize = 16;
const TAG_LEN: usize = 32;

/// The cache of newest messages.
pub(crate) struct Recent {
    redis: Redis,
    seal: hmac::Key,
    metrics: Arc<Metrics>,
    keeps: mpsc::Sender<Cmd>,
    forgets: mpsc::Sender<ConversationId>,
}

/// What a page is asked for with.
pub(super) struct Asked {
    pub(super) id: ConversationId,
    /// The state of the log in the snapshot that is read.
    pub(super) state: LogState,
    pub(super) place: Where,
    pub(super) limit: u32,
}

#[derive(Serialize)]
struct Written<'a> {
    state: LogState,
    is_whole: bool,
    messages: &'a [StoredMessage],
}

impl Recent {
    /// Sealed with a key that all processes of one database have, and nobody else.
    pub(crate) fn new(redis: Redis, seal: hmac::Key, metrics: Arc<Metrics>) -> Self {
        let (keeps, kept) = mpsc::channel(KEEPS_MOST);
        let (forgets, forgotten) = mpsc::channel(FORGETS_MOST);
        tokio::spawn(write(redis.clone(), kept, forgotten));
        Self {
            redis,
            seal,
            metrics,
            keeps,
            forgets,
        }
    }

    /// What is kept of a conversation, where it may be of use; in whichever state its log was then.
    pub(super) async fn find(
        &self,
        id: ConversationId,
        place: Where,
    ) -> Option<End<StoredMessage>> {
        if self.redis.is_doubtful() {
            return None;
        }
        let mut find = redis::cmd("EVAL");
        let back_to = place.reaches_back_to().get();
        find.arg(FIND)
            .arg(1)
            .arg(key(&self.redis, id))
            .arg(format!("{back_to:016x}"));
        let answers = self.redis.ask(vec![find], FIND_DEADLINE).await.ok()?;
        let Value::BulkString(bytes) = answers.into_iter().next()?.ok()? else {
            return None;
        };
        let end = open(&self.seal, id, &bytes);
        if end.is_none() {
            self.metrics.bus.cache_refused.inc();
        }
        end
    }

    /// A page out of what was found, if that is so now, or can be brought there. The newest page is read and kept in any
    /// case. None is left to whoever reads the database in the usual way.
    pub(super) async fn page(
        &self,
        conn: &mut Conn,
        asked: &Asked,
        found: Option<End<StoredMessage>>,
    ) -> sqlx::Result<Option<MessagePage>> {
        match self.try_page(conn, asked, found).await {
            Err(error) if is_damage(&error) => Ok(None),
            page => page,
        }
    }

    async fn try_page(
        &self,
        conn: &mut Conn,
        asked: &Asked,
        found: Option<End<StoredMessage>>,
    ) -> sqlx::Result<Option<MessagePage>> {
        let end = match found {
            Some(end) if end.state == asked.state => Some(end),
            Some(end) => self.bring_up(conn, asked, end).await?,
            None => None,
        };
        if let Some(end) = end
            && let Some(page) = show(conn, end, asked).await?
        {
            self.metrics.bus.cache_hits.inc();
            return Ok(Some(page));
        }
        if asked.place != Where::Newest {
            return Ok(None);
        }
        self.metrics.bus.cache_misses.inc();
        let wanted = asked.limit.max(Limits::PAGE_DEFAULT);
        let newest = store::message::newest(conn, asked.id, wanted + 1).await?;
        let end = End::new(asked.state, newest, wanted as usize);
        self.keep(asked.id, &end, conn.now());
        show(conn, end, asked).await
    }

    /// Puts to an end what was said since.
    async fn bring_up(
        &self,
        conn: &mut Conn,
        asked: &Asked,
        end: End<StoredMessage>,
    ) -> sqlx::Result<Option<End<StoredMessage>>> {
        let Some((from, count)) = end.grows_from(asked.state) else {
            return Ok(None);
        };
        let since = store::message::since(conn, asked.id, from, count as u32).await?;
        let end = end.grow(asked.state, since);
        if let Some(end) = &end {
            self.keep(asked.id, end, conn.now());
        }
        Ok(end)
    }

    /// Has an end written, when there is time for it.
    fn keep(&self, id: ConversationId, end: &End<StoredMessage>, now: Timestamp) {
        if self.redis.is_doubtful() || self.keeps.capacity() == 0 {
            return;
        }
        let Some(ms) = lasts(&end.messages, now) else {
            return;
        };
        if let Some(bytes) = seal(&self.seal, id, end) {
            let mut set = redis::cmd("SET");
            set.arg(key(&self.redis, id)).arg(bytes).arg("PX").arg(ms);
            // It is kept for speed alone.
            let _ = self.keeps.try_send(set);
        }
    }

    /// Notes what was told: texts that are gone are not to lie in Redis for the rest of the day. They could not be read
    /// from there any more.
    pub(crate) fn note(&self, envelope: &Envelope) {
        let is_gone = matches!(
            envelope.event,
            Event::MessageDeleted(_) | Event::MessageEdited(_) | Event::ConversationDeleted(_)
        );
        if let (true, Some(id)) = (is_gone, envelope.conversation_id) {
            let _ = self.forgets.try_send(id);
        }
    }
}

/// Writes what is to be kept and to be gone, for as long as there is somebody who asks for it.
async fn write(
    redis: Redis,
    mut keeps: mpsc::Receiver<Cmd>,
    mut forgets: mpsc::Receiver<ConversationId>,
) {
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    loop {
        tokio::select! {
            count = keeps.recv_many(&mut kept, AT_ONCE) => if count == 0 { return },
            count = forgets.recv_many(&mut gone, FORGETS_MOST) => if count == 0 { return },
        }
        gone.sort_unstable();
        gone.dedup();
        let gone = gone.drain(..).map(|id| {
            let mut unlink = redis::cmd("UNLINK");
            unlink.arg(key(&redis, id));
            unlink
        });
        let commands = kept.drain(..).chain(gone).collect();
        // Where it is away, nothing is kept, and what lies there is for states that are over.
        let _ = redis.ask(commands, KEEP_DEADLINE).await;
    }
}

/// The page of an end, as it is to be seen now; none where the end has not all of it.
async fn show(
    conn: &mut Conn,
    mut end: End<StoredMessage>,
    asked: &Asked,
) -> sqlx::Result<Option<MessagePage>> {
    let Some(found) = end.page(asked.place, asked.limit as usize) else {
        return Ok(None);
    };
    let stored = end.messages.drain(found.range).collect();
    Ok(Some(MessagePage {
        items: store::message::shown(conn, stored).await?,
        has_before: found.has_before,
        has_after: found.has_after,
    }))
}

/// For how long messages may be kept, in milliseconds: not longer than the first of them lives.
fn lasts(messages: &[StoredMessage], now: Timestamp) -> Option<i64> {
    let ends = messages.iter().filter_map(StoredMessage::runs_out_at).min();
    let left = ends.map_or(KEPT_MS, |end| end.ms().saturating_sub(now.ms()));
    (left > 0).then_some(left.min(KEPT_MS))
}

fn key(redis: &Redis, id: ConversationId) -> String {
    redis.key(format_args!("recent:{id}"))
}

/// An end as bytes: where it begins, the seal, and the rest as JSON. None where not one message fits.
fn seal(seal: &hmac::Key, id: ConversationId, end: &End<StoredMessage>) -> Option<Vec<u8>> {
    let mut messages = end.messages.as_slice();
    let json = loop {
        let written = Written {
            state: end.state,
            is_whole: end.is_whole && messages.len() == end.messages.len(),
            messages,
        };
        let json = serde_json::to_vec(&written).ok()?;
        if json.len() <= BYTES_MOST {
            break json;
        }
        messages = &messages[messages.len().div_ceil(2)..];
        if messages.is_empty() {
            return None;
        }
    };
    let begins_at = match messages.first() {
        Some(first) if messages.len() < end.messages.len() => first.seq(),
        _ => end.begins_at(),
    };
    let begins = format!("{:016x}", begins_at.get());
    let tag = hmac::sign(seal, &claim(id, begins.as_bytes(), &json));
    Some([begins.as_bytes(), tag.as_ref(), &json].concat())
}

/// Reads what [`seal`] has written of the same conversation with the same key; nothing else.
fn open(seal: &hmac::Key, id: ConversationId, bytes: &[u8]) -> Option<End<StoredMessage>> {
    let (begins, rest) = bytes.split_at_checked(BEGINS_LEN)?;
    let (tag, json) = rest.split_at_checked(TAG_LEN)?;
    hmac::verify(seal, &claim(id, begins, json), tag).ok()?;
    let end: End<StoredMessage> = serde_json::from_slice(json).ok()?;
    let is_own = |message: &StoredMessage| message.conversation_id() == id;
    end.messages.iter().all(is_own).then_some(end)
}

/// What is sealed; every part but the last has its fixed length.
fn claim(id: ConversationId, begins: &[u8], json: &[u8]) -> Vec<u8> {
    [id.uuid().as_bytes().as_slice(), begins, json].concat()
}
