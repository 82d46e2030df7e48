//! Files that come in parts, as they are noted: whose each is, and how far. Which of them has run out is said by whoever
//! asks; bytes are none of its business.

mod piece;

pub(crate) use piece::{KeptPiece, add_piece, last_piece, lengthen_piece, pieces};

use super::{Conn, at, attachment, count, sql};
use chat_core::{Attachment, AttachmentId, Timestamp, UploadId, UserId};
use uuid::Uuid;

/// What was said of a file before it came.
pub(crate) struct NewUpload<'a> {
    pub(crate) id: UploadId,
    pub(crate) owner: UserId,
    pub(crate) client_id: &'a str,
    pub(crate) length: u64,
    pub(crate) fingerprint: Option<&'a str>,
    pub(crate) file_name: Option<&'a str>,
    pub(crate) mime_type: Option<&'a str>,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) waveform: &'a [u8],
}

/// How far a file is, and what was said of it.
#[derive(Debug)]
pub(crate) struct Coming {
    pub(crate) id: UploadId,
    pub(crate) length: u64,
    pub(crate) fingerprint: Option<String>,
    pub(crate) file_name: Option<String>,
    pub(crate) mime_type: Option<String>,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) waveform: Vec<u8>,
    /// Bytes that are kept.
    pub(crate) came: u64,
    /// In so many pieces.
    pub(crate) pieces: u64,
    pub(crate) attachment_id: Option<AttachmentId>,
    pub(crate) begun_at: Timestamp,
}

/// What somebody has begun and not finished.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// Bytes that they will have.
    pub(crate) bytes: u64,
    pub(crate) count: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    length: i64,
    fingerprint: Option<String>,
    file_name: Option<String>,
    mime_type: Option<String>,
    duration_ms: Option<i64>,
    waveform: Option<Vec<u8>>,
    came: i64,
    pieces: i64,
    attachment_id: Option<Uuid>,
    begun_at: i64,
}

fn coming(row: Row) -> Coming {
    Coming {
        id: UploadId::new(row.id),
        length: count(row.length),
        fingerprint: row.fingerprint,
        file_name: row.file_name,
        mime_type: row.mime_type,
        duration_ms: row.duration_ms.map(count),
        waveform: row.waveform.unwrap_or_default(),
        came: count(row.came),
        pieces: count(row.pieces),
        attachment_id: row.attachment_id.map(AttachmentId::new),
        begun_at: at(row.begun_at),
    }
}

macro_rules! select_coming {
    () => {
        "select id, length, fingerprint, file_name, mime_type, duration_ms, waveform, came, pieces, attachment_id, begun_at
         from uploads "
    };
}

/// Notes a file that is to come.
pub(crate) async fn insert(
    conn: &mut Conn,
    new: &NewUpload<'_>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into uploads (id, owner_id, client_id, length, fingerprint, file_name, mime_type, duration_ms, waveform,
             begun_at, touched_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        new.id.uuid(),
        new.owner.uuid(),
        new.client_id,
        new.length.cast_signed(),
        new.fingerprint,
        new.file_name,
        new.mime_type,
        new.duration_ms.map(u64::cast_signed),
        Some(new.waveform).filter(|steps| !steps.is_empty()),
        now.ms(),
    )
    .map(drop)
}

/// A user's upload by the name they gave it, however old.
pub(crate) async fn named(
    conn: &mut Conn,
    owner: UserId,
    client_id: &str,
) -> sqlx::Result<Option<Coming>> {
    let row = sql!(
        conn,
        fetch_optional as Row,
        concat!(select_coming!(), "where owner_id = $1 and client_id = $2"),
        owner.uuid(),
        client_id,
    )?;
    Ok(row.map(coming))
}

/// A user's upload that was begun after a time.
pub(crate) async fn find(
    conn: &mut Conn,
    owner: UserId,
    id: UploadId,
    after: Timestamp,
) -> sqlx::Result<Option<Coming>> {
    let row = sql!(
        conn,
        fetch_optional as Row,
        concat!(
            select_coming!(),
            "where id = $1 and owner_id = $2 and begun_at > $3"
        ),
        id.uuid(),
        owner.uuid(),
        after.ms(),
    )?;
    Ok(row.map(coming))
}

