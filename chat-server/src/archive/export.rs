//! Writing an archive of a whole installation: the tables as they are at one moment, while the server goes on; then the
//! files. Broken off, the tables are written anew, because they belong to one moment; files, which never change, are not
//! copied twice.

use super::{
    Archive, ArchiveKind, files,
    folder::Folder,
    manifest::{FILES, Manifest, Part},
};
use crate::{
    Config, Error,
    clock::{Random, SystemClock},
    media::{Media, keys_of_avatar, keys_of_file},
    store::{
        self, Conn, Db,
        carry::{
            Carrying,
            archive::{self, Reader},
        },
    },
};
use chat_core::Code;
use std::{path::Path, sync::Arc};
use uuid::Uuid;

/// Ids of files that are read at once.
const IDS_AT_ONCE: u32 = 1_000;

/// Writes everything that the database of these settings has, and its files, into a new directory, or into the one that
/// an export before had begun. `progress` hears how far it is. A server that runs on it may go on.
///
/// # Errors
/// [`Error::Archive`], [`Error::Database`] or [`Error::Files`], each saying what to do. What was written until then stays.
pub async fn write_archive(
    config: &Config,
    directory: &Path,
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<Archive, Error> {
    config.check()?;
    let (db, media) = open(config).await?;
    let written = write(&db, &media, directory, progress).await;
    db.close().await;
    written
}

/// The database and the files of an installation, which are there.
pub(super) async fn open(config: &Config) -> Result<(Db, Media), Error> {
    let wrong = |code, reason: &str| Error::Database {
        code,
        database: config.shown_database(),
        reason: reason.to_owned(),
    };
    if config.is_in_memory() {
        return Err(wrong(
            Code::Invalid,
            "nobody can look into the memory of another process; name a file",
        ));
    }
    if config.database_file().is_some_and(|file| !file.is_file()) {
        return Err(wrong(Code::NotFound, "there is no such file"));
    }
    let found = store::examine(config).await;
    // A server that does not answer may do so later.
    let kind = match config.is_on_postgres() {
        true => Code::Unavailable,
        false => Code::Internal,
    };
    let found = found.map_err(|why| wrong(kind, &why))?;
    if found.migration < found.newest {
        // To open it would bring it up to date, under the server that runs on it.
        return Err(Error::rule(
            Code::Conflict,
            format!(
                "{} is of an older version (migration {} of {}); export it with that version, or start this one on it first",
                config.shown_database(),
                found.migration,
                found.newest
            ),
        ));
    }
    let db = Db::open(config, Arc::new(SystemClock)).await?;
    let media = Media::open(config, true)?;
    match media.settle(&db, config, &Random::from_system()).await? {
        true => Ok((db, media)),
        false => Err(away(config)),
    }
}

/// Nothing can be said about files.
pub(super) fn away(config: &Config) -> Error {
    let directory = config.media_directory();
    Error::Files {
        code: Code::Unavailable,
        place: directory.map_or_else(String::new, |directory| directory.display().to_string()),
        reason: "the storage does not answer; try again when it does".to_owned(),
    }
}

async fn write(
    db: &Db,
    media: &Media,
    directory: &Path,
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<Archive, Error> {
    let mut conn = db.snapshot().await?;
    let origin = format!("installation {}", archive::origin(&mut conn).await?);
    let folder = Folder::begin(directory, &origin)?;
    let keys = keys(&mut conn).await?;
    let mut total = keys.len() as u64;
    for table in archive::tables() {
        total += archive::count(&mut conn, table).await?;
    }
    let mut done = 0;
    let mut step = |table, rows| {
        done += rows;
        progress(Carrying { table, done, total });
    };
    let mut parts = Vec::new();
    for table in archive::tables() {
        parts.push(write_table(&mut conn, &folder, table, &mut step).await?);
    }
    // The moment need not be held any longer.
    drop(conn);
    let (list, files) = files::copy_out(db, media, &folder, keys, &mut || step(FILES, 1)).await?;
    parts.push(list);
    let manifest = Manifest::new(ArchiveKind::Installation, parts, files);
    folder.finish(&manifest)?;
    Ok(Archive::from(&manifest))
}

async fn write_table(
    conn: &mut Conn,
    folder: &Folder,
    table: &'static str,
    step: &mut (dyn FnMut(&'static str, u64) + Send),
) -> Result<Part, Error> {
    let mut writing = folder.part(table)?;
    let mut reader = Reader::open(conn, table).await?;
    let mut lines = Vec::new();
    loop {
        lines.clear();
        let rows = reader.read(conn, &mut lines).await?;
        if rows == 0 {
            return folder.close(writing);
        }
        folder.write(&mut writing, &lines)?;
        step(table, rows);
    }
}

/// The keys of all files that the database knows.
async fn keys(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let mut keys = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let page = store::media::files_after(conn, after, IDS_AT_ONCE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        keys.extend(
            page.into_iter()
                .flat_map(|(id, small)| keys_of_file(id, small)),
        );
    }
    after = Uuid::nil();
    loop {
        let page = store::media::pictures_after(conn, after, IDS_AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = *last;
        keys.extend(page.into_iter().flat_map(keys_of_avatar));
    }
    Ok(keys)
}
