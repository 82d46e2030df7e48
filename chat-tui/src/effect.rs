//! What is to be done outside of the model. [`update`](crate::update()) only says it; [`perform`] does it.

mod ask;
pub mod enter;
mod files;
mod kept;
pub mod perform;
mod save;
mod wish;

use crate::model::FormKind;
use chat_core::{
    AddReaction, Attachment, ChangeConversation, ChangeMe, ChangePassword, ChangePrefs,
    ChangeSettings, ClientId, ConversationId, CreateInvite, ForwardMessage, History, InviteCode,
    LeaveConversation, MarkUnread, MemberRole, MessageBody, MessageId, RemoveMember,
    RemoveReaction, ReportMessage, Secret, Seq, SessionId, Stretch, UserId,
};

/// Something to be done outside of the model.
#[derive(Debug, Clone, PartialEq)]
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
    /// Not sign in any more: what comes of the try is let go.
    GiveUp,
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
        /// The message that it answers.
        reply_to: Option<MessageId>,
    },
    /// Send a file of this machine.
    SendFile {
        /// Where.
        conversation: ConversationId,
        /// Where the file is, as it was typed.
        path: String,
        /// What is said with it.
        caption: Option<MessageBody>,
        /// The message that it answers.
        reply_to: Option<MessageId>,
    },
    /// Send a failed message again.
    Retry {
        /// Where.
        conversation: ConversationId,
        /// Which.
        client_id: ClientId,
    },
    /// Sign in with what was given at the start, where the session of last time has ended.
    SignInAgain {
        /// Who.
        name: String,
        /// Their password.
        password: Secret,
    },
    /// Throw a message away that is not sent.
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
    /// Fetch messages that are missing in what is looked at.
    Load(History),
    /// Let the messages go that are in none of these stretches: they are far from what is looked at, and kept on this
    /// machine.
    KeepOnly(ConversationId, Vec<Stretch>),
    /// Make sure that the messages around a place are known.
    Find {
        /// Where.
        conversation: ConversationId,
        /// The place.
        seq: Seq,
    },
    /// Look for messages.
    Search {
        /// What was typed.
        typed: String,
        /// Only here.
        within: Option<ConversationId>,
        /// From where on.
        further: Further,
    },
    /// Put an emoji under a message.
    React(ConversationId, AddReaction),
    /// Take one's emoji back.
    Unreact(ConversationId, RemoveReaction),
    /// Ask the server for something that is shown or told when it answers.
    Ask(Wish),
    /// Keep what was begun to be written.
    KeepDraft {
        /// Where.
        conversation: ConversationId,
        /// The text; empty when nothing is written any more.
        text: String,
    },
    /// Put this onto the clipboard.
    Copy(String),
    /// Open an address outside.
    OpenLink(String),
    /// Save a file.
    Save(Attachment),
    /// Fetch a picture to look at.
    Picture(Attachment),
    /// Let the draft be written in an editor.
    EditOutside(String),
    /// Tell of something, while nobody looks.
    Notify(String),
    /// Name the terminal's window.
    Title(String),
    /// Be another account that is signed in on this machine.
    SwitchAccount {
        /// The server's address.
        server: String,
        /// The username.
        username: String,
    },
    /// List the accounts that are signed in on this machine.
    ListAccounts,
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
        /// What the group or channel is called.
        title: Option<String>,
        /// Whether only admins are to write in it.
        is_channel: bool,
    },
    /// Find what a path that is being typed may become.
    CompletePath(String),
    /// Find what all members of a conversation are called.
    ListNames(ConversationId),
    /// Find whom a name that is being typed may mean.
    CompletePerson(String),
    /// Draw the whole screen again.
    Redraw,
    /// Take the mouse, or let it go.
    Mouse(bool),
    /// Go to the background.
    Suspend,
    /// Leave the program.
    Quit,
}

/// Something to be asked of the server, whose answer is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// Pin a message, or let it go.
    Pin(ConversationId, MessageId, bool),
    /// Say a message again elsewhere.
    Forward(ForwardMessage),
    /// Move the read mark back.
    Unread(MarkUnread),
    /// Other preferences in a conversation.
    Prefs(ChangePrefs),
    /// Another title or description.
    Rename(ChangeConversation),
    /// How long messages stay.
    Timer(ChangeConversation),
    /// Bring people in.
    AddMembers(ConversationId, Vec<String>),
    /// Take somebody out.
    Remove(RemoveMember),
    /// Leave a conversation.
    Leave(LeaveConversation),
    /// Make an invite.
    Invite(CreateInvite),
    /// Join by an invite.
    Join(InviteCode),
    /// Another profile.
    Profile(ChangeMe),
    /// Other settings.
    Settings(ChangeSettings),
    /// Show the pinned messages.
    Pins(ConversationId),
    /// Show all members, to read or to take one out.
    Members(ConversationId, bool),
    /// Show who read a message, and what it was before.
    Details(MessageId),
    /// Take somebody out, by their username.
    RemoveNamed(ConversationId, String),
    /// Show members, to give one another role.
    Roles(ConversationId),
    /// Give a member another role.
    Role(ConversationId, Whom, MemberRole),
    /// Block somebody, or let them in again.
    Block(Whom, bool),
    /// Show whom one has blocked.
    Blocked,
    /// Report a message.
    Report(ReportMessage),
    /// Another password.
    Password(ChangePassword),
    /// Show where one is signed in.
    Sessions,
    /// Sign out there.
    EndSessions(Vec<SessionId>),
}

/// Where a search goes on; from the beginning, unless it says something else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Further {
    /// Where the server's last page ended.
    pub cursor: Option<String>,
    /// So many are shown.
    pub shown: usize,
}

/// Somebody, by what is known of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// By their id.
    Id(UserId),
    /// By their username.
    Name(String),
}

impl Wish {
    /// The form that asks for it, and waits for what comes of it.
    pub(crate) fn form(&self) -> Option<FormKind> {
        Some(match self {
            Self::Prefs(prefs) if prefs.nickname.is_some() => {
                FormKind::Nickname(prefs.conversation_id)
            }
            Self::Rename(change) => FormKind::Rename(change.conversation_id),
            Self::AddMembers(id, _) => FormKind::AddMembers(*id),
            Self::Join(_) => FormKind::Join,
            Self::Profile(_) => FormKind::Profile,
            Self::Password(_) => FormKind::Password,
            Self::Report(report) => FormKind::Report(report.message_id),
            _ => return None,
        })
    }
}

impl Effect {
    /// Whether it waits in the outbox, however long there is no connection.
    pub(crate) fn is_queued(&self) -> bool {
        matches!(
            self,
            Self::Edit { .. } | Self::Delete { .. } | Self::React(..) | Self::Unreact(..)
        )
    }

    /// Whether what is done next may be about what comes of it.
    pub(crate) fn leads_on(&self) -> bool {
        matches!(
            self,
            Self::Load(_)
                | Self::Ask(_)
                | Self::Search { .. }
                | Self::SendFile { .. }
                | Self::SwitchAccount { .. }
        ) || self.opens_window()
    }

    /// Whether its answer is a window, or another conversation.
    pub(crate) fn opens_window(&self) -> bool {
        match self {
            Self::ListAccounts | Self::Picture(_) | Self::Create { .. } => true,
            Self::Ask(wish) => matches!(
                wish,
                Wish::Pins(_)
                    | Wish::Members(..)
                    | Wish::Roles(_)
                    | Wish::Details(_)
                    | Wish::Invite(_)
                    | Wish::Join(_)
                    | Wish::Sessions
                    | Wish::Blocked
            ),
            _ => false,
        }
    }
}
