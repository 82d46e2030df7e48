//! Writing an archive of what is stored about one person: what they would get themselves (the lines of their export),
//! and the files that are theirs. None of it is a secret of theirs or of the server.

use super::{
    Archive, ArchiveKind,
    export::open,
    files,
    folder::Folder,
    manifest::{FILES, Manifest, PERSON},
};
use crate::{
    Config, Error,
    media::{Media, keys_of_avatar, keys_of_file},
    store::{self, Db, carry::Carrying},
    user,
};
use chat_core::{UserId, Username};
use futures_util::TryStreamExt;
use std::{path::Path, pin::pin};

/// Ids that are read at once.
const AT_ONCE: u32 = 1_000;

/// Writes what is stored about a person, and their files, into a new directory, or into the one that an export before had
/// begun. `progress` hears how far it is. A server that runs on it may go on.
///
/// # Errors
/// `not_found` for nobody of this name, or those of [`write_archive`](super::write_archive).
pub async fn write_archive_of(
    config: &Config,
    name: &Username,
    directory: &Path,
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<Archive, Error> {
    config.check()?;
    let (db, media) = open(config).await?;
    let written = write(&db, &media, name, directory, progress).await;
    db.close().await;
    written
}

async fn write(
    db: &Db,
    media: &Media,
    name: &Username,
    directory: &Path,
    progress: &mut (dyn FnMut(Carrying) + Send),
) -> Result<Archive, Error> {
    let found = store::user::by_username(&mut db.read().await?, name).await?;
    let user = found.ok_or_else(|| Error::not_found("user"))?.id;
    let folder = Folder::begin(directory, &format!("person {user}"))?;
    let mut writing = folder.part(PERSON)?;
    let mut lines = 0;
    let mut pages = pin!(user::export(db.clone(), user, None));
    while let Some(page) = pages.try_next().await? {
        folder.write(&mut writing, &page)?;
        lines += page.iter().filter(|byte| **byte == b'\n').count() as u64;
        progress(Carrying {
            table: PERSON,
            done: lines,
            total: lines,
        });
    }
    let person = folder.close(writing)?;
    let keys = keys(db, user).await?;
    let (mut done, total) = (lines, lines + keys.len() as u64);
    let mut step = || {
        done += 1;
        progress(Carrying {
            table: FILES,
            done,
            total,
        });
    };
    let (list, files) = files::copy_out(db, media, &folder, keys, &mut step).await?;
    let manifest = Manifest::new(ArchiveKind::Person, vec![person, list], files);
    folder.finish(&manifest)?;
    Ok(Archive::from(&manifest))
}

/// The keys of their files and pictures.
async fn keys(db: &Db, user: UserId) -> Result<Vec<String>, Error> {
    let mut conn = db.read().await?;
    let mut keys = Vec::new();
    let mut after = None;
    loop {
        let page = store::user::own_files(&mut conn, user, after, AT_ONCE).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (id, _) in page {
            let small = store::media::has_thumbnail(&mut conn, id.uuid()).await?;
            keys.extend(keys_of_file(id.uuid(), small));
        }
    }
    let mut after = None;
    loop {
        let page = store::user::own_avatars(&mut conn, user, after, AT_ONCE).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        keys.extend(page.into_iter().flat_map(|(id, _)| keys_of_avatar(id)));
    }
    Ok(keys)
}
