//! Work that one of several processes does for all: deleting what has run out, letting go of what nobody has. Each kind is
//! a lock on the server, taken over the one connection that a process keeps for it, and gone with the process. By another
//! lock over that connection it says that it has the database open, so that nobody believes to have it alone.
//!
//! It saves work and decides nothing: who does the same at the same moment finds in its transaction what is done. A file
//! of SQLite belongs to one process.

use super::{Db, Postgres, Purpose, answered, postgres::is_lost};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::Mutex};

/// The name of these locks among the advisory locks of the database: "chat".
const SPACE: i32 = 0x6368_6174;
/// A process that stands still for so long has lost its duties, in milliseconds.
const STANDING_STILL_MOST: &str = "120000";

/// The number of the lock that everybody has who has the database open; those of duties come behind.
const HERE: i32 = 0;
const TOGETHER: &str = "select pg_advisory_lock_shared($1, $2)";
const ALONE: &str = "select pg_advisory_lock($1, $2)";

const TAKE: &str = "select pg_try_advisory_lock($1, $2)";
const GIVE_BACK: &str = "select pg_advisory_unlock($1, $2)";

/// What one process does for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duty {
    /// Messages whose time has run out.
    Expire = 1,
    /// What another process has left out of the search index.
    Index = 2,
    /// What deleted accounts have left behind.
    Clear = 3,
    /// Files that nobody has.
    Collect = 4,
    /// What is only kept for a time.
    Sweep = 5,
}

/// Says that this process does it, until it is dropped.
pub(crate) struct OnDuty(Option<(Arc<Keeper>, Duty)>);

/// The connection over which a process holds its duties.
pub(crate) struct Keeper {
    purpose: Purpose,
    options: PgConnectOptions,
    answer_most: Duration,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    conn: Option<PgConnection>,
    is_closed: bool,
}

impl Db {
    /// Takes a duty; none where another process has it.
    pub(crate) async fn on_duty(&self, duty: Duty) -> sqlx::Result<Option<OnDuty>> {
        let Self::Postgres(Postgres { keeper, .. }) = self else {
            return Ok(Some(OnDuty(None)));
        };
        let is_taken = keeper.take(duty).await?;
        Ok(is_taken.then(|| OnDuty(Some((keeper.clone(), duty)))))
    }

    /// Whether other processes have the database open, too. A file belongs to one.
    pub(crate) async fn has_others(&self) -> sqlx::Result<bool> {
        match self {
            Self::Sqlite(_) => Ok(false),
            Self::Postgres(Postgres { keeper, .. }) => keeper.has_others().await,
        }
    }

    /// The same database as another process has it.
    #[cfg(test)]
    pub(super) fn as_another_process(&self) -> Self {
        match self {
            Self::Sqlite(db) => Self::Sqlite(db.clone()),
            Self::Postgres(db) => Self::Postgres(Postgres {
                keeper: Arc::new(Keeper::new(
                    Purpose::Use,
                    db.keeper.options.clone(),
                    db.answer_most,
                )),
                ..db.clone()
            }),
        }
    }
}

impl Drop for OnDuty {
    fn drop(&mut self) {
        // Without a runtime the process ends, and the connection with it.
        if let (Some((keeper, duty)), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move { keeper.give_back(duty).await });
        }
    }
}

impl Keeper {
    pub(super) fn new(purpose: Purpose, options: PgConnectOptions, answer_most: Duration) -> Self {
        let most = match purpose {
            Purpose::Use => STANDING_STILL_MOST,
            // It says nothing over this connection until all is done.
            Purpose::Alone | Purpose::Carry => "0",
        };
        Self {
            purpose,
            options: options.options([("idle_session_timeout", most)]),
            answer_most,
            kept: Mutex::default(),
        }
    }

    /// Says that this process has the database open. Refused where another one is alone with it, or this one wants to be
    /// and is not.
    pub(super) async fn enter(&self) -> sqlx::Result<()> {
        let mut kept = self.kept.lock().await;
        kept.conn = Some(self.connect().await?);
        Ok(())
    }

