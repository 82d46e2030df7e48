//! One place for the files of one database: both have the same random mark, and no server keeps files in a place without
//! it, where the others would not find them. Nor does it clear away what is there: it may be another's.

use super::{ATTACHMENTS, AVATARS, Media};
use crate::{
    Config, Error,
    clock::Random,
    store::{self, Db, Kind, lock},
};
use chat_core::{Code, Timestamp};
use std::sync::atomic::Ordering;

/// What is known of a database and a place before they belong together.
#[derive(Debug, Default, Clone, Copy)]
struct Seen<'a> {
    /// The mark in the database.
    known: Option<&'a str>,
    /// The mark in the place.
    here: Option<&'a str>,
    /// Whether the database knows of files.
    has_rows: bool,
    /// Whether there are files in the place.
    has_files: bool,
    /// Whether the place is named after the database file: nobody else's.
    is_own: bool,
}

/// What makes them belong together.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// They do.
    Nothing,
    /// Both get a mark.
    Mark,
    /// The place gets the mark of the database.
    MarkPlace,
    /// The database gets the mark of the place.
    MarkDatabase,
    /// The files of the database are somewhere else.
    RefuseEmpty,
    /// The place belongs to another database.
    RefuseForeign,
}

fn step(seen: Seen<'_>) -> Step {
    match (seen.known, seen.here) {
        (Some(known), Some(here)) if known == here => Step::Nothing,
        (Some(_), Some(_)) => Step::RefuseForeign,
        (Some(_), None) if seen.is_own && !seen.has_rows => Step::MarkPlace,
        (Some(_), None) => Step::RefuseEmpty,
        (None, Some(_)) if seen.is_own => Step::MarkDatabase,
        (None, Some(_)) => Step::RefuseForeign,
        // Of a version that made no marks; its files must be there.
        (None, None) if seen.has_rows && !seen.has_files => Step::RefuseEmpty,
        (None, None) => Step::Mark,
    }
}

impl Media {
    /// Sees that this is the place for the files of the database, or makes it the place where there is none yet. False where
    /// the store does not answer: then it has to be asked again, and until then no file is taken.
    pub(crate) async fn settle(
        &self,
        db: &Db,
        config: &Config,
        random: &Random,
    ) -> Result<bool, Error> {
        if config.is_in_memory() {
            return Ok(true);
        }
        let is_there = loop {
            let known = store::media::mark(&mut db.read().await?).await?;
            match self.storage.mark().await {
                Ok(here) if here.is_some() && here == known => break true,
                Ok(here) => {
                    if let Some(is_there) = self.agree(db, config, random, known, here).await? {
                        break is_there;
                    }
                }
                Err(_) => break false,
            }
        };
        self.settled.store(is_there, Ordering::Relaxed);
        Ok(is_there)
    }

    /// Brings both together, which have these marks. The store is asked before anybody is kept from writing: it may be long
    /// in answering. None where another server was here meanwhile: what the store has said is over.
    async fn agree(
        &self,
        db: &Db,
        config: &Config,
        random: &Random,
        known: Option<String>,
        here: Option<String>,
    ) -> Result<Option<bool>, Error> {
        let Ok(has_files) = self.has_files().await else {
            return Ok(Some(false));
        };
        // Alone: others start at the same time.
        let mut tx = db.begin().await?;
        lock::alone(&mut tx).await?;
        if store::media::mark(&mut tx).await? != known {
            return Ok(None);
        }
        let step = step(Seen {
            known: known.as_deref(),
            here: here.as_deref(),
            has_rows: store::media::is_any_file(&mut tx).await?,
            has_files,
            is_own: db.kind() == Kind::Sqlite && config.media.store.is_none(),
        });
        let mark = match step {
            Step::Nothing => return Ok(Some(true)),
            Step::Mark => new_mark(random),
            Step::MarkPlace => known.unwrap_or_default(),
            Step::MarkDatabase => here.unwrap_or_default(),
            Step::RefuseEmpty => {
                self.storage.unmake();
                return Err(refused(config, ELSEWHERE));
            }
            Step::RefuseForeign => return Err(refused(config, FOREIGN)),
        };
        // The place first: what has only that can be told from what has lost it. Written while nobody else writes, once
        // in the life of a database.
        if self.storage.set_mark(&mark).await.is_err() {
            return Ok(Some(false));
        }
        store::media::set_mark(&mut tx, &mark).await?;
        tx.commit().await?;
        Ok(Some(true))
    }

