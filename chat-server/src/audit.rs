//! The audit log: what those who look after others did, and what changed who may come in. Written in the transaction of the
//! deed, so that neither is there without the other. Never a secret, never a text that was said.

use crate::{App, Error, auth::Caller, cursor, store, writer::Tx};
use chat_core::{AuditPage, ListAudit, SessionId, Timestamp, UserId};
use std::net::IpAddr;
use uuid::Uuid;

/// Who does something, from where, when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deed {
    pub(crate) actor: Option<UserId>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) at: Timestamp,
    pub(crate) way: Way,
}

/// What spoke for the user: where it is not themselves, signed in, it is written down, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// They themselves, or the program that the server is part of.
    #[default]
    Itself,
    /// A program, with this token.
    Token(SessionId),
    /// Who looks after the machine, through its local socket.
    Local,
}

impl Way {
    /// What else there is to know, with the way.
    fn with(self, detail: Option<String>) -> Option<String> {
        let way = match self {
            Self::Itself => return detail,
            Self::Token(id) => format!("by the token {id}"),
            Self::Local => "through the local socket".to_owned(),
        };
        Some(match detail {
            Some(detail) => format!("{detail} ({way})"),
            None => way,
        })
    }
}

impl Deed {
    /// Something that a caller does now.
    pub(crate) fn of(app: &App, caller: &Caller) -> Self {
        Self {
            actor: caller.user().ok(),
            address: caller.address,
            at: app.now(),
            way: caller.way(),
        }
    }

    /// Writes it down: the name of the call, to whom or what, and what else there is to know.
    pub(crate) async fn record(
        self,
        tx: &mut Tx,
        action: &'static str,
        target: Option<Uuid>,
        detail: Option<String>,
    ) -> Result<(), Error> {
        let detail = self.way.with(detail);
        Ok(store::audit::insert(tx, &self, action, target, detail.as_deref()).await?)
    }
}

pub(crate) async fn list(app: &App, _: &Caller, input: ListAudit) -> Result<AuditPage, Error> {
    let limit = input.limit();
    let before: Option<u64> = cursor::read(input.cursor.as_deref())?;
    let mut conn = app.db.read().await?;
    let items = store::audit::page(&mut conn, &input, before, limit + 1).await?;
    let (items, next_cursor) = cursor::page(items, limit, |entry| entry.id);
    Ok(AuditPage { items, next_cursor })
}
