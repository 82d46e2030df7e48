//! Members as they are stored.

mod mark;

pub(crate) use mark::{
    Move, delete_moves_before, insert_move, insert_return, marked_since, marks, receipts,
    set_marks, shown,
};

use super::{Conn, Kind, at, number, seq, sql, unreadable, unwritable, user::user, values::values};
use chat_core::{ConversationId, Member, MemberRole, Prefs, Seq, Timestamp, UserId};
use uuid::Uuid;

/// A member, and who that is.
#[derive(sqlx::FromRow)]
struct MemberRow {
    id: Uuid,
    username: String,
    display_name: String,
    avatar_url: Option<String>,
    is_bot: i64,
    role: String,
    joined_at: i64,
    shown_read_seq: i64,
    delivered_seq: i64,
}

pub(crate) fn role(word: &str) -> sqlx::Result<MemberRole> {
    match word {
        "member" => Ok(MemberRole::Member),
        "admin" => Ok(MemberRole::Admin),
        "owner" => Ok(MemberRole::Owner),
        _ => Err(unreadable("member role")),
    }
}

pub(crate) fn role_word(role: MemberRole) -> sqlx::Result<&'static str> {
    match role {
        MemberRole::Member => Ok("member"),
        MemberRole::Admin => Ok("admin"),
        MemberRole::Owner => Ok("owner"),
        MemberRole::Unknown => Err(unwritable("role")),
    }
}

/// Preferences as the column keeps them; it is empty where nothing was set.
pub(crate) fn prefs(json: Option<&str>) -> sqlx::Result<Prefs> {
    match json {
        Some(json) => serde_json::from_str(json).map_err(|_| unreadable("preferences")),
        None => Ok(Prefs::default()),
    }
}

fn member(row: MemberRow) -> sqlx::Result<Member> {
    let who = (
        row.id,
        row.username,
        row.display_name,
        row.avatar_url,
        row.is_bot,
    );
    Ok(Member {
        user: user(who),
        role: role(&row.role)?,
        joined_at: at(row.joined_at),
        read_seq: seq(row.shown_read_seq),
        delivered_seq: seq(row.delivered_seq),
    })
}

/// A new member. They begin with everything before them read.
pub(crate) struct NewMember {
    pub(crate) user_id: UserId,
    pub(crate) role: MemberRole,
    pub(crate) joined_seq: Seq,
}

pub(crate) async fn insert(
    conn: &mut Conn,
    conversation: ConversationId,
    members: &[NewMember],
    now: Timestamp,
) -> sqlx::Result<()> {
    members
        .iter()
        .try_for_each(|new| role_word(new.role).map(drop))?;
    let text = |rows| {
        format!(
            "insert into members (conversation_id, user_id, role, joined_at, joined_seq, read_seq, shown_read_seq,
                 delivered_seq, marked_at)
             select v.column1, v.column2, v.column3, v.column4, v.column5, v.column5, v.column5, v.column5, v.column4
             from ({}) v where v.column1 is not null",
            values(rows, 5)
        )
    };
    super::sql_rows!(
        conn,
        execute,
        text,
        members,
        |query, new| query
            .bind(Some(conversation.uuid()))
            .bind(Some(new.user_id.uuid()))
            .bind(role_word(new.role).ok())
            .bind(Some(now.ms()))
            .bind(Some(number(new.joined_seq))),
        query
            .bind(None::<Uuid>)
            .bind(None::<Uuid>)
            .bind(None::<&str>)
            .bind(None::<i64>)
            .bind(None::<i64>)
    )
    .map(drop)
}

pub(crate) async fn find(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
) -> sqlx::Result<Option<Member>> {
    let row = sql!(
        conn,
        fetch_optional as MemberRow,
        "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot, m.role, m.joined_at, m.shown_read_seq, m.delivered_seq
         from members m join users u on u.id = m.user_id where m.conversation_id = $1 and m.user_id = $2",
        conversation.uuid(),
        user.uuid(),
    )?;
    row.map(member).transpose()
}

/// Members in the order they joined, after one (by its place in that order).
pub(crate) async fn page(
    conn: &mut Conn,
    conversation: ConversationId,
    after: Option<(Seq, UserId)>,
    limit: u32,
) -> sqlx::Result<Vec<(Seq, Member)>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        member: MemberRow,
        joined_seq: i64,
    }
    let (after_seq, after_id) =
        after.map_or((-1, Uuid::nil()), |(seq, id)| (number(seq), id.uuid()));
    let rows = sql!(
        conn,
        fetch_all as Row,
        "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot, m.role, m.joined_at, m.shown_read_seq, m.delivered_seq,
             m.joined_seq
         from members m join users u on u.id = m.user_id
         where m.conversation_id = $1 and (m.joined_seq, m.user_id) > ($2, $3)
         order by m.joined_seq, m.user_id limit $4",
        conversation.uuid(),
        after_seq,
        after_id,
        i64::from(limit),
    )?;
    rows.into_iter()
        .map(|row| Ok((seq(row.joined_seq), member(row.member)?)))
        .collect()
}