    /// Makes this the place for the files of the database, whatever was before.
    pub(crate) async fn adopt(&self, db: &Db, random: &Random) -> Result<(), Error> {
        let mut tx = db.begin().await?;
        lock::alone(&mut tx).await?;
        let mark = match store::media::mark(&mut tx).await? {
            Some(known) => known,
            None => new_mark(random),
        };
        self.storage.set_mark(&mark).await?;
        store::media::set_mark(&mut tx, &mark).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the store answers; nothing in it is changed.
    pub(crate) async fn probe(&self) -> Result<(), Error> {
        self.storage.mark().await.map(drop)
    }

    /// Whether files can be taken and cleared away: the place is that of the database.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed)
    }

    async fn has_files(&self) -> Result<bool, Error> {
        let end = Timestamp::from_ms(i64::MAX);
        for folder in [ATTACHMENTS, AVATARS] {
            if !self
                .storage
                .written_before(folder, end, 1)
                .await?
                .is_empty()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

const ELSEWHERE: &str = "the files of this database are not there; name the place that has them as media.store: \
     a directory that all servers share, or s3://BUCKET/PREFIX. After moving them, the object `mark` has to come along. \
     To go on with this place as it is: chat config adopt-files";
const FOREIGN: &str = "it holds the files of another database; name a place of its own as media.store, \
     or, if they do belong to this database: chat config adopt-files";

fn refused(config: &Config, reason: &str) -> Error {
    let directory = config.media_directory();
    let place = directory.map_or_else(String::new, |directory| directory.display().to_string());
    Error::Files {
        code: Code::Internal,
        place,
        reason: reason.to_owned(),
    }
}

fn new_mark(random: &Random) -> String {
    format!("{:016x}{:016x}", random.word(), random.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Seen<'_> = Seen {
        known: None,
        here: None,
        has_rows: false,
        has_files: false,
        is_own: false,
    };

    #[test]
    fn the_first_server_marks_both() {
        assert_eq!(step(NONE), Step::Mark);
        let older = Seen {
            has_rows: true,
            has_files: true,
            ..NONE
        };
        assert_eq!(step(older), Step::Mark);
    }

    #[test]
    fn a_place_with_another_mark_or_none_is_refused() {
        let known = Seen {
            known: Some("a"),
            ..NONE
        };
        let here = |here| Seen {
            here: Some(here),
            ..known
        };
        assert_eq!(step(here("a")), Step::Nothing);
        assert_eq!(step(here("b")), Step::RefuseForeign);
        assert_eq!(step(known), Step::RefuseEmpty);
        let lost = Seen {
            has_rows: true,
            ..NONE
        };
        assert_eq!(step(lost), Step::RefuseEmpty);
        let foreign = Seen {
            here: Some("b"),
            ..NONE
        };
        assert_eq!(step(foreign), Step::RefuseForeign);
    }

    #[test]
    fn the_place_beside_a_file_goes_with_it() {
        let own = Seen {
            is_own: true,
            ..NONE
        };
        let copied = Seen {
            known: Some("a"),
            ..own
        };
        let anew = Seen {
            here: Some("a"),
            ..own
        };
        let lost = Seen {
            has_rows: true,
            ..copied
        };
        assert_eq!(step(copied), Step::MarkPlace);
        assert_eq!(step(anew), Step::MarkDatabase);
        assert_eq!(step(lost), Step::RefuseEmpty);
    }
}
