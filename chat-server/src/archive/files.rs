//! The files of an archive: copied as they are, each known by its length and its sum. One that is there already is
//! looked at and not copied again.

use super::{
    folder::{Folder, body, sum},
    manifest::{FILES, File, Files, Manifest, Part},
};
use crate::{
    Error,
    media::{Content, Media, id_in},
    private,
    store::{self, Db, carry::hex},
};
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fs, io::Write};

/// Lines of the list that are read at once.
const AT_ONCE: usize = 1_000;

/// Copies the files with these keys from the storage into the archive. One that was deleted meanwhile is not missing.
pub(super) async fn copy_out(
    db: &Db,
    media: &Media,
    folder: &Folder,
    mut keys: Vec<String>,
    step: &mut (dyn FnMut() + Send),
) -> Result<(Part, Files), Error> {
    keys.sort_unstable();
    let mut list = folder.part(FILES)?;
    let (mut files, mut kept) = (Files::default(), BTreeSet::new());
    for key in keys {
        match one_out(media, folder, &key).await? {
            Some((bytes, sha256)) => {
                files.bytes += bytes;
                kept.insert(key.clone());
                let file = File { key, bytes, sha256 };
                let mut line = serde_json::to_vec(&file).expect("it has string keys");
                line.push(b'\n');
                folder.write(&mut list, &line)?;
            }
            None if !is_known(db, &key).await? => {}
            None => {
                tracing::warn!(key, "a file is not in the storage");
                files.missing += 1;
            }
        }
        step();
        // Small files are written without a pause: others on this thread have their turn, and who lets go is heard.
        tokio::task::yield_now().await;
    }
    folder.settle(&kept)?;
    Ok((folder.close(list)?, files))
}

/// Whether the database still knows the file with a key.
async fn is_known(db: &Db, key: &str) -> Result<bool, Error> {
    match id_in(key) {
        Some(id) => Ok(store::media::is_known(&mut db.read().await?, id).await?),
        None => Ok(false),
    }
}

async fn one_out(
    media: &Media,
    folder: &Folder,
    key: &str,
) -> Result<Option<(u64, String)>, Error> {
    let path = folder.file(key);
    let failed = |error| folder.failed(key, &error);
    if path.exists() {
        // It got its name when it was whole.
        return sum(&path).await.map(Some).map_err(failed);
    }
    let Some(Content { mut body, .. }) = media.kept(key).await? else {
        return Ok(None);
    };
    folder.make_room(key)?;
    let begun = path.with_extension("part");
    let mut file = private::file(&begun).map_err(failed)?;
    let (mut bytes, mut sum) = (0, Sha256::new());
    while let Some(piece) = body.try_next().await? {
        file.write_all(&piece).map_err(failed)?;
        sum.update(&piece);
        bytes += piece.len() as u64;
    }
    file.sync_all().map_err(failed)?;
    fs::rename(&begun, &path).map_err(failed)?;
    Ok(Some((bytes, hex(&sum.finalize()))))
}

/// Puts the files of an archive into the storage, and reads each of them again.
pub(super) async fn copy_in(
    media: &Media,
    folder: &Folder,
    manifest: &Manifest,
    step: &mut (dyn FnMut() + Send),
) -> Result<(), Error> {
    each(folder, manifest, async |file: &File| {
        if !is_kept(media, file).await? {
            let source = fs::File::open(folder.file(&file.key));
            let source = source.map_err(|error| folder.failed(&file.key, &error))?;
            media.restore(&file.key, body(source)).await?;
            if !is_kept(media, file).await? {
                check_one(folder, file).await?;
                let why =
                    "the storage did not keep it as it is; look at the storage, and import again";
                return Err(folder.wrong(&file.key, why));
            }
        }
        step();
        Ok(())
    })
    .await
}

/// Sees that the files of an archive are as it says.
pub(super) async fn check(
    folder: &Folder,
    manifest: &Manifest,
    step: &mut (dyn FnMut() + Send),
) -> Result<(), Error> {
    each(folder, manifest, async |file: &File| {
        check_one(folder, file).await?;
        step();
        Ok(())
    })
    .await
}

async fn check_one(folder: &Folder, file: &File) -> Result<(), Error> {
    let found = sum(&folder.file(&file.key)).await;
    let found = found.map_err(|error| folder.failed(&file.key, &error))?;
    match found == (file.bytes, file.sha256.clone()) {
        true => Ok(()),
        false => Err(folder.damaged(&file.key)),
    }
}

/// Does something with every file of the list.
async fn each(
    folder: &Folder,
    manifest: &Manifest,
    mut visit: impl AsyncFnMut(&File) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(part) = manifest.part(FILES) else {
        return Err(folder.wrong("", "its manifest lists no files"));
    };
    let mut lines = folder.lines(part)?;
    loop {
        let page = folder.next(part, &mut lines, AT_ONCE)?;
        if page.is_empty() {
            return Ok(());
        }
        for line in page {
            let file = serde_json::from_str::<File>(&line).ok();
            let file = file.filter(|file| crate::media::is_key(&file.key));
            let file = file.ok_or_else(|| folder.wrong(&part.file, "a line names no file"))?;
            visit(&file).await?;
            tokio::task::yield_now().await;
        }
    }
}

async fn is_kept(media: &Media, file: &File) -> Result<bool, Error> {
    let Some(Content { size, mut body }) = media.kept(&file.key).await? else {
        return Ok(false);
    };
    if size != file.bytes {
        return Ok(false);
    }
    let mut sum = Sha256::new();
    while let Some(piece) = body.try_next().await? {
        sum.update(&piece);
    }
    Ok(hex(&sum.finalize()) == file.sha256)
}
