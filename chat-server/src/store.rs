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
pub(crate) mod contact;
pub(crate) mod conversation;
pub(crate) mod event;
pub(crate) mod head;
mod health;
pub(crate) mod inbox;
pub(crate) mod invite;
pub(crate) mod mail_token;
pub(crate) mod member;
pub(crate) mod message;
pub(crate) mod once;
pub(crate) mod presence;
pub(crate) mod reaction;
pub(crate) mod report;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod user;
mod values;

pub(crate) use health::{Sizes, is_broken};

use crate::{Config, Error, config::Durability};
use chat_core::{Seq, Timestamp};
use sqlx::{
    Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::{Migration, MigrationType, Migrator},
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

/// A database: connections to read with, and the one that writes.
#[derive(Clone)]
pub(crate) struct Db {
    read: SqlitePool,
    write: SqlitePool,
    /// Whether it lives in its one connection.
    memory: bool,
    /// Its file, and which one that was when it was opened.
    file: Option<(PathBuf, health::FileId)>,
}

/// A connection, or a transaction on one.
pub(crate) enum Conn {
    Pooled(PoolConnection<Sqlite>),
    Tx(Transaction<'static, Sqlite>),
}

/// The engine behind a connection, for the one place where it matters: the call.
pub(crate) enum Engine<'a> {
    Sqlite(&'a mut SqliteConnection),
}

impl Conn {
    pub(crate) fn engine(&mut self) -> Engine<'_> {
        match self {
            Self::Pooled(conn) => Engine::Sqlite(conn),
            Self::Tx(tx) => Engine::Sqlite(tx),
        }
    }

    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Pooled(_) => Ok(()),
            Self::Tx(tx) => tx.commit().await,
        }
    }
}

/// Runs one statement on whatever engine is behind the connection.
///
/// `sql!(conn, execute, "text", binds…)` gives the number of rows; `sql!(conn, fetch_all as Row, "text", binds…)` (or
/// `fetch_one`, `fetch_optional`) gives rows, which may be tuples.
macro_rules! sql {
    ($conn:expr, execute, $text:expr $(, $bind:expr)* $(,)?) => {
        match $conn.engine() {
            $crate::store::Engine::Sqlite(conn) => {
                sqlx::query($text)$(.bind($bind))*.execute(conn).await.map(|done| done.rows_affected())
            }
        }
    };
    ($conn:expr, $fetch:ident as $row:ty, $text:expr $(, $bind:expr)* $(,)?) => {
        match $conn.engine() {
            $crate::store::Engine::Sqlite(conn) => {
                sqlx::query_as::<_, $row>($text)$(.bind($bind))*.$fetch(conn).await
            }
        }
    };
}
pub(crate) use sql;

/// Statements whose text depends on how many rows go in; the text is made of numbers and fixed parts only.
///
/// `sql_rows!(conn, execute, text, rows, |query, row| bound, blank)`, or `fetch_all as Row` instead of `execute`:
/// `text` makes the statement for a number of rows, the closure binds one, `blank` binds nulls for a row of padding.
macro_rules! sql_rows {
    ($conn:expr, execute, $text:expr, $rows:expr, |$query:ident, $item:pat_param| $bind:expr, $blank:expr) => {
        match $conn.engine() {
            $crate::store::Engine::Sqlite(conn) => {
                let rows = $rows;
                let padded = $crate::store::values::padded(rows.len());
                let mut $query = sqlx::query(sqlx::AssertSqlSafe($text(padded)));
                $crate::store::bind_rows!($query, rows, padded, $item, $bind, $blank);
                $query.execute(conn).await.map(|done| done.rows_affected())
            }
        }
    };
    ($conn:expr, $fetch:ident as $row:ty, $text:expr, $rows:expr, |$query:ident, $item:pat_param| $bind:expr, $blank:expr) => {
        match $conn.engine() {
            $crate::store::Engine::Sqlite(conn) => {
                let rows = $rows;
                let padded = $crate::store::values::padded(rows.len());
                let mut $query = sqlx::query_as::<_, $row>(sqlx::AssertSqlSafe($text(padded)));
                $crate::store::bind_rows!($query, rows, padded, $item, $bind, $blank);
                $query.$fetch(conn).await
            }
        }
    };
}
/// The rows of [`sql_rows`], and nulls for the padding behind them.
macro_rules! bind_rows {
    ($query:ident, $rows:ident, $padded:ident, $item:pat_param, $bind:expr, $blank:expr) => {
        for $item in $rows {
            $query = $bind;
        }
        for _ in $rows.len()..$padded {
            $query = $blank;
        }
    };
}
pub(crate) use bind_rows;
pub(crate) use sql_rows;

