//! What those who look after the server may ask. Every one of these calls that changes something is in the audit log.

use crate::{
    ConversationId, ConversationKind, DisplayName, Email, Limits, Me, MessageId, NewPassword,
    Reason, Secret, Timestamp, UserId, UserRole, Username, input::input, told,
};
use serde::{Deserialize, Serialize};

/// An account as those see it who look after the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Account {
    /// As its owner sees it.
    #[serde(flatten)]
    pub me: Me,
    /// Since when it is switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Timestamp>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<String>,
    /// When its owner deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// How many devices are signed in.
    pub session_count: u32,
    /// Bytes of the files it holds.
    pub storage_bytes: u64,
}

/// A page of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountPage {
    /// In the order of their usernames.
    pub items: Vec<Account>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

/// A link with which the owner of an account sets a new password, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResetLink {
    /// What `POST /auth/password/reset/confirm` takes.
    pub token: Secret,
    /// The page to send to the owner, by a way that only they read.
    pub link: Secret,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

/// A conversation as those see it who look after the server: nothing of what is said in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationInfo {
    /// Its id.
    pub id: ConversationId,
    /// What it is.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub kind: ConversationKind,
    /// What it is called.
    pub title: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened in it.
    pub updated_at: Timestamp,
    /// How many are in it.
    pub member_count: u32,
    /// How many messages are in it.
    pub message_count: u64,
    /// Its owners.
    pub owner_ids: Vec<UserId>,
}

/// A page of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConversationInfoPage {
    /// Newest activity first.
    pub items: Vec<ConversationInfo>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

/// The server in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stats {
    /// Accounts, without deleted ones.
    pub users: u64,
    /// Of these, switched off.
    pub users_disabled: u64,
    /// Of these, those who were here or called within a day, bots with their tokens too.
    pub users_active_day: u64,
    /// The same within 30 days.
    pub users_active_month: u64,
    /// Of these, made within a day.
    #[serde(default)]
    pub users_new_day: u64,
    /// Of these, made within 30 days.
    #[serde(default)]
    pub users_new_month: u64,
    /// Devices signed in.
    pub sessions: u64,
    /// Open sockets of this process.
    pub sockets: u64,
    /// Conversations.
    pub conversations: u64,
    /// Messages, without deleted ones.
    pub messages: u64,
    /// Messages of the last day.
    pub messages_day: u64,
    /// Messages of the last 30 days.
    #[serde(default)]
    pub messages_month: u64,
    /// Files.
    pub attachments: u64,
    /// Bytes of the files.
    pub attachment_bytes: u64,
    /// Bytes of the database.
    pub database_bytes: u64,
    /// Open reports.
    pub reports_open: u64,
    /// The version of the server.
    pub version: String,
    /// Since when this process runs.
    pub started_at: Timestamp,
}

input! {
    /// Asks for accounts.
    pub struct ListAccounts {
        /// The beginning of a username or of a word in the display name, or an exact email.
        pub q: Option<String>,
        /// Only with this role.
        pub role: Option<UserRole>,
        /// Only those that are switched off, or only those that are not.
        pub disabled: Option<bool>,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListAccounts {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}

input! {
    /// Makes an account.
    pub struct CreateAccount {
        /// The name one is found by.
        pub username: Username,
        /// Where mail goes; it counts as confirmed.
        pub email: Option<Email>,
        /// The first password; without one the owner sets it by a reset link.
        pub password: Option<NewPassword>,
        /// The name people see; the username when absent.
        pub display_name: Option<DisplayName>,
        /// What the account may do on the whole server; `user` when absent.
        pub role: Option<UserRole>,
        /// Whether a program speaks through it.
        pub is_bot: Option<bool>,
    }
    partly |errors| {
        let email = email.clone().flatten();
        let apart = |password: NewPassword| password.require_apart(username.as_ref(), email.as_slice());
        if let Some(Err(error)) = password.clone().flatten().map(apart) {
            errors.add("password", error);
        }
    }
}

input! {
    /// Asks for one account.
    pub struct ShowAccount {
        /// Whose.
        pub user_id: UserId,
    }
}

input! {
    /// Changes what is named; what is absent stays. Switching an account off ends its sessions and sockets. The last
    /// admin can be neither switched off nor made a user.
    pub struct ChangeAccount {
        /// Whose.
        pub user_id: UserId,
        /// What the account may do on the whole server.
        pub role: Option<UserRole>,
        /// Whether it is switched off.
        pub disabled: Option<bool>,
        /// Why; its owner does not see it.
        pub reason: Option<Reason>,
        /// The name people see.
        pub display_name: Option<DisplayName>,
        /// Where mail goes; it counts as confirmed.
        pub email: Option<Email>,
    }
}

input! {
    /// Deletes an account, as its owner could.
    pub struct DeleteAccount {
        /// Whose.
        pub user_id: UserId,
        /// Whether what it said goes, too; it stays when absent.
        pub delete_messages: Option<bool>,
    }
}

input! {
    /// Asks where an account is signed in.
    pub struct ListAccountSessions {
        /// Whose.
        pub user_id: UserId,
    }
}

input! {
    /// Signs an account out everywhere.
    pub struct EndAccountSessions {
        /// Whose.
        pub user_id: UserId,
    }
}

input! {
    /// Makes a link with which the owner of an account sets a new password; it is mailed as well, where there is an address.
    pub struct ResetAccount {
        /// Whose.
        pub user_id: UserId,
    }
}

input! {
    /// Asks for conversations, whoever is in them.
    pub struct ListAllConversations {
        /// The beginning of a word in the title.
        pub q: Option<String>,
        /// Only those this user is in.
        pub user_id: Option<UserId>,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListAllConversations {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}

input! {
    /// Asks for one conversation, whoever is in it.
    pub struct ShowAnyConversation {
        /// Which.
        pub conversation_id: ConversationId,
    }
}

input! {
    /// Deletes any conversation for everyone.
    pub struct DeleteAnyConversation {
        /// Which.
        pub conversation_id: ConversationId,
        /// Why; for the audit log.
        pub reason: Option<Reason>,
    }
}

input! {
    /// Deletes any message, leaving a tombstone.
    pub struct DeleteAnyMessage {
        /// Which.
        pub message_id: MessageId,
        /// Why; for the audit log.
        pub reason: Option<Reason>,
    }
}

input! {
    /// Asks for the server in numbers.
    pub struct ShowStats {}
}
