//! The mark of the place where files are, and whether there are any.

use super::{Conn, sql};

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