/// The file that an upload has made, where it is still its owner's.
pub(crate) async fn made(
    conn: &mut Conn,
    owner: UserId,
    upload: &Coming,
) -> sqlx::Result<Option<Attachment>> {
    let Some(id) = upload.attachment_id else {
        return Ok(None);
    };
    let found = attachment::find(conn, id).await?;
    Ok(found
        .filter(|(_, its_owner)| *its_owner == owner)
        .map(|(file, _)| file))
}

/// What somebody has begun and not finished, after a time.
pub(crate) async fn unfinished(
    conn: &mut Conn,
    owner: UserId,
    after: Timestamp,
) -> sqlx::Result<Unfinished> {
    let (bytes, number) = sql!(
        conn,
        fetch_one as (i64, i64),
        "select cast(coalesce(sum(length), 0) as bigint), count(*) from uploads
         where owner_id = $1 and attachment_id is null and begun_at > $2",
        owner.uuid(),
        after.ms(),
    )?;
    Ok(Unfinished {
        bytes: count(bytes),
        count: u32::try_from(number).unwrap_or(u32::MAX),
    })
}

/// The unfinished one of somebody to which nothing came for the longest, before a time.
pub(crate) async fn idle(
    conn: &mut Conn,
    owner: UserId,
    before: Timestamp,
) -> sqlx::Result<Option<UploadId>> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select id from uploads where owner_id = $1 and attachment_id is null and touched_at < $2
         order by touched_at, id limit 1",
        owner.uuid(),
        before.ms(),
    )?;
    Ok(row.map(|(id,)| UploadId::new(id)))
}

/// Notes that somebody goes on with one.
pub(crate) async fn touch(conn: &mut Conn, id: UploadId, now: Timestamp) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update uploads set touched_at = $2 where id = $1 and touched_at < $2",
        id.uuid(),
        now.ms(),
    )
    .map(drop)
}

/// Notes the file that an upload has made, and forgets its pieces: nobody needs them any more.
pub(crate) async fn finish(
    conn: &mut Conn,
    id: UploadId,
    file: AttachmentId,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update uploads set attachment_id = $2, touched_at = $3 where id = $1",
        id.uuid(),
        file.uuid(),
        now.ms(),
    )?;
    piece::forget(conn, id).await.map(drop)
}

/// Forgets an upload, and says under which names its bytes are.
pub(crate) async fn delete(conn: &mut Conn, id: UploadId) -> sqlx::Result<Vec<Uuid>> {
    let objects = piece::forget(conn, id).await?;
    sql!(
        conn,
        execute,
        "delete from uploads where id = $1",
        id.uuid()
    )?;
    Ok(objects)
}

/// Whether one was begun up to a time.
pub(crate) async fn is_any_over(conn: &mut Conn, before: Timestamp) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select begun_at from uploads where begun_at <= $1 limit 1",
        before.ms(),
    )?;
    Ok(row.is_some())
}

/// Forgets such uploads, up to `limit`, and says under which names their bytes are.
pub(crate) async fn delete_over(
    conn: &mut Conn,
    before: Timestamp,
    limit: u32,
) -> sqlx::Result<Vec<Uuid>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select id from uploads where begun_at <= $1 order by begun_at limit $2",
        before.ms(),
        i64::from(limit),
    )?;
    let mut objects = Vec::new();
    for (id,) in rows {
        objects.extend(delete(conn, UploadId::new(id)).await?);
    }
    Ok(objects)
}

/// Somebody's uploads are over, and nothing stays of what they said of them: what is left is collected at once.
pub(super) async fn end_all(conn: &mut Conn, owner: Uuid) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update uploads set begun_at = 0, fingerprint = null, file_name = null, mime_type = null, duration_ms = null,
             waveform = null
         where owner_id = $1",
        owner,
    )
    .map(drop)
}
