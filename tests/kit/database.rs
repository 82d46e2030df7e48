//! The database of a server, as a careless administrator or a failing disk would change it.

use crate::DEADLINE;
use sqlx::{
    Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};
use std::str::FromStr;
use uuid::Uuid;

/// A second hand on the database.
pub enum Database {
    /// On the file.
    Sqlite(SqliteConnection),
    /// On the server.
    Postgres(PgConnection),
}

impl Database {
    /// Whether it is on a server, where SQL is spoken otherwise.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Opens it beside the server.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(address: &str) -> Self {
        match PgConnectOptions::from_str(address) {
            Ok(options) if address.starts_with("postgres") => {
                let conn = PgConnection::connect_with(&options).await;
                Self::Postgres(conn.expect("the database opens"))
            }
            _ => {
                let options = SqliteConnectOptions::from_str(address).expect("it names a file");
                // Whoever else writes is waited for, however slow the machine is.
                let options = options.busy_timeout(DEADLINE);
                let conn = SqliteConnection::connect_with(&options).await;
                Self::Sqlite(conn.expect("the database file opens"))
            }
        }
    }

    /// Closes it, and waits until it is closed: a file has everything of its log when the last one has done so.
    ///
    /// # Panics
    /// When it cannot be closed.
    pub async fn close(self) {
        let closed = match self {
            Self::Sqlite(conn) => conn.close().await,
            Self::Postgres(conn) => conn.close().await,
        };
        closed.expect("the database closes");
    }

    /// Runs a statement whose first parameter is a conversation's id and whose second is a place in its log. Returns
    /// how many rows it changed.
    ///
    /// # Panics
    /// When the statement fails.
    pub async fn change(&mut self, statement: &'static str, conversation: Uuid, seq: u64) -> u64 {
        let seq = i64::try_from(seq).expect("a seq is below 2^53");
        let done = match self {
            Self::Sqlite(conn) => {
                let query = sqlx::query(statement).bind(conversation).bind(seq);
                query.execute(conn).await.map(|done| done.rows_affected())
            }
            Self::Postgres(conn) => {
                let query = sqlx::query(statement).bind(conversation).bind(seq);
                query.execute(conn).await.map(|done| done.rows_affected())
            }
        };
        done.expect("the statement runs")
    }

    /// Runs any statement with ids for its parameters. Returns how many rows it changed, or why it was refused. A server
    /// makes the ids in its own way that are written `randomblob(16)`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn run(&mut self, statement: &'static str, ids: &[Uuid]) -> Result<u64, String> {
        let done = match self {
            Self::Sqlite(conn) => {
                let query = ids
                    .iter()
                    .fold(sqlx::query(statement), |query, id| query.bind(*id));
                query.execute(conn).await.map(|done| done.rows_affected())
            }
            Self::Postgres(conn) => {
                let statement = statement.replace("randomblob(16)", "gen_random_uuid()");
                let query = sqlx::query(sqlx::AssertSqlSafe(statement));
                let query = ids.iter().fold(query, |query, id| query.bind(*id));
                query.execute(conn).await.map(|done| done.rows_affected())
            }
        };
        done.map_err(|error| error.to_string())
    }

    /// Lets new connections of this database begin with another value.
    ///
    /// # Panics
    /// When it is no server's, or refuses.
    pub async fn set(&mut self, name: &str, value: &str) {
        let Self::Postgres(conn) = self else {
            panic!("a file has no such settings");
        };
        let (database,): (String,) = sqlx::query_as("select current_database()")
            .fetch_one(&mut *conn)
            .await
            .expect("it has a name");
        let statement = format!("alter database {database} set {name} = {value}");
        let done = sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(conn)
            .await;
        done.expect("it is set");
    }

    /// Stores what is to be known of a file, without the file.
    ///
    /// # Panics
    /// When it cannot be stored.
    pub async fn file_of(&mut self, owner: Uuid, is_sound: bool) -> Uuid {
        let id = Uuid::now_v7();
        let statement = match is_sound {
            true => {
                "insert into attachments (id, owner_id, file_name, size, mime_type, duration_ms, created_at)
                 values ($1, $2, 'words.ogg', 7, 'audio/ogg', 1200, 0)"
            }
            false => {
                "insert into attachments (id, owner_id, file_name, size, mime_type, created_at)
                 values ($1, $2, 'notes.txt', 7, 'text/plain', 0)"
            }
        };
        self.run(statement, &[id, owner])
            .await
            .expect("the file is stored");
        id
    }
}