impl Db {
    /// Opens the database of the settings, makes it where it is missing, and brings it up to date.
    pub(crate) async fn open(config: &Config) -> Result<Self, Error> {
        let failed = |reason: String| Error::Database {
            database: config.database.clone(),
            reason,
        };
        let memory = config.is_in_memory();
        let options = options(config, memory).ok_or_else(|| {
            failed("the address must be sqlite://FILE or sqlite::memory:".to_owned())
        })?;
        let pool = |most: u32| {
            SqlitePoolOptions::new()
                .max_connections(most)
                .min_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
                .acquire_timeout(Duration::from_secs(5))
        };
        if !memory {
            make_private(options.get_filename()).map_err(|error| {
                failed(format!(
                    "{error}; check that it and its directory exist and may be written to"
                ))
            })?;
        }
        let write = pool(1)
            .connect_with(options.clone())
            .await
            .map_err(|error| failed(explain(&error)))?;
        migrate(&write).await.map_err(failed)?;
        // A database in memory lives in its one connection; there, readers take turns with the writer.
        let read = match memory {
            true => write.clone(),
            false => pool(4)
                .connect_with(options.clone())
                .await
                .map_err(|error| failed(explain(&error)))?,
        };
        let path = options.get_filename().to_owned();
        let file = health::file_id(&path)
            .filter(|_| !memory)
            .map(|id| (path, id));
        Ok(Self {
            read,
            write,
            memory,
            file,
        })
    }

    /// A connection for statements that stand alone.
    pub(crate) async fn read(&self) -> sqlx::Result<Conn> {
        self.read.acquire().await.map(Conn::Pooled)
    }

    /// A connection that sees one moment until it is dropped.
    pub(crate) async fn snapshot(&self) -> sqlx::Result<Conn> {
        self.read.begin().await.map(Conn::Tx)
    }

    /// The transaction that writes. Only the writer asks for it, one at a time.
    pub(crate) async fn begin(&self) -> sqlx::Result<Conn> {
        let begun = match self.write.begin_with("begin immediate").await {
            // After a failed commit (a full disk) SQLite has rolled back by itself, and sqlx still counts the
            // transaction as open: a new connection counts from nothing. One in memory cannot be given up.
            Err(sqlx::Error::InvalidSavePointStatement) if !self.memory => {
                self.write.acquire().await?.close().await?;
                self.write.begin_with("begin immediate").await
            }
            begun => begun,
        };
        begun.map(Conn::Tx)
    }

    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// How to open it; none for an address that is none.
fn options(config: &Config, memory: bool) -> Option<SqliteConnectOptions> {
    Some(
        SqliteConnectOptions::from_str(&config.database)
            .ok()?
            .create_if_missing(true)
            .journal_mode(if memory {
                SqliteJournalMode::Memory
            } else {
                SqliteJournalMode::Wal
            })
            .synchronous(match config.durability {
                Durability::Full => SqliteSynchronous::Full,
                Durability::Relaxed => SqliteSynchronous::Normal,
            })
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(256)
            // Rows come from SQLite's own thread; a whole batch fits without a pause.
            .row_buffer_size(1024)
            .pragma("temp_store", "memory")
            // A page that many batches change is copied back once for all of them: 64 MB of log between checkpoints.
            .pragma("wal_autocheckpoint", "16384")
            .pragma("journal_size_limit", "67108864")
            .pragma("cache_size", "-32000")
            .optimize_on_close(true, 400),
    )
}

/// Makes a missing database file that only its owner reads; SQLite gives the files beside it the same permissions.
fn make_private(file: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// Migrations by number and name. A shipped one is never edited.
async fn migrate(pool: &SqlitePool) -> Result<(), String> {
    let migrations = [
        (1, "init", include_str!("migrations/sqlite/0001_init.sql")),
        (
            2,
            "features",
            include_str!("migrations/sqlite/0002_features.sql"),
        ),
        (
            3,
            "search",
            include_str!("migrations/sqlite/0003_search.sql"),
        ),
    ];
    let migrations = migrations
        .into_iter()
        .map(|(number, name, text)| {
            let text = sqlx::SqlStr::from_static(text);
            Migration::new(number, name.into(), MigrationType::Simple, text, false)
        })
        .collect();
    Migrator::with_migrations(migrations).run(pool).await.map_err(|error| match error {
        sqlx::migrate::MigrateError::VersionMissing(number) => {
            format!("it was made by a newer version (migration {number}); run that version, or restore a backup")
        }
        other => format!("a migration failed: {other}"),
    })
}

fn explain(error: &sqlx::Error) -> String {
    let text = error.to_string();
    let what_to_do = if text.contains("unable to open") {
        "check that its directory exists and may be written to"
    } else if text.contains("not a database") || text.contains("malformed") {
        "the file is damaged or no database; restore a backup"
    } else if text.contains("readonly") || text.contains("read-only") {
        "the file may not be written to; check its owner and permissions"
    } else {
        "see the cause"
    };
    format!("{text}; {what_to_do}")
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn fill(db: &Db) -> sqlx::Result<()> {
        let mut conn = db.begin().await?;
        let kib = "x".repeat(1024);
        sql!(
            conn,
            execute,
            "create table if not exists ballast (text text)"
        )?;
        for _ in 0..2_000 {
            sql!(
                conn,
                execute,
                "insert into ballast values ($1)",
                kib.as_str()
            )?;
        }
        conn.commit().await
    }

    #[tokio::test]
    async fn after_a_full_disk_writing_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}", dir.path().join("chat.db").display());
        let db = Db::open(&Config {
            database,
            ..Config::default()
        })
        .await
        .unwrap();
        sqlx::query("pragma max_page_count = 200")
            .execute(&db.write)
            .await
            .unwrap();

        let full = fill(&db).await.unwrap_err().to_string();
        sqlx::query("pragma max_page_count = 100000")
            .execute(&db.write)
            .await
            .unwrap();

        assert!(full.contains("full"), "{full}");
        fill(&db).await.unwrap();
    }
}
