//! What is to be done outside of the model. [`update`](crate::update()) only says it; [`perform`] does it.

pub mod enter;
pub mod perform;

use chat_core::{ClientId, ConversationId, MessageBody, MessageId, Secret, Seq, UserId};

/// Something to be done outside of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Sign in.
    SignIn {
        /// The server's address, as it was typed.
        server: String,
        /// Username or email.
        name: String,
        /// The password.
        password: Secret,
    },
    /// Make an account and sign in.
    Register {
        /// The server's address, as it was typed.
        server: String,
        /// The username.
        name: String,
        /// The email.
        email: String,
        /// The password.
        password: Secret,
    },
    /// Sign out and forget the session.
    SignOut,
    /// Observe the client's state at once: another conversation was opened.
    Look,
    /// Say something.
    Send {
        /// Where.
        conversation: ConversationId,
        /// What.
        body: MessageBody,
    },
    /// Send a failed message again.
    Retry {
        /// Where.
        conversation: ConversationId,
        /// Which.
        client_id: ClientId,
    },
    /// Throw a failed message away.
    Discard {
        /// Where.
        conversation: ConversationId,
        /// Which.
        client_id: ClientId,
    },
    /// Give a message another text.
    Edit {
        /// Where.
        conversation: ConversationId,
        /// Which.
        message: MessageId,
        /// The text.
        body: MessageBody,
    },
    /// Delete a message.
    Delete {
        /// Where.
        conversation: ConversationId,
        /// Which.
        message: MessageId,
    },
    /// Everything up to here was read.
    MarkRead {
        /// Where.
        conversation: ConversationId,
        /// Up to here.
        seq: Seq,
    },
    /// Tell the others that something is being written, or no more.
    Typing {
        /// Where.
        conversation: ConversationId,
        /// Whether.
        is_typing: bool,
    },
    /// Fetch older messages.
    LoadOlder {
        /// Where.
        conversation: ConversationId,
    },
    /// Watch who is here, of these.
    WatchPresence(Vec<UserId>),
    /// Tell the others whether one is here.
    SetActive(bool),
    /// Connect again now.
    Reconnect,
    /// Begin a conversation.
    Create {
        /// With whom.
        usernames: Vec<String>,
        /// What the group is called.
        title: Option<String>,
    },
    /// Draw the whole screen again.
    Redraw,
    /// Take the mouse, or let it go.
    Mouse(bool),
    /// Go to the background.
    Suspend,
    /// Leave the program.
    Quit,
}
