//! Marks as they are stored: how far members are, what others see of that, and when it moved.

use crate::store::{
    Conn, at, number, seq, sql,
    user::{UserRow, settings, user},
    values::values,
};
use chat_core::{ConversationId, Mark, Message, Receipt, Seq, Timestamp, UserId};
use uuid::Uuid;

/// Sets the marks of a member, and what others see of them; the caller has decided that they may be so.
pub(crate) async fn set_marks(
    conn: &mut Conn,
    conversation: ConversationId,
    mark: Mark,
    shown_read_seq: Seq,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update members set read_seq = $3, delivered_seq = $4, shown_read_seq = $6, marked_at = $5
         where conversation_id = $1 and user_id = $2",
        conversation.uuid(),
        mark.user_id.uuid(),
        number(mark.read_seq),
        number(mark.delivered_seq),
        now.ms(),
        number(shown_read_seq),
    )
    .map(drop)
}

/// What others see of a member's read mark, and whether the member lets them see it move.
pub(crate) async fn shown(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
) -> sqlx::Result<(Seq, bool)> {
    let (shown, json) = sql!(
        conn,
        fetch_one as (i64, Option<String>),
        "select m.shown_read_seq, u.settings from members m join users u on u.id = m.user_id
         where m.conversation_id = $1 and m.user_id = $2",
        conversation.uuid(),
        user.uuid(),
    )?;
    Ok((seq(shown), settings(json.as_deref())?.read_marks))
}

/// The marks of the first hundred members of each conversation.
pub(crate) async fn marks(
    conn: &mut Conn,
    conversations: &[ConversationId],
) -> sqlx::Result<Vec<(ConversationId, Mark)>> {
    type Row = (Uuid, Uuid, i64, i64);
    let first = super::join_first(conn.kind(), 100);
    let text = |rows| {
        format!(
            "select v.column1, m.user_id, m.shown_read_seq, m.delivered_seq from ({}) v {first}",
            values(rows, 1)
        )
    };
    let rows = crate::store::sql_rows!(
        conn,
        fetch_all as Row,
        text,
        conversations,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    Ok(rows
        .into_iter()
        .map(|(conversation, user, read, delivered)| {
            let mark = Mark {
                user_id: UserId::new(user),
                read_seq: seq(read),
                delivered_seq: seq(delivered),
            };
            (ConversationId::new(conversation), mark)
        })
        .collect())
}

/// Conversations of a user in which somebody's mark moved at or after a moment; those too large to tell marks are left out.
pub(crate) async fn marked_since(
    conn: &mut Conn,
    user: UserId,
    since: Timestamp,
) -> sqlx::Result<Vec<ConversationId>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select distinct mine.conversation_id from members mine
         join conversations c on c.id = mine.conversation_id and c.member_count <= 100
         join members m on m.conversation_id = mine.conversation_id and m.marked_at >= $2
         where mine.user_id = $1",
        user.uuid(),
        since.ms(),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id,)| ConversationId::new(id))
        .collect())
}

/// Which mark moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    Delivered,
    Read,
}

/// Notes when a mark came to a place; the first time is what counts. False when it was there before.
pub(crate) async fn insert_move(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
    kind: Move,
    to: Seq,
    now: Timestamp,
) -> sqlx::Result<bool> {
    sql!(
        conn,
        execute,
        "insert into mark_moves (conversation_id, user_id, kind, seq, at) values ($1, $2, $3, $4, $5)
         on conflict (conversation_id, user_id, kind, seq) do nothing",
        conversation.uuid(),
        user.uuid(),
        match kind {
            Move::Delivered => "delivered",
            Move::Read => "read",
        },
        number(to),
        now.ms(),
    )
    .map(|inserted| inserted > 0)
}

/// Notes that a mark moved to where it was before, which no receipt speaks of: who looks for marks that moved finds it.
pub(crate) async fn insert_return(
    conn: &mut Conn,
    conversation: ConversationId,
    user: UserId,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into mark_moves (conversation_id, user_id, kind, seq, at) values ($1, $2, 'returned', 0, $3)
         on conflict (conversation_id, user_id, kind, seq) do update set at = excluded.at",
        conversation.uuid(),
        user.uuid(),
        now.ms(),
    )
    .map(drop)
}

/// Forgets when marks moved before a moment.
pub(crate) async fn delete_moves_before(conn: &mut Conn, moment: Timestamp) -> sqlx::Result<u64> {
    sql!(
        conn,
        execute,
        "delete from mark_moves where at < $1",
        moment.ms()
    )
}

#[derive(sqlx::FromRow)]
struct ReceiptRow {
    id: Uuid,
    username: String,
    display_name: String,
    avatar_url: Option<String>,
    is_bot: i64,
    joined_seq: i64,
    shown_read_seq: i64,
    delivered_seq: i64,
    read_at: Option<i64>,
    delivered_at: Option<i64>,
}

/// How far those who were members when a message was said are with it, in the order they joined, after one (by its place
/// in that order).
pub(crate) async fn receipts(
    conn: &mut Conn,
    message: &Message,
    after: Option<(Seq, UserId)>,
    limit: u32,
) -> sqlx::Result<Vec<(Seq, Receipt)>> {
    let (after_seq, after_id) =
        after.map_or((-1, Uuid::nil()), |(seq, id)| (number(seq), id.uuid()));
    let rows = sql!(
        conn,
        fetch_all as ReceiptRow,
        "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot, m.joined_seq, m.shown_read_seq, m.delivered_seq,
             (select min(v.at) from mark_moves v where v.conversation_id = m.conversation_id
                  and v.user_id = m.user_id and v.kind = 'read' and v.seq >= $2) as read_at,
             (select min(v.at) from mark_moves v where v.conversation_id = m.conversation_id
                  and v.user_id = m.user_id and v.kind = 'delivered' and v.seq >= $2) as delivered_at
         from members m join users u on u.id = m.user_id
         where m.conversation_id = $1 and m.joined_seq <= $2 and m.user_id <> $3
             and (m.joined_seq, m.user_id) > ($4, $5)
         order by m.joined_seq, m.user_id limit $6",
        message.conversation_id.uuid(),
        number(message.seq),
        message.sender.id.uuid(),
        after_seq,
        after_id,
        i64::from(limit),
    )?;
    Ok(rows
        .into_iter()
        .map(|row| (seq(row.joined_seq), receipt(row, message.seq)))
        .collect())
}

fn receipt(row: ReceiptRow, of: Seq) -> Receipt {
    let who: UserRow = (
        row.id,
        row.username,
        row.display_name,
        row.avatar_url,
        row.is_bot,
    );
    let (delivered, read) = (seq(row.delivered_seq) >= of, seq(row.shown_read_seq) >= of);
    Receipt {
        user: user(who),
        delivered,
        delivered_at: row.delivered_at.filter(|_| delivered).map(at),
        read,
        read_at: row.read_at.filter(|_| read).map(at),
    }
}