    async fn connect(&self) -> sqlx::Result<PgConnection> {
        let connected = PgConnection::connect_with(&self.options);
        let mut conn = answered(self.answer_most, connected).await?;
        let text = match self.purpose {
            Purpose::Use => TOGETHER,
            Purpose::Alone | Purpose::Carry => ALONE,
        };
        let taken = sqlx::query(text).bind(SPACE).bind(HERE);
        answered(self.answer_most, taken.execute(&mut conn)).await?;
        Ok(conn)
    }

    /// Whether another process has the database open, too; whoever only looks after it for a moment is one of them. What
    /// cannot be known is an error.
    async fn has_others(&self) -> sqlx::Result<bool> {
        let mut kept = self.kept.lock().await;
        if kept.is_closed {
            return Err(sqlx::Error::PoolClosed);
        }
        let known = match kept.conn.take() {
            Some(conn) => match self.count_others(conn).await {
                Err(error) if is_lost(&error) => None,
                answer => Some(answer?),
            },
            None => None,
        };
        let (conn, are_there) = match known {
            Some(known) => known,
            // Opened again also for its own sake: until then nobody knows that this process is here.
            None => self.count_others(self.connect().await?).await?,
        };
        kept.conn = Some(conn);
        Ok(are_there)
    }

    /// Asks whether there are others; the connection is lost where that fails.
    async fn count_others(&self, mut conn: PgConnection) -> sqlx::Result<(PgConnection, bool)> {
        let text = "select count(*) > 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 2
            and database = (select oid from pg_database where datname = current_database())
            and classid = cast($1 as oid) and objid = cast($2 as oid)";
        let asked = sqlx::query_as::<_, (bool,)>(text)
            .bind(i64::from(SPACE))
            .bind(i64::from(HERE));
        let (are_there,) = answered(self.answer_most, asked.fetch_one(&mut conn)).await?;
        Ok((conn, are_there))
    }

    async fn take(&self, duty: Duty) -> sqlx::Result<bool> {
        let mut kept = self.kept.lock().await;
        if kept.is_closed {
            return Err(sqlx::Error::PoolClosed);
        }
        // It comes back only when it has answered: one that is given up takes its locks along.
        let known = match kept.conn.take() {
            Some(conn) => match self.ask(conn, TAKE, duty).await {
                // The server ends it when it has not been used for a while.
                Err(error) if is_lost(&error) => None,
                answer => Some(answer?),
            },
            None => None,
        };
        let (conn, is_taken) = match known {
            Some(known) => known,
            None => {
                let conn = self.connect().await?;
                self.ask(conn, TAKE, duty).await?
            }
        };
        kept.conn = Some(conn);
        Ok(is_taken)
    }

    async fn give_back(&self, duty: Duty) {
        let mut kept = self.kept.lock().await;
        if let Some(conn) = kept.conn.take() {
            match self.ask(conn, GIVE_BACK, duty).await {
                Ok((conn, _)) => kept.conn = Some(conn),
                Err(error) => tracing::debug!(%error, "a duty ended with its connection"),
            }
        }
    }

    pub(super) async fn close(&self) {
        let mut kept = self.kept.lock().await;
        kept.is_closed = true;
        if let Some(conn) = kept.conn.take()
            && let Err(error) = answered(self.answer_most, conn.close()).await
        {
            tracing::debug!(%error, "a connection to the database was dead already");
        }
    }

    /// Asks something about the lock of a duty; the connection is lost where that fails.
    async fn ask(
        &self,
        mut conn: PgConnection,
        text: &'static str,
        duty: Duty,
    ) -> sqlx::Result<(PgConnection, bool)> {
        let asked = sqlx::query_as::<_, (bool,)>(text)
            .bind(SPACE)
            .bind(duty as i32);
        let (answer,) = answered(self.answer_most, asked.fetch_one(&mut conn)).await?;
        Ok((conn, answer))
    }
}
