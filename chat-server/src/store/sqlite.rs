//! SQLite: how the file is opened, and the one connection that writes.

use super::{Conn, Held, Purpose, Sqlite, Taken, carry::PARTIAL, health, migrations, moved};
use crate::{Config, DatabaseState, clock::Clock, config::Durability, private};
use sqlx::{
    Connection, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{str::FromStr, sync::Arc, time::Duration};

impl Sqlite {
    /// Opens the file of the settings, makes it where it is missing, and brings it up to date; or says why not.
    pub(super) async fn open(
        purpose: Purpose,
        config: &Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let memory = config.is_in_memory();
        let options = options(config, memory).ok_or(
            "the address must be sqlite://FILE, sqlite::memory: or postgres://USER@HOST/DATABASE",
        )?;
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
            // SQLite gives the files beside it the same permissions.
            private::make_file(options.get_filename()).map_err(|error| {
                format!("{error}; check that it and its directory exist and may be written to")
            })?;
        }
        let connected = pool(1).connect_with(options.clone()).await;
        let write = connected.map_err(|error| explain(&error))?;
        if purpose != Purpose::Carry {
            require_here(&write, clock.as_ref()).await?;
        }
        migrations::run(&migrations::sqlite(), &write).await?;
        // A database in memory lives in its one connection; there, readers take turns with the writer.
        let read = match memory {
            true => write.clone(),
            false => {
                let connected = pool(4).connect_with(options.clone()).await;
                connected.map_err(|error| explain(&error))?
            }
        };
        let path = options.get_filename().to_owned();
        let file = health::file_id(&path)
            .filter(|_| !memory)
            .map(|id| (path, id));
        Ok(Self {
            read,
            write,
            clock,
            memory,
            file,
        })
    }

    pub(super) async fn begin(&self) -> sqlx::Result<Taken> {
        let begun = match self.write.begin_with("begin immediate").await {
            // After a failed commit (a full disk) SQLite has rolled back by itself, and sqlx still counts the
            // transaction as open: a new connection counts from nothing. One in memory cannot be given up.
            Err(sqlx::Error::InvalidSavePointStatement) if !self.memory => {
                self.write.acquire().await?.close().await?;
                self.write.begin_with("begin immediate").await
            }
            begun => begun,
        };
        begun.map(Held::Tx).map(Taken::Sqlite)
    }

    /// Copies what was written back into the file and empties the log of writes. False where somebody still reads what was
    /// before.
    pub(super) async fn cut_log(&self) -> sqlx::Result<bool> {
        // Most of it is copied while others read and write; little is left to be done alone.
        sqlx::query("pragma wal_checkpoint(passive)")
            .execute(&self.read)
            .await?;
        let mut conn = self.write.acquire().await?;
        // Whoever sends waits behind this: it does not wait for readers in its turn.
        sqlx::query("pragma busy_timeout = 50")
            .execute(&mut *conn)
            .await?;
        let cut = sqlx::query_as::<_, (i64, i64, i64)>("pragma wal_checkpoint(truncate)")
            .fetch_one(&mut *conn)
            .await;
        sqlx::query("pragma busy_timeout = 5000")
            .execute(&mut *conn)
            .await?;
        cut.map(|(is_busy, ..)| is_busy == 0)
    }
}

/// Refuses a file that was carried over, and one that has only a part of what is being carried into it.
async fn require_here(pool: &SqlitePool, clock: &dyn Clock) -> Result<(), String> {
    let found = async {
        let taken = Taken::Sqlite(Held::Pooled(pool.acquire().await?));
        let moved = moved::find(&mut Conn::new(taken, clock.now(), Duration::MAX)).await?;
        let text = "select count(*) from sqlite_master where name = 'carried_from'";
        let (parts,): (i64,) = sqlx::query_as(text).fetch_one(pool).await?;
        Ok((moved, parts))
    };
    match found.await {
        Ok((None, 0)) => Ok(()),
        Ok((None, _)) => Err(PARTIAL.to_owned()),
        Ok((Some(moved), _)) => Err(moved.explain()),
        Err(error) => Err(explain(&error)),
    }
}

/// Looks at the file, and changes nothing. One that is not there will be made.
pub(super) async fn examine(config: &Config) -> Result<DatabaseState, String> {
    let state = |version: &str, migration, is_partial| {
        let engine = format!("SQLite{version}");
        migrations::state(engine, migration, is_partial)
    };
    let file = config.database_file();
    if file.is_none_or(|file| !file.exists()) {
        return Ok(state("", 0, false));
    }
    let options = SqliteConnectOptions::from_str(&config.database)
        .map_err(|error| explain(&error))?
        .create_if_missing(false)
        .read_only(true);
    let opened = SqliteConnection::connect_with(&options).await;
    let mut conn = opened.map_err(|error| explain(&error))?;
    let asked = async {
        let about = "select ' ' || sqlite_version(),
             (select count(*) from sqlite_master where name = '_sqlx_migrations'),
             (select count(*) from sqlite_master where name = 'carried_from')";
        let about = sqlx::query_as::<_, (String, i64, i64)>(about);
        let (version, is_made, is_partial) = about.fetch_one(&mut conn).await?;
        let last = sqlx::query_as::<_, (i64,)>(migrations::LAST_RUN);
        let migration = match is_made {
            0 => 0,
            _ => last.fetch_one(&mut conn).await?.0,
        };
        Ok::<_, sqlx::Error>(state(&version, migration, is_partial > 0))
    };
    asked.await.map_err(|error| explain(&error))
}

/// How to open it; none for an address that is none.
fn options(config: &Config, memory: bool) -> Option<SqliteConnectOptions> {
    Some(
        SqliteConnectOptions::from_str(&config.database)
            .ok()?
            // It was made already, or lives in memory. One that was deleted must not be replaced under the log of the old one.
            .create_if_missing(memory)
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
            // What is deleted or changed is gone from the pages of the file, too, and from those that are free.
            .pragma("secure_delete", "on")
            // A page that many batches change is copied back once for all of them: 64 MB of log between checkpoints.
            .pragma("wal_autocheckpoint", "16384")
            .pragma("journal_size_limit", "67108864")
            .pragma("cache_size", "-32000")
            .optimize_on_close(true, 400),
    )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Db, sql};

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
        let config = Config {
            database,
            ..Config::default()
        };
        let db = Db::open(&config, Arc::new(crate::clock::SystemClock))
            .await
            .unwrap();
        let Db::Sqlite(Sqlite { write, .. }) = &db else {
            unreachable!("the address names a file");
        };
        sqlx::query("pragma max_page_count = 200")
            .execute(write)
            .await
            .unwrap();

        let full = fill(&db).await.unwrap_err().to_string();
        sqlx::query("pragma max_page_count = 100000")
            .execute(write)
            .await
            .unwrap();

        assert!(full.contains("full"), "{full}");
        fill(&db).await.unwrap();
    }
}
