//! The only place with SQL: one text for every engine, made visible where an engine differs.
//!
//! A store function says what is stored and nothing about what is allowed: rules live with their nouns. Functions take
//! a [`Conn`], which is a connection to read with or the transaction of the [`writer`](crate::writer).

pub(crate) mod account;
pub(crate) mod attachment;
pub(crate) mod audit;
pub(crate) mod avatar;
pub(crate) mod ban;
pub(crate) mod block;
pub(crate) mod carry;
pub(crate) mod contact;
#[cfg(test)]
#[deny(dead_code)]
mod contracts;
pub(crate) mod conversation;
mod duty;
mod engine;
pub(crate) mod epoch;
pub(crate) mod event;
pub(crate) mod head;
mod health;
pub(crate) mod inbox;
pub(crate) mod installation;
pub(crate) mod invite;
pub(crate) mod key;
pub(crate) mod lock;
pub(crate) mod mail_token;
pub(crate) mod media;
pub(crate) mod member;
pub(crate) mod message;
mod migrations;
pub(crate) mod moved;
pub(crate) mod once;
mod postgres;
pub(crate) mod presence;
pub(crate) mod reaction;
pub(crate) mod report;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod settings;
mod sqlite;
pub(crate) mod upload;
pub(crate) mod user;
mod values;

pub(crate) use duty::{Duty, OnDuty};
pub(crate) use engine::{
    Conn, Engine, Held, Kind, Taken, answered, bind_columns, bind_rows, sql, sql_rows,
};
pub(crate) use epoch::NewEpochs;
pub(crate) use health::{Sizes, is_broken};
pub(crate) use lock::Scope;
pub(crate) use migrations::newest as shape;
pub(crate) use moved::is_refusal as is_moved;
pub(crate) use postgres::is_lost;

use crate::{Config, DatabaseState, Error, clock::Clock, config::CONNECTION_MOST};
use chat_core::{Code, Seq, Timestamp};
use sqlx::{PgPool, SqlitePool};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// A database: connections to read with, and those that write.
#[derive(Clone)]
pub(crate) enum Db {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// A file with one connection that writes, or a database in memory.
#[derive(Clone)]
pub(crate) struct Sqlite {
    read: SqlitePool,
    write: SqlitePool,
    clock: Arc<dyn Clock>,
    /// Whether it lives in its one connection.
    memory: bool,
    /// Its file, and which one that was when it was opened.
    file: Option<(PathBuf, health::FileId)>,
}

/// A database on a server, which other processes use as well.
#[derive(Clone)]
pub(crate) struct Postgres {
    read: PgPool,
    write: PgPool,
    keeper: Arc<duty::Keeper>,
    clock: Arc<dyn Clock>,
    /// Nobody is at the other end any more when nothing was answered by then.
    answer_most: Duration,
}

/// What a database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Serving, and looking after it beside servers.
    Use,
    /// Changing all of it, while no server has it.
    Alone,
    /// The same for what is half carried over, or was carried away.
    Carry,
}

/// Looks at the database of the settings, and changes nothing.
pub(crate) async fn examine(config: &Config) -> Result<DatabaseState, String> {
    match config.is_on_postgres() {
        true => postgres::examine(config).await,
        false => sqlite::examine(config).await,
    }
}

impl Db {
    /// Opens the database of the settings, makes it where it is missing, and brings it up to date.
    pub(crate) async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Self::open_for(Purpose::Use, config, clock).await
    }

    /// The same for another purpose.
    pub(crate) async fn open_for(
        purpose: Purpose,
        config: &Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let opened = match config.is_on_postgres() {
            true => Postgres::open(purpose, config, clock)
                .await
                .map(Self::Postgres),
            false => Sqlite::open(purpose, config, clock).await.map(Self::Sqlite),
        };
        opened.map_err(|reason| Error::Database {
            code: Code::Internal,
            database: config.shown_database(),
            reason,
        })
    }

    /// A connection for statements that stand alone.
    pub(crate) async fn read(&self) -> sqlx::Result<Conn> {
        self.require_in_place()?;
        let taken = match self {
            Self::Sqlite(db) => Taken::Sqlite(Held::Pooled(db.read.acquire().await?)),
            Self::Postgres(db) => Taken::Postgres(Held::Pooled(db.read.acquire().await?)),
        };
        Ok(self.at_this_time(taken))
    }

    /// A connection that sees one moment until it is dropped.
    pub(crate) async fn snapshot(&self) -> sqlx::Result<Conn> {
        self.require_in_place()?;
        let taken = match self {
            Self::Sqlite(db) => Taken::Sqlite(Held::Tx(db.read.begin().await?)),
            Self::Postgres(db) => db.snapshot().await?,
        };
        Ok(self.at_this_time(taken))
    }

    /// A transaction that writes. In a server the writer asks for it; besides only who keeps everybody else from writing
    /// first, seldom and shortly: keys, the place of files, and what is carried over as a whole.
    pub(crate) async fn begin(&self) -> sqlx::Result<Conn> {
        self.require_in_place()?;
        let taken = match self {
            Self::Sqlite(db) => db.begin().await?,
            Self::Postgres(db) => db.begin().await?,
        };
        Ok(self.at_this_time(taken))
    }

    fn at_this_time(&self, taken: Taken) -> Conn {
        match self {
            Self::Sqlite(db) => Conn::new(taken, db.clock.now(), Duration::MAX),
            Self::Postgres(db) => Conn::new(taken, db.clock.now(), db.answer_most),
        }
    }

    /// Copies what was written back into the file and empties the log of writes: what was deleted is in neither. False where
    /// somebody still reads what was before. A server looks after its log by itself.
    pub(crate) async fn cut_log(&self) -> sqlx::Result<bool> {
        self.require_in_place()?;
        match self {
            Self::Sqlite(db) => db.cut_log().await,
            Self::Postgres(_) => Ok(true),
        }
    }

    /// Who wants something written has an answer by then, or none is to be had: a connection is waited for, and one statement.
    pub(crate) fn write_most(&self) -> Duration {
        match self {
            Self::Sqlite(_) => Duration::MAX,
            Self::Postgres(db) => db.answer_most + CONNECTION_MOST,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Sqlite(_) => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(Sqlite { read, write, .. }) => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(Postgres {
                read,
                write,
                keeper,
                ..
            }) => {
                read.close().await;
                write.close().await;
                // Up to here others know that it is open.
                keeper.close().await;
            }
        }
    }
}

pub(crate) fn seq(number: i64) -> Seq {
    u64::try_from(number)
        .ok()
        .and_then(|number| Seq::try_from(number).ok())
        .unwrap_or(Seq::ZERO)
}

pub(crate) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.get()).expect("a seq is below 2^53")
}

/// A number that is never negative, which the database keeps signed.
pub(crate) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

/// An epoch is a 64-bit word; the database keeps its bits in a signed number.
pub(crate) fn epoch(bits: i64) -> chat_core::Epoch {
    chat_core::Epoch::new(bits.cast_unsigned())
}

/// A stored word that this version does not know.
pub(crate) fn unreadable(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("unreadable {what}").into())
}

/// Something for which this version has no word. No call can ask for it; a program that embeds the server could.
pub(crate) fn unwritable(what: &str) -> sqlx::Error {
    sqlx::Error::Encode(format!("an unknown {what} cannot be stored").into())
}
