//! What is stored about a user beside their account, as it is handed to them: what they have. Each function gives a page
//! in an order that nothing changes, so that what happens meanwhile makes nothing fall out.

mod done;

pub(crate) use done::{
    own_bans, own_deeds, own_invites, own_reactions, own_reports, own_revisions,
};

use crate::store::{Conn, at, session, sql};
use chat_core::{AttachmentId, ConversationId, SessionId, Timestamp, UploadId, UserId};
use serde::Serialize;
use uuid::Uuid;

/// A device they are or were signed in on.
#[derive(Serialize)]
pub(crate) struct OwnSession {
    id: SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_name: Option<String>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

/// A picture of them, also one that waits to be collected.
#[derive(Serialize)]
pub(crate) struct OwnAvatar {
    avatar_url: String,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    unused_since: Option<Timestamp>,
}

/// Somebody they know.
#[derive(Serialize)]
pub(crate) struct OwnContact {
    user_id: UserId,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    favorite: bool,
    created_at: Timestamp,
}

/// Somebody they do not want to hear from.
#[derive(Serialize)]
pub(crate) struct OwnBlock {
    user_id: UserId,
    username: String,
    created_at: Timestamp,
}

/// A file of theirs.
#[derive(Serialize)]
pub(crate) struct OwnFile {
    pub(crate) id: AttachmentId,
    file_name: String,
    size: i64,
    mime_type: String,
    created_at: Timestamp,
}

/// A file of theirs that comes in parts, and is not whole yet.
#[derive(Serialize)]
pub(crate) struct OwnUpload {
    id: UploadId,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    length: i64,
    offset: i64,
    created_at: Timestamp,
}

pub(crate) async fn own_sessions(
    conn: &mut Conn,
    id: UserId,
    after: Option<SessionId>,
    limit: u32,
) -> sqlx::Result<Vec<(SessionId, OwnSession)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, Option<String>, i64, i64, i64, Option<i64>),
        "select id, device_name, created_at, last_used_at, expires_at, ended_at from sessions
         where user_id = $1 and id > $2 order by id limit $3",
        id.uuid(),
        after.map_or(Uuid::nil(), SessionId::uuid),
        i64::from(limit),
    )?;
    let session =
        |(id, device_name, created, used, expires, ended): (_, _, _, _, _, Option<i64>)| {
            let id = SessionId::new(id);
            let session = OwnSession {
                id,
                device_name,
                created_at: at(created),
                last_used_at: session::used(used),
                expires_at: at(expires),
                ended_at: ended.map(at),
            };
            (id, session)
        };
    Ok(rows.into_iter().map(session).collect())
}

pub(crate) async fn own_avatars(
    conn: &mut Conn,
    id: UserId,
    after: Option<Uuid>,
    limit: u32,
) -> sqlx::Result<Vec<(Uuid, OwnAvatar)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, i64, Option<i64>),
        "select id, created_at, unused_since from avatars where subject_id = $1 and id > $2 order by id limit $3",
        id.uuid(),
        after.unwrap_or(Uuid::nil()),
        i64::from(limit),
    )?;
    let avatar = |(id, created, unused): (_, _, Option<i64>)| {
        let avatar = OwnAvatar {
            avatar_url: format!("avatars/{id}"),
            created_at: at(created),
            unused_since: unused.map(at),
        };
        (id, avatar)
    };
    Ok(rows.into_iter().map(avatar).collect())
}

/// The conversations they are in.
pub(crate) async fn own_conversations(
    conn: &mut Conn,
    id: UserId,
    after: Option<ConversationId>,
    limit: u32,
) -> sqlx::Result<Vec<ConversationId>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select conversation_id from members where user_id = $1 and conversation_id > $2
         order by conversation_id limit $3",
        id.uuid(),
        after.map_or(Uuid::nil(), ConversationId::uuid),
        i64::from(limit),
    )?;
    Ok(rows
        .into_iter()
        .map(|(id,)| ConversationId::new(id))
        .collect())
}

pub(crate) async fn own_contacts(
    conn: &mut Conn,
    id: UserId,
    after: Option<UserId>,
    limit: u32,
) -> sqlx::Result<Vec<(UserId, OwnContact)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, String, Option<String>, i64, i64),
        "select c.contact_id, u.username, c.nickname, c.favorite, c.created_at
         from contacts c join users u on u.id = c.contact_id
         where c.user_id = $1 and c.contact_id > $2 order by c.contact_id limit $3",
        id.uuid(),
        after.map_or(Uuid::nil(), UserId::uuid),
        i64::from(limit),
    )?;
    let contact = |(id, username, nickname, favorite, created)| {
        let user_id = UserId::new(id);
        let contact = OwnContact {
            user_id,
            username,
            nickname,
            favorite: favorite != 0_i64,
            created_at: at(created),
        };
        (user_id, contact)
    };
    Ok(rows.into_iter().map(contact).collect())
}

pub(crate) async fn own_blocks(
    conn: &mut Conn,
    id: UserId,
    after: Option<UserId>,
    limit: u32,
) -> sqlx::Result<Vec<(UserId, OwnBlock)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, String, i64),
        "select b.blocked_id, u.username, b.created_at from blocks b join users u on u.id = b.blocked_id
         where b.user_id = $1 and b.blocked_id > $2 order by b.blocked_id limit $3",
        id.uuid(),
        after.map_or(Uuid::nil(), UserId::uuid),
        i64::from(limit),
    )?;
    let block = |(id, username, created)| {
        let user_id = UserId::new(id);
        let block = OwnBlock {
            user_id,
            username,
            created_at: at(created),
        };
        (user_id, block)
    };
    Ok(rows.into_iter().map(block).collect())
}

pub(crate) async fn own_files(
    conn: &mut Conn,
    id: UserId,
    after: Option<AttachmentId>,
    limit: u32,
) -> sqlx::Result<Vec<(AttachmentId, OwnFile)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, String, i64, String, i64),
        "select id, file_name, size, mime_type, created_at from attachments
         where owner_id = $1 and is_gone = 0 and id > $2 order by id limit $3",
        id.uuid(),
        after.map_or(Uuid::nil(), AttachmentId::uuid),
        i64::from(limit),
    )?;
    let file = |(id, file_name, size, mime_type, created)| {
        let id = AttachmentId::new(id);
        let file = OwnFile {
            id,
            file_name,
            size,
            mime_type,
            created_at: at(created),
        };
        (id, file)
    };
    Ok(rows.into_iter().map(file).collect())
}

pub(crate) async fn own_uploads(
    conn: &mut Conn,
    id: UserId,
    after: Option<UploadId>,
    limit: u32,
) -> sqlx::Result<Vec<(UploadId, OwnUpload)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, Option<String>, i64, i64, i64),
        "select id, file_name, length, came, begun_at from uploads
         where owner_id = $1 and attachment_id is null and id > $2 order by id limit $3",
        id.uuid(),
        after.map_or(Uuid::nil(), UploadId::uuid),
        i64::from(limit),
    )?;
    let upload = |(id, file_name, length, offset, begun_at)| {
        let id = UploadId::new(id);
        let upload = OwnUpload {
            id,
            file_name,
            length,
            offset,
            created_at: at(begun_at),
        };
        (id, upload)
    };
    Ok(rows.into_iter().map(upload).collect())
}
