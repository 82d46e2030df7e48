//! What happens: what a person does, what the world tells, and what comes of what was asked for. What is done about it is
//! not decided here.

use crate::model::{Account, Coming, Connection, FormKind, Found, Picture, Reading, Upload};
use chat_core::{ConversationId, Member, Message, MessageId, Seq, Session, Timestamp, User};
use crossterm::event::{KeyEvent, MouseEvent};
use std::collections::BTreeMap;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    /// It is this late.
    Now(Timestamp),
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size: columns, rows.
    Resize(u16, u16),
    /// The terminal got or lost the focus.
    Focus(bool),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The connection is another.
    Connection(Connection),
    /// Signed in.
    SignedIn(Account),
    /// The sign-in, or making the account, did not work.
    SignInFailed(String),
    /// Nobody is signed in any more; why, if it was not asked for.
    SignedOut(Option<String>),
    /// Missing messages came, or did not.
    OlderLoaded {
        /// Where.
        conversation: ConversationId,
        /// Whether there was something new among them; why they did not come.
        came: Result<bool, String>,
    },
    /// The messages around a place are known, or cannot be.
    Placed {
        /// Where.
        conversation: ConversationId,
        /// The place.
        seq: Seq,
        /// Why not.
        error: Option<String>,
    },
    /// Messages were found.
    Found {
        /// What was typed.
        typed: String,
        /// Which.
        found: Found,
    },
    /// They could not be looked for.
    NotFound {
        /// What was typed.
        typed: String,
        /// Why.
        why: String,
    },
    /// The pinned messages of a conversation.
    Pinned(Vec<Message>),
    /// All members of a conversation, to read or to take one out.
    Members(ConversationId, Vec<Member>, bool),
    /// What all members of a conversation are mentioned by, and what they are called; none where that cannot be asked.
    Names(ConversationId, Option<Vec<(String, String)>>),
    /// What was asked for, as far as it is known here: the server cannot be asked.
    Kept(Box<Msg>),
    /// Members of a conversation, to give one another role.
    Roles(ConversationId, Vec<Member>),
    /// An invite was made; its code.
    Invite(String),
    /// Where one is signed in.
    Sessions(Vec<Session>),
    /// Whom one has blocked.
    Blocked(Vec<User>),
    /// The accounts that are signed in on this machine: the server's address, and who.
    Accounts(Vec<(String, String)>),
    /// What was being typed in a form may become these: each what it is, and how it is shown.
    Completed(String, Vec<(String, String)>),
    /// Something to read came.
    Read(Reading),
    /// A picture came.
    Picture(Picture),
    /// What a form asked for was done: which, and what is said.
    Done(Option<FormKind>, String),
    /// Something is to be said.
    Told(String),
    /// A file is on its way into a conversation; what it is called.
    FileQueued(ConversationId, String),
    /// Something was refused: the form that asked for it, and why.
    Refused(Option<FormKind>, String),
    /// A conversation could not be marked unread; why.
    StaysRead(ConversationId, String),
    /// The draft as it was written in the editor.
    Written(String),
    /// What was begun to be written the last time.
    Drafts(Vec<(ConversationId, String)>),
    /// How much waits to be sent, and how far files are.
    Queue(usize, Vec<Upload>),
    /// What messages are about to be.
    Coming(BTreeMap<MessageId, Coming>),
    /// A conversation was begun, or not.
    Created(Result<ConversationId, String>),
    /// An edit was refused.
    EditFailed {
        /// Where.
        conversation: ConversationId,
        /// Which message.
        message: MessageId,
        /// The text that it did not get.
        text: String,
        /// Why.
        error: String,
    },
    /// The account is about to be left for another.
    Leaving,
    /// The program is about to end, and nobody is asked.
    End,
    /// Something else did not work.
    Failed(String),
}
