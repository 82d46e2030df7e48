//! The file of a store: how it is made and opened, and how a new one takes the place of one that is damaged. A file that
//! cannot be opened for another reason (somebody else writes it, it may not be read) stays as it is.

use super::{
    Aside, CORRUPT, NO_DATABASE, Owner, Seal, StoreError,
    salvage::{Salvaged, adopt, beside, put_aside, rename, salvage},
    schema, write,
};
use sqlx::{
    Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::path::Path;

/// So many may read at a time.
const READERS: u32 = 2;

/// A file that is open.
#[derive(Debug)]
pub(super) struct Open {
    /// The one that writes.
    pub(super) write: SqlitePool,
    pub(super) read: SqlitePool,
}

/// A file that was opened, and what became of the one before it if that was damaged.
pub(super) struct Opened {
    pub(super) open: Open,
    pub(super) aside: Option<Aside>,
    /// How much that was queued was lost with it.
    pub(super) lost: usize,
}

impl Open {
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.write.begin_with("begin immediate").await?)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.write.is_closed()
    }

    /// Brings what is in the log beside the file into the file, and leaves nothing in the log.
    pub(super) async fn empty_log(&self) -> Result<(), StoreError> {
        let mut write = self.write.acquire().await?;
        // Who reads keeps what was there before in the log. With all their connections in here nobody does.
        let mut readers = Vec::new();
        for _ in 0..READERS {
            readers.push(self.read.acquire().await?);
        }
        let text = "pragma wal_checkpoint(truncate)";
        let query = sqlx::query_as::<_, (i64, i64, i64)>(text);
        // That it could not be done is told in a row, and is no error.
        match query.fetch_one(&mut *write).await? {
            (0, _, _) => Ok(()),
            _ => Err(StoreError::Failed(
                "another program reads what was thrown away: try again when it has ended"
                    .to_owned(),
            )),
        }
    }

    /// Lets go of the file. The one that writes goes last: it brings what is in the log beside it into the file.
    pub(super) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Opens the file, or makes it, or begins anew where it is damaged: for this `owner`, where nobody can read whose it was.
pub(super) async fn open(
    path: &Path,
    seal: &Seal,
    owner: Option<&Owner>,
) -> Result<Opened, StoreError> {
    adopt(path)?;
    match connect(path, seal).await {
        Err(StoreError::Damaged(reason)) => {
            tracing::warn!(%reason, "the store cannot be used: it is put aside and a new one begun");
            rebuild(path, seal, owner).await
        }
        open => Ok(Opened {
            open: open?,
            aside: None,
            lost: 0,
        }),
    }
}

/// Puts a file aside that nobody has open here, and begins a new one: of the one before it, or else of this `owner`. The
/// new file is whole under another name before the old one goes: a program that dies in between has one of them.
pub(super) async fn rebuild(
    path: &Path,
    seal: &Seal,
    owner: Option<&Owner>,
) -> Result<Opened, StoreError> {
    let salvaged = salvage(path, seal).await;
    let new = beside(path, ".new");
    for end in ["", "-wal", "-shm"] {
        // What a try before this one has left, if anything.
        std::fs::remove_file(beside(&new, end)).ok();
    }
    fill(&connect(&new, seal).await?, seal, &salvaged, owner).await?;
    let aside = put_aside(path)?;
    rename(&new, path)?;
    let (saved, lost) = match salvaged {
        Salvaged::Nothing => (Some(0), 0),
        Salvaged::Saved(_, rows, lost) => (Some(rows.len()), lost),
        Salvaged::Unreadable => (None, 1),
    };
    Ok(Opened {
        open: connect(path, seal).await?,
        aside: Some(Aside { path: aside, saved }),
        lost,
    })
}

/// Writes what was saved into a new file, and lets go of that.
async fn fill(
    new: &Open,
    seal: &Seal,
    salvaged: &Salvaged,
    owner: Option<&Owner>,
) -> Result<(), StoreError> {
    let (owner, rows) = match salvaged {
        Salvaged::Saved(owner, rows, _) => (Some(owner), &rows[..]),
        Salvaged::Nothing | Salvaged::Unreadable => (owner, &[][..]),
    };
    let mut tx = new.begin().await?;
    if let Some(owner) = owner {
        write::meta(&mut tx, seal, "owner", owner).await?;
    }
    for row in rows {
        write::one(&mut tx, seal, row).await?;
    }
    tx.commit().await?;
    new.close().await;
    Ok(())
}

pub(super) async fn connect(path: &Path, seal: &Seal) -> Result<Open, StoreError> {
    make_private(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // With a write-ahead log nothing is lost when the program dies; only when the power does.
        .synchronous(SqliteSynchronous::Normal)
        // There is no directory for temporary files on Android.
        .pragma("temp_store", "memory")
        .pragma("cache_size", "-2000")
        .pragma("secure_delete", "on");
    let pool = |most: u32| {
        SqlitePoolOptions::new()
            .max_connections(most)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let write = pool(1).connect_with(options.clone()).await?;
    schema::prepare(&write, seal).await?;
    let read = pool(READERS).connect_with(options.read_only(true)).await?;
    Ok(Open { write, read })
}

/// Makes the file where it is missing, for its owner only: SQLite gives the files beside it the same mode.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::Failed(error.to_string()))
        }
        _ => Ok(()),
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        // A column of another kind than was written.
        if matches!(
            error,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)
        ) {
            return Self::Damaged(text);
        }
        let code = error.as_database_error().and_then(|known| known.code());
        // What is above the lowest eight bits only says more about it.
        match code.and_then(|code| Some(code.parse::<u32>().ok()? & 0xff)) {
            Some(CORRUPT | NO_DATABASE) => Self::Damaged(text),
            _ => Self::Failed(text),
        }
    }
}
