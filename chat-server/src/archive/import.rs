//! Reading an archive of a whole installation into an empty database and an empty storage. Nothing is begun before its
//! sums were looked at, and nothing is served before all of it is there and was read again. Broken off, it goes on.

use super::{
    Archive, ArchiveKind, export, files,
    folder::Folder,
    manifest::{FILES, Manifest, Part},
};
use crate::{
    Config, Error,
    clock::{Random, SystemClock},
    media::Media,
    store::{
        self, Db, Purpose,
        carry::{
            Carrying,
            archive::{self, Reader, Writer},
            hex,
        },
    },
};
use chat_core::Code;
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc};

/// Rows in one transaction.
const AT_ONCE: usize = 5_000;
/// What progress is told before the first row.
const CHECKING: &str = "checking";

/// Sees that an archive is whole and as it was written.
///
/// # Errors
/// [`Error::Archive`] with what is wrong.
pub async fn check_archive(
    directory: &Path,
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<Archive, Error> {
    let (folder, manifest, _) = Folder::open(directory)?;
    check(&folder, &manifest, progress).await?;
    Ok(Archive::from(&manifest))
}

/// Imports an archive of an installation into the database and the storage of these settings, which are empty, or have
/// what an import before of the same archive had done. In the end every row and every file is read again. No server may
/// run on it; one that is started on a part of it refuses.
///
/// Each log gets a new epoch, as after a restore: clients who know more than the archive begin anew. There are no keys in
/// it: everybody signs in again, unless those of the old installation are put in place.
///
/// # Errors
/// [`Error::Archive`], [`Error::Database`] or [`Error::Files`], each saying what to do. What was imported until then stays.
pub async fn read_archive(
    config: &Config,
    directory: &Path,
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<Archive, Error> {
    config.check()?;
    let (folder, manifest, mark) = Folder::open(directory)?;
    require_fit(&folder, &manifest)?;
    check(&folder, &manifest, progress).await?;
    if config.is_in_memory() {
        let reason = "what is in memory is gone with this process; name a file".to_owned();
        let database = config.shown_database();
        return Err(Error::Database {
            code: Code::Invalid,
            database,
            reason,
        });
    }
    let db = Db::open_for(Purpose::Carry, config, Arc::new(SystemClock)).await?;
    let import = Import {
        config,
        db: &db,
        folder: &folder,
        manifest: &manifest,
        random: Random::from_system(),
    };
    let done = import.run(&mark, progress).await;
    db.close().await;
    done.map(|()| Archive::from(&manifest))
}

/// Looks at every sum: those of the parts, and those of the files.
async fn check(
    folder: &Folder,
    manifest: &Manifest,
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<(), Error> {
    let files = manifest.part(FILES).map_or(0, |part| part.lines);
    let (mut done, total) = (0, manifest.parts.len() as u64 + files);
    let mut step = || {
        done += 1;
        let table = CHECKING;
        progress(Carrying { table, done, total });
    };
    for part in &manifest.parts {
        folder.check(part).await?;
        step();
    }
    files::check(folder, manifest, &mut step).await
}

/// Whether it can be imported by this version.
fn require_fit(folder: &Folder, manifest: &Manifest) -> Result<(), Error> {
    if manifest.kind != ArchiveKind::Installation {
        let why = "it is what is stored about one person, for them to have; chat import --user brings what is their own \
                   into an account";
        return Err(folder.wrong("", why));
    }
    let (theirs, ours) = (manifest.shape, store::shape());
    if theirs != ours {
        let why = format!(
            "its tables have the shape {theirs} of version {}, and those of this version the shape {ours}; import it \
             with that version, and start this one on the database, which brings it up to date",
            manifest.made_by
        );
        return Err(folder.wrong("", &why));
    }
    match archive::tables().find(|table| manifest.part(table).is_none()) {
        None => Ok(()),
        Some(table) => Err(folder.wrong("", &format!("its manifest has no {table}"))),
    }
}

/// An archive on its way into a database.
struct Import<'a> {
    config: &'a Config,
    db: &'a Db,
    folder: &'a Folder,
    manifest: &'a Manifest,
    random: Random,
}

type Step<'a> = dyn FnMut(&'static str, u64) + Send + 'a;

impl Import<'_> {
    async fn run(
        &self,
        mark: &str,
        progress: &mut (dyn FnMut(Carrying) + Send),
    ) -> Result<(), Error> {
        archive::begin(self.db, self.config, mark).await?;
        let media = Media::open(self.config, true)?;
        if !media.settle(self.db, self.config, &self.random).await? {
            return Err(export::away(self.config));
        }
        let mut total = 0;
        for part in &self.manifest.parts {
            total += if part.name == FILES { 1 } else { 2 } * part.lines;
        }
        let mut done = 0;
        let mut step = |table, rows| {
            done += rows;
            progress(Carrying { table, done, total });
        };
        for table in archive::tables() {
            self.store(table, &mut step).await?;
        }
        files::copy_in(&media, self.folder, self.manifest, &mut || step(FILES, 1)).await?;
        for table in archive::tables() {
            self.verify(table, &mut step).await?;
        }
        archive::finish(self.db).await
    }

    fn part(&self, table: &str) -> Result<&Part, Error> {
        let part = self.manifest.part(table);
        part.ok_or_else(|| self.folder.wrong("", "its manifest lacks a table"))
    }

    /// Stores the lines behind those that are there: they were stored in their order.
    async fn store(&self, table: &'static str, step: &mut Step<'_>) -> Result<(), Error> {
        let (part, folder) = (self.part(table)?, self.folder);
        let mut conn = self.db.read().await?;
        let (there, writer) = (
            archive::count(&mut conn, table).await?,
            Writer::open(&mut conn, table).await?,
        );
        drop(conn);
        let mut lines = folder.lines(part)?;
        let mut passed = 0;
        while passed < there {
            let most = AT_ONCE.min(usize::try_from(there - passed).unwrap_or(AT_ONCE));
            let count = folder.next(part, &mut lines, most)?.len() as u64;
            if count == 0 {
                return Err(self.strange(table));
            }
            passed += count;
        }
        step(table, passed);
        loop {
            let page = folder.next(part, &mut lines, AT_ONCE)?;
            if page.is_empty() {
                return Ok(());
            }
            let rows = writer.rows(&page, &self.random).map_err(|(nth, why)| {
                let nth = passed + nth as u64 + 1;
                folder.wrong(&part.file, &format!("line {nth} {why}"))
            })?;
            let mut tx = self.db.begin().await?;
            writer.store(&mut tx, rows).await?;
            tx.commit().await?;
            let count = page.len() as u64;
            passed += count;
            step(table, count);
        }
    }

    /// Reads what is there as an export would, and compares.
    async fn verify(&self, table: &'static str, step: &mut Step<'_>) -> Result<(), Error> {
        let part = self.part(table)?;
        let mut conn = self.db.snapshot().await?;
        let mut reader = Reader::open(&mut conn, table).await?;
        let (mut sum, mut lines) = (Sha256::new(), Vec::new());
        loop {
            lines.clear();
            let rows = reader.read(&mut conn, &mut lines).await?;
            if rows == 0 {
                break;
            }
            sum.update(&lines);
            step(table, rows);
        }
        match hex(&sum.finalize()) == part.sha256 {
            true => Ok(()),
            false => Err(self.strange(table)),
        }
    }

    fn strange(&self, table: &str) -> Error {
        Error::Database {
            code: Code::Conflict,
            database: self.config.shown_database(),
            reason: format!(
                "{table} is not as in the archive: something else wrote to it, or another program wrote the archive and \
                 spells its lines otherwise; make an empty database and import an archive as `chat export` writes it"
            ),
        }
    }
}
