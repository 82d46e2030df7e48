//! What changes a row. Each function is a part of a transaction that somebody else ends.

use super::{Seal, StoreError, Write};
use chat_core::{ConversationId, Event, Message, MessageId, Stretch, VOCABULARY};
use serde::Serialize;
use sqlx::{Sqlite, SqliteConnection, Transaction, raw_sql};
use uuid::Uuid;

type Done = Result<(), StoreError>;

/// Where it stands which vocabulary what is kept was told in.
pub(super) const VOCABULARY_ROW: &str = "vocabulary";

/// The name of a row with an id: what it is sealed under.
pub(super) fn row(table: &str, id: Uuid) -> Vec<u8> {
    [table.as_bytes(), id.as_bytes()].concat()
}

pub(super) fn integer(seq: chat_core::Seq) -> i64 {
    i64::try_from(seq.get()).expect("places are less than 2^53")
}

/// Writes one thing.
pub(super) async fn one(tx: &mut Transaction<'_, Sqlite>, seal: &Seal, write: &Write) -> Done {
    match write {
        Write::Wipe => wipe(tx).await,
        Write::Forget => {
            forget(tx).await?;
            vocabulary(tx, seal).await
        }
        Write::Inbox(inbox) => meta(tx, seal, "inbox", inbox).await,
        Write::Since(since) => meta(tx, seal, "since", since).await,
        Write::Skew(skew_ms) => meta(tx, seal, "skew", skew_ms).await,
        Write::Account(account) => meta(tx, seal, "account", account).await,
        Write::Contacts(contacts) => meta(tx, seal, "contacts", contacts).await,
        Write::Blocked(blocked) => meta(tx, seal, "blocked", blocked).await,
        Write::User(user) => {
            let body = seal.close(&row("user", user.id.uuid()), user)?;
            let text = "insert into user (id, body) values ($1, $2)
                on conflict (id) do update set body = excluded.body";
            let query = sqlx::query(text).bind(user.id.uuid()).bind(body);
            done(query.execute(&mut **tx).await)
        }
        Write::Conversation(it) => {
            let body = seal.close(&row("conversation", it.id.uuid()), it)?;
            let text = "insert into conversation (id, body) values ($1, $2)
                on conflict (id) do update set body = excluded.body";
            done(
                sqlx::query(text)
                    .bind(it.id.uuid())
                    .bind(body)
                    .execute(&mut **tx)
                    .await,
            )
        }
        Write::Gone(id) => gone(tx, *id).await,
        Write::Message(it) => message(tx, seal, it).await,
        Write::Known(id, stretch) => known(tx, *id, *stretch).await,
        Write::Changed(event) => changed(tx, seal, event).await,
        Write::Queue(queued) => {
            let body = seal.close(queued.key.as_str().as_bytes(), queued)?;
            let place = i64::try_from(queued.place).unwrap_or(i64::MAX);
            let text = "insert into outbox (key, place, body) values ($1, $2, $3)
                on conflict (key) do update set place = excluded.place, body = excluded.body";
            let query = sqlx::query(text)
                .bind(queued.key.as_str())
                .bind(place)
                .bind(body);
            done(query.execute(&mut **tx).await)
        }
        Write::Done(key) => {
            let query = sqlx::query("delete from outbox where key = $1").bind(key.as_str());
            done(query.execute(&mut **tx).await)
        }
        Write::ReadMark(id, seq) => read_mark(tx, *id, seq.map(integer)).await,
        Write::Draft(id, text) => draft(tx, seal, *id, text.as_deref()).await,
    }
}

fn done<T>(result: sqlx::Result<T>) -> Done {
    result.map(drop).map_err(StoreError::from)
}

/// Throws everything away.
pub(super) async fn wipe(tx: &mut SqliteConnection) -> Done {
    forget(tx).await?;
    let rest = "delete from outbox; delete from read_mark; delete from draft;
        delete from meta where name in ('owner', 'skew')";
    done(raw_sql(rest).execute(tx).await)
}

/// Lets go of queued things that cannot be read.
pub(super) async fn give_up(tx: &mut SqliteConnection, keys: &[String]) -> Done {
    for key in keys {
        let query = sqlx::query("delete from outbox where key = $1").bind(key);
        query.execute(&mut *tx).await?;
    }
    Ok(())
}

async fn forget(tx: &mut SqliteConnection) -> Done {
    let text =
        "delete from conversation; delete from message; delete from stretch; delete from user;
        delete from meta where name not in ('owner', 'check', 'skew')";
    done(raw_sql(text).execute(tx).await)
}

/// Writes one of the things that there is one of.
pub(super) async fn meta<T: Serialize>(
    tx: &mut SqliteConnection,
    seal: &Seal,
    name: &str,
    value: &T,
) -> Done {
    let body = seal.close(name.as_bytes(), value)?;
    let text = "insert into meta (name, body) values ($1, $2)
        on conflict (name) do update set body = excluded.body";
    done(sqlx::query(text).bind(name).bind(body).execute(tx).await)
}

