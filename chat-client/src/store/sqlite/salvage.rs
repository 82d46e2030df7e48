//! Files that cannot be used any more: what is saved from one, and how a new one comes into its place without a moment in
//! which there is neither.

use super::{Owner, Seal, StoreError, Write, read, schema};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use std::path::{Path, PathBuf};

/// How many files are kept aside at most.
const ASIDES_MOST: usize = 3;

/// What was found in a file that cannot be used any more.
pub(super) enum Salvaged {
    /// Nothing was queued there, or it is no such file.
    Nothing,
    /// Whose it is, what was queued there, and how much of it cannot be read.
    Saved(Owner, Vec<Write>, usize),
    /// Nobody can say.
    Unreadable,
}

/// What can be read of the outbox of a file that cannot be used any more, and whose it is.
pub(super) async fn salvage(path: &Path, seal: &Seal) -> Salvaged {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await;
    let Ok(pool) = pool else {
        return Salvaged::Unreadable;
    };
    let saved = salvage_rows(&pool, seal).await;
    pool.close().await;
    saved.unwrap_or(Salvaged::Unreadable)
}

async fn salvage_rows(pool: &SqlitePool, seal: &Seal) -> Result<Salvaged, StoreError> {
    if !schema::is_ours(pool).await? {
        return Ok(Salvaged::Nothing);
    }
    let (queued, damaged) = read::outbox(pool, seal).await?;
    let Some(owner) = read::owner(pool, seal).await? else {
        return Ok(match queued.is_empty() && damaged.is_empty() {
            true => Salvaged::Nothing,
            false => Salvaged::Unreadable,
        });
    };
    let mut rows: Vec<_> = queued.into_iter().map(Write::Queue).collect();
    let marks = read::read_marks(pool).await.unwrap_or_default();
    let marks = marks.into_iter();
    rows.extend(marks.map(|(id, seq)| Write::ReadMark(id, Some(seq))));
    let drafts = read::drafts(pool, seal).await.unwrap_or_default();
    let drafts = drafts.into_iter();
    rows.extend(drafts.map(|(id, text)| Write::Draft(id, Some(text))));
    Ok(Salvaged::Saved(owner, rows, damaged.len()))
}

pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::rename(from, to).map_err(|error| StoreError::Failed(error.to_string()))
}

/// Goes on with a new file whose program died when the old one was put aside and it was not in its place yet. What the old
/// one has left in its place goes to it. Where nothing was put aside, somebody has deleted the file, and what a try has left
/// is nobody's.
pub(super) fn adopt(path: &Path) -> Result<(), StoreError> {
    let new = beside(path, ".new");
    if path.exists() || !new.exists() {
        return Ok(());
    }
    let Some(aside) = asides(path)
        .filter(|name| name.exists())
        .max_by_key(|name| age(name))
    else {
        return remove_whole(&new);
    };
    for end in ["-wal", "-shm"] {
        let (from, to) = (beside(path, end), beside(&aside, end));
        match to.exists() {
            // The newest file aside has its own: this one is of nothing that can be told.
            true => std::fs::remove_file(from).ok(),
            // They may not be there.
            false => std::fs::rename(from, to).ok(),
        };
    }
    rename(&new, path)
}

/// When a file was written last: what was put aside last is newer than what was put aside before.
fn age(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|known| known.modified()).ok()
}

/// Deletes what was put aside, and what a try to put it aside has left.
pub(super) fn forget_asides(path: &Path) -> Result<(), StoreError> {
    let new = beside(path, ".new");
    asides(path)
        .chain([new])
        .try_for_each(|name| remove_whole(&name))
}

/// Deletes a file, what belongs to it, and what was put aside.
pub(super) fn forget(path: &Path) -> Result<(), StoreError> {
    forget_asides(path)?;
    remove_whole(path)
}

/// Deletes a file and what belongs to it, where they are there.
fn remove_whole(path: &Path) -> Result<(), StoreError> {
    for end in ["", "-wal", "-shm"] {
        match std::fs::remove_file(beside(path, end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::Failed(error.to_string()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The names that files get which are put aside.
fn asides(path: &Path) -> impl Iterator<Item = PathBuf> {
    (1..=ASIDES_MOST).map(move |nth| match nth {
        1 => beside(path, ".aside"),
        nth => beside(path, &format!(".aside{nth}")),
    })
}

/// Moves a file and what belongs to it out of the way. What was put aside before stays, up to a few.
pub(super) fn put_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let last = beside(path, &format!(".aside{ASIDES_MOST}"));
    let aside = asides(path).find(|name| !name.exists()).unwrap_or(last);
    for end in ["-wal", "-shm"] {
        // They may not be there; what was there of another does not belong to this one.
        std::fs::remove_file(beside(&aside, end)).ok();
    }
    rename(path, &aside)?;
    for end in ["-wal", "-shm"] {
        std::fs::rename(beside(path, end), beside(&aside, end)).ok();
    }
    Ok(aside)
}
