//! Who may write beside whom. SQLite has one writer, and beginning to write locks everything. PostgreSQL has many, in
//! several processes: here is what keeps the same meaning there.
//!
//! Whoever decides by more than a few rows writes alone. The others write beside each other, and hold the rows of their
//! conversations, and then of their users, each in the order of their ids: so they wait for each other at most, and
//! never in a circle. A statement behind the locks sees everything that was committed before them.

use super::{Conn, Kind, sql, sql_rows, values::values};
use chat_core::{ConversationId, MessageId, SessionId, UserId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The name of the lock among the advisory locks of the database: "chat".
const KEY: i64 = 0x6368_6174;

/// What somebody writes to, where that is all they decide by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Whatever: nobody else writes meanwhile.
    All,
    /// Conversations, as far as it does not concern what their members have elsewhere.
    Conversations(Vec<ConversationId>),
    /// A conversation, and one of its members.
    Member(ConversationId, UserId),
    /// A message, and the log of its conversation.
    Message(MessageId),
    /// A user, and the user's sessions.
    User(UserId),
    /// A session.
    Session(SessionId),
}

/// The rows that are held while others write beside.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    conversations: BTreeSet<Uuid>,
    messages: BTreeSet<Uuid>,
    users: BTreeSet<Uuid>,
    sessions: BTreeSet<Uuid>,
}

impl Scope {
    /// The conversations that it names.
    pub(crate) fn conversations(&self) -> &[ConversationId] {
        match self {
            Self::Conversations(ids) => ids,
            Self::Member(id, _) => std::slice::from_ref(id),
            Self::All | Self::Message(_) | Self::User(_) | Self::Session(_) => &[],
        }
    }
}

impl Rows {
    /// Adds what belongs to a scope. False for one that has to be alone.
    pub(crate) fn add(&mut self, scope: &Scope) -> bool {
        match scope {
            Scope::All => return false,
            Scope::Conversations(ids) => {
                self.conversations.extend(ids.iter().map(|id| id.uuid()));
            }
            Scope::Member(conversation, user) => {
                self.conversations.insert(conversation.uuid());
                self.users.insert(user.uuid());
            }
            Scope::Message(message) => {
                self.messages.insert(message.uuid());
            }
            Scope::User(user) => {
                self.users.insert(user.uuid());
            }
            Scope::Session(session) => {
                self.sessions.insert(session.uuid());
            }
        }
        true
    }

    /// The conversations that were named.
    pub(crate) fn conversations(&self) -> impl Iterator<Item = ConversationId> {
        self.conversations.iter().copied().map(ConversationId::new)
    }

    /// Adds the conversation that somebody writes to the log of.
    pub(crate) fn add_conversation(&mut self, conversation: ConversationId) {
        self.conversations.insert(conversation.uuid());
    }
}

/// Keeps everybody else from writing until the transaction ends.
pub(crate) async fn alone(conn: &mut Conn) -> sqlx::Result<()> {
    match conn.kind() {
        Kind::Sqlite => Ok(()),
        Kind::Postgres => sql!(conn, execute, "select pg_advisory_xact_lock($1)", KEY).map(drop),
    }
}

/// What becomes of rows that another transaction holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// They are waited for.
    Awaited,
    /// They are waited for, but only a moment.
    Briefly,
    /// They are left out.
    Skipped,
}

/// Whether rows were waited for too long.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == LOCK_NOT_AVAILABLE)
}

/// Whether several waited for each other, and this one was chosen to give up.
pub(crate) fn is_crosswise(error: &sqlx::Error) -> bool {
    const DEADLOCK_DETECTED: &str = "40P01";
    const SERIALIZATION_FAILURE: &str = "40001";
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == DEADLOCK_DETECTED || code == SERIALIZATION_FAILURE)
}

/// Keeps out who has to be alone, and everybody else from these rows, until the transaction ends. Returns the
/// conversations that are held.
pub(crate) async fn beside(
    conn: &mut Conn,
    rows: &Rows,
    held: Held,
) -> sqlx::Result<BTreeSet<Uuid>> {
    if conn.kind() == Kind::Sqlite {
        return Ok(rows.conversations.clone());
    }
    sql!(
        conn,
        execute,
        "select pg_advisory_xact_lock_shared($1)",
        KEY
    )?;
    if held == Held::Briefly {
        // Longer than others need who only write beside.
        sql!(conn, execute, "set local lock_timeout = 50")?;
    }
    let mut conversations = rows.conversations.clone();
    // A message stays where it is, and a session whose it is.
    let text = "select x.conversation_id from messages x join";
    conversations.extend(owners(conn, text, &rows.messages).await?);
    let mut users = rows.users.clone();
    let text = "select x.user_id from sessions x join";
    users.extend(owners(conn, text, &rows.sessions).await?);
    let skip = match held {
        Held::Awaited | Held::Briefly => "",
        Held::Skipped => "skip locked",
    };
    let mut locked = BTreeSet::new();
    // Not `for update`: a row that only names the user or the conversation may come meanwhile.
    for (ids, table) in [(conversations, "conversations"), (users, "users")] {
        if ids.is_empty() {
            continue;
        }
        let text = |rows| {
            let values = values(rows, 1);
            format!(
                "select x.id from {table} x where x.id in (select v.column1 from ({values}) v)
                 order by x.id for no key update {skip}"
            )
        };
        let ids: Vec<_> = ids.into_iter().collect();
        let rows = sql_rows!(
            conn,
            fetch_all as (Uuid,),
            text,
            &ids,
            |query, id| query.bind(Some(*id)),
            query.bind(None::<Uuid>)
        )?;
        if table == "conversations" {
            locked.extend(rows.into_iter().map(|(id,)| id));
        }
    }
    Ok(locked)
}

async fn owners(
    conn: &mut Conn,
    select: &'static str,
    ids: &BTreeSet<Uuid>,
) -> sqlx::Result<Vec<Uuid>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = |rows| format!("{select} ({}) v on x.id = v.column1", values(rows, 1));
    let ids: Vec<_> = ids.iter().copied().collect();
    let rows = sql_rows!(
        conn,
        fetch_all as (Uuid,),
        text,
        &ids,
        |query, id| query.bind(Some(*id)),
        query.bind(None::<Uuid>)
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
