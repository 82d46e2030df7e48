//! What this installation is called where several share something. A copy of a database has the name of the one it was
//! made of, until an operator gives it another.

use super::{Conn, sql};

/// The name.
pub(crate) async fn name(conn: &mut Conn) -> sqlx::Result<String> {
    let row = sql!(
        conn,
        fetch_one as (String,),
        "select name from installation where id = 1"
    )?;
    Ok(row.0)
}

/// Gives it another name, made of a random word.
pub(crate) async fn rename(conn: &mut Conn, word: u64) -> sqlx::Result<()> {
    let text = "update installation set name = $1 where id = 1";
    sql!(conn, execute, text, format!("{word:016x}"))?;
    Ok(())
}
