//! The pieces of files that come in parts: how many bytes each has, from where on, and under which name they lie in the file
//! store. They follow each other without a gap; whoever is not where the last one ends adds none.

use crate::store::{Conn, count, sql};
use chat_core::{Timestamp, UploadId};
use uuid::Uuid;

/// Bytes that are kept: how many, and under which name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeptPiece {
    pub(crate) bytes: u64,
    pub(crate) object: Uuid,
}

/// Notes bytes that lie in the file store from a place on. False where the upload is not there any more, is finished, or
/// has another number of bytes: somebody else went on with it.
pub(crate) async fn add_piece(
    conn: &mut Conn,
    id: UploadId,
    from: u64,
    piece: KeptPiece,
    now: Timestamp,
) -> sqlx::Result<bool> {
    if !grow(conn, id, from, piece.bytes, 1, now).await? {
        return Ok(false);
    }
    sql!(
        conn,
        execute,
        "insert into upload_pieces (upload_id, at, bytes, object_id) values ($1, $2, $3, $4)",
        id.uuid(),
        from.cast_signed(),
        piece.bytes.cast_signed(),
        piece.object,
    )?;
    Ok(true)
}

/// Notes bytes that lie in the file store from a place on, together with the piece before them, which they take the place
/// of. False as for a piece of their own.
pub(crate) async fn lengthen_piece(
    conn: &mut Conn,
    id: UploadId,
    from: u64,
    last: KeptPiece,
    piece: KeptPiece,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let more = piece.bytes.saturating_sub(last.bytes);
    if !grow(conn, id, from, more, 0, now).await? {
        return Ok(false);
    }
    sql!(
        conn,
        execute,
        "update upload_pieces set bytes = $3, object_id = $4 where upload_id = $1 and at = $2",
        id.uuid(),
        from.saturating_sub(last.bytes).cast_signed(),
        piece.bytes.cast_signed(),
        piece.object,
    )?;
    Ok(true)
}

/// Counts bytes that come behind those that are kept, and pieces. False where there is another number of bytes.
async fn grow(
    conn: &mut Conn,
    id: UploadId,
    from: u64,
    bytes: u64,
    pieces: i64,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let changed = sql!(
        conn,
        execute,
        "update uploads set came = came + $2, pieces = pieces + $5, touched_at = $3
         where id = $1 and came = $4 and came + $2 <= length and attachment_id is null",
        id.uuid(),
        bytes.cast_signed(),
        now.ms(),
        from.cast_signed(),
        pieces,
    )?;
    Ok(changed > 0)
}

/// The last piece of an upload, and from which byte on it is.
pub(crate) async fn last_piece(
    conn: &mut Conn,
    id: UploadId,
) -> sqlx::Result<Option<(u64, KeptPiece)>> {
    let row = sql!(
        conn,
        fetch_optional as (i64, i64, Uuid),
        "select at, bytes, object_id from upload_pieces where upload_id = $1 order by at desc limit 1",
        id.uuid(),
    )?;
    Ok(row.map(|(at, bytes, object)| (count(at), piece((bytes, object)))))
}

fn piece((bytes, object): (i64, Uuid)) -> KeptPiece {
    KeptPiece {
        bytes: count(bytes),
        object,
    }
}

/// The pieces of an upload, in their order.
pub(crate) async fn pieces(conn: &mut Conn, id: UploadId) -> sqlx::Result<Vec<KeptPiece>> {
    let rows = sql!(
        conn,
        fetch_all as (i64, Uuid),
        "select bytes, object_id from upload_pieces where upload_id = $1 order by at",
        id.uuid(),
    )?;
    Ok(rows.into_iter().map(piece).collect())
}

/// Forgets the pieces of an upload, and says under which names their bytes are.
pub(super) async fn forget(conn: &mut Conn, id: UploadId) -> sqlx::Result<Vec<Uuid>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "delete from upload_pieces where upload_id = $1 returning object_id",
        id.uuid(),
    )?;
    Ok(rows.into_iter().map(|(object,)| object).collect())
}
