//! The database file of a server, as a careless administrator or a failing disk would change it.

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::path::Path;
use uuid::Uuid;

/// A second hand on the database file.
pub struct Database(SqliteConnection);

impl Database {
    /// Opens the file beside the server.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(file: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file);
        Self(
            SqliteConnection::connect_with(&options)
                .await
                .expect("the database file opens"),
        )
    }

    /// Runs a statement whose first parameter is a conversation's id and whose second is a place in its log. Returns
    /// how many rows it changed.
    ///
    /// # Panics
    /// When the statement fails.
    pub async fn change(&mut self, statement: &'static str, conversation: Uuid, seq: u64) -> u64 {
        let seq = i64::try_from(seq).expect("a seq is below 2^53");
        let done = sqlx::query(statement)
            .bind(conversation)
            .bind(seq)
            .execute(&mut self.0)
            .await;
        done.expect("the statement runs").rows_affected()
    }
}
