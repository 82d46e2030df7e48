//! What reads rows. A queued thing or a draft that cannot be read harms only itself; anything else can be told again by
//! the server, as a whole.

use super::{
    From, Loaded, Owner, Seal, StoreError, StoredPage,
    write::{VOCABULARY_ROW, integer, row},
};
use crate::{Queued, store::has_words};
use chat_core::{
    ConversationId, Epoch, Message, MessageId, Position, Restored, Seq, Stretch, VOCABULARY,
};
use futures_util::TryStreamExt;
use serde::de::DeserializeOwned;
use sqlx::SqlitePool;
use uuid::Uuid;

/// So many messages that were found are held before the oldest of them are let go.
const FOUND_LEAST: usize = 100;

/// One of the things that there is one of.
async fn meta<T: DeserializeOwned>(
    pool: &SqlitePool,
    seal: &Seal,
    name: &str,
) -> Result<Option<T>, StoreError> {
    let found: Option<(Vec<u8>,)> = sqlx::query_as("select body from meta where name = $1")
        .bind(name)
        .fetch_optional(pool)
        .await?;
    found
        .map(|(body,)| seal.open(name.as_bytes(), body))
        .transpose()
}

/// Whose file it is.
pub(super) async fn owner(pool: &SqlitePool, seal: &Seal) -> Result<Option<Owner>, StoreError> {
    meta(pool, seal, "owner").await
}

/// Everything but the messages.
pub(super) async fn all(pool: &SqlitePool, seal: &Seal) -> Result<Loaded, StoreError> {
    Ok(Loaded {
        state: Restored {
            inbox: inbox(pool, seal).await?,
            conversations: bodies(
                pool,
                seal,
                "conversation",
                "select id, body from conversation",
            )
            .await?,
            users: bodies(pool, seal, "user", "select id, body from user").await?,
            account: meta(pool, seal, "account").await?.flatten(),
            contacts: meta(pool, seal, "contacts").await?.unwrap_or_default(),
            blocked: meta(pool, seal, "blocked").await?.unwrap_or_default(),
        },
        since: meta(pool, seal, "since").await?.flatten(),
        skew_ms: meta(pool, seal, "skew").await?,
        outbox: outbox(pool, seal).await?.0,
        read_marks: read_marks(pool).await?,
        drafts: drafts(pool, seal).await?,
        lost: 0,
    })
}

/// The position in the user's own log. What was kept by a version that could be told more or less than this one may lack some
/// of it: then the position is one of another life, so that everything is shown until the server was reached, and asked for
/// anew there.
async fn inbox(pool: &SqlitePool, seal: &Seal) -> Result<Option<Position>, StoreError> {
    let told: Option<String> = meta(pool, seal, VOCABULARY_ROW).await?;
    let inbox: Option<Position> = meta(pool, seal, "inbox").await?.flatten();
    Ok(
        inbox.map(|inbox| match told.as_deref() == Some(VOCABULARY) {
            true => inbox,
            false => Position {
                epoch: Epoch::new(!inbox.epoch.get()),
                ..inbox
            },
        }),
    )
}

async fn bodies<T: DeserializeOwned>(
    pool: &SqlitePool,
    seal: &Seal,
    table: &str,
    text: &'static str,
) -> Result<Vec<T>, StoreError> {
    let rows: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(text).fetch_all(pool).await?;
    rows.into_iter()
        .map(|(id, body)| seal.open(&row(table, id), body))
        .collect()
}

/// What is queued, in its order; and the names of rows that cannot be read.
pub(super) async fn outbox(
    pool: &SqlitePool,
    seal: &Seal,
) -> Result<(Vec<Queued>, Vec<String>), StoreError> {
    let rows: Vec<(String, Vec<u8>)> =
        sqlx::query_as("select key, body from outbox order by place")
            .fetch_all(pool)
            .await?;
    let (mut queued, mut damaged) = (Vec::new(), Vec::new());
    for (key, body) in rows {
        match seal.open(key.as_bytes(), body) {
            Ok(one) => queued.push(one),
            Err(_) => damaged.push(key),
        }
    }
    Ok((queued, damaged))
}

/// Read marks that wait.
pub(super) async fn read_marks(
    pool: &SqlitePool,
) -> Result<Vec<(ConversationId, Seq)>, StoreError> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as("select conversation_id, seq from read_mark")
        .fetch_all(pool)
        .await?;
    rows.into_iter()
        .map(|(id, seq)| Ok((ConversationId::new(id), place_of(seq)?)))
        .collect()
}

