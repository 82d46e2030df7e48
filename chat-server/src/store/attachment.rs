//! Files as they are stored: what they are, whose, and which messages refer to them. Their bytes lie in the file store.

use super::{Conn, sql, values::values};
use chat_core::{Attachment, AttachmentId, MessageId, Timestamp, UserId};
use std::collections::HashMap;
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
        size: u64::try_from(row.size).unwrap_or(0),
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

/// A file with its owner.
pub(crate) async fn find(
    conn: &mut Conn,
    id: AttachmentId,
) -> sqlx::Result<Option<(Attachment, UserId)>> {
    let row = sql!(
        conn,
        fetch_optional as AttachmentRow,
        "select null as message_id, id, file_name, size, mime_type, width, height, duration_ms, waveform, blurhash,
             has_thumbnail
         from attachments where id = $1",
        id.uuid(),
    )?;
    let Some(row) = row else { return Ok(None) };
    let owner = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select owner_id from attachments where id = $1",
        id.uuid(),
    )?;
    Ok(owner.map(|(owner,)| (attachment(row), UserId::new(owner))))
}

/// Lets a stored message refer to files. False when one of them is gone.
pub(crate) async fn refer(
    conn: &mut Conn,
    message: MessageId,
    files: &[Attachment],
) -> sqlx::Result<bool> {
    for (place, file) in (0_i64..).zip(files) {
        let there = sql!(
            conn,
            execute,
            "update attachments set unused_since = null where id = $1",
            file.id.uuid()
        )?;
        if there == 0 {
            return Ok(false);
        }
        sql!(
            conn,
            execute,
            "insert into message_attachments (message_id, place, attachment_id) values ($1, $2, $3)",
            message.uuid(),
            place,
            file.id.uuid(),
        )?;
    }
    Ok(true)
}

/// Lets the files of a message go; those that no other message refers to are collected later.
pub(crate) async fn release(
    conn: &mut Conn,
    message: MessageId,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update attachments set unused_since = $2
         where id in (select attachment_id from message_attachments where message_id = $1)
             and not exists (select 1 from message_attachments o
                             where o.attachment_id = attachments.id and o.message_id <> $1)",
        message.uuid(),
        now.ms(),
    )?;
    sql!(
        conn,
        execute,
        "delete from message_attachments where message_id = $1",
        message.uuid()
    )
    .map(drop)
}
