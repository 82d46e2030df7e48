//! Accounts and conversations as those see them who look after the server, and the server in numbers.

use super::{
    Conn, at,
    conversation::kind,
    count, sql,
    user::{self, MeRow, role_word},
    values::values,
};
use chat_core::{
    Account, ChangeAccount, ConversationId, ConversationInfo, ListAccounts, ListAllConversations,
    Stats, Timestamp, UserId,
};
use std::collections::HashMap;
use uuid::Uuid;

const DAY_MS: i64 = 86_400_000;

/// With the place of the parameter that says what time it is.
macro_rules! select_account {
    ($now:literal) => {
        concat!(
            "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot, u.bio, u.status_text, u.email,
             u.pending_email, u.settings, u.role, u.created_at, u.disabled_at, u.disabled_reason, u.deleted_at,
             (select count(*) from sessions s where s.user_id = u.id and s.ended_at is null
                 and s.expires_at > ", $now, ") as sessions,
             (select cast(coalesce(sum(a.size), 0) as bigint) from attachments a where a.owner_id = u.id) as storage
         from users u "
        )
    };
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    #[sqlx(flatten)]
    me: MeRow,
    disabled_at: Option<i64>,
    disabled_reason: Option<String>,
    deleted_at: Option<i64>,
    sessions: i64,
    storage: i64,
}

fn account(row: AccountRow) -> sqlx::Result<Account> {
    Ok(Account {
        me: user::account(row.me)?,
        disabled_at: row.disabled_at.map(at),
        disabled_reason: row.disabled_reason,
        deleted_at: row.deleted_at.map(at),
        session_count: u32::try_from(row.sessions).unwrap_or(u32::MAX),
        storage_bytes: count(row.storage),
    })
}

pub(crate) async fn find(conn: &mut Conn, id: UserId) -> sqlx::Result<Option<Account>> {
    let now = conn.now();
    let row = sql!(
        conn,
        fetch_optional as AccountRow,
        concat!(select_account!("$2"), "where u.id = $1"),
        id.uuid(),
        now.ms()
    )?;
    row.map(account).transpose()
}

/// Accounts in the order of their usernames, after one.
pub(crate) async fn page(
    conn: &mut Conn,
    wanted: &ListAccounts,
    after: &str,
    limit: u32,
) -> sqlx::Result<Vec<Account>> {
    let q = wanted
        .q
        .as_deref()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let begins = format!("% {}%", user::escape_like(&q));
    let now = conn.now();
    let rows = sql!(
        conn,
        fetch_all as AccountRow,
        concat!(
            select_account!("$7"),
            r"where u.username > $1
                and (u.search_text like $2 escape '\' or u.email = $3 or u.pending_email = $3)
                and ($4 is null or u.role = $4)
                and ($5 is null or (u.disabled_at is not null) = $5)
              order by u.username limit $6"
        ),
        after,
        begins,
        q,
        wanted.role.map(role_word).transpose()?,
        wanted.disabled,
        i64::from(limit),
        now.ms(),
    )?;
    rows.into_iter().map(account).collect()
}

pub(crate) async fn count_admins(conn: &mut Conn) -> sqlx::Result<i64> {
    let (count,) = sql!(
        conn,
        fetch_one as (i64,),
        "select count(*) from users where role = 'admin' and disabled_at is null",
    )?;
    Ok(count)
}

pub(crate) async fn set_bot(conn: &mut Conn, id: UserId, is_bot: bool) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set is_bot = $2 where id = $1",
        id.uuid(),
        i64::from(is_bot)
    )
    .map(drop)
}

/// Changes what is named; what is absent stays. What an account is found by follows its names, elsewhere.
pub(crate) async fn change(
    conn: &mut Conn,
    to: &ChangeAccount,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set
             role = coalesce($2, role),
             display_name = coalesce($3, display_name),
             email = coalesce($4, email),
             pending_email = case when $4 is null then pending_email end,
             disabled_at = case when $5 is null then disabled_at when $5 then coalesce(disabled_at, $6) end,
             disabled_reason = case when $5 is null then disabled_reason when $5 then coalesce($7, disabled_reason) end,
             changed_at = $6
         where id = $1",
        to.user_id.uuid(),
        to.role.map(role_word).transpose()?,
        to.display_name.as_ref().map(|name| name.as_str()),
        to.email.as_ref().map(|email| email.as_str()),
        to.disabled,
        now.ms(),
        to.reason.as_ref().map(|reason| reason.as_str()),
    )
    .map(drop)
}

