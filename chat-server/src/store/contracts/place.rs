//! A database of its own for each contract: a file, or one on the server that is named.

use crate::{Config, store::Db};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// A database that is gone after the test.
pub(super) struct Place {
    database: String,
    _directory: Option<TempDir>,
    server: Option<(String, String)>,
}

impl Place {
    pub(super) fn file() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            database: format!("sqlite://{}", directory.path().join("chat.db").display()),
            _directory: Some(directory),
            server: None,
        }
    }

    pub(super) async fn on_server() -> Option<Self> {
        let server = std::env::var("CHAT_TEST_POSTGRES").ok()?;
        let server = server.trim_end_matches('/').to_owned();
        let name = format!("chat_contract_{}", Uuid::now_v7().simple());
        execute(&server, format!("create database {name}")).await;
        Some(Self {
            database: format!("{server}/{name}"),
            _directory: None,
            server: Some((server, name)),
        })
    }

    pub(super) async fn open(&self) -> Db {
        let config = Config {
            database: self.database.clone(),
            ..Config::default()
        };
        let clock = std::sync::Arc::new(crate::clock::SystemClock);
        Db::open(&config, clock).await.unwrap()
    }

    pub(super) async fn drop_database(self) {
        if let Some((server, name)) = self.server {
            execute(&server, format!("drop database {name} with (force)")).await;
        }
    }
}

async fn execute(server: &str, statement: String) {
    let mut conn = PgConnection::connect(&format!("{server}/postgres"))
        .await
        .unwrap();
    let done = sqlx::query(AssertSqlSafe(statement))
        .execute(&mut conn)
        .await;
    done.unwrap();
}
