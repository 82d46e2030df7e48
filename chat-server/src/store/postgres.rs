//! PostgreSQL: how connections are made, what is asked of the server before it is used, and transactions that begin on a
//! living connection.

use super::{Held, Postgres, Purpose, Taken, answered, carry::PARTIAL, duty::Keeper, migrations};
use crate::{
    Config, DatabaseState,
    clock::Clock,
    config::{CONNECTION_MOST, Durability},
};
use sqlx::{
    Connection, PgConnection, PgPool, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{io, str::FromStr, sync::Arc, time::Duration};
use tokio::time::timeout;

/// The oldest version whose SQL is spoken here.
const OLDEST: i32 = 14;
/// A server that does not answer the first call is away.
const CONNECT_MOST: Duration = Duration::from_secs(10);
/// A connection that nobody has used for this long is asked whether it lives before it is used again.
const RESTED: Duration = Duration::from_secs(1);
/// A connection that comes back has to answer in this time; one that was given up in the middle does not.
const RETURN_MOST: Duration = Duration::from_secs(5);
/// A new connection is tried this often where the one at hand turns out to be dead.
const TRIES: u32 = 8;

impl Postgres {
    /// Connects, sees that the server will do, and brings the database up to date; or says why not.
    pub(super) async fn open(
        purpose: Purpose,
        config: &Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let options = PgConnectOptions::from_str(&config.database).map_err(|error| {
            format!("{error}; write the address like postgres://USER:PASSWORD@HOST:5432/DATABASE")
        })?;
        // Waiting for another process that migrates, and migrating itself, may take longer than any statement of later.
        let begin = options
            .clone()
            .application_name("chat (starting)")
            .options([
                ("lock_timeout", "0"),
                ("statement_timeout", "0"),
                // That a table is there already is no news.
                ("client_min_messages", "warning"),
            ]);
        let connected = timeout(CONNECT_MOST, PgConnection::connect_with(&begin)).await;
        let connected =
            connected.unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())));
        let mut conn = connected.map_err(|error| explain(&error))?;
        let about = About::ask(&mut conn).await?;
        about.check()?;
        if !about.is_synced {
            tracing::warn!(
                "PostgreSQL runs with fsync = off: a power cut may destroy the database"
            );
        }
        let options = session(options, config, about.commit != "off");
        let answer_most = config.postgres.answer_most();
        let keeper = Keeper::new(purpose, options.clone(), answer_most);
        keeper.enter().await.map_err(|error| explain(&error))?;
        // Whoever carries something into it is alone with it, so that this is not begun meanwhile.
        if purpose != Purpose::Carry {
            require_whole(&mut conn).await?;
        }
        conn.close().await.map_err(|error| explain(&error))?;
        let alone = PgPoolOptions::new().max_connections(1);
        let alone = alone.connect_with(begin).await;
        let alone = alone.map_err(|error| explain(&error))?;
        migrations::run(&migrations::postgres(), &alone).await?;
        alone.close().await;
        Ok(Self {
            read: pool(config.postgres.read_connections, options.clone()).await?,
            write: pool(WRITERS, options).await?,
            keeper: Arc::new(keeper),
            clock,
            answer_most,
        })
    }

    pub(super) async fn begin(&self) -> sqlx::Result<Taken> {
        begin(&self.write, self.answer_most, "begin").await
    }

    pub(super) async fn snapshot(&self) -> sqlx::Result<Taken> {
        begin(
            &self.read,
            self.answer_most,
            "begin isolation level repeatable read, read only",
        )
        .await
    }
}

/// Refuses a database that a file is being carried into, or was until that was broken off.
async fn require_whole(conn: &mut PgConnection) -> Result<(), String> {
    let text = "select to_regclass('carried_from') is not null";
    let asked = sqlx::query_as::<_, (bool,)>(text).fetch_one(conn);
    match answered(CONNECT_MOST, asked).await {
        Ok((false,)) => Ok(()),
        Ok((true,)) => Err(PARTIAL.to_owned()),
        Err(error) => Err(explain(&error)),
    }
}

