//! A database of its own for each story, on the engine that the environment names: files of SQLite, or, where
//! `CHAT_TEST_POSTGRES` is `postgres://USER@HOST:PORT/` of a server where databases may be made, databases there.
//!
//! Those are copies of one that was brought up to date once, and are dropped when the story ends.

use chat_server::{ChatServer, Config};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use std::{
    future::Future,
    path::Path,
    str::FromStr,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime};

const VARIABLE: &str = "CHAT_TEST_POSTGRES";

/// The server on which stories make their databases; none where they use files.
pub fn postgres() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|url| !url.is_empty())
}

/// Whether the story ends here, because it looks into a file of SQLite. Says why.
pub fn is_about_sqlite_only(why: &str) -> bool {
    let skipped = postgres().is_some();
    if skipped {
        eprintln!("not told on PostgreSQL: {why}");
    }
    skipped
}

/// A database that is gone with this value.
pub(crate) struct Fresh {
    address: String,
    /// Its name on the server.
    dropped: Option<String>,
}

impl Fresh {
    /// A new one that is up to date; a file lies in this directory, and is yet to be made.
    pub(crate) fn in_directory(directory: &Path) -> Self {
        match postgres() {
            Some(server) => Self::on_server(&server, template(&server)),
            None => Self {
                address: format!("sqlite://{}", directory.join("chat.db").display()),
                dropped: None,
            },
        }
    }

    /// A new one on the server with nothing in it.
    ///
    /// # Panics
    /// Where none is named.
    pub(crate) fn empty() -> Self {
        let server = postgres().expect("the story asks first whether there is a server");
        Self::on_server(&server, "template1")
    }

    /// A new one on the server that cannot keep every text.
    ///
    /// # Panics
    /// Where none is named.
    pub(crate) fn narrow() -> Self {
        let server = postgres().expect("the story asks first whether there is a server");
        Self::on_server(&server, "template0 encoding 'LATIN1' locale 'C'")
    }

    fn on_server(server: &str, template: &'static str) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "chat_story_{}_{}",
            std::process::id(),
            MADE.fetch_add(1, Ordering::Relaxed)
        );
        copy(server, template, &name);
        Self {
            address: address(server, &name),
            dropped: Some(name),
        }
    }

    /// What `--database` takes.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let (Some(name), Some(server)) = (self.dropped.take(), postgres()) {
            let statement = format!("drop database if exists {name} with (force)");
            if let Err(error) = elsewhere(move || async move { execute(&server, statement).await })
            {
                eprintln!("a database of a story is left behind: {error}");
            }
        }
    }
}

fn address(server: &str, name: &str) -> String {
    let (server, query) = server.split_once('?').unwrap_or((server, ""));
    format!("{}/{name}?{query}", server.trim_end_matches('/'))
}

/// The name of a database that is up to date and empty, made by whoever asks first.
fn template(server: &str) -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = format!("chat_template_{}", std::process::id());
        let (made, server) = (name.clone(), server.to_owned());
        elsewhere(move || async move {
            let create = format!("create database {made}");
            execute(&server, create)
                .await
                .expect("databases can be made there");
            let directory = TempDir::new().expect("a temporary directory can be made");
            let config = Config {
                database: address(&server, &made),
                key_file: Some(directory.path().join("keys")),
                ..Config::default()
            };
            // Whoever copies it has a place for files, and keys, of their own.
            let chat = ChatServer::builder().config(config).without_files();
            let chat = chat.build().await;
            let chat = chat.expect("it is brought up to date");
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let ended = chat.run(listener, async {}).await;
            ended.expect("it ends well");
        });
        name
    })
}

fn copy(server: &str, template: &'static str, name: &str) {
    let (server, name) = (server.to_owned(), name.to_owned());
    elsewhere(move || async move {
        let mut tries = 0;
        loop {
            let statement = format!("create database {name} template {template}");
            match execute(&server, statement).await {
                Ok(()) => return,
                // Whoever looked at the template last is still on the way out.
                Err(_) if tries < 100 => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(error) => panic!("the template is not copied: {error}"),
            }
            tries += 1;
        }
    });
}

async fn execute(server: &str, statement: String) -> sqlx::Result<()> {
    let options = PgConnectOptions::from_str(&address(server, "postgres"))?;
    let mut conn = PgConnection::connect_with(&options).await?;
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut conn)
        .await?;
    conn.close().await
}

/// Does something and waits for it, also where the runtime of a story must not be waited on.
fn elsewhere<T, F>(what: impl FnOnce() -> F + Send + 'static) -> T
where
    T: Send + 'static,
    F: Future<Output = T>,
{
    let thread = std::thread::spawn(move || {
        let mut runtime = runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().expect("a runtime can be made");
        runtime.block_on(what())
    });
    thread.join().expect("it does not panic")
}
