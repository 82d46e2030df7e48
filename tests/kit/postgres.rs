//! A PostgreSQL of its own for a story: a real one on a free port, which can be ended at once and started again. Its log
//! of writes is a real one; only the disk is not waited for, because the machine goes on.

use crate::{kit::port::Port, send_signal, until};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    str::FromStr,
};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

/// Who owns the database of the servers. No superuser: those get connections when there are none left.
const USER: &str = "chat";

/// A running `postgres` with one empty database. It is ended when this is dropped.
pub struct PostgresServer {
    port: Port,
    directory: TempDir,
    settings: Vec<String>,
    child: Option<Child>,
    /// The process that writes what nobody waited for, where it stands still.
    stands_still: Option<Pid>,
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            self.end(&child);
            // It has to be gone before its directory goes.
            let _ = child.wait();
        }
    }
}

impl PostgresServer {
    /// Starts one with settings like `max_connections=30`, and waits until it answers.
    ///
    /// # Panics
    /// Where none is installed.
    pub async fn start(settings: &[&str]) -> Self {
        let mut server = Self {
            port: Port::new(),
            directory: TempDir::new().expect("a temporary directory can be made"),
            settings: settings.iter().map(|set| (*set).to_owned()).collect(),
            child: None,
            stands_still: None,
        };
        server.make_directory();
        server.start_again().await;
        server.run(&format!("create role {USER} login")).await;
        server
            .run(&format!("create database {USER} owner {USER}"))
            .await;
        server
    }

    fn make_directory(&self) {
        if geteuid().is_root() {
            run(Command::new("chown")
                .arg("postgres")
                .arg(self.directory.path()));
        }
        let mut made = program("initdb");
        made.args(["-A", "trust", "-U", "postgres", "-E", "UTF8"])
            .args(["--locale=C.UTF-8", "--no-sync", "-D"])
            .arg(self.place("data"));
        run(&mut made);
    }

    fn place(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The address of its database on this port, which may be a way to it.
    pub fn url_at(&self, port: u16) -> String {
        format!("postgres://{USER}@127.0.0.1:{port}/{USER}")
    }

    /// Another connection, for a story that holds something; or why there is none.
    ///
    /// # Errors
    /// What the server says.
    pub async fn connect(&self) -> sqlx::Result<PgConnection> {
        let options = PgConnectOptions::from_str(&self.url_at(self.port()))?;
        PgConnection::connect_with(&options).await
    }

    /// The same for somebody who waits long before looking whether they wait in a circle: whoever finds one gives way, and
    /// that is another then. Nobody else is patient, also not who connects at the same moment; only a superuser may be.
    ///
    /// # Panics
    /// When there is none.
    pub async fn patient(&self) -> PgConnection {
        let options = self.superuser_of(USER).expect("it is an address");
        let options = options.options([("deadlock_timeout", "1min")]);
        let patient = PgConnection::connect_with(&options).await;
        patient.expect("a connection")
    }

    async fn superuser(&self) -> sqlx::Result<PgConnection> {
        PgConnection::connect_with(&self.superuser_of("postgres")?).await
    }

    fn superuser_of(&self, database: &str) -> sqlx::Result<PgConnectOptions> {
        let port = self.port();
        PgConnectOptions::from_str(&format!("postgres://postgres@127.0.0.1:{port}/{database}"))
    }

    /// Runs a statement as the one who may do everything.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn run(&self, statement: &str) {
        let done = self.try_run(statement).await;
        done.expect("it takes connections, and the statement runs");
    }

    /// The same where there may be no connection left, not even one of those that are kept for superusers.
    ///
    /// # Errors
    /// What the server says.
    pub async fn try_run(&self, statement: &str) -> sqlx::Result<()> {
        let mut conn = self.superuser().await?;
        let done = sqlx::query(AssertSqlSafe(statement)).execute(&mut conn);
        done.await.map(drop)
    }

    /// Ends it at once: nothing is finished, nothing more is written.
    ///
    /// # Panics
    /// When it has ended already.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        self.end(&child);
        self.stands_still = None;
        let ended = spawn_blocking(move || child.wait()).await;
        let ended = ended.expect("waiting does not panic");
        ended.expect("it is our child");
    }

    fn end(&self, child: &Child) {
        send_signal(child.id(), Signal::QUIT);
        if let Some(pid) = self.stands_still {
            // The server does so itself after some seconds: then it is gone already.
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Starts it at the same place with all that it has written.
    ///
    /// # Panics
    /// Where none is installed, or it does not start.
    pub async fn start_again(&mut self) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.place("log"));
        let fixed = ["listen_addresses=127.0.0.1", "fsync=off", "autovacuum=off"];
        let settings = self.settings.iter().map(String::as_str);
        let mut command = program("postgres");
        command
            .arg("-D")
            .arg(self.place("data"))
            .args(["-p", &self.port().to_string(), "-k"])
            .arg(self.directory.path())
            .args(
                fixed
                    .into_iter()
                    .chain(settings)
                    .flat_map(|set| ["-c", set]),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("it is writable"));
        self.child = Some(command.spawn().expect("the program starts"));
        until("PostgreSQL answers", async || {
            match self.superuser().await {
                Ok(conn) => conn.close().await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }

    /// Whatever nobody waits for stays in memory from now on: it is lost when the server is killed.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub async fn write_only_what_is_waited_for(&mut self) {
        let asked = "select pid from pg_stat_activity where backend_type = 'walwriter'";
        let mut conn = self.superuser().await.expect("it takes connections");
        let (pid,): (i32,) = sqlx::query_as(asked)
            .fetch_one(&mut conn)
            .await
            .expect("there is one");
        let pid = Pid::from_raw(pid).expect("a process id");
        kill_process(pid, Signal::STOP).expect("it runs");
        self.stands_still = Some(pid);
    }
}

fn run(command: &mut Command) {
    let ended = command.output().expect("the program starts");
    assert!(ended.status.success(), "{command:?}: {ended:?}");
}

/// One of the server's programs; it refuses to be root.
fn program(name: &str) -> Command {
    let path = programs().join(name);
    if !geteuid().is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(path);
    command
}

/// Where they are: Debian keeps them beside the path, a directory for each version.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).filter_map(|directory| {
        let program = directory.join("postgres").canonicalize().ok()?;
        program.parent().map(Path::to_owned)
    });
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    in_path
        .chain(versions.into_iter().rev())
        .find(|directory| directory.join("initdb").exists())
        .expect("PostgreSQL is installed (Debian: apt-get install postgresql)")
}
