//! What a server would find where its settings point, without starting one: nothing is made, migrated or changed.

use crate::{Config, Error, media::Media, store, tls::Tls};
use std::time::Duration;

/// A bucket that takes longer is away.
const BUCKET_MOST: Duration = Duration::from_secs(10);

/// What stands behind the settings.
#[derive(Debug)]
#[non_exhaustive]
pub struct Examination {
    /// The database, or why it cannot be used.
    pub database: Result<DatabaseState, String>,
    /// Whether the bucket for files answers, or why not; none where they are to be on a disk or in memory.
    pub bucket: Option<Result<(), String>>,
    /// Whether Redis answers, or why not; none where there is to be none.
    pub redis: Option<Result<(), String>>,
    /// Whether the certificate and its key can be served, or why not; none where there is to be no TLS.
    pub tls: Option<Result<(), String>>,
}

/// A database, as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DatabaseState {
    /// The engine and its version.
    pub engine: String,
    /// Whether it has been made: the first start makes it.
    pub is_made: bool,
    /// The newest migration that was run on it; 0 before the first.
    pub migration: i64,
    /// The newest migration that this program knows.
    pub newest: i64,
    /// Whether only a part is there of what is being carried or imported into it: no server starts on it.
    pub is_partial: bool,
}

/// Looks at everything.
pub(crate) async fn examine(config: &Config) -> Result<Examination, Error> {
    config.check()?;
    let redis = match &config.redis {
        Some(url) => Some(url.probe().await),
        None => None,
    };
    let tls = match Tls::open(&config.tls) {
        Ok(None) => None,
        Ok(Some(_)) => Some(Ok(())),
        Err(error) => Some(Err(error.to_string())),
    };
    Ok(Examination {
        database: store::examine(config).await,
        bucket: bucket(config).await,
        redis,
        tls,
    })
}

async fn bucket(config: &Config) -> Option<Result<(), String>> {
    let store = config.media.store.as_deref();
    store.filter(|store| store.starts_with("s3:"))?;
    let asked = async { Media::open(config, true)?.probe().await };
    Some(match tokio::time::timeout(BUCKET_MOST, asked).await {
        Ok(answered) => answered.map_err(|error| error.to_string()),
        Err(_) => Err("it does not answer".to_owned()),
    })
}
