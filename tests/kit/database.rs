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

    /// Runs any statement with ids for its parameters. Returns how many rows it changed, or why it was refused.
    ///
    /// # Errors
    /// What the database says.
    pub async fn run(&mut self, statement: &'static str, ids: &[Uuid]) -> Result<u64, String> {
        let mut query = sqlx::query(statement);
        for id in ids {
            query = query.bind(*id);
        }
        let done = query.execute(&mut self.0).await;
        done.map(|done| done.rows_affected())
            .map_err(|error| error.to_string())
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
