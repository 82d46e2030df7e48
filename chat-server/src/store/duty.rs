//! Work that one of several processes does for all: deleting what has run out, letting go of what nobody has. Each kind is
//! a lock on the server, taken over the one connection that a process keeps for it, and gone with the process.
//!
//! It saves work and decides nothing: who does the same at the same moment finds in its transaction what is done. A file
//! of SQLite belongs to one process.

use super::{Db, Postgres, answered, postgres::is_lost};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use std::sync::Arc;
use tokio::{runtime::Handle, sync::Mutex};

/// The name of these locks among the advisory locks of the database: "chat".
const SPACE: i32 = 0x6368_6174;
/// A process that stands still for so long has lost its duties, in milliseconds.
const STANDING_STILL_MOST: &str = "120000";

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
    options: PgConnectOptions,
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

    /// The same database as another process has it.
    #[cfg(test)]
    pub(super) fn as_another_process(&self) -> Self {
        match self {
            Self::Sqlite(db) => Self::Sqlite(db.clone()),
            Self::Postgres(db) => Self::Postgres(Postgres {
                keeper: Arc::new(Keeper::new(db.keeper.options.clone())),
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
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options: options.options([("idle_session_timeout", STANDING_STILL_MOST)]),
            kept: Mutex::default(),
        }
    }

    async fn take(&self, duty: Duty) -> sqlx::Result<bool> {
        let mut kept = self.kept.lock().await;
        if kept.is_closed {
            return Err(sqlx::Error::PoolClosed);
        }
        // It comes back only when it has answered: one that is given up takes its locks along.
        let known = match kept.conn.take() {
            Some(conn) => match ask(conn, TAKE, duty).await {
                // The server ends it when it has not been used for a while.
                Err(error) if is_lost(&error) => None,
                answer => Some(answer?),
            },
            None => None,
        };
        let (conn, is_taken) = match known {
            Some(known) => known,
            None => {
                let conn = answered(PgConnection::connect_with(&self.options)).await?;
                ask(conn, TAKE, duty).await?
            }
        };
        kept.conn = Some(conn);
        Ok(is_taken)
    }

    async fn give_back(&self, duty: Duty) {
        let mut kept = self.kept.lock().await;
        if let Some(conn) = kept.conn.take() {
            match ask(conn, GIVE_BACK, duty).await {
                Ok((conn, _)) => kept.conn = Some(conn),
                Err(error) => tracing::debug!(%error, "a duty ended with its connection"),
            }
        }
    }

    pub(super) async fn close(&self) {
        let mut kept = self.kept.lock().await;
        kept.is_closed = true;
        if let Some(conn) = kept.conn.take()
            && let Err(error) = answered(conn.close()).await
        {
            tracing::debug!(%error, "a connection to the database was dead already");
        }
    }
}

/// Asks something about the lock of a duty; the connection is lost where that fails.
async fn ask(
    mut conn: PgConnection,
    text: &'static str,
    duty: Duty,
) -> sqlx::Result<(PgConnection, bool)> {
    let asked = sqlx::query_as::<_, (bool,)>(text)
        .bind(SPACE)
        .bind(duty as i32);
    let (answer,) = answered(asked.fetch_one(&mut conn)).await?;
    Ok((conn, answer))
}