macro_rules! select_conversation {
    () => {
        "select c.id, c.kind, c.title, c.created_at, c.updated_at, c.member_count,
             (select count(*) from messages x where x.conversation_id = c.id) as messages
         from conversations c "
    };
}

#[derive(sqlx::FromRow)]
struct InfoRow {
    id: Uuid,
    kind: String,
    title: Option<String>,
    created_at: i64,
    updated_at: i64,
    member_count: i64,
    messages: i64,
}

async fn infos(conn: &mut Conn, rows: Vec<InfoRow>) -> sqlx::Result<Vec<ConversationInfo>> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut owners = owners(conn, &ids).await?;
    rows.into_iter()
        .map(|row| {
            Ok(ConversationInfo {
                id: ConversationId::new(row.id),
                kind: kind(&row.kind)?,
                title: row.title,
                created_at: at(row.created_at),
                updated_at: at(row.updated_at),
                member_count: u32::try_from(row.member_count).unwrap_or(u32::MAX),
                message_count: count(row.messages),
                owner_ids: owners.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect()
}

async fn owners(conn: &mut Conn, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, Vec<UserId>>> {
    let text = |rows| {
        format!(
            "select m.conversation_id, m.user_id from ({}) v
             join members m on m.conversation_id = v.column1 and m.role = 'owner'
             order by m.conversation_id, m.user_id",
            values(rows, 1)
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as (Uuid, Uuid),
        text,
        ids,
        |query, id| query.bind(Some(*id)),
        query.bind(None::<Uuid>)
    )?;
    let mut owners: HashMap<_, Vec<_>> = HashMap::new();
    for (conversation, user) in rows {
        owners
            .entry(conversation)
            .or_default()
            .push(UserId::new(user));
    }
    Ok(owners)
}

pub(crate) async fn conversation(
    conn: &mut Conn,
    id: ConversationId,
) -> sqlx::Result<Option<ConversationInfo>> {
    let row = sql!(
        conn,
        fetch_optional as InfoRow,
        concat!(select_conversation!(), "where c.id = $1"),
        id.uuid()
    )?;
    Ok(infos(conn, row.into_iter().collect()).await?.pop())
}

/// Titles that are looked through at once.
const TITLES_AT_ONCE: u32 = 2_000;

/// Conversations, newest activity first, after one (by its place in that order).
pub(crate) async fn conversations(
    conn: &mut Conn,
    wanted: &ListAllConversations,
    mut after: Option<(Timestamp, ConversationId)>,
    limit: u32,
) -> sqlx::Result<Vec<ConversationInfo>> {
    // Small letters of every script: an engine knows them by its settings, or not at all.
    let q = wanted.q.as_deref().unwrap_or_default().trim();
    let q = q.to_lowercase();
    let at_once = if q.is_empty() { limit } else { TITLES_AT_ONCE };
    let mut ids = Vec::new();
    loop {
        let page = titles(conn, wanted.user_id, after, at_once).await?;
        let is_last = q.is_empty() || page.len() < at_once as usize;
        after = page.last().map(|(id, _, when)| (*when, *id));
        let found = page.into_iter().filter(|(_, title, _)| has_word(title, &q));
        ids.extend(found.map(|(id, ..)| id.uuid()));
        if is_last || ids.len() >= limit as usize {
            break;
        }
    }
    ids.truncate(limit as usize);
    let text = |rows| {
        format!(
            "{} join ({}) v on v.column1 = c.id order by c.updated_at desc, c.id desc",
            select_conversation!(),
            values(rows, 1)
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as InfoRow,
        text,
        &ids,
        |query, id| query.bind(Some(*id)),
        query.bind(None::<Uuid>)
    )?;
    infos(conn, rows).await
}

/// Whether a word of a title begins with what is looked for, or the title does.
fn has_word(title: &str, q: &str) -> bool {
    let title = title.to_lowercase();
    title.starts_with(q) || title.contains(&format!(" {q}"))
}

/// Titles in that order, all or those of somebody's conversations.
async fn titles(
    conn: &mut Conn,
    user: Option<UserId>,
    after: Option<(Timestamp, ConversationId)>,
    limit: u32,
) -> sqlx::Result<Vec<(ConversationId, String, Timestamp)>> {
    let (after_at, after_id) =
        after.map_or((i64::MAX, Uuid::max()), |(when, id)| (when.ms(), id.uuid()));
    let rows = sql!(
        conn,
        fetch_all as (Uuid, Option<String>, i64),
        "select c.id, c.title, c.updated_at from conversations c where (c.updated_at, c.id) < ($1, $2)
             and ($3 is null or exists (select 1 from members m where m.conversation_id = c.id and m.user_id = $3))
         order by c.updated_at desc, c.id desc limit $4",
        after_at,
        after_id,
        user.map(UserId::uuid),
        i64::from(limit),
    )?;
    let title = |(id, title, when): (Uuid, Option<String>, i64)| {
        (ConversationId::new(id), title.unwrap_or_default(), at(when))
    };
    Ok(rows.into_iter().map(title).collect())
}

#[derive(sqlx::FromRow)]
struct StatsRow {
    users: i64,
    users_disabled: i64,
    users_active_day: i64,
    users_active_month: i64,
    users_new_day: i64,
    users_new_month: i64,
    sessions: i64,
    conversations: i64,
    messages: i64,
    messages_day: i64,
    messages_month: i64,
    attachments: i64,
    attachment_bytes: i64,
    reports_open: i64,
}

/// What the database knows of the server in numbers.
pub(crate) async fn stats(conn: &mut Conn, now: Timestamp) -> sqlx::Result<Stats> {
    let row = sql!(
        conn,
        fetch_one as StatsRow,
        "select
             (select count(*) from users where deleted_at is null) as users,
             (select count(*) from users where deleted_at is null and disabled_at is not null) as users_disabled,
             (select count(*) from users where deleted_at is null and (last_seen_at >= $1 or exists
                 (select 1 from sessions where user_id = users.id and last_used_at >= $1))) as users_active_day,
             (select count(*) from users where deleted_at is null and (last_seen_at >= $2 or exists
                 (select 1 from sessions where user_id = users.id and last_used_at >= $2))) as users_active_month,
             (select count(*) from users where deleted_at is null and created_at >= $1) as users_new_day,
             (select count(*) from users where deleted_at is null and created_at >= $2) as users_new_month,
             (select count(*) from sessions where ended_at is null and expires_at > $3) as sessions,
             (select count(*) from conversations) as conversations,
             (select count(*) from messages where deleted_at is null) as messages,
             (select count(*) from messages where deleted_at is null and created_at >= $1) as messages_day,
             (select count(*) from messages where deleted_at is null and created_at >= $2) as messages_month,
             (select count(*) from attachments) as attachments,
             (select cast(coalesce(sum(size), 0) as bigint) from attachments) as attachment_bytes,
             (select count(*) from reports where state = 'open') as reports_open",
        now.plus_ms(-DAY_MS).ms(),
        now.plus_ms(-30 * DAY_MS).ms(),
        now.ms(),
    )?;
    let database_bytes = super::health::database_bytes(conn).await?;
    Ok(Stats {
        users: count(row.users),
        users_disabled: count(row.users_disabled),
        users_active_day: count(row.users_active_day),
        users_active_month: count(row.users_active_month),
        users_new_day: count(row.users_new_day),
        users_new_month: count(row.users_new_month),
        sessions: count(row.sessions),
        sockets: 0,
        conversations: count(row.conversations),
        messages: count(row.messages),
        messages_day: count(row.messages_day),
        messages_month: count(row.messages_month),
        attachments: count(row.attachments),
        attachment_bytes: count(row.attachment_bytes),
        database_bytes: count(database_bytes),
        reports_open: count(row.reports_open),
        version: String::new(),
        started_at: now,
    })
}
