//! How the database itself is: whether it works, and how large it is. Nothing here is about the chat.

use super::{Conn, Db, Kind, lock, moved, sql};
use sqlx::error::ErrorKind;
use std::{fs, path::Path};

/// What the database takes up, in bytes.
pub(crate) struct Sizes {
    pub(crate) database: i64,
    /// Of SQLite's log of writes that are not in the database file yet.
    pub(crate) log: i64,
}

/// Tells a file from another one that has taken its name.
pub(super) type FileId = (u64, u64);

pub(super) fn file_id(path: &Path) -> Option<FileId> {
    let about = fs::metadata(path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((about.dev(), about.ino()))
    }
    #[cfg(not(unix))]
    {
        drop(about);
        Some((0, 0))
    }
}

impl Db {
    /// Whether the database answers, and takes writes.
    pub(crate) async fn ping(&self) -> sqlx::Result<()> {
        let mut conn = self.read().await?;
        if conn.kind() == Kind::Postgres && takes_no_writes(&mut conn).await? {
            let why = "the server takes no writes";
            return Err(sqlx::Error::Io(std::io::Error::other(why)));
        }
        moved::require_here(&mut conn).await?;
        let text = "select created_at from users limit 1";
        sql!(conn, fetch_optional as (i64,), text).map(drop)
    }

    /// Whether the database file is the one that was opened. A server has no file here.
    pub(crate) fn is_in_place(&self) -> bool {
        match self {
            Self::Sqlite(db) => db
                .file
                .as_ref()
                .is_none_or(|(path, id)| file_id(path).as_ref() == Some(id)),
            Self::Postgres(_) => true,
        }
    }

    /// Refuses where the database file is not the one that was opened. What is written to a file that has lost its name is
    /// gone with the process; and a new connection to another file under this name would take the log of the first for its
    /// own, and both would be damaged.
    pub(super) fn require_in_place(&self) -> sqlx::Result<()> {
        match self.is_in_place() {
            true => Ok(()),
            false => {
                let lost = "the database file was moved, replaced or deleted; put it back";
                Err(sqlx::Error::Io(std::io::Error::other(lost)))
            }
        }
    }

    /// How large it is.
    pub(crate) async fn sizes(&self) -> sqlx::Result<Sizes> {
        let database = database_bytes(&mut self.read().await?).await?;
        let log = match self {
            Self::Sqlite(db) => db.file.as_ref().and_then(|(path, _)| {
                let mut log = path.clone().into_os_string();
                log.push("-wal");
                i64::try_from(fs::metadata(log).ok()?.len()).ok()
            }),
            Self::Postgres(_) => None,
        };
        Ok(Sizes {
            database,
            log: log.unwrap_or(0),
        })
    }

    /// The pools by name, with the connections that are open and those of them that nobody uses. A database in memory
    /// has one for both.
    pub(crate) fn pools(&self) -> impl Iterator<Item = (&'static str, u32, usize)> {
        let (read, write) = match self {
            Self::Sqlite(db) => (
                (db.read.size(), db.read.num_idle()),
                (db.write.size(), db.write.num_idle()),
            ),
            Self::Postgres(db) => (
                (db.read.size(), db.read.num_idle()),
                (db.write.size(), db.write.num_idle()),
            ),
        };
        [("read", read), ("write", write)]
            .map(|(name, (size, idle))| (name, size, idle))
            .into_iter()
    }
}

impl Conn {
    /// Writes something that changes nothing, to see whether writing works.
    pub(crate) async fn touch(&mut self) -> sqlx::Result<()> {
        match self.kind() {
            // The number is free for any use; setting it, to what it is too, writes the first page.
            Kind::Sqlite => sql!(self, execute, "pragma user_version = 0"),
            // A new version of a row that nobody misses.
            Kind::Postgres => sql!(
                self,
                execute,
                "update _sqlx_migrations set execution_time = execution_time where version = 1"
            ),
        }
        .map(drop)
    }
}

async fn takes_no_writes(conn: &mut Conn) -> sqlx::Result<bool> {
    let text =
        "select pg_is_in_recovery() or cast(current_setting('transaction_read_only') as boolean)";
    let (it_does_not,) = sql!(conn, fetch_one as (bool,), text)?;
    Ok(it_does_not)
}

/// What the database takes up.
pub(super) async fn database_bytes(conn: &mut Conn) -> sqlx::Result<i64> {
    let text = match conn.kind() {
        Kind::Sqlite => {
            "select page_count * page_size from pragma_page_count(), pragma_page_size()"
        }
        Kind::Postgres => "select pg_database_size(current_database())",
    };
    let (bytes,) = sql!(conn, fetch_one as (i64,), text)?;
    Ok(bytes)
}

/// Whether an error says that the database itself does not work, not that a statement was wrong about its rows.
pub(crate) fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        // Somebody holds a row.
        busy if lock::is_busy(busy) => false,
        sqlx::Error::Database(error) => matches!(error.kind(), ErrorKind::Other),
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
