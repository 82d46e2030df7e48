//! Whose profile changed, of those whom a user sees: who shares a conversation with them, and their contacts. In the order of
//! the changes, so that who takes them by pages misses nobody.

use super::{Conn, UserRow, at, sql};
use chat_core::{Timestamp, User, UserId};

macro_rules! changed {
    ($columns:literal, $rest:literal) => {
        concat!(
            "select ",
            $columns,
            " from users u where u.changed_at > $2 and
                 (exists (select 1 from members a join members b on b.conversation_id = a.conversation_id
                          where a.user_id = $1 and b.user_id = u.id)
                  or exists (select 1 from contacts c where c.user_id = $1 and c.contact_id = u.id)) ",
            $rest
        )
    };
}

/// When the last one changed of the first `most` after a moment; none where there are no more than so many.
pub(crate) async fn nth_changed(
    conn: &mut Conn,
    user: UserId,
    after: Timestamp,
    most: u32,
) -> sqlx::Result<Option<Timestamp>> {
    let rows = sql!(
        conn,
        fetch_all as (i64,),
        changed!("u.changed_at", "order by u.changed_at limit 2 offset $3"),
        user.uuid(),
        after.ms(),
        i64::from(most.saturating_sub(1)),
    )?;
    Ok(match rows.as_slice() {
        [(last,), _] => Some(at(*last)),
        _ => None,
    })
}

/// Everybody who changed after a moment, up to and with another where one is given.
pub(crate) async fn changed_between(
    conn: &mut Conn,
    user: UserId,
    after: Timestamp,
    upto: Option<Timestamp>,
) -> sqlx::Result<Vec<User>> {
    let rows = sql!(
        conn,
        fetch_all as UserRow,
        changed!(
            "u.id, u.username, u.display_name, u.avatar_url, u.is_bot",
            "and u.changed_at <= $3 order by u.changed_at"
        ),
        user.uuid(),
        after.ms(),
        upto.map_or(i64::MAX, Timestamp::ms),
    )?;
    Ok(rows.into_iter().map(super::user).collect())
}
