//! What a program that embeds the server may decide itself. Every method has a default that changes nothing.

use async_trait::async_trait;
use axum::http::HeaderMap;
use chat_core::{ConversationId, Envelope, MessageBody, UserId};

/// Somebody the embedding program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who they are in that program; never changes. 1 to 200 bytes.
    pub id: String,
    /// The username they should have here. Where it is no valid [`chat_core::Username`] or taken, it is changed until it
    /// is.
    pub username: String,
    /// The name people see; kept up to date.
    pub display_name: String,
    /// Where their picture is; kept up to date.
    pub avatar_url: Option<String>,
}

/// A message that is about to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Who says it.
    pub sender_id: UserId,
    /// Where.
    pub conversation_id: ConversationId,
    /// What; none for files without a text. A hook may put another text in.
    pub content: Option<MessageBody>,
}

/// Why the embedding program does not want it. The sentence is told to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

/// Decisions of the embedding program.
///
/// ```
/// use chat_server::{Draft, Hooks, Refusal};
///
/// struct NoShouting;
///
/// #[async_trait::async_trait]
/// impl Hooks for NoShouting {
///     async fn before_send(&self, draft: &mut Draft) -> Result<(), Refusal> {
///         match draft.content.as_ref().is_none_or(|text| text.as_str().chars().any(char::is_lowercase)) {
///             true => Ok(()),
///             false => Err(Refusal("please do not shout".to_owned())),
///         }
///     }
/// }
/// ```
#[async_trait]
pub trait Hooks: Send + Sync + 'static {
    /// Whom the headers of a call belong to: a session cookie, a token the program signed. The chat's own tokens are
    /// tried first. A user of the chat is made for an identity on first sight.
    ///
    /// Asked for every call without a token of the chat, so it should be quick. `None` means "not one of mine".
    async fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        let _ = headers;
        None
    }

    /// Looks at a message before it is stored, and may change its text or refuse it. It is asked
    /// for every try, also for a retry of a message that is stored already; a refusal stores nothing.
    async fn before_send(&self, draft: &mut Draft) -> Result<(), Refusal> {
        let _ = draft;
        Ok(())
    }

    /// Looks at the new text of a message before it is stored, and may change or refuse it. What may not be said may not be
    /// put into an old message either: asks [`Hooks::before_send`] unless it says otherwise.
    async fn before_edit(&self, draft: &mut Draft) -> Result<(), Refusal> {
        self.before_send(draft).await
    }

    /// Hears of every durable event, after it was committed, once per event and in the order of each log. It must not
    /// block; what takes longer goes into a task of its own. Of several processes, the one that committed an event hears
    /// of it, and no other.
    fn on_event(&self, event: &Envelope) {
        let _ = event;
    }
}

/// Decides nothing.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct NoHooks;

impl Hooks for NoHooks {}