/// What was begun to be written, where it can be read.
pub(super) async fn drafts(
    pool: &SqlitePool,
    seal: &Seal,
) -> Result<Vec<(ConversationId, String)>, StoreError> {
    let rows: Vec<(Uuid, Vec<u8>)> = sqlx::query_as("select conversation_id, body from draft")
        .fetch_all(pool)
        .await?;
    let rows = rows.into_iter();
    let drafts = rows.filter_map(|(id, body)| {
        let text = seal.open(&row("draft", id), body).ok()?;
        Some((ConversationId::new(id), text))
    });
    Ok(drafts.collect())
}

/// Messages next to a place, and the stretch that they fill.
pub(super) async fn page(
    pool: &SqlitePool,
    seal: &Seal,
    id: ConversationId,
    from: From,
    limit: u32,
) -> Result<Option<StoredPage>, StoreError> {
    let seq = match from {
        From::Before(seq) => seq.before(),
        From::After(seq) => seq.next(),
    };
    // One transaction: what is kept may change between two reads.
    let mut tx = pool.begin().await?;
    let text = "select after, through from stretch
        where conversation_id = $1 and after < $2 and through >= $2";
    let query = sqlx::query_as::<_, (i64, i64)>(text)
        .bind(id.uuid())
        .bind(integer(seq));
    let Some((after, through)) = query.fetch_optional(&mut *tx).await? else {
        return Ok(None);
    };
    let mut stretch = Stretch {
        after: place_of(after)?,
        through: place_of(through)?,
    };
    let text = match from {
        From::Before(_) => {
            stretch.through = seq;
            "select id, body from message where conversation_id = $1 and seq > $2 and seq <= $3
                order by seq desc limit $4"
        }
        From::After(_) => {
            stretch.after = seq.before();
            "select id, body from message where conversation_id = $1 and seq > $2 and seq <= $3
                order by seq limit $4"
        }
    };
    let query = sqlx::query_as::<_, (Uuid, Vec<u8>)>(text)
        .bind(id.uuid())
        .bind(integer(stretch.after))
        .bind(integer(stretch.through))
        .bind(limit);
    let rows = query.fetch_all(&mut *tx).await?;
    let is_full = rows.len() >= limit as usize;
    let items: Result<Vec<Message>, _> = rows
        .into_iter()
        .map(|(id, body)| seal.open(&row("message", id), body))
        .collect();
    let mut items = items?;
    match from {
        From::Before(_) => {
            items.reverse();
            if let Some(first) = items.first().filter(|_| is_full) {
                stretch.after = first.seq.before();
            }
        }
        From::After(_) => {
            if let Some(last) = items.last().filter(|_| is_full) {
                stretch.through = last.seq;
            }
        }
    }
    Ok(Some(StoredPage { items, stretch }))
}

/// Where a message is.
pub(super) async fn place(
    pool: &SqlitePool,
    id: MessageId,
) -> Result<Option<(ConversationId, Seq)>, StoreError> {
    let found: Option<(Uuid, i64)> =
        sqlx::query_as("select conversation_id, seq from message where id = $1")
            .bind(id.uuid())
            .fetch_optional(pool)
            .await?;
    found
        .map(|(id, seq)| Ok((ConversationId::new(id), place_of(seq)?)))
        .transpose()
}

/// Messages with these words. The text is sealed, so that no index can be asked: every message is looked at.
pub(super) async fn search(
    pool: &SqlitePool,
    seal: &Seal,
    words: &[String],
    within: Option<ConversationId>,
    limit: u32,
) -> Result<Vec<Message>, StoreError> {
    let text = "select id, body from message where $1 is null or conversation_id = $1";
    let mut rows = sqlx::query_as::<_, (Uuid, Vec<u8>)>(text)
        .bind(within.map(ConversationId::uuid))
        .fetch(pool);
    let limit = limit as usize;
    let mut found: Vec<Message> = Vec::new();
    while let Some((id, body)) = rows.try_next().await? {
        let Ok(message) = seal.open::<Message>(&row("message", id), body) else {
            continue;
        };
        if has_words(&message.content, words) {
            found.push(message);
        }
        // A short word may be in every message there is.
        if found.len() > limit.saturating_mul(2).max(FOUND_LEAST) {
            keep_newest(&mut found, limit);
        }
    }
    keep_newest(&mut found, limit);
    Ok(found)
}

fn keep_newest(found: &mut Vec<Message>, limit: usize) {
    found.sort_by_key(|message| std::cmp::Reverse(message.created_at));
    found.truncate(limit);
}

fn place_of(number: i64) -> Result<Seq, StoreError> {
    u64::try_from(number)
        .ok()
        .and_then(|number| Seq::try_from(number).ok())
        .ok_or_else(|| StoreError::Damaged("a place is none".to_owned()))
}
