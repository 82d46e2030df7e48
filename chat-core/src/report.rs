//! Reports: a member shows a message to those who look after the server. What was said is kept with the report.

use crate::{
    Attachment, ConversationId, Limits, MessageId, ReportId, Timestamp, User, UserId,
    input::{input, text_type},
    text, told,
};
use serde::{Deserialize, Serialize};

text_type! {
    /// Why: 1 to 1000 characters, something visible among them.
    Reason, 1..=1000, |text| match text.chars().count() {
        1..=1000 if text::is_visible(&text) => Ok(text),
        _ => Err("must be 1 to 1000 characters, something visible among them"),
    }
}

/// What became of a report. A newer server may tell something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReportState {
    /// Nobody has decided yet.
    Open,
    /// Something was done.
    Resolved,
    /// There was nothing to do.
    Dismissed,
    /// Something of which a newer server knows.
    #[serde(skip)]
    Unknown,
}

/// The message as it was when it was reported, whatever became of it since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReportedMessage {
    /// Its id.
    pub id: MessageId,
    /// Where it was said.
    pub conversation_id: ConversationId,
    /// Who said it, by the name they have today.
    pub sender: User,
    /// What was said.
    pub content: String,
    /// The files with it: `admin/reports/{report_id}/attachments/{id}` reads them.
    pub attachments: Vec<Attachment>,
    /// When it was said.
    pub created_at: Timestamp,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// The kept copy.
    pub message: ReportedMessage,
    /// Who reports.
    pub reporter: User,
    /// Why.
    pub reason: String,
    /// When.
    pub created_at: Timestamp,
    /// What became of it.
    #[serde(serialize_with = "told::write", deserialize_with = "told::read")]
    pub state: ReportState,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// What the one who decided noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The answer to who reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reported {
    /// The report, to refer to.
    pub report_id: ReportId,
}

/// A page of reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReportPage {
    /// Newest first.
    pub items: Vec<Report>,
    /// Hand this back for the next page; none after the last.
    pub next_cursor: Option<String>,
}

input! {
    /// Reports a message. A second report of the same message by the same member changes nothing.
    pub struct ReportMessage {
        /// Which.
        pub message_id: MessageId,
        /// Why.
        pub reason: Reason,
    }
}

input! {
    /// Asks for reports.
    pub struct ListReports {
        /// Only those; open ones when absent.
        pub state: Option<ReportState>,
        /// At most this many (1 to 100; 50 when absent).
        pub limit: Option<u32>,
        /// From the page before.
        pub cursor: Option<String>,
    }
}

impl ListReports {
    /// How many to answer with.
    pub fn limit(&self) -> u32 {
        Limits::page(self.limit)
    }
}

input! {
    /// Asks for one report.
    pub struct ShowReport {
        /// Which.
        pub report_id: ReportId,
    }
}

input! {
    /// Decides a report.
    pub struct DecideReport {
        /// Which.
        pub report_id: ReportId,
        /// What became of it.
        pub state: ReportState,
        /// A note for the others who look after the server. Absent: the one that is there stays.
        pub note: Option<Reason>,
    }
}
