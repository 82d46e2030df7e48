//! Everything a client may ask: one table with the call's name, its REST method and path, who may call it, and the
//! types that go in and out. Routes, frames, documents and the typed calls of the SDK are all made from it.

mod operation;

pub use operation::{Access, Body, Method, Operation};

use crate::*;
use crate::{FromInput, Timestamp, input::input};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A request with its answer's type: what makes a typed call.
pub trait Endpoint: Serialize + Into<Request> {
    /// What a success answers with over HTTP.
    type Reply: DeserializeOwned;
    /// The call.
    fn operation() -> &'static Operation;
    /// The answer to this call out of any answer; none for the answer to another call.
    fn from_reply(reply: Reply) -> Option<Self::Reply>;
}

/// Nothing more to say (204).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Empty {}

/// The answer to a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pong {
    /// The server's clock.
    pub server_time: Timestamp,
}

input! {
    /// Asks for a sign of life.
    pub struct Ping {}
}

macro_rules! operations {
    ($(#[doc = $doc:literal] $request:ident -> $reply:ty = $name:literal, $rest:expr, $frame:literal, $access:ident, $status:literal, $body:ident;)*) => {
        /// Everything a client may ask.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Request {
            $(#[doc = $doc] $request($request),)*
        }

        impl Request {
            /// The call it belongs to.
            pub fn operation(&self) -> &'static Operation {
                match self { $(Self::$request(_) => $request::operation(),)* }
            }
        }

        /// What a success answers with, by the request it answers.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum Reply {
            $(#[doc = $doc] $request($reply),)*
        }

        impl Reply {
            /// The call it answers.
            pub fn operation(&self) -> &'static Operation {
                match self { $(Self::$request(_) => $request::operation(),)* }
            }
        }

        impl Operation {
            /// Every call.
            pub const ALL: &'static [Self] = &[$(Self {
                name: $name,
                summary: $doc.trim_ascii(),
                rest: $rest,
                frame: $frame,
                access: Access::$access,
                status: $status,
                body: Body::$body,
                parse: |input| Ok(Request::$request($request::from_input(input)?)),
                #[cfg(feature = "schema")]
                schemas: |generator| (generator.subschema_for::<$request>(), generator.subschema_for::<$reply>()),
            },)*];
        }

        operations!(@index 0usize; $($request -> $reply;)*);

        $(impl From<$request> for Request {
            fn from(request: $request) -> Self {
                Self::$request(request)
            }
        })*
    };
    (@index $at:expr; $request:ident -> $reply:ty; $($rest:tt)*) => {
        impl Endpoint for $request {
            type Reply = $reply;

            fn operation() -> &'static Operation {
                &Operation::ALL[$at]
            }

            fn from_reply(reply: Reply) -> Option<$reply> {
                match reply {
                    Reply::$request(reply) => Some(reply),
                    _ => None,
                }
            }
        }
        operations!(@index $at + 1; $($rest)*);
    };
    (@index $at:expr;) => {};
}

use Method::{Delete, Get, Patch, Post, Put};

