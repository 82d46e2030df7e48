//! Who may write beside whom. SQLite has one writer, and beginning to write locks everything. PostgreSQL has many, in
//! several processes: here is what keeps the same meaning there.
//!
//! Whoever decides by more than a few rows writes alone. The others write beside each other, and hold the rows of their
//! conversations, and then of their users, each in the order of their ids: so they wait for each other at most, and
//! never in a circle. A statement behind the locks sees everything that was committed before them.

use super::{Conn, Kind, sql, sql_rows, values::values};
use chat_core::{ConversationId, MessageId, SessionId, UserId};
use std::collections::{BTreeMap, BTreeSet};
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
    /// Adds what belongs to a scope; nothing for one that has to be alone.
    pub(crate) fn add(&mut self, scope: &Scope) {
        match scope {
            Scope::All => {}
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
    }

    /// Adds the conversation that somebody writes to the log of.
    pub(crate) fn add_conversation(&mut self, conversation: ConversationId) {
        self.conversations.insert(conversation.uuid());
    }
}

/// Keeps everybody else from writing until the transaction ends. What is held even then, no process of the chat holds, and
/// all of them wait: it is waited for only a moment.
pub(crate) async fn alone(conn: &mut Conn) -> sqlx::Result<()> {
    if conn.kind() == Kind::Sqlite {
        return Ok(());
    }
    sql!(conn, execute, "select pg_advisory_xact_lock($1)", KEY)?;
    sql!(conn, execute, "set local lock_timeout = 200").map(drop)
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

/// What is left out when rows are to be held.
#[derive(Debug, Default)]
pub(crate) struct Locked {
    /// Conversations that are not held, because another transaction holds them.
    busy: BTreeSet<Uuid>,
    /// Users of whom the same is so.
    busy_users: BTreeSet<Uuid>,
    /// The conversations of messages, and the users of sessions.
    owners: BTreeMap<Uuid, Uuid>,
}

impl Locked {
    /// Conversations that another transaction holds.
    pub(crate) fn busy(&self) -> impl Iterator<Item = ConversationId> {
        self.busy.iter().copied().map(ConversationId::new)
    }

    /// Whether another transaction holds something of a scope.
    pub(crate) fn is_busy(&self, scope: &Scope) -> bool {
        let owned = |id: Uuid, busy: &BTreeSet<Uuid>| {
            let owner = self.owners.get(&id);
            owner.is_some_and(|owner| busy.contains(owner))
        };
        match scope {
            Scope::All => false,
            Scope::Conversations(ids) => ids.iter().any(|id| self.busy.contains(&id.uuid())),
            Scope::Member(conversation, user) => {
                self.busy.contains(&conversation.uuid()) || self.busy_users.contains(&user.uuid())
            }
            Scope::Message(message) => owned(message.uuid(), &self.busy),
            Scope::User(user) => self.busy_users.contains(&user.uuid()),
            Scope::Session(session) => owned(session.uuid(), &self.busy_users),
        }
    }
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

/// Keeps out who has to be alone, and everybody else from these rows, until the transaction ends.
pub(crate) async fn beside(conn: &mut Conn, rows: &Rows, held: Held) -> sqlx::Result<Locked> {
    if conn.kind() == Kind::Sqlite {
        return Ok(Locked::default());
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
    // A message stays where it is, and a session whose it is.
    let places = owners(conn, MESSAGES, &rows.messages).await?;
    let people = owners(conn, SESSIONS, &rows.sessions).await?;
    let mut conversations = rows.conversations.clone();
    conversations.extend(places.values());
    let mut users = rows.users.clone();
    users.extend(people.values());
    Ok(Locked {
        busy: hold(conn, "conversations", conversations, held).await?,
        busy_users: hold(conn, "users", users, held).await?,
        owners: places.into_iter().chain(people).collect(),
    })
}

/// Holds rows of a table. Returns those that are left out, because another transaction holds them.
async fn hold(
    conn: &mut Conn,
    table: &'static str,
    ids: BTreeSet<Uuid>,
    held: Held,
) -> sqlx::Result<BTreeSet<Uuid>> {
    let skip = match held {
        Held::Awaited | Held::Briefly => "",
        Held::Skipped => "skip locked",
    };
    // Not `for update`: a row that only names the user or the conversation may come meanwhile.
    let lock = format!("order by x.id for no key update {skip}");
    let free = find(conn, table, &ids, &lock).await?;
    if held != Held::Skipped || free.len() == ids.len() {
        return Ok(BTreeSet::new());
    }
    // What is not there nobody holds.
    let missing = ids.difference(&free).copied().collect();
    find(conn, table, &missing, "").await
}

/// The rows of a table that have these ids; `more` says in which order, and whether they are held.
pub(super) async fn find(
    conn: &mut Conn,
    table: &'static str,
    ids: &BTreeSet<Uuid>,
    more: &str,
) -> sqlx::Result<BTreeSet<Uuid>> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let text = |rows| {
        let values = values(rows, 1);
        format!(
            "select x.id from {table} x where x.id in (select v.column1 from ({values}) v) {more}"
        )
    };
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

/// The conversations of messages.
pub(crate) async fn places(
    conn: &mut Conn,
    messages: &BTreeSet<MessageId>,
) -> sqlx::Result<BTreeMap<MessageId, ConversationId>> {
    let ids = messages.iter().map(|id| id.uuid()).collect();
    let places = owners(conn, MESSAGES, &ids).await?.into_iter();
    Ok(places
        .map(|(id, place)| (MessageId::new(id), ConversationId::new(place)))
        .collect())
}

const MESSAGES: &str = "select x.id, x.conversation_id from messages x join";
const SESSIONS: &str = "select x.id, x.user_id from sessions x join";

async fn owners(
    conn: &mut Conn,
    select: &'static str,
    ids: &BTreeSet<Uuid>,
) -> sqlx::Result<BTreeMap<Uuid, Uuid>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let text = |rows| format!("{select} ({}) v on x.id = v.column1", values(rows, 1));
    let ids: Vec<_> = ids.iter().copied().collect();
    let rows = sql_rows!(
        conn,
        fetch_all as (Uuid, Uuid),
        text,
        &ids,
        |query, id| query.bind(Some(*id)),
        query.bind(None::<Uuid>)
    )?;
    Ok(rows.into_iter().collect())
}
