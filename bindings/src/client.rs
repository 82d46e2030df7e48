//! The client as one object. What takes time is a suspend function; what is only read or queued is not.

use crate::{
    ChatError, ClientUpdate, ConnectionState, ConversationItem, MessageItem,
    error::{conversation_id, message_body},
    item,
    runtime::{RUNTIME, finish},
};
use chat_client::{Client, Updates};
use chat_core::{ClientId, DisplayName, Email, NewPassword, Register, Secret, Seq, Username};
use std::sync::Arc;
use tokio::sync::Mutex;

/// What a client needs to begin.
#[derive(Clone, uniffi::Record)]
pub struct ClientConfig {
    /// `https://chat.example.org`, with any path before the server's own.
    pub server_url: String,
    /// What the device calls itself in the list of sessions.
    #[uniffi(default = None)]
    pub device_name: Option<String>,
    /// What [`ChatClient::session`] gave: comes back signed in.
    #[uniffi(default = None)]
    pub session: Option<String>,
}

/// One device of one user.
#[derive(uniffi::Object)]
pub struct ChatClient {
    client: Client,
    updates: Mutex<Updates>,
}

#[uniffi::export]
impl ChatClient {
    /// Makes a client. It connects to nothing yet.
    #[uniffi::constructor]
    pub async fn open(config: ClientConfig) -> Result<Arc<Self>, ChatError> {
        finish(async move {
            let server = config.server_url.parse();
            let server = server.map_err(|rule| ChatError::invalid("server_url", rule))?;
            let mut builder = Client::builder(server);
            if let Some(name) = config.device_name {
                builder = builder.device_name(name);
            }
            if let Some(session) = config.session {
                let session = serde_json::from_str(&session);
                // What is wrong with it is not said: the text has tokens in it.
                let session = session
                    .map_err(|_| ChatError::invalid("session", "is not one that was saved"))?;
                builder = builder.session(session);
            }
            let client = builder.build()?;
            let updates = Mutex::new(client.updates());
            Ok(Arc::new(Self { client, updates }))
        })
        .await
    }

    /// Signs in with a username or an email address. The id of the user.
    pub async fn login(&self, identifier: String, password: String) -> Result<String, ChatError> {
        let client = self.client.clone();
        finish(async move {
            let signed_in = client.login(&identifier, Secret::new(password)).await?;
            Ok(signed_in.user.user.id.to_string())
        })
        .await
    }

    /// Makes an account and signs it in. The id of the user.
    pub async fn register(
        &self,
        username: String,
        email: String,
        password: String,
        display_name: Option<String>,
    ) -> Result<String, ChatError> {
        let request = register(username, email, password, display_name)?;
        let client = self.client.clone();
        finish(async move {
            let signed_in = client.register(request).await?;
            Ok(signed_in.user.user.id.to_string())
        })
        .await
    }

    /// Ends the session of this device, and forgets everything it knew.
    pub async fn logout(&self) -> Result<(), ChatError> {
        let client = self.client.clone();
        finish(async move { Ok(client.logout().await?) }).await
    }

    /// The session, to be kept where only this app can read it, and handed to [`ClientConfig`] the next time. It is
    /// another one after every refresh: save it again when the app goes to the background.
    pub fn session(&self) -> Option<String> {
        let session = self.client.session()?;
        Some(serde_json::to_string(&session).expect("a session has string keys only"))
    }

    /// The id of who is signed in.
    pub fn me(&self) -> Option<String> {
        self.client.me().map(|id| id.to_string())
    }

    /// Connects, catches up and stays connected.
    pub fn start(&self) {
        let _context = RUNTIME.enter();
        self.client.start();
    }

    /// Lets the connection go; [`ChatClient::start`] begins again.
    pub async fn stop(&self) -> Result<(), ChatError> {
        let client = self.client.clone();
        finish(async move {
            client.disconnect().await;
            Ok(())
        })
        .await
    }

    /// Says that the network may be back, or another.
    pub fn reconnect_now(&self) {
        self.client.reconnect_now();
    }

    /// Says whether the app is in use: others see its user online or away.
    pub fn set_active(&self, active: bool) {
        self.client.set_active(active);
    }