operations! {
    /// Makes an account and signs it in.
    Register -> SignedIn = "auth.register", Some((Post, "/auth/register")), false, Anonymous, 201, Json;
    /// Signs in.
    Login -> SignedIn = "auth.login", Some((Post, "/auth/login")), false, Anonymous, 200, Json;
    /// Changes a refresh token for a new pair of tokens.
    Refresh -> TokenPair = "auth.refresh", Some((Post, "/auth/refresh")), false, Anonymous, 200, Json;
    /// Ends the session and its sockets, or all of the caller's.
    Logout -> Empty = "auth.logout", Some((Post, "/auth/logout")), false, User, 204, Json;
    /// Says who one is.
    ShowSession -> WhoAmI = "session.show", Some((Get, "/auth/session")), false, User, 200, Json;
    /// Lists where one is signed in.
    ListSessions -> SessionPage = "session.list", Some((Get, "/auth/sessions")), false, User, 200, Json;
    /// Ends one session and its sockets.
    EndSession -> Empty = "session.end", Some((Delete, "/auth/sessions/{session_id}")), false, User, 204, Json;
    /// Makes a token for a program; it is ended like a session.
    CreateToken -> NewToken = "token.create", Some((Post, "/auth/tokens")), false, User, 201, Json;
    /// Makes a ticket that opens one socket, for browsers.
    CreateTicket -> Ticket = "ticket.create", Some((Post, "/auth/ticket")), false, User, 200, Json;
    /// Sets another password; every other session ends.
    ChangePassword -> Empty = "password.change", Some((Post, "/auth/password/change")), false, User, 204, Json;
    /// Mails a link that sets a new password, whether or not there is such an account.
    ResetPassword -> Empty = "password.reset", Some((Post, "/auth/password/reset")), false, Anonymous, 202, Json;
    /// Sets a new password by such a link; every session ends.
    ConfirmReset -> Empty = "password.reset.confirm", Some((Post, "/auth/password/reset/confirm")), false, Anonymous, 204, Json;
    /// Confirms by a mailed link that an address is the account's.
    VerifyEmail -> Empty = "email.verify", Some((Post, "/auth/email/verify")), false, Anonymous, 204, Json;
    /// Mails that link again.
    SendVerification -> Empty = "email.verify.send", Some((Post, "/auth/email/verify/send")), false, User, 202, Json;
    /// Shows one's own account.
    ShowMe -> Me = "user.me", Some((Get, "/users/me")), false, User, 200, Json;
    /// Changes one's own profile.
    ChangeMe -> Me = "user.me.change", Some((Patch, "/users/me")), false, User, 200, Json;
    /// Deletes one's own account.
    DeleteMe -> Empty = "user.me.delete", Some((Delete, "/users/me")), false, User, 204, Json;
    /// Hands out everything the service holds on the caller, one JSON value a line.
    ExportMe -> Empty = "user.me.export", Some((Get, "/users/me/export")), false, User, 200, FileOut;
    /// Shows one's settings.
    ShowSettings -> Settings = "settings.show", Some((Get, "/users/me/settings")), false, User, 200, Json;
    /// Changes one's settings.
    ChangeSettings -> Settings = "settings.change", Some((Patch, "/users/me/settings")), false, User, 200, Json;
    /// Sets one's picture.
    SetAvatar -> Me = "avatar.set", Some((Put, "/users/me/avatar")), false, User, 200, FileIn;
    /// Takes one's picture away.
    DeleteAvatar -> Empty = "avatar.delete", Some((Delete, "/users/me/avatar")), false, User, 204, Json;
    /// Reads a picture of a person or conversation.
    ReadAvatar -> Empty = "avatar.read", Some((Get, "/avatars/{avatar_id}")), false, Anonymous, 200, FileOut;
    /// Lists one's contacts.
    ListContacts -> ContactPage = "contact.list", Some((Get, "/users/me/contacts")), false, User, 200, Json;
    /// Lists whom one has blocked.
    ListBlocks -> UserPage = "block.list", Some((Get, "/users/me/blocks")), false, User, 200, Json;
    /// Looks for users.
    ListUsers -> UserPage = "user.list", Some((Get, "/users")), false, User, 200, Json;
    /// Shows one user.
    ShowUser -> Profile = "user.show", Some((Get, "/users/{user_id}")), false, User, 200, Json;
    /// Makes somebody a contact, or changes what one has noted of them.
    SetContact -> Contact = "contact.set", Some((Put, "/users/{user_id}/contact")), false, User, 200, Json;
    /// Forgets a contact.
    RemoveContact -> Empty = "contact.remove", Some((Delete, "/users/{user_id}/contact")), false, User, 204, Json;
    /// Blocks somebody.
    BlockUser -> Empty = "block.add", Some((Put, "/users/{user_id}/block")), false, User, 204, Json;
    /// Lets somebody in again.
    UnblockUser -> Empty = "block.remove", Some((Delete, "/users/{user_id}/block")), false, User, 204, Json;
    /// Lists one's conversations, newest activity first.
    ListConversations -> ConversationPage = "conversation.list", Some((Get, "/conversations")), false, User, 200, Json;
    /// Opens a conversation; the direct one of a pair is found again (200).
    CreateConversation -> Created = "conversation.create", Some((Post, "/conversations")), true, User, 201, Json;
    /// Shows one conversation.
    ShowConversation -> Conversation = "conversation.show", Some((Get, "/conversations/{conversation_id}")), false, User, 200, Json;
    /// Changes title or description.
    ChangeConversation -> Conversation = "conversation.change", Some((Patch, "/conversations/{conversation_id}")), false, User, 200, Json;
    /// Deletes a group for everyone.
    DeleteConversation -> Empty = "conversation.delete", Some((Delete, "/conversations/{conversation_id}")), false, User, 204, Json;
    /// Sets the picture of a group or channel.
    SetConversationAvatar -> Conversation = "conversation.avatar.set", Some((Put, "/conversations/{conversation_id}/avatar")), false, User, 200, FileIn;
    /// Takes the picture of a group or channel away.
    DeleteConversationAvatar -> Empty = "conversation.avatar.delete", Some((Delete, "/conversations/{conversation_id}/avatar")), false, User, 204, Json;
    /// Changes what one has set for oneself alone in a conversation.
    ChangePrefs -> My = "prefs.change", Some((Patch, "/conversations/{conversation_id}/prefs")), true, User, 200, Json;
    /// Lists the members of a conversation.
    ListMembers -> MemberPage = "member.list", Some((Get, "/conversations/{conversation_id}/members")), false, User, 200, Json;
    /// Brings users into a group.
    AddMembers -> MemberPage = "member.add", Some((Post, "/conversations/{conversation_id}/members")), false, User, 201, Json;
    /// Gives a member another role.
    ChangeMember -> Member = "member.change", Some((Patch, "/conversations/{conversation_id}/members/{user_id}")), false, User, 200, Json;
    /// Takes a member out of a group.
    RemoveMember -> Empty = "member.remove", Some((Delete, "/conversations/{conversation_id}/members/{user_id}")), false, User, 204, Json;
    /// Leaves a group.
    LeaveConversation -> Empty = "conversation.leave", Some((Post, "/conversations/{conversation_id}/leave")), false, User, 204, Json;
    /// Takes somebody out of a group or channel and keeps them out.
    AddBan -> Ban = "ban.add", Some((Put, "/conversations/{conversation_id}/bans/{user_id}")), false, User, 200, Json;
    /// Lets somebody be a member again.
    RemoveBan -> Empty = "ban.remove", Some((Delete, "/conversations/{conversation_id}/bans/{user_id}")), false, User, 204, Json;
    /// Lists who is kept out.
    ListBans -> BanPage = "ban.list", Some((Get, "/conversations/{conversation_id}/bans")), false, User, 200, Json;
    /// Makes an invite.
    CreateInvite -> Invite = "invite.create", Some((Post, "/conversations/{conversation_id}/invites")), false, User, 201, Json;
    /// Lists the invites of a conversation.
    ListInvites -> InvitePage = "invite.list", Some((Get, "/conversations/{conversation_id}/invites")), false, User, 200, Json;
    /// Ends an invite.
    DeleteInvite -> Empty = "invite.delete", Some((Delete, "/conversations/{conversation_id}/invites/{code}")), false, User, 204, Json;
    /// Shows what an invite leads to.
    ShowInvite -> InvitePreview = "invite.show", Some((Get, "/invites/{code}")), false, User, 200, Json;
    /// Joins by an invite.
    JoinInvite -> Conversation = "invite.join", Some((Post, "/invites/{code}/join")), false, User, 200, Json;
    /// Moves one's read mark forward.
    MarkRead -> Marked = "read", Some((Put, "/conversations/{conversation_id}/read")), true, User, 200, Json;
    /// Moves one's read mark back on purpose.
    MarkUnread -> Marked = "unread", Some((Put, "/conversations/{conversation_id}/unread")), true, User, 200, Json;
    /// Moves one's delivered mark forward.
    MarkDelivered -> Marked = "delivered", Some((Put, "/conversations/{conversation_id}/delivered")), true, User, 200, Json;
    /// Says that one writes, or stopped.
    SetTyping -> Empty = "typing", Some((Post, "/conversations/{conversation_id}/typing")), true, User, 204, Json;
    /// Pages through the messages of a conversation.
    History -> MessagePage = "history", Some((Get, "/conversations/{conversation_id}/messages")), true, User, 200, Json;
    /// Says something; the same client id again answers with the message that is there (200).
    SendMessage -> Sent = "message.send", Some((Post, "/conversations/{conversation_id}/messages")), true, User, 201, Json;
    /// Shows one message.
    ShowMessage -> Message = "message.show", Some((Get, "/messages/{message_id}")), false, User, 200, Json;
    /// Gives a message of one's own another text.
    EditMessage -> Message = "message.edit", Some((Patch, "/messages/{message_id}")), true, User, 200, Json;
    /// Deletes a message, leaving a tombstone.
    DeleteMessage -> Message = "message.delete", Some((Delete, "/messages/{message_id}")), true, User, 200, Json;
    /// Says again elsewhere what was said here.
    ForwardMessage -> MessageList = "message.forward", Some((Post, "/messages/{message_id}/forward")), true, User, 201, Json;
    /// Lists the texts that a message had.
    ListRevisions -> RevisionPage = "message.history", Some((Get, "/messages/{message_id}/history")), false, User, 200, Json;
    /// Lists who has received and read a message.
    ListReceipts -> ReceiptPage = "receipt.list", Some((Get, "/messages/{message_id}/receipts")), false, User, 200, Json;
    /// Puts an emoji under a message.
    AddReaction -> Empty = "reaction.add", Some((Put, "/messages/{message_id}/reactions/{emoji}")), true, User, 204, Json;
    /// Takes one's emoji back.
    RemoveReaction -> Empty = "reaction.remove", Some((Delete, "/messages/{message_id}/reactions/{emoji}")), true, User, 204, Json;
    /// Lists who gave an emoji.
    ListReactions -> UserPage = "reaction.list", Some((Get, "/messages/{message_id}/reactions/{emoji}")), false, User, 200, Json;
    /// Pins a message.
    PinMessage -> Empty = "message.pin", Some((Put, "/messages/{message_id}/pin")), true, User, 204, Json;
    /// Unpins a message.
    UnpinMessage -> Empty = "message.unpin", Some((Delete, "/messages/{message_id}/pin")), true, User, 204, Json;
    /// Lists the pinned messages of a conversation.
    ListPins -> PinPage = "pin.list", Some((Get, "/conversations/{conversation_id}/pins")), false, User, 200, Json;
    /// Shows a message to those who look after the server.
    ReportMessage -> Reported = "message.report", Some((Post, "/messages/{message_id}/report")), false, User, 201, Json;
    /// Looks for messages.
    SearchMessages -> SearchPage = "search", Some((Get, "/search")), false, User, 200, Json;
    /// Stores a file.
    CreateAttachment -> Attachment = "attachment.create", Some((Post, "/attachments")), false, User, 201, FileIn;
    /// Begins to store a file in parts, or says how far it is.
    BeginUpload -> Upload = "upload.begin", Some((Post, "/uploads")), false, User, 201, Json;
    /// Brings a part of a file; the last one makes it.
    ContinueUpload -> Upload = "upload.continue", Some((Patch, "/uploads/{upload_id}")), false, User, 200, PieceIn;
    /// Forgets what came of a file.
    DropUpload -> Empty = "upload.drop", Some((Delete, "/uploads/{upload_id}")), false, User, 204, Json;
    /// Lists one's own files that no message refers to yet.
    ListAttachments -> AttachmentPage = "attachment.list", Some((Get, "/attachments")), false, User, 200, Json;
    /// Reads a file.
    ReadAttachment -> Empty = "attachment.read", Some((Get, "/attachments/{attachment_id}")), false, Anonymous, 200, FileOut;
    /// Reads the small picture of a file.
    ReadThumbnail -> Empty = "attachment.thumbnail", Some((Get, "/attachments/{attachment_id}/thumbnail")), false, Anonymous, 200, FileOut;
    /// Shows what a file is.
    ShowAttachment -> Attachment = "attachment.show", Some((Get, "/attachments/{attachment_id}/info")), false, User, 200, Json;
    /// Makes a link that opens a file without signing in.
    LinkAttachment -> FileLink = "attachment.link", Some((Post, "/attachments/{attachment_id}/link")), false, User, 201, Json;
    /// Deletes a file of one's own that no message refers to.
    DeleteAttachment -> Empty = "attachment.delete", Some((Delete, "/attachments/{attachment_id}")), false, User, 204, Json;
    /// Gives everything after the caller's positions; how a client starts, and how it comes back.
    Sync -> Synced = "sync", Some((Post, "/sync")), true, User, 200, Json;
    /// Says whether this device is in use.
    SetPresence -> Empty = "presence.set", None, true, User, 200, Json;
    /// Says whose presence this socket wants to hear of.
    WatchPresence -> Watched = "presence.watch", None, true, User, 200, Json;
    /// Lists accounts.
    ListAccounts -> AccountPage = "admin.user.list", Some((Get, "/admin/users")), false, Admin, 200, Json;
    /// Makes an account.
    CreateAccount -> Account = "admin.user.create", Some((Post, "/admin/users")), false, Admin, 201, Json;
    /// Shows one account.
    ShowAccount -> Account = "admin.user.show", Some((Get, "/admin/users/{user_id}")), false, Admin, 200, Json;
    /// Changes an account: its role, whether it is switched off.
    ChangeAccount -> Account = "admin.user.change", Some((Patch, "/admin/users/{user_id}")), false, Admin, 200, Json;
    /// Deletes an account.
    DeleteAccount -> Empty = "admin.user.delete", Some((Delete, "/admin/users/{user_id}")), false, Admin, 204, Json;
    /// Lists where an account is signed in.
    ListAccountSessions -> SessionPage = "admin.session.list", Some((Get, "/admin/users/{user_id}/sessions")), false, Admin, 200, Json;
    /// Signs an account out everywhere.
    EndAccountSessions -> Empty = "admin.session.end", Some((Delete, "/admin/users/{user_id}/sessions")), false, Admin, 204, Json;
    /// Makes a link that sets a new password.
    ResetAccount -> ResetLink = "admin.user.reset", Some((Post, "/admin/users/{user_id}/reset")), false, Admin, 201, Json;
    /// Lists conversations, whoever is in them.
    ListAllConversations -> ConversationInfoPage = "admin.conversation.list", Some((Get, "/admin/conversations")), false, Admin, 200, Json;
    /// Shows any conversation, but nothing of what is said in it.
    ShowAnyConversation -> ConversationInfo = "admin.conversation.show", Some((Get, "/admin/conversations/{conversation_id}")), false, Admin, 200, Json;
    /// Deletes any conversation for everyone.
    DeleteAnyConversation -> Empty = "admin.conversation.delete", Some((Delete, "/admin/conversations/{conversation_id}")), false, Admin, 204, Json;
    /// Deletes any message.
    DeleteAnyMessage -> Empty = "admin.message.delete", Some((Delete, "/admin/messages/{message_id}")), false, Admin, 204, Json;
    /// Lists reports.
    ListReports -> ReportPage = "report.list", Some((Get, "/admin/reports")), false, Admin, 200, Json;
    /// Shows one report.
    ShowReport -> Report = "report.show", Some((Get, "/admin/reports/{report_id}")), false, Admin, 200, Json;
    /// Reads a file that was with a reported message.
    ReadReportedFile -> Empty = "report.attachment.read", Some((Get, "/admin/reports/{report_id}/attachments/{attachment_id}")), false, Admin, 200, FileOut;
    /// Decides a report.
    DecideReport -> Report = "report.decide", Some((Patch, "/admin/reports/{report_id}")), false, Admin, 200, Json;
    /// Lists what was done, by whom, from where.
    ListAudit -> AuditPage = "audit.list", Some((Get, "/admin/audit")), false, Admin, 200, Json;
    /// Shows the server in numbers.
    ShowStats -> Stats = "stats.show", Some((Get, "/admin/stats")), false, Admin, 200, Json;
    /// Asks for a sign of life.
    Ping -> Pong = "ping", None, true, User, 200, Json;
}