/// Joins the first members `m` of the conversations `v.column1`, in the order they joined. PostgreSQL would look for them
/// anew for each member there is, and SQLite has no `lateral`.
fn join_first(kind: Kind, most: u32) -> String {
    match kind {
        Kind::Sqlite => format!(
            "join members m on m.conversation_id = v.column1 and m.user_id in
                 (select f.user_id from members f where f.conversation_id = v.column1
                  order by f.joined_seq, f.user_id limit {most})"
        ),
        Kind::Postgres => format!(
            "cross join lateral
                 (select * from members f where f.conversation_id = v.column1
                  order by f.joined_seq, f.user_id limit {most}) m"
        ),
    }
}

/// The first ten members of each conversation, in the order they joined.
pub(crate) async fn first_of_each(
    conn: &mut Conn,
    conversations: &[ConversationId],
) -> sqlx::Result<Vec<(ConversationId, Member)>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        conversation_id: Uuid,
        #[sqlx(flatten)]
        member: MemberRow,
    }
    let first = join_first(conn.kind(), 10);
    let text = |rows| {
        format!(
            "select v.column1 as conversation_id, u.id, u.username, u.display_name, u.avatar_url, u.is_bot, m.role, m.joined_at, m.shown_read_seq,
                 m.delivered_seq
             from ({}) v {} join users u on u.id = m.user_id
             order by v.column1, m.joined_seq, m.user_id",
            values(rows, 1),
            first,
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as Row,
        text,
        conversations,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    rows.into_iter()
        .map(|row| {
            Ok((
                ConversationId::new(row.conversation_id),
                member(row.member)?,
            ))
        })
        .collect()
}

/// Which members have one of these usernames or ids, in the order of their ids.
pub(crate) async fn named(
    conn: &mut Conn,
    conversation: ConversationId,
    usernames: &[String],
    ids: &[UserId],
) -> sqlx::Result<Vec<UserId>> {
    let mut found = Vec::new();
    for name in usernames {
        let row = sql!(
            conn,
            fetch_optional as (Uuid,),
            "select m.user_id from users u join members m on m.user_id = u.id and m.conversation_id = $1
             where u.username = $2",
            conversation.uuid(),
            name.as_str(),
        )?;
        found.extend(row.map(|(id,)| UserId::new(id)));
    }
    for id in ids {
        let row = sql!(
            conn,
            fetch_optional as (Uuid,),
            "select user_id from members where conversation_id = $1 and user_id = $2",
            conversation.uuid(),
            id.uuid(),
        )?;
        found.extend(row.map(|(id,)| UserId::new(id)));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Who is at this place in the order of joining, counted from 0.
pub(crate) async fn nth(
    conn: &mut Conn,
    conversation: ConversationId,
    nth: u32,
) -> sqlx::Result<Option<UserId>> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select user_id from members where conversation_id = $1 order by joined_seq, user_id limit 1 offset $2",
        conversation.uuid(),
        i64::from(nth),
    )?;
    Ok(row.map(|(id,)| UserId::new(id)))
}

pub(crate) async fn ids(
    conn: &mut Conn,
    conversation: ConversationId,
) -> sqlx::Result<Vec<UserId>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select user_id from members where conversation_id = $1 order by joined_seq, user_id",
        conversation.uuid(),
    )?;
    Ok(rows.into_iter().map(|(id,)| UserId::new(id)).collect())
}

/// Whether somebody besides a member is an owner whose account is not switched off.
pub(crate) async fn has_other_owner(
    conn: &mut Conn,
    conversation: ConversationId,
    but: UserId,
) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select m.user_id from members m join users u on u.id = m.user_id
         where m.conversation_id = $1 and m.role = 'owner' and m.user_id <> $2 and u.disabled_at is null limit 1",
        conversation.uuid(),
        but.uuid(),
    )?;
    Ok(row.is_some())
}

pub(crate) async fn set_role(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
    role: MemberRole,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update members set role = $3 where conversation_id = $1 and user_id = $2",
        conversation.uuid(),
        user.uuid(),
        role_word(role)?,
    )
    .map(drop)
}

pub(crate) async fn delete(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "delete from members where conversation_id = $1 and user_id = $2",
        conversation.uuid(),
        user.uuid(),
    )
    .map(drop)
}

/// Notes whether the other one of a direct conversation has blocked this member.
pub(crate) async fn set_blocked(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
    is_blocked: bool,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update members set is_blocked = $3 where conversation_id = $1 and user_id = $2",
        conversation.uuid(),
        user.uuid(),
        i64::from(is_blocked),
    )
    .map(drop)
}

/// Keeps what a member has set for themselves alone.
pub(crate) async fn set_prefs(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
    prefs: &Prefs,
) -> sqlx::Result<()> {
    let json = serde_json::to_string(prefs).expect("preferences are plain values");
    sql!(
        conn,
        execute,
        "update members set prefs = $3 where conversation_id = $1 and user_id = $2",
        conversation.uuid(),
        user.uuid(),
        json,
    )
    .map(drop)
}
