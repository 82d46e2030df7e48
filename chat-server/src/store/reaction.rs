//! Reactions as they are stored: one row for each emoji of each user under a message.

use super::{
    Conn, at, sql,
    user::{UserRow, user},
    values::values,
};
use chat_core::{Limits, MessageId, Reaction, Timestamp, User, UserId};
use std::collections::HashMap;
use uuid::Uuid;

/// Of an emoji's givers, so many are shown with the message, the first ones.
const SHOWN: i64 = Limits::REACTORS_SHOWN as i64;

/// A giver that is shown, and how many gave the same emoji.
type Row = (Uuid, String, Uuid, i64, i64);

/// The emoji under each of these messages, in the order they came; a message may be named more than once.
pub(crate) async fn of_messages(
    conn: &mut Conn,
    ids: &[MessageId],
) -> sqlx::Result<HashMap<MessageId, Vec<Reaction>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let text = |rows| {
        format!(
            "select message_id, emoji, user_id, at, count
             from (select x.message_id, x.emoji, x.user_id, x.at,
                       count(*) over (partition by x.message_id, x.emoji) as count,
                       row_number() over (partition by x.message_id, x.emoji order by x.at, x.user_id) as place
                   from reactions x
                   where x.message_id in (select v.column1 from ({}) v where v.column1 is not null)) shown
             where place <= {SHOWN} order by message_id, at, user_id",
            values(rows, 1)
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as Row,
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    let mut found: HashMap<MessageId, Vec<Reaction>> = HashMap::new();
    for (message, emoji, user, when, count) in rows {
        let reactions = found.entry(MessageId::new(message)).or_default();
        let known = reactions.iter_mut().find(|known| known.emoji == emoji);
        match known {
            Some(known) => known.user_ids.push(UserId::new(user)),
            None => reactions.push(Reaction {
                emoji,
                count: u32::try_from(count).unwrap_or(u32::MAX),
                user_ids: vec![UserId::new(user)],
                first_at: at(when),
            }),
        }
    }
    for reactions in found.values_mut() {
        reactions.sort_by(|a, b| (a.first_at, &a.emoji).cmp(&(b.first_at, &b.emoji)));
    }
    Ok(found)
}

/// One emoji under a message, as it is now.
pub(crate) async fn find(
    conn: &mut Conn,
    message: MessageId,
    emoji: &str,
) -> sqlx::Result<Option<Reaction>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, i64, i64),
        "select user_id, at, (select count(*) from reactions where message_id = $1 and emoji = $2)
         from reactions where message_id = $1 and emoji = $2 order by at, user_id limit $3",
        message.uuid(),
        emoji,
        SHOWN,
    )?;
    Ok(rows.first().map(|(_, when, count)| Reaction {
        emoji: emoji.to_owned(),
        count: u32::try_from(*count).unwrap_or(u32::MAX),
        user_ids: rows.iter().map(|(user, ..)| UserId::new(*user)).collect(),
        first_at: at(*when),
    }))
}

/// Puts an emoji under a message. False when it was there.
pub(crate) async fn insert(
    conn: &mut Conn,
    message: MessageId,
    emoji: &str,
    user: UserId,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let added = sql!(
        conn,
        execute,
        "insert into reactions (message_id, emoji, user_id, at) values ($1, $2, $3, $4) on conflict do nothing",
        message.uuid(),
        emoji,
        user.uuid(),
        now.ms(),
    )?;
    sql!(
        conn,
        execute,
        "update messages set is_reacted = 1 where id = $1 and is_reacted = 0",
        message.uuid()
    )?;
    Ok(added > 0)
}

/// Takes an emoji back. False when it was not there.
pub(crate) async fn delete(
    conn: &mut Conn,
    message: MessageId,
    emoji: &str,
    user: UserId,
) -> sqlx::Result<bool> {
    let taken = sql!(
        conn,
        execute,
        "delete from reactions where message_id = $1 and emoji = $2 and user_id = $3",
        message.uuid(),
        emoji,
        user.uuid(),
    )?;
    sql!(
        conn,
        execute,
        "update messages set is_reacted = 0
         where id = $1 and not exists (select 1 from reactions where message_id = $1)",
        message.uuid(),
    )?;
    Ok(taken > 0)
}

/// How many different emoji are under a message, and how many of them are a user's.
pub(crate) async fn count(
    conn: &mut Conn,
    message: MessageId,
    user: UserId,
) -> sqlx::Result<(u32, u32)> {
    let (all, own) = sql!(
        conn,
        fetch_one as (i64, i64),
        "select count(distinct emoji), coalesce(sum(case when user_id = $2 then 1 else 0 end), 0)
         from reactions where message_id = $1",
        message.uuid(),
        user.uuid(),
    )?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok((number(all), number(own)))
}

/// Who gave an emoji, in the order they gave it, after one (by its place in that order).
pub(crate) async fn page(
    conn: &mut Conn,
    message: MessageId,
    emoji: &str,
    after: Option<(Timestamp, UserId)>,
    limit: u32,
) -> sqlx::Result<Vec<(Timestamp, User)>> {
    type Row = (Uuid, String, String, Option<String>, i64, i64);
    let (after_at, after_id) =
        after.map_or((i64::MIN, Uuid::nil()), |(when, id)| (when.ms(), id.uuid()));
    let rows = sql!(
        conn,
        fetch_all as Row,
        "select u.id, u.username, u.display_name, u.avatar_url, u.is_bot, x.at
         from reactions x join users u on u.id = x.user_id
         where x.message_id = $1 and x.emoji = $2 and (x.at, x.user_id) > ($3, $4)
         order by x.at, x.user_id limit $5",
        message.uuid(),
        emoji,
        after_at,
        after_id,
        i64::from(limit),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, name, shown, avatar, bot, when)| {
            let row: UserRow = (id, name, shown, avatar, bot);
            (at(when), user(row))
        })
        .collect())
}
