//! Where the keys are kept: in a file of their own, or in the database, where all of its processes have the same ones.

use super::{KeptKey, KeyRing, KeySet, broken, file};
use crate::{
    Config, Error,
    clock::Random,
    store::{
        self, Conn, Db,
        key::{Key, KeyUse},
    },
};
use chat_core::Timestamp;
use std::path::PathBuf;

/// Where keys are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyPlace {
    /// Nowhere: they are gone with the process.
    Memory,
    /// In a file.
    File(PathBuf),
    /// In the database.
    Database,
}

impl KeyPlace {
    /// The place that the settings name.
    pub(crate) fn of(config: &Config) -> Self {
        match config.key_path() {
            Some(path) => Self::File(path),
            None if config.is_on_postgres() => Self::Database,
            None => Self::Memory,
        }
    }

    /// The keys of the place. Where there are none yet they are made, once for all processes that start together.
    pub(crate) async fn open(&self, db: &Db, random: &Random) -> Result<KeyRing, Error> {
        match self {
            Self::Memory => KeyRing::in_memory(random),
            Self::File(path) => {
                let mut keys = file::read(path)?;
                if keys.is_none() {
                    file::make(path, &KeySet::make(random)?)?;
                    keys = file::read(path)?;
                }
                let missing = || file::failed(path, "it is gone again; look who removes it");
                let ring = keys.ok_or_else(missing)?.ring();
                ring.map_err(|error| file::failed(path, &error.to_string()))
            }
            Self::Database => {
                if let Some(ring) = self.look(db).await? {
                    return Ok(ring);
                }
                let mut tx = db.begin().await?;
                store::lock::alone(&mut tx).await?;
                if let Some(keys) = in_database(&mut tx).await? {
                    return keys.ring();
                }
                let keys = KeySet::make(random)?;
                keep(&mut tx, &keys).await?;
                tx.commit().await?;
                keys.ring()
            }
        }
    }

    /// The keys as they are kept now; none where they are kept nowhere.
    pub(super) async fn look(&self, db: &Db) -> Result<Option<KeyRing>, Error> {
        let keys = match self {
            Self::Memory => None,
            Self::File(path) => file::read(path)?,
            Self::Database => in_database(&mut db.read().await?).await?,
        };
        keys.map(|keys| keys.ring()).transpose()
    }

    /// Adds a new key, and says from when on it signs.
    pub(crate) async fn rotate(
        &self,
        config: &Config,
        random: &Random,
        now: Timestamp,
    ) -> Result<Timestamp, Error> {
        match self {
            Self::Memory => Err(Error::Config(
                "keys of a database in memory are new with every start".to_owned(),
            )),
            Self::File(path) => {
                let keys = file::read(path)?;
                let missing = || file::failed(path, "there is none yet; start the server once");
                let mut keys = keys.ok_or_else(missing)?;
                let signs_from = keys.rotate(random, now)?;
                file::write(path, &keys)?;
                Ok(signs_from)
            }
            Self::Database => {
                let db = Db::open(config, std::sync::Arc::new(crate::SystemClock)).await?;
                let rotated = rotate_in_database(&db, random, now).await;
                db.close().await;
                rotated
            }
        }
    }

    /// Puts the keys of a file into a database that takes over from it. Without a file there is nothing to put.
    pub(crate) async fn carry(&self, tx: &mut Conn) -> Result<(), Error> {
        if let Self::File(path) = self
            && let Some(keys) = file::read(path)?
        {
            keep(tx, &keys).await?;
        }
        Ok(())
    }
}

async fn rotate_in_database(db: &Db, random: &Random, now: Timestamp) -> Result<Timestamp, Error> {
    let mut tx = db.begin().await?;
    store::lock::alone(&mut tx).await?;
    let mut keys = match in_database(&mut tx).await? {
        Some(keys) => keys,
        None => KeySet::make(random)?,
    };
    let signs_from = keys.rotate(random, now)?;
    keep(&mut tx, &keys).await?;
    tx.commit().await?;
    Ok(signs_from)
}

/// What the database has; none where it has no keys yet.
async fn in_database(conn: &mut Conn) -> Result<Option<KeySet>, Error> {
    let mut signing_keys = Vec::new();
    let mut refresh_secret = None;
    for key in store::key::all(conn).await? {
        match key.used_for {
            KeyUse::Signing(from) => signing_keys.push(KeptKey {
                id: key.id,
                private: key.secret,
                signs_from: from.ms(),
            }),
            KeyUse::Refreshing => refresh_secret = Some(key.secret),
        }
    }
    match (refresh_secret, signing_keys.is_empty()) {
        (None, true) => Ok(None),
        (Some(refresh_secret), false) => Ok(Some(KeySet {
            signing_keys,
            refresh_secret,
        })),
        _ => Err(broken(
            "the table signing_keys has lost a part; restore it, or empty it (that signs everybody out)",
        )),
    }
}

/// Keeps these keys and no others.
async fn keep(tx: &mut Conn, keys: &KeySet) -> Result<(), Error> {
    let signing = keys.signing_keys.iter().map(|key| Key {
        id: key.id.clone(),
        secret: key.private.clone(),
        used_for: KeyUse::Signing(Timestamp::from_ms(key.signs_from)),
    });
    let refreshing = Key {
        id: REFRESHING.to_owned(),
        secret: keys.refresh_secret.clone(),
        used_for: KeyUse::Refreshing,
    };
    let all: Vec<_> = signing.chain([refreshing]).collect();
    Ok(store::key::replace(tx, &all).await?)
}

/// The name of the secret among the keys, whose own names are numbers.
const REFRESHING: &str = "refresh";
