//! Files as they are stored: what they are, whose, and which messages refer to them. Their bytes lie in the file store.

mod release;
mod reported;

pub(super) use release::hand_over;
pub(crate) use release::release;
pub(crate) use reported::{is_any_reported, keep_for_report, let_reported_go, reported};

use super::{Conn, Kind, at, count, lock, sql, values::values};
use chat_core::{Attachment, AttachmentId, MessageId, SessionId, Timestamp, UserId};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct AttachmentRow {
    message_id: Option<Uuid>,
    id: Uuid,
    file_name: String,
    size: i64,
    mime_type: String,
    width: Option<i64>,
    height: Option<i64>,
    duration_ms: Option<i64>,
    waveform: Option<Vec<u8>>,
    blurhash: Option<String>,
    has_thumbnail: i64,
}

fn attachment(row: AttachmentRow) -> Attachment {
    let pixels = |side: Option<i64>| side.and_then(|side| u32::try_from(side).ok());
    Attachment {
        id: AttachmentId::new(row.id),
        file_name: row.file_name,
        size: count(row.size),
        mime_type: row.mime_type,
        width: pixels(row.width),
        height: pixels(row.height),
        duration_ms: row.duration_ms.and_then(|ms| u64::try_from(ms).ok()),
        waveform: row.waveform.unwrap_or_default(),
        blurhash: row.blurhash,
        has_thumbnail: row.has_thumbnail != 0,
    }
}

/// The files with each of these messages, in their order.
pub(crate) async fn of_messages(
    conn: &mut Conn,
    ids: &[MessageId],
) -> sqlx::Result<HashMap<MessageId, Vec<Attachment>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let text = |rows| {
        format!(
            "select x.message_id, a.id, a.file_name, a.size, a.mime_type, a.width, a.height, a.duration_ms,
                 a.waveform, a.blurhash, a.has_thumbnail
             from ({}) v
             join message_attachments x on x.message_id = v.column1
             join attachments a on a.id = x.attachment_id
             order by x.message_id, x.place",
            values(rows, 1)
        )
    };
    let rows = super::sql_rows!(
        conn,
        fetch_all as AttachmentRow,
        text,
        ids,
        |query, id| query.bind(Some(id.uuid())),
        query.bind(None::<Uuid>)
    )?;
    let mut found: HashMap<MessageId, Vec<Attachment>> = HashMap::new();
    for row in rows {
        let message = row
            .message_id
            .map_or(MessageId::new(Uuid::nil()), MessageId::new);
        found.entry(message).or_default().push(attachment(row));
    }
    Ok(found)
}

/// A file, whose it is, and since when.
pub(crate) struct Owned {
    pub(crate) file: Attachment,
    pub(crate) owner_id: UserId,
    pub(crate) created_at: Timestamp,
}

macro_rules! select_owned {
    () => {
        "select null as message_id, a.id, a.file_name, a.size, a.mime_type, a.width, a.height, a.duration_ms,
             a.waveform, a.blurhash, a.has_thumbnail, a.owner_id, a.created_at
         from attachments a "
    };
}
use select_owned;

#[derive(sqlx::FromRow)]
struct OwnedRow {
    #[sqlx(flatten)]
    file: AttachmentRow,
    owner_id: Uuid,
    created_at: i64,
}

fn owned(row: OwnedRow) -> Owned {
    Owned {
        file: attachment(row.file),
        owner_id: UserId::new(row.owner_id),
        created_at: at(row.created_at),
    }
}

/// A file with its owner; none that is gone.
pub(crate) async fn find(
    conn: &mut Conn,
    id: AttachmentId,
) -> sqlx::Result<Option<(Attachment, UserId)>> {
    let row = sql!(
        conn,
        fetch_optional as OwnedRow,
        concat!(select_owned!(), "where a.id = $1 and a.is_gone = 0"),
        id.uuid(),
    )?;
    Ok(row.map(owned).map(|found| (found.file, found.owner_id)))
}

/// A file as somebody may see it: their own while no message refers to it, else where they are a member and a message
/// that still stands refers to it.
pub(crate) async fn seen_by(
    conn: &mut Conn,
    id: AttachmentId,
    user: UserId,
    now: Timestamp,
) -> sqlx::Result<Option<Owned>> {
    let row = sql!(
        conn,
        fetch_optional as OwnedRow,
        concat!(
            select_owned!(),
            "where a.id = $1 and a.is_gone = 0 and (
                 (a.owner_id = $2 and a.unused_since is not null)
                 or exists (select 1 from message_attachments x
                            join messages m on m.id = x.message_id and m.deleted_at is null
                                and (m.expires_at is null or m.expires_at > $3)
                            join members b on b.conversation_id = m.conversation_id and b.user_id = $2
                            where x.attachment_id = a.id))"
        ),
        id.uuid(),
        user.uuid(),
        now.ms(),
    )?;
    Ok(row.map(owned))
}

/// Whether links that somebody made still hold: neither their account is off nor the session has ended.
pub(crate) async fn may_link(
    conn: &mut Conn,
    user: UserId,
    session: Option<SessionId>,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select u.created_at from users u where u.id = $1 and u.disabled_at is null
             and ($2 is null or exists (select 1 from sessions s
                                        where s.id = $2 and s.ended_at is null and s.expires_at > $3))",
        user.uuid(),
        session.map(SessionId::uuid),
        now.ms(),
    )?;
    Ok(row.is_some())
}

