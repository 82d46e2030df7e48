//! The tables, and how an older file is brought up to date. A script that was handed out is never changed: a new one
//! follows it.

use super::{Seal, StoreError};
use sqlx::{SqlitePool, raw_sql};

/// Says that a file is one of these, in the file's header: "ChSt".
const APPLICATION: i32 = 0x4368_5374;

/// Each brings a file from the version of its place to the next one.
const SCRIPTS: &[&str] = &["
    create table meta (name text primary key, body blob not null) without rowid;
    create table conversation (id blob primary key, body blob not null) without rowid;
    create table message (
        conversation_id blob not null,
        seq integer not null,
        id blob not null unique,
        reply_to blob,
        body blob not null,
        primary key (conversation_id, seq)
    ) without rowid;
    create index message_reply on message (reply_to) where reply_to is not null;
    create table stretch (
        conversation_id blob not null,
        after integer not null,
        through integer not null,
        primary key (conversation_id, after)
    ) without rowid;
    create table user (id blob primary key, body blob not null) without rowid;
    create table outbox (key text primary key, place integer not null, body blob not null) without rowid;
    create table read_mark (conversation_id blob primary key, seq integer not null) without rowid;
    create table draft (conversation_id blob primary key, body blob not null) without rowid;
"];

/// What is sealed to see whether a key is the right one.
const CHECK: &str = "check";

/// Whether a file is one of these.
pub(super) async fn is_ours(pool: &SqlitePool) -> Result<bool, StoreError> {
    let (application,): (i32,) = sqlx::query_as("pragma application_id")
        .fetch_one(pool)
        .await?;
    Ok(application == APPLICATION)
}

/// Makes the tables, or brings them up to date, and looks whether the key is the right one.
pub(super) async fn prepare(pool: &SqlitePool, seal: &Seal) -> Result<(), StoreError> {
    let (application,): (i32,) = sqlx::query_as("pragma application_id")
        .fetch_one(pool)
        .await?;
    let (version,): (i32,) = sqlx::query_as("pragma user_version")
        .fetch_one(pool)
        .await?;
    let (tables,): (i64,) = sqlx::query_as("select count(*) from sqlite_master")
        .fetch_one(pool)
        .await?;
    let is_new = tables == 0 && version == 0 && application == 0;
    if !is_new && application != APPLICATION {
        return Err(StoreError::Damaged(
            "something else has written this file".to_owned(),
        ));
    }
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(scripts) = SCRIPTS.get(version..) else {
        return Err(StoreError::Newer);
    };
    let mut tx = pool.begin_with("begin immediate").await?;
    for script in scripts {
        raw_sql(*script).execute(&mut *tx).await?;
    }
    if !scripts.is_empty() {
        let done = format!(
            "pragma user_version = {}; pragma application_id = {APPLICATION}",
            SCRIPTS.len()
        );
        raw_sql(sqlx::AssertSqlSafe(done)).execute(&mut *tx).await?;
    }
    let check: Option<(Vec<u8>,)> = sqlx::query_as("select body from meta where name = $1")
        .bind(CHECK)
        .fetch_optional(&mut *tx)
        .await?;
    if is_new {
        super::write::vocabulary(&mut tx, seal).await?;
    }
    match check {
        Some((body,)) => drop(
            seal.open::<String>(CHECK.as_bytes(), body)
                .map_err(|_| StoreError::WrongKey)?,
        ),
        None => super::write::meta(&mut tx, seal, CHECK, &CHECK).await?,
    }
    Ok(tx.commit().await?)
}