/// Looks at the server and the database, and changes nothing.
pub(super) async fn examine(config: &Config) -> Result<DatabaseState, String> {
    let options = PgConnectOptions::from_str(&config.database).map_err(|error| {
        format!("{error}; write the address like postgres://USER:PASSWORD@HOST:5432/DATABASE")
    })?;
    let options = options.application_name("chat (looking)");
    let connected = timeout(CONNECT_MOST, PgConnection::connect_with(&options)).await;
    let connected =
        connected.unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())));
    let mut conn = connected.map_err(|error| explain(&error))?;
    let about = About::ask(&mut conn).await?;
    about.check()?;
    let asked = async {
        let there = "select to_regclass('_sqlx_migrations') is not null, to_regclass('carried_from') is not null";
        let there = sqlx::query_as::<_, (bool, bool)>(there);
        let (is_made, is_partial) = there.fetch_one(&mut conn).await?;
        let last = sqlx::query_as::<_, (i64,)>(migrations::LAST_RUN);
        let migration = match is_made {
            true => last.fetch_one(&mut conn).await?.0,
            false => 0,
        };
        Ok::<_, sqlx::Error>((migration, is_partial))
    };
    let (migration, is_partial) = asked.await.map_err(|error| explain(&error))?;
    // Whether the server hears of the end changes nothing.
    let _ = conn.close().await;
    let engine = format!("PostgreSQL {}", about.version);
    Ok(migrations::state(engine, migration, is_partial))
}

/// Connections that write. One is at work; another takes its place when it dies.
const WRITERS: u32 = 2;

async fn pool(most: u32, options: PgConnectOptions) -> Result<PgPool, String> {
    PgPoolOptions::new()
        .max_connections(most)
        .min_connections(1)
        .acquire_timeout(CONNECTION_MOST)
        .test_before_acquire(false)
        .before_acquire(|conn, about| {
            Box::pin(async move {
                if about.idle_for >= RESTED {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
        .after_release(|conn, _| {
            Box::pin(async move {
                // A server that has become a standby is let go: another is the primary behind the address now.
                let asked = sqlx::query_as::<_, (bool,)>("select pg_is_in_recovery()");
                match timeout(RETURN_MOST, asked.fetch_one(conn)).await {
                    Ok(answer) => answer.map(|(is_standby,)| !is_standby),
                    Err(_) => Err(sqlx::Error::PoolTimedOut),
                }
            })
        })
        .connect_with(options)
        .await
        .map_err(|error| explain(&error))
}

/// Begins on a connection that lives: the one at hand may have died with the server, and nothing is lost with it yet.
async fn begin(
    pool: &PgPool,
    answer_most: Duration,
    statement: &'static str,
) -> sqlx::Result<Taken> {
    let mut tries = 0;
    loop {
        tries += 1;
        let conn = pool.acquire().await?;
        let statement = sqlx::SqlStr::from_static(statement);
        match answered(answer_most, Transaction::begin(conn, Some(statement))).await {
            Err(error) if is_lost(&error) && tries < TRIES => {
                tracing::debug!(%error, "a connection to the database was dead; another is taken");
            }
            begun => return begun.map(Held::Tx).map(Taken::Postgres),
        }
    }
}

/// What every connection is set to; `flushes` says whether commits are flushed by themselves.
fn session(options: PgConnectOptions, config: &Config, flushes: bool) -> PgConnectOptions {
    let set = &config.postgres;
    let ms = |ms: u32| ms.to_string();
    let options = options
        .application_name("chat")
        .statement_cache_capacity(256)
        .options([
            ("statement_timeout", ms(set.statement_timeout_ms)),
            ("lock_timeout", ms(set.lock_timeout_ms)),
            (
                "idle_in_transaction_session_timeout",
                ms(set.idle_in_transaction_timeout_ms),
            ),
            // A process whose machine is gone must not hold its locks for hours.
            ("tcp_keepalives_idle", "15".to_owned()),
            ("tcp_keepalives_interval", "5".to_owned()),
            ("tcp_keepalives_count", "3".to_owned()),
            // The statements are few and look rows up by their keys: compiling them costs more than it gains.
            ("jit", "off".to_owned()),
        ]);
    match (config.durability, flushes) {
        (Durability::Relaxed, _) => options.options([("synchronous_commit", "off")]),
        (Durability::Full, false) => options.options([("synchronous_commit", "on")]),
        // `on`, or what the server's operator wants beyond that.
        (Durability::Full, true) => options,
    }
}

/// What a server and a database say about themselves.
#[derive(Debug, Clone, sqlx::FromRow)]
struct About {
    number: i32,
    version: String,
    is_standby: bool,
    is_read_only: bool,
    commit: String,
    is_synced: bool,
    encoding: String,
}

impl About {
    async fn ask(conn: &mut PgConnection) -> Result<Self, String> {
        let asked = sqlx::query_as(
            "select cast(current_setting('server_version_num') as int) as number,
                 current_setting('server_version') as version, pg_is_in_recovery() as is_standby,
                 cast(current_setting('transaction_read_only') as boolean) as is_read_only,
                 current_setting('synchronous_commit') as commit,
                 cast(current_setting('fsync') as boolean) as is_synced,
                 current_setting('server_encoding') as encoding",
        );
        answered(CONNECT_MOST, asked.fetch_one(conn))
            .await
            .map_err(|error| explain(&error))
    }

    /// Refuses a server that is too old, takes no writes, or cannot keep every text.
    fn check(&self) -> Result<(), String> {
        if self.number / 10_000 < OLDEST {
            return Err(format!(
                "the server is PostgreSQL {}, and {OLDEST} or newer is needed; upgrade it",
                self.version
            ));
        }
        if self.is_standby {
            return Err(
                "the server is a hot standby and takes no writes; name the primary, \
                 or several hosts behind an address that leads to it"
                    .to_owned(),
            );
        }
        if self.is_read_only {
            return Err(
                "the server takes no writes (default_transaction_read_only is on); \
                 switch that off for this database or role"
                    .to_owned(),
            );
        }
        if self.encoding != "UTF8" {
            return Err(format!(
                "the database is encoded in {}, which cannot keep every text; make one in UTF8: \
                 createdb --encoding UTF8 --template template0",
                self.encoding
            ));
        }
        Ok(())
    }
}

/// Whether the connection is gone, not only the statement.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::BeginFailed => true,
        // The server is stopping, starting, has ended this session, or says that the connection is broken.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            matches!(
                code.as_ref(),
                "57P01" | "57P02" | "57P03" | "57P05" | "25P03"
            ) || code.starts_with("08")
        }),
        _ => false,
    }
}

