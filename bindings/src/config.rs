//! What a client needs to begin, and how that becomes one.

use crate::{
    ChatError, SessionKeeper, TokenProvider,
    error::parsed,
    runtime::finish,
    tokens::{AppTokens, KeptByApp},
};
use chat_client::{Builder, Client, SqliteStore};
use std::sync::Arc;

/// How many bytes the key of a store has.
const KEY_BYTES: usize = 32;

/// What a client needs to begin.
#[derive(Clone, uniffi::Record)]
pub struct ClientConfig {
    /// `https://chat.example.org`, with any path before the server's own.
    pub server_url: String,
    /// The file in which the client keeps what it knows and what is not sent yet, for each account its own. Without one,
    /// both are gone with the client. One client at a time has it open, over all processes of the app: two neither show nor
    /// send what the other one queues.
    #[uniffi(default = None)]
    pub store_path: Option<String>,
    /// 32 random bytes from where the system keeps secrets: encrypts the file. It cannot be changed later.
    #[uniffi(default = None)]
    pub store_key: Option<Vec<u8>>,
    /// What the device calls itself in the list of sessions.
    #[uniffi(default = None)]
    pub device_name: Option<String>,
    /// With tokens of the app's own: the user whose they are.
    #[uniffi(default = None)]
    pub user_id: Option<String>,
}

/// What a short wake-up came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct WakeUpResult {
    /// Everything that the server has is here.
    pub is_caught_up: bool,
    /// How much is queued on this device and not confirmed by the server, read marks included.
    pub queued: u64,
}

/// Deletes the file of a store and whatever lies beside it, also where it cannot be opened: the way on when its key is lost,
/// or to begin anew with what the server has. What was not sent yet is gone with it. No client may have it open.
#[uniffi::export]
pub async fn forget_store(store_path: String) -> Result<(), ChatError> {
    finish(async move { Ok(SqliteStore::delete(store_path)?) }).await
}

/// Puts the file of a store aside and begins a new one with what was queued, read and begun to be written, where that can be
/// read: the way on when what it shows cannot be right. The server tells all else again. Where the old file lies now, to be
/// looked at or deleted; none when there was none. No client may have it open.
#[uniffi::export(default(store_key = None))]
pub async fn rebuild_store(
    store_path: String,
    store_key: Option<Vec<u8>>,
) -> Result<Option<String>, ChatError> {
    let key = key(store_key.as_deref())?;
    finish(async move {
        let store = match key {
            None => SqliteStore::rebuild(store_path).await?,
            Some(key) => SqliteStore::rebuild_encrypted(store_path, &key).await?,
        };
        let aside = store.aside();
        Ok(aside.map(|aside| aside.path.display().to_string()))
    })
    .await
}

/// Makes the client of this configuration.
pub(crate) async fn open(
    config: ClientConfig,
    sessions: Option<Arc<dyn SessionKeeper>>,
    tokens: Option<Arc<dyn TokenProvider>>,
) -> Result<Client, ChatError> {
    let builder = builder(&config, sessions, tokens)?;
    let Some(path) = &config.store_path else {
        return Ok(builder.open().await?);
    };
    let store = match key(config.store_key.as_deref())? {
        None => SqliteStore::open(path).await?,
        Some(key) => SqliteStore::open_encrypted(path, &key).await?,
    };
    Ok(builder.store(store).open().await?)
}

fn builder(
    config: &ClientConfig,
    sessions: Option<Arc<dyn SessionKeeper>>,
    tokens: Option<Arc<dyn TokenProvider>>,
) -> Result<Builder, ChatError> {
    let server = config.server_url.parse();
    let server = server.map_err(|rule| ChatError::invalid("server_url", rule))?;
    let mut builder = Client::builder(server);
    if let Some(name) = &config.device_name {
        builder = builder.device_name(name.clone());
    }
    if let Some(keeper) = sessions {
        // One that cannot be read is as good as none: its user signs in again, and nothing else could be done about it.
        let session = keeper.load()?;
        if let Some(session) = session.and_then(|text| serde_json::from_str(&text).ok()) {
            builder = builder.session(session);
        }
        builder = builder.sessions(KeptByApp(keeper));
    }
    if let Some(tokens) = tokens {
        let user = config.user_id.as_deref().unwrap_or_default();
        builder = builder.token_provider(parsed("user_id", user)?, AppTokens::new(tokens));
    }
    Ok(builder)
}

fn key(bytes: Option<&[u8]>) -> Result<Option<[u8; KEY_BYTES]>, ChatError> {
    let key = bytes.map(<[u8; KEY_BYTES]>::try_from).transpose();
    key.map_err(|_| ChatError::invalid("store_key", "must be 32 bytes"))
}
