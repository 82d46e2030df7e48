//! What a server would find where its settings point, without starting one: nothing is made, migrated or changed.

use crate::{Config, Error, store, tls::Tls};

/// What stands behind the settings.
#[derive(Debug)]
#[non_exhaustive]
pub struct Examination {
    /// The database, or why it cannot be used.
    pub database: Result<DatabaseState, String>,
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
        redis,
        tls,
    })
}
