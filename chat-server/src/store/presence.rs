//! What decides who sees whether somebody is here, as it is stored.

use super::{Conn, at, user, values::values};
use chat_core::{Settings, Timestamp, UserId};
use uuid::Uuid;

/// One user in the eyes of another, with whom they share a conversation.
pub(crate) struct Sight {
    pub(crate) user_id: UserId,
    pub(crate) viewer_id: UserId,
    pub(crate) settings: Settings,
    pub(crate) last_seen_at: Option<Timestamp>,
    /// Whether the viewer is one of the user's contacts.
    pub(crate) is_contact: bool,
    /// Whether one of them has blocked the other.
    pub(crate) is_blocked: bool,
}

/// The first of each pair in the eyes of the second; pairs that share no conversation are left out.
pub(crate) async fn sights(
    conn: &mut Conn,
    pairs: &[(UserId, UserId)],
) -> sqlx::Result<Vec<Sight>> {
    type Row = (Uuid, Uuid, Option<String>, Option<i64>, i64, i64);
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let text = |rows| {
        format!(
            "select v.column1, v.column2, u.settings, u.last_seen_at,
                 (select count(*) from contacts c where c.user_id = v.column1 and c.contact_id = v.column2),
                 (select count(*) from blocks b where (b.user_id = v.column1 and b.blocked_id = v.column2)
                      or (b.user_id = v.column2 and b.blocked_id = v.column1))
             from ({}) v join users u on u.id = v.column1
             where exists (select 1 from members a join members b on b.conversation_id = a.conversation_id
                           where a.user_id = v.column2 and b.user_id = v.column1)",
            values(rows, 2)
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as Row,
        text,
        pairs,
        |query, (user, viewer)| query.bind(Some(user.uuid())).bind(Some(viewer.uuid())),
        query.bind(None::<Uuid>).bind(None::<Uuid>)
    )?;
    rows.into_iter()
        .map(|(id, viewer, settings, seen, contact, blocked)| {
            Ok(Sight {
                user_id: UserId::new(id),
                viewer_id: UserId::new(viewer),
                settings: user::settings(settings.as_deref())?,
                last_seen_at: seen.map(at),
                is_contact: contact != 0,
                is_blocked: blocked != 0,
            })
        })
        .collect()
}

/// Notes that some were last seen at a moment, if they were not seen later.
pub(crate) async fn raise_last_seen(
    conn: &mut Conn,
    people: &[UserId],
    seen: Timestamp,
) -> sqlx::Result<()> {
    let text = |rows| {
        format!(
            "update users set last_seen_at = v.column2 from ({}) v
             where users.id = v.column1 and deleted_at is null and (last_seen_at is null or last_seen_at < v.column2)",
            values(rows, 2)
        )
    };
    super::sql_rows!(
        conn,
        execute,
        text,
        people,
        |query, id| query.bind(Some(id.uuid())).bind(Some(seen.ms())),
        query.bind(None::<Uuid>).bind(None::<i64>)
    )
    .map(drop)
}
