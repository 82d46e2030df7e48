//! The audit log: who did what to whom from where, for as long as the server lives. It can be read and added to, nothing else.

use crate::{Limits, Timestamp, UserId, input::input};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEntry {
    /// Counts the entries, without a hole.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it; none for who runs the server on its own machine, and for those who are not signed in.
    pub actor_id: Option<UserId>,
    /// What: the name of the call, such as `admin.user.change`.
    pub action: String,
    /// To whom or what: a user, conversation, message, report or session.
    pub target_id: Option<Uuid>,
    /// From where: the address of the caller.
    pub address: Option<String>,
    /// What else there is to know: never a secret, never a text that was said. Tokens and conversations are called by their
    /// names here, in quotes, for they may be gone.
    pub detail: Option<String>,
}

/// A page of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditPage {
    /// Newest first.
    pub items: Vec<AuditEntry>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

input! {
    /// Asks what was done.
    pub struct ListAudit {
        /// Only by this user.
        pub actor_id: Option<UserId>,
        /// Only to this user, conversation, message, report or session.
        pub target_id: Option<Uuid>,
        /// Only calls whose name begins so: `admin.user`.
        pub action: Option<String>,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListAudit {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}
