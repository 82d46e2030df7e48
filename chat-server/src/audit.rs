//! The audit log: what those who look after others did, and what changed who may come in. Written in the transaction of the
//! deed, so that neither is there without the other. Never a secret, never a text that was said. What a token and a
//! conversation are called is written down with the deed, for the log outlasts both; people are looked up when it is read.

use crate::{App, Error, auth::Caller, cursor, store, writer::Tx};
use chat_core::{AuditPage, ConversationId, ListAudit, SessionId, Timestamp, TokenScope, UserId};
use std::{fmt::Display, net::IpAddr};
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
    async fn with(self, tx: &mut Tx, detail: Option<String>) -> Result<Option<String>, Error> {
        let way = match self {
            Self::Itself => return Ok(detail),
            Self::Token(id) => {
                let name = store::session::name(tx, id).await?;
                format!("by the token {}", named(id, name.as_deref()))
            }
            Self::Local => "through the local socket".to_owned(),
        };
        Ok(Some(match detail {
            Some(detail) => format!("{detail} ({way})"),
            None => way,
        }))
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
        let detail = self.way.with(tx, detail).await?;
        Ok(store::audit::insert(tx, &self, action, target, detail.as_deref()).await?)
    }
}

/// A name as it stands in a detail: in quotes, so that it passes for nothing else there.
fn quoted(name: &str) -> String {
    format!("{name:?}")
}

/// What has an id, and perhaps a name.
fn named(id: impl Display, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{id} {}", quoted(name)),
        None => id.to_string(),
    }
}

/// What a token is called, and what may be done with it.
pub(crate) fn token(name: Option<&str>, scope: Option<TokenScope>) -> Option<String> {
    let scope = scope.map(|scope| store::session::scope_word(scope).to_owned());
    let words: Vec<_> = name.map(quoted).into_iter().chain(scope).collect();
    Some(words.join(", ")).filter(|words| !words.is_empty())
}

/// What a conversation is called; none where it has no title.
pub(crate) async fn title(tx: &mut Tx, id: ConversationId) -> Result<Option<String>, Error> {
    let info = store::conversation::info(tx, id).await?;
    Ok(info.title.as_deref().map(quoted))
}

/// Where something was done to somebody.
pub(crate) async fn place(tx: &mut Tx, id: ConversationId) -> Result<String, Error> {
    let info = store::conversation::info(tx, id).await?;
    Ok(format!("conversation {}", named(id, info.title.as_deref())))
}

pub(crate) async fn list(app: &App, _: &Caller, input: ListAudit) -> Result<AuditPage, Error> {
    let limit = input.limit();
    let before: Option<u64> = cursor::read(input.cursor.as_deref())?;
    let mut conn = app.db.read().await?;
    let items = store::audit::page(&mut conn, &input, before, limit + 1).await?;
    let (items, next_cursor) = cursor::page(items, limit, |entry| entry.id);
    Ok(AuditPage { items, next_cursor })
}