    /// How the connection is doing.
    pub fn connection_state(&self) -> ConnectionState {
        ConnectionState::from(&*self.client.status().borrow())
    }

    /// All conversations: pinned ones first, those put away last, then newest activity first.
    pub fn conversations(&self) -> Vec<ConversationItem> {
        self.client.read(item::conversations)
    }

    /// The known messages of a conversation, oldest first; what is on its way comes last.
    pub fn messages(&self, conversation_id: String) -> Result<Vec<MessageItem>, ChatError> {
        let id = self::conversation_id(&conversation_id)?;
        Ok(self.client.read(|state| item::messages(state, id)))
    }

    /// Says something. Returns at once, with the id of the send: the message is among [`ChatClient::messages`] already,
    /// and is sent as soon as there is a connection.
    pub fn send(&self, conversation_id: String, text: String) -> Result<String, ChatError> {
        let id = self::conversation_id(&conversation_id)?;
        let ticket = self.client.conversation(id).send(message_body(text)?);
        Ok(ticket.client_id().to_string())
    }

    /// Sends a failed message again. False when there is none.
    pub fn retry(&self, conversation_id: String, client_id: String) -> Result<bool, ChatError> {
        let id = self::conversation_id(&conversation_id)?;
        Ok(self
            .client
            .conversation(id)
            .retry(&self::client_id(client_id)?))
    }

    /// Drops a message that failed or was not sent yet. False when there is none, or when it is on its way.
    pub fn discard(&self, conversation_id: String, client_id: String) -> Result<bool, ChatError> {
        let id = self::conversation_id(&conversation_id)?;
        Ok(self
            .client
            .conversation(id)
            .discard(&self::client_id(client_id)?))
    }

    /// Says that one has read up to a place.
    pub fn mark_read(&self, conversation_id: String, seq: u64) -> Result<(), ChatError> {
        let id = self::conversation_id(&conversation_id)?;
        let seq = Seq::try_from(seq).map_err(|rule| ChatError::invalid("seq", rule))?;
        self.client.conversation(id).mark_read(seq);
        Ok(())
    }

    /// Says that one writes, or stopped. Call it with every key.
    pub fn set_typing(&self, conversation_id: String, typing: bool) -> Result<(), ChatError> {
        let id = self::conversation_id(&conversation_id)?;
        self.client.conversation(id).typing(typing);
        Ok(())
    }

    /// Fetches up to `limit` older messages. False when there are none.
    pub async fn load_older(&self, conversation_id: String, limit: u32) -> Result<bool, ChatError> {
        let handle = self
            .client
            .conversation(self::conversation_id(&conversation_id)?);
        finish(async move { Ok(handle.load_older(limit).await?) }).await
    }

    /// Waits until something is different, and says what to read again; none after the client has ended. One caller at
    /// a time; a caller that stops waiting misses nothing.
    pub async fn next_update(&self) -> Option<ClientUpdate> {
        // Not spawned: an update that was taken out by a task nobody waits for would be lost. There is nothing to do
        // here but to wait.
        let mut updates = self.updates.lock().await;
        loop {
            let first = updates.next().await?;
            let more = std::iter::from_fn(|| updates.try_next());
            let update = ClientUpdate::of(std::iter::once(first).chain(more));
            if !update.is_empty() {
                return Some(update);
            }
        }
    }
}

fn register(
    username: String,
    email: String,
    password: String,
    display_name: Option<String>,
) -> Result<Register, ChatError> {
    let display_name = display_name.map(DisplayName::parse).transpose();
    Ok(Register {
        username: Username::parse(username).map_err(|e| ChatError::invalid("username", e))?,
        email: Email::parse(email).map_err(|e| ChatError::invalid("email", e))?,
        password: NewPassword::try_from(password).map_err(|e| ChatError::invalid("password", e))?,
        display_name: display_name.map_err(|e| ChatError::invalid("display_name", e))?,
        device_name: None,
    })
}

fn client_id(text: String) -> Result<ClientId, ChatError> {
    ClientId::try_from(text).map_err(|rule| ChatError::invalid("client_id", rule))
}
