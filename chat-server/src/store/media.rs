//! The mark of the place where files are, and which there are.

use super::{Conn, sql};
use uuid::Uuid;

/// The mark, where there is one yet.
pub(crate) async fn mark(conn: &mut Conn) -> sqlx::Result<Option<String>> {
    let row = sql!(
        conn,
        fetch_optional as (String,),
        "select mark from media_store where id = 1"
    )?;
    Ok(row.map(|(mark,)| mark))
}

/// Notes another mark.
pub(crate) async fn set_mark(conn: &mut Conn, mark: &str) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "insert into media_store (id, mark) values (1, $1) on conflict (id) do update set mark = excluded.mark",
        mark,
    )
    .map(drop)
}

/// Whether the database knows of any file that somebody may still read.
pub(crate) async fn is_any_file(conn: &mut Conn) -> sqlx::Result<bool> {
    let (file, picture) = sql!(
        conn,
        fetch_one as (i64, i64),
        "select (select count(*) from (select 1 from attachments where is_gone = 0 limit 1) x),
             (select count(*) from (select 1 from avatars limit 1) y)"
    )?;
    Ok(file + picture > 0)
}

/// Files that somebody may still read, behind an id, and whether each has a small picture.
pub(crate) async fn files_after(
    conn: &mut Conn,
    after: Uuid,
    limit: u32,
) -> sqlx::Result<Vec<(Uuid, bool)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, i64),
        "select id, has_thumbnail from attachments where is_gone = 0 and id > $1 order by id limit $2",
        after,
        i64::from(limit),
    )?;
    let file = |(id, has_thumbnail): (Uuid, i64)| (id, has_thumbnail != 0);
    Ok(rows.into_iter().map(file).collect())
}

/// Pictures of users and conversations, behind an id.
pub(crate) async fn pictures_after(
    conn: &mut Conn,
    after: Uuid,
    limit: u32,
) -> sqlx::Result<Vec<Uuid>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid,),
        "select id from avatars where id > $1 order by id limit $2",
        after,
        i64::from(limit),
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Whether somebody may still read the file, or see the avatar, with an id.
pub(crate) async fn is_known(conn: &mut Conn, id: Uuid) -> sqlx::Result<bool> {
    let (file, picture) = sql!(
        conn,
        fetch_one as (i64, i64),
        "select (select count(*) from attachments where id = $1 and is_gone = 0),
             (select count(*) from avatars where id = $1)",
        id,
    )?;
    Ok(file + picture > 0)
}

/// Whether a file has a small picture.
pub(crate) async fn has_thumbnail(conn: &mut Conn, id: Uuid) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select has_thumbnail from attachments where id = $1",
        id,
    )?;
    Ok(row.is_some_and(|(has,)| has != 0))
}
