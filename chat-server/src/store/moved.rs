//! The mark in a file of SQLite that was carried over: nothing is written to it any more, by whichever server still has it
//! open, since nobody would find it there.
//!
//! Triggers refuse every change, so the mark holds for programs that know nothing of it. Tables without triggers (the
//! index of words) change only together with others. A database on a server is never marked.

use super::{Conn, Kind, at, sql};
use chat_core::Timestamp;
use sqlx::AssertSqlSafe;

/// What a change is refused with; also how that is recognised.
const REFUSAL: &str = "this database was moved to PostgreSQL";

/// Where a file was carried to, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    /// The address without its password.
    pub(crate) database: String,
    pub(crate) at: Timestamp,
}

impl Moved {
    /// What to do about it.
    pub(crate) fn explain(&self) -> String {
        format!(
            "it was moved to {} at {} and takes no more writes; start the server with that database, or go back to this \
             file, without what was said there since, by `chat migrate undo --from sqlite://FILE`",
            self.database, self.at
        )
    }
}

/// Where the file was carried to; none where it was not.
pub(crate) async fn find(conn: &mut Conn) -> sqlx::Result<Option<Moved>> {
    if conn.kind() == Kind::Postgres || !is_marked(conn).await? {
        return Ok(None);
    }
    let text = "select database, at from moved_to limit 1";
    let row = sql!(conn, fetch_optional as (String, i64), text)?;
    Ok(row.map(|(database, when)| Moved {
        database,
        at: at(when),
    }))
}

/// Refuses every later change of the file.
pub(crate) async fn mark(conn: &mut Conn, moved: &Moved) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "create table moved_to (database text not null, at bigint not null)"
    )?;
    sql!(
        conn,
        execute,
        "insert into moved_to (database, at) values ($1, $2)",
        moved.database.as_str(),
        moved.at.ms()
    )?;
    // Whether the steps of making it are taken is looked at by every version that opens it.
    let tables = sql!(
        conn,
        fetch_all as (String,),
        r"select name from pragma_table_list where schema = 'main' and type = 'table'
          and name not like 'sqlite\_%' escape '\' and name not in ('_sqlx_migrations', 'moved_to')"
    )?;
    for (table,) in &tables {
        for change in ["insert", "update", "delete"] {
            let text = format!(
                "create trigger moved_{table}_{change} before {change} on {table}
                 begin select raise(abort, '{REFUSAL}'); end"
            );
            sql!(conn, execute, AssertSqlSafe(text))?;
        }
    }
    Ok(())
}

/// Lets the file be changed again.
pub(crate) async fn forget(conn: &mut Conn) -> sqlx::Result<()> {
    let triggers = sql!(
        conn,
        fetch_all as (String,),
        r"select name from sqlite_master where type = 'trigger' and name like 'moved\_%' escape '\'"
    )?;
    for (trigger,) in &triggers {
        let text = AssertSqlSafe(format!("drop trigger {trigger}"));
        sql!(conn, execute, text)?;
    }
    sql!(conn, execute, "drop table moved_to").map(drop)
}

/// Refuses where the file was carried over.
pub(crate) async fn require_here(conn: &mut Conn) -> sqlx::Result<()> {
    match conn.kind() == Kind::Sqlite && is_marked(conn).await? {
        true => Err(sqlx::Error::Io(std::io::Error::other(REFUSAL))),
        false => Ok(()),
    }
}

/// Whether a change was refused because the file was carried over.
pub(crate) fn is_refusal(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.message() == REFUSAL,
        sqlx::Error::Io(error) => error.to_string() == REFUSAL,
        _ => false,
    }
}

async fn is_marked(conn: &mut Conn) -> sqlx::Result<bool> {
    let text = "select name from sqlite_master where type = 'table' and name = 'moved_to'";
    let row = sql!(conn, fetch_optional as (String,), text)?;
    Ok(row.is_some())
}