/// A user's files that no message refers to, the newest first, before one.
pub(crate) async fn unused(
    conn: &mut Conn,
    owner: UserId,
    before: Option<AttachmentId>,
    limit: u32,
) -> sqlx::Result<Vec<Attachment>> {
    let rows = sql!(
        conn,
        fetch_all as OwnedRow,
        concat!(
            select_owned!(),
            "where a.owner_id = $1 and a.unused_since is not null and a.is_gone = 0 and a.id < $2
             order by a.id desc limit $3"
        ),
        owner.uuid(),
        before.map_or(Uuid::max(), AttachmentId::uuid),
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(|row| owned(row).file).collect())
}

/// What somebody keeps here.
pub(crate) struct Kept {
    pub(crate) bytes: u64,
    /// Files that no message refers to.
    pub(crate) unused: u32,
}

pub(crate) async fn kept(conn: &mut Conn, owner: UserId) -> sqlx::Result<Kept> {
    let (bytes, unused) = sql!(
        conn,
        fetch_one as (i64, i64),
        "select cast(coalesce(sum(size), 0) as bigint), count(unused_since) from attachments where owner_id = $1 and is_gone = 0",
        owner.uuid(),
    )?;
    Ok(Kept {
        bytes: count(bytes),
        unused: u32::try_from(unused).unwrap_or(u32::MAX),
    })
}

/// Stores a file that no message refers to yet. Its bytes are there already.
pub(crate) async fn insert(
    conn: &mut Conn,
    owner: UserId,
    file: &Attachment,
    now: Timestamp,
) -> sqlx::Result<()> {
    let waveform = Some(file.waveform.as_slice()).filter(|steps| !steps.is_empty());
    sql!(
        conn,
        execute,
        "insert into attachments (id, owner_id, file_name, size, mime_type, width, height, duration_ms, waveform,
             blurhash, has_thumbnail, created_at, unused_since)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
        file.id.uuid(),
        owner.uuid(),
        file.file_name.as_str(),
        file.size.cast_signed(),
        file.mime_type.as_str(),
        file.width.map(i64::from),
        file.height.map(i64::from),
        file.duration_ms.map(u64::cast_signed),
        waveform,
        file.blurhash.as_deref(),
        i64::from(file.has_thumbnail),
        now.ms(),
    )
    .map(drop)
}

/// Forgets a file that no message refers to. False when one does.
pub(crate) async fn delete(conn: &mut Conn, id: AttachmentId) -> sqlx::Result<bool> {
    let gone = sql!(
        conn,
        execute,
        "delete from attachments where id = $1 and unused_since is not null
             and not exists (select 1 from message_attachments x where x.attachment_id = attachments.id)",
        id.uuid(),
    )?;
    Ok(gone > 0)
}

/// Whether there are files to forget: gone ones, and those that no message refers to since before a time, unless a report
/// keeps them.
pub(crate) async fn is_any_unused(conn: &mut Conn, before: Timestamp) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select a.created_at from attachments a
         where a.unused_since is not null and (a.is_gone = 1 or a.unused_since < $1)
             and not exists (select 1 from report_attachments r where r.attachment_id = a.id) limit 1",
        before.ms(),
    )?;
    Ok(row.is_some())
}

/// Forgets such files, up to `limit`, and says which. What a message refers to, or a report keeps, stays, whatever else is
/// noted.
pub(crate) async fn delete_unused(
    conn: &mut Conn,
    before: Timestamp,
    limit: u32,
) -> sqlx::Result<Vec<Uuid>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "delete from attachments where id in
             (select a.id from attachments a
              where a.unused_since is not null and (a.is_gone = 1 or a.unused_since < $1)
                  and not exists (select 1 from message_attachments x where x.attachment_id = a.id)
                  and not exists (select 1 from report_attachments r where r.attachment_id = a.id)
              limit $2)
         returning id",
        before.ms(),
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Which of these are known.
pub(crate) async fn existing(
    conn: &mut Conn,
    ids: &BTreeSet<Uuid>,
) -> sqlx::Result<BTreeSet<Uuid>> {
    lock::find(conn, "attachments", ids, "").await
}

/// Holds the files that a batch of messages is to refer to, until the transaction ends, and gives those that are still
/// there. In the order of their ids, so that two processes with the same files never wait for each other in a circle.
pub(crate) async fn hold(conn: &mut Conn, ids: &BTreeSet<Uuid>) -> sqlx::Result<BTreeSet<Uuid>> {
    let more = match conn.kind() {
        // Nobody else writes there.
        Kind::Sqlite => "and x.is_gone = 0",
        Kind::Postgres => "and x.is_gone = 0 order by x.id for no key update",
    };
    lock::find(conn, "attachments", ids, more).await
}

/// Lets a stored message refer to files that are held.
pub(crate) async fn refer(
    conn: &mut Conn,
    message: MessageId,
    files: &[Attachment],
) -> sqlx::Result<()> {
    for (place, file) in (0_i64..).zip(files) {
        // A file that another message shows already stays as it is.
        sql!(
            conn,
            execute,
            "update attachments set unused_since = null where id = $1 and unused_since is not null",
            file.id.uuid()
        )?;
        sql!(
            conn,
            execute,
            "insert into message_attachments (message_id, place, attachment_id) values ($1, $2, $3)",
            message.uuid(),
            place,
            file.id.uuid(),
        )?;
    }
    Ok(())
}