/// Says what to do about an error at start.
fn explain(error: &sqlx::Error) -> String {
    let code = error.as_database_error().and_then(|error| error.code());
    let what_to_do = match (error, code.as_deref()) {
        (_, Some("28P01" | "28000")) => {
            "check the user and the password in the address, and pg_hba.conf"
        }
        (_, Some("3D000")) => "make it first: createdb",
        (_, Some("42501")) => {
            "grant the user the right to create tables in it (on PostgreSQL 15: on the schema public)"
        }
        (_, Some("53300")) => {
            "the server has no connection left; raise max_connections, or lower [postgres] read_connections"
        }
        (_, Some("55P03")) => {
            "somebody else has it: a server runs on it where it has to be had alone (stop all of them first), or it is \
             being migrated (wait until that is done)"
        }
        (_, Some("57P03")) => "the server is starting or stopping; try again in a moment",
        (sqlx::Error::Tls(_), _) => "check ?sslmode= and ?sslrootcert= in the address",
        (sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut, _) => {
            "check that the server runs, and the host and port in the address"
        }
        _ => "see the cause",
    };
    format!("{error}; {what_to_do}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_can_be_opened_in_a_task_of_its_own() {
        fn expect_send(_: impl Send) {}

        expect_send(crate::ChatServer::builder().build());
        let clock = Arc::new(crate::clock::SystemClock);
        expect_send(crate::store::Db::open(&Config::default(), clock));
    }

    #[test]
    fn a_server_that_will_not_do_is_refused_with_what_to_do() {
        let good = About {
            number: 140_000,
            version: "14.0".to_owned(),
            is_standby: false,
            is_read_only: false,
            commit: "on".to_owned(),
            is_synced: true,
            encoding: "UTF8".to_owned(),
        };
        assert_eq!(good.check(), Ok(()));
        let said = |change: fn(&mut About)| {
            let mut about = good.clone();
            change(&mut about);
            about.check().unwrap_err()
        };

        let old = said(|about| (about.number, about.version) = (130_018, "13.18".to_owned()));
        assert!(
            old.contains("13.18, and 14 or newer is needed; upgrade"),
            "{old}"
        );
        // A standby is read-only, too; the way out is another.
        let standby = said(|about| (about.is_standby, about.is_read_only) = (true, true));
        assert!(standby.contains("name the primary"), "{standby}");
        let read_only = said(|about| about.is_read_only = true);
        assert!(read_only.contains("switch that off"), "{read_only}");
        let narrow = said(|about| about.encoding = "LATIN1".to_owned());
        assert!(narrow.contains("--encoding UTF8"), "{narrow}");
    }

    #[test]
    fn a_dead_connection_is_told_from_a_wrong_statement() {
        let broken = sqlx::Error::Io(std::io::ErrorKind::BrokenPipe.into());

        assert!(is_lost(&broken));
        assert!(!is_lost(&sqlx::Error::RowNotFound));
    }
}
