//! The chat from inside the program: as any user, without rate limits, and with all events.

use crate::{
    App, Error, Identity,
    auth::Caller,
    media::{Carried, Incoming},
    message, session, user,
    user::NewUser,
};
use bytes::Bytes;
use chat_core::{
    Attachment, CreateAttachment, Endpoint, Envelope, Me, NewPassword, SendMessage, Sent, SignedIn,
    Timestamp, UserId, UserRole, Username,
};
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Calls from inside the program. Cheap to clone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use chat_core::{ConversationKind, CreateConversation, MessageBody, SendMessage, UserRole, Username};
/// use chat_server::{ChatServer, NewUser};
///
/// let chat = ChatServer::builder().database("sqlite::memory:").build().await?;
/// let host = chat.host();
/// let person = |name: &str| NewUser {
///     username: Username::parse(name).expect("a good name"),
///     email: None,
///     password: None,
///     display_name: None,
///     role: UserRole::User,
/// };
/// let shop = host.create_user(person("shop")).await?.user.id;
/// let ann = host.create_user(person("ann")).await?.user.id;
/// let direct = CreateConversation {
///     kind: ConversationKind::Direct,
///     title: None,
///     description: None,
///     message_ttl_s: None,
///     member_ids: vec![ann],
/// };
/// let conversation_id = host.call(shop, direct).await?.conversation.id;
///
/// let mut events = host.events();
/// let content = MessageBody::parse("your parcel is on its way")?;
/// host.call(shop, SendMessage::text(conversation_id, content)).await?;
/// assert_eq!(events.next().await?.event.kind(), "message.new");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Host {
    app: Arc<App>,
}

/// Every durable event of this process, in the order of each log.
pub struct Events(Receiver<Arc<Envelope>>);

/// A follower was too slow, and this many events were let go. What is missing is in the database: use
/// [`chat_core::Sync`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} events were missed; sync to see them")]
pub struct Missed(pub u64);

impl Events {
    /// The next event.
    ///
    /// # Errors
    /// [`Missed`], when the follower was too slow; it goes on with the oldest event that is left.
    pub async fn next(&mut self) -> Result<Arc<Envelope>, Missed> {
        match self.0.recv().await {
            Ok(envelope) => Ok(envelope),
            Err(RecvError::Lagged(missed)) => Err(Missed(missed)),
            // The server holds the other end; without it nothing happens any more.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Host {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app }
    }

    /// Makes an account.
    ///
    /// # Errors
    /// `taken` when the name or the address is somebody's.
    pub async fn create_user(&self, new: NewUser) -> Result<Me, Error> {
        if new.role == UserRole::Unknown {
            return Err(Error::invalid("role", "must be user or admin"));
        }
        user::create(&self.app, new).await
    }

    /// The user for somebody whom the program knows, made on first sight; as [`Hooks::identify`](crate::Hooks::identify)
    /// does for a call of theirs.
    ///
    /// # Errors
    /// `account_disabled` for somebody who was switched off here.
    pub async fn identify(&self, identity: &Identity) -> Result<UserId, Error> {
        user::from_outside(&self.app, identity).await
    }

    /// Whether this is the password of whoever has this name; it is also not that of nobody.
    ///
    /// # Errors
    /// When it cannot be looked up.
    pub async fn is_password(
        &self,
        username: &Username,
        password: &NewPassword,
    ) -> Result<bool, Error> {
        session::is_password(&self.app, username, password).await
    }

    /// Makes any call of the protocol as a user.
    ///
    /// # Errors
    /// As the call over HTTP, except that there are no rate limits.
    pub async fn call<E: Endpoint>(&self, as_user: UserId, request: E) -> Result<E::Reply, Error> {
        // Over HTTP nobody could write it either.
        if serde_json::to_writer(std::io::sink(), &request).is_err() {
            let rule = "must have no word in it that this version does not know";
            return Err(Error::invalid("request", rule));
        }
        let reply = self
            .app
            .handle(&Caller::inside(as_user), request.into())
            .await?;
        E::from_reply(reply)
            .ok_or_else(|| Error::Internal("a call was answered as another".to_owned()))
    }

    /// Says something as of a moment in the past; for imports and demo data. Messages keep the order they are sent in,
    /// whatever their moments.
    ///
    /// # Errors
    /// As [`SendMessage`] over HTTP.
    pub async fn send_at(
        &self,
        as_user: UserId,
        send: SendMessage,
        created_at: Timestamp,
    ) -> Result<Sent, Error> {
        message::send_at(&self.app, &Caller::inside(as_user), send, created_at).await
    }

    /// Stores a file of a user's, as an upload over HTTP does; a message carries it by its id.
    ///
    /// # Errors
    /// As [`CreateAttachment`] over HTTP, except that there are no rate limits.
    pub async fn upload(
        &self,
        as_user: UserId,
        about: CreateAttachment,
        media_type: &str,
        content: impl Into<Bytes>,
    ) -> Result<Attachment, Error> {
        let content = content.into();
        let incoming = Incoming {
            length: Some(content.len() as u64),
            boundary: None,
            media_type: Some(media_type.to_owned()),
            file_name: None,
            body: stream::once(std::future::ready(Ok(content))).boxed(),
        };
        let mut caller = Caller::inside(as_user);
        caller.carried = Some(Arc::new(Carried::with(incoming)));
        let reply = self.app.handle(&caller, about.into()).await?;
        CreateAttachment::from_reply(reply)
            .ok_or_else(|| Error::Internal("a call was answered as another".to_owned()))
    }

    /// Signs a user in without a password: the program itself vouches for them.
    ///
    /// # Errors
    /// `not_found` for a user who does not exist.
    pub async fn session(
        &self,
        user: UserId,
        device_name: Option<&str>,
    ) -> Result<SignedIn, Error> {
        session::open(&self.app, user, None, device_name.map(str::to_owned)).await
    }

    /// Ends every session of a user, with their tokens and sockets, on every process; also sockets of somebody for whom
    /// the program itself vouches.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn end_sessions(&self, user: UserId) -> Result<usize, Error> {
        Ok(session::end_sessions(&self.app, user, None).await?.len())
    }

    /// Follows every durable event from now on; of several processes on one database, those that this one commits.
    pub fn events(&self) -> Events {
        Events(self.app.hub.follow())
    }
}