/// Notes what can be told to this version: whatever is kept from now on has all of it.
pub(super) async fn vocabulary(tx: &mut SqliteConnection, seal: &Seal) -> Done {
    meta(tx, seal, VOCABULARY_ROW, &VOCABULARY).await
}

async fn gone(tx: &mut SqliteConnection, id: ConversationId) -> Done {
    for text in [
        "delete from conversation where id = $1",
        "delete from message where conversation_id = $1",
        "delete from stretch where conversation_id = $1",
    ] {
        sqlx::query(text).bind(id.uuid()).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn message(tx: &mut SqliteConnection, seal: &Seal, message: &Message) -> Done {
    let body = seal.close(&row("message", message.id.uuid()), message)?;
    let reply_to = message
        .extras
        .reply_to
        .as_ref()
        .map(|reply| reply.id.uuid());
    let text = "insert or replace into message (conversation_id, seq, id, reply_to, body)
        values ($1, $2, $3, $4, $5)";
    let query = sqlx::query(text)
        .bind(message.conversation_id.uuid())
        .bind(integer(message.seq))
        .bind(message.id.uuid())
        .bind(reply_to)
        .bind(body);
    done(query.execute(tx).await)
}

/// Adds a stretch, and makes one of all that touch.
async fn known(tx: &mut SqliteConnection, id: ConversationId, stretch: Stretch) -> Done {
    let text = "delete from stretch where conversation_id = $1 and after <= $3 and through >= $2
        returning after, through";
    let (mut after, mut through) = (integer(stretch.after), integer(stretch.through));
    let query = sqlx::query_as::<_, (i64, i64)>(text)
        .bind(id.uuid())
        .bind(after)
        .bind(through);
    for (known_after, known_through) in query.fetch_all(&mut *tx).await? {
        after = after.min(known_after);
        through = through.max(known_through);
    }
    let text = "insert into stretch (conversation_id, after, through) values ($1, $2, $3)";
    let query = sqlx::query(text).bind(id.uuid()).bind(after).bind(through);
    done(query.execute(tx).await)
}

async fn changed(tx: &mut SqliteConnection, seal: &Seal, event: &Event) -> Done {
    let Some(id) = event.changes_message() else {
        return Ok(());
    };
    let text = "select id, body from message where id = $1 or reply_to = $1";
    let query = sqlx::query_as::<_, (Uuid, Vec<u8>)>(text).bind(id.uuid());
    for (id, body) in query.fetch_all(&mut *tx).await? {
        let id = MessageId::new(id);
        let Ok(mut changed) = seal.open::<Message>(&row("message", id.uuid()), body) else {
            forget_stretch(tx, id).await?;
            continue;
        };
        changed.take(event);
        message(tx, seal, &changed).await?;
    }
    Ok(())
}

/// Lets go of a message that cannot be read. The stretch that it was in is not whole any more: it is asked of the server
/// when it is looked at.
async fn forget_stretch(tx: &mut SqliteConnection, id: MessageId) -> Done {
    let text = "delete from message where id = $1 returning conversation_id, seq";
    let query = sqlx::query_as::<_, (Uuid, i64)>(text).bind(id.uuid());
    if let Some((conversation, seq)) = query.fetch_optional(&mut *tx).await? {
        let text =
            "delete from stretch where conversation_id = $1 and after < $2 and through >= $2";
        let query = sqlx::query(text).bind(conversation).bind(seq);
        query.execute(tx).await?;
    }
    Ok(())
}

async fn read_mark(tx: &mut SqliteConnection, id: ConversationId, seq: Option<i64>) -> Done {
    let Some(seq) = seq else {
        let query = sqlx::query("delete from read_mark where conversation_id = $1").bind(id.uuid());
        return done(query.execute(tx).await);
    };
    let text = "insert into read_mark (conversation_id, seq) values ($1, $2)
        on conflict (conversation_id) do update set seq = excluded.seq";
    done(
        sqlx::query(text)
            .bind(id.uuid())
            .bind(seq)
            .execute(tx)
            .await,
    )
}

async fn draft(
    tx: &mut SqliteConnection,
    seal: &Seal,
    id: ConversationId,
    text: Option<&str>,
) -> Done {
    let Some(text) = text else {
        let query = sqlx::query("delete from draft where conversation_id = $1").bind(id.uuid());
        return done(query.execute(tx).await);
    };
    let body = seal.close(&row("draft", id.uuid()), &text)?;
    let text = "insert into draft (conversation_id, body) values ($1, $2)
        on conflict (conversation_id) do update set body = excluded.body";
    done(
        sqlx::query(text)
            .bind(id.uuid())
            .bind(body)
            .execute(tx)
            .await,
    )
}
