//! What taking an account apart needs: its row becomes a tombstone, and what it has left elsewhere is found in parts.

use crate::store::{Conn, avatar, number, seq, sql, upload};
use chat_core::{ConversationId, MessageId, Seq, Timestamp, User, UserId};
use std::collections::HashMap;
use uuid::Uuid;

/// What others see in the place of a name.
const DELETED_NAME: &str = "Deleted user";

/// The name of somebody among some people, or what others see in its place.
pub(crate) fn name_of(people: &HashMap<UserId, User>, id: UserId) -> String {
    let known = people.get(&id).map(|user| user.display_name.as_str());
    known.unwrap_or(DELETED_NAME).to_owned()
}

/// Leaves a tombstone under another name, and nothing personal beside it. Ended sessions stay for a while, without their
/// names: their access tokens must not be good again after a restart.
pub(crate) async fn erase(
    conn: &mut Conn,
    id: UserId,
    username: &str,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update users set username = $2, display_name = $4, skeleton = null, email = null, pending_email = null,
             pending_at = null, avatar_url = null, bio = null, status_text = null, settings = null, role = 'user',
             password_hash = null, outside_id = null, last_seen_at = null, disabled_at = $3, disabled_reason = null,
             deleted_at = $3, changed_at = $3
         where id = $1",
        id.uuid(),
        username,
        now.ms(),
        DELETED_NAME,
    )?;
    avatar::let_go(conn, id.uuid(), now).await?;
    upload::end_all(conn, id.uuid()).await?;
    for text in [
        "update sessions set device_name = null where user_id = $1",
        "update members set prefs = null where user_id = $1 and prefs is not null",
        "delete from mail_tokens where user_id = $1",
        "delete from contacts where user_id = $1",
        "delete from blocks where user_id = $1",
        "delete from once where user_id = $1",
        "delete from inbox_events where user_id = $1",
    ] {
        sql!(conn, execute, text, id.uuid())?;
    }
    Ok(())
}

/// Whether somebody has exactly this name.
pub(crate) async fn has_username(conn: &mut Conn, username: &str) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select id from users where username = $1",
        username
    )?;
    Ok(row.is_some())
}

/// Notes that there is more to clear away.
pub(crate) async fn begin_deletion(
    conn: &mut Conn,
    id: UserId,
    delete_messages: bool,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into deletions (user_id, delete_messages) values ($1, $2) on conflict do nothing",
        id.uuid(),
        i64::from(delete_messages),
    )
    .map(drop)
}

/// Accounts of which there is more to clear away, after one, and whether their messages go, too.
pub(crate) async fn deletions(
    conn: &mut Conn,
    after: Option<UserId>,
) -> sqlx::Result<Vec<(UserId, bool)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, i64),
        "select user_id, delete_messages from deletions where user_id > $1 order by user_id limit 100",
        after.map_or(Uuid::nil(), UserId::uuid),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, messages)| (UserId::new(id), messages != 0))
        .collect())
}

/// Notes that everything is cleared away.
pub(crate) async fn end_deletion(conn: &mut Conn, id: UserId) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "delete from deletions where user_id = $1",
        id.uuid()
    )
    .map(drop)
}

/// Groups and channels of a user.
pub(crate) async fn joined(
    conn: &mut Conn,
    id: UserId,
    limit: u32,
) -> sqlx::Result<Vec<ConversationId>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select m.conversation_id from members m join conversations c on c.id = m.conversation_id
         where m.user_id = $1 and c.kind <> 'direct' order by m.conversation_id limit $2",
        id.uuid(),
        i64::from(limit),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id,)| ConversationId::new(id))
        .collect())
}

/// Who comes next when the only owner goes: an owner, or else the admin, or else the member, who has been there longest.
pub(crate) async fn heir(
    conn: &mut Conn,
    conversation: ConversationId,
    of: UserId,
) -> sqlx::Result<Option<UserId>> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select m.user_id from members m join users u on u.id = m.user_id
         where m.conversation_id = $1 and m.user_id <> $2
         order by u.disabled_at is not null, case m.role when 'owner' then 0 when 'admin' then 1 else 2 end,
             m.joined_seq, m.user_id
         limit 1",
        conversation.uuid(),
        of.uuid(),
    )?;
    Ok(row.map(|(id,)| UserId::new(id)))
}

/// A place among all that somebody has said: they are ordered by conversation, and there by place.
pub(crate) type SentPlace = (ConversationId, Seq);

/// What somebody has said and not taken back, after a place. Notes about what they did are not among it.
pub(crate) async fn sent_after(
    conn: &mut Conn,
    id: UserId,
    after: Option<SentPlace>,
    limit: u32,
) -> sqlx::Result<Vec<(SentPlace, MessageId)>> {
    let (conversation, place) = after.map_or((Uuid::nil(), -1), |(conversation, place)| {
        (conversation.uuid(), number(place))
    });
    let rows = sql!(
        conn,
        fetch_all as (Uuid, i64, Uuid),
        "select conversation_id, seq, id from messages
         where sender_id = $1 and (conversation_id, seq) > ($2, $3) and deleted_at is null
             and (kind is null or kind <> 'system')
         order by conversation_id, seq limit $4",
        id.uuid(),
        conversation,
        place,
        i64::from(limit),
    )?;
    Ok(rows
        .into_iter()
        .map(|(conversation, place, id)| {
            let place = (ConversationId::new(conversation), seq(place));
            (place, MessageId::new(id))
        })
        .collect())
}