impl Reply {
    /// The HTTP status: the call's own, but 200 for what was there already.
    pub fn status(&self) -> u16 {
        match self {
            Self::SendMessage(Sent {
                duplicate: true, ..
            })
            | Self::CreateConversation(Created { existing: true, .. })
            | Self::BeginUpload(Upload { existing: true, .. }) => 200,
            _ => self.operation().status,
        }
    }

    /// The `ok` of an answer over the socket. A send is only acknowledged there: the message comes as an event.
    pub fn frame_body(&self) -> FrameBody<'_> {
        match self {
            Self::SendMessage(sent) => FrameBody::Ack(sent.into()),
            other => FrameBody::Whole(other),
        }
    }
}

/// What an answer over the socket says of a reply.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum FrameBody<'a> {
    /// Only that it is stored, and where.
    Ack(Ack),
    /// Everything.
    Whole(&'a Reply),
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_routes_are_unique() {
        let names: BTreeSet<_> = Operation::ALL
            .iter()
            .map(|operation| operation.name)
            .collect();
        let routes: BTreeSet<_> = Operation::ALL
            .iter()
            .filter_map(|o| o.rest)
            .map(|(method, path)| (method.as_str(), path))
            .collect();

        assert_eq!(names.len(), Operation::ALL.len());
        assert_eq!(
            routes.len(),
            Operation::ALL
                .iter()
                .filter(|operation| operation.rest.is_some())
                .count()
        );
    }

    #[test]
    fn each_request_knows_its_own_call() {
        assert_eq!(Ping::operation().name, "ping");
        assert_eq!(Register::operation().name, "auth.register");
        assert_eq!(Sync::operation().name, "sync");
    }
}
