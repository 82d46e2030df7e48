//! Which engine is behind a connection, and the two macros that run one text on either.
//!
//! What is bound decides the types of the parameters: an [`i64`], a `Uuid`, a text or bytes, the same for both engines.
//! Where the engines differ, the statement itself says so with a `match` on [`Conn::engine`] or [`Conn::kind`].

use chat_core::Timestamp;
use sqlx::{
    Database, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction, pool::PoolConnection,
};
use std::{future::Future, time::Duration};

/// A connection, or a transaction on one.
pub(crate) struct Conn {
    taken: Taken,
    now: Timestamp,
    answer_most: Duration,
}

/// What was taken from the connections of an engine.
pub(crate) enum Taken {
    Sqlite(Held<Sqlite>),
    Postgres(Held<Postgres>),
}

/// How a connection is held.
pub(crate) enum Held<DB: Database> {
    Pooled(PoolConnection<DB>),
    Tx(Transaction<'static, DB>),
}

/// The engine behind a connection, for the one place where it matters: the call.
pub(crate) enum Engine<'a> {
    Sqlite(&'a mut SqliteConnection),
    /// With the time in which it answers, if at all.
    Postgres(&'a mut PgConnection, Duration),
}

/// Which engine it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Conn {
    /// Nobody is at the other end any more when a statement is not answered in the time `answer_most`.
    pub(super) fn new(taken: Taken, now: Timestamp, answer_most: Duration) -> Self {
        Self {
            taken,
            now,
            answer_most,
        }
    }

    pub(crate) fn engine(&mut self) -> Engine<'_> {
        match &mut self.taken {
            Taken::Sqlite(Held::Pooled(conn)) => Engine::Sqlite(conn),
            Taken::Sqlite(Held::Tx(tx)) => Engine::Sqlite(tx),
            Taken::Postgres(Held::Pooled(conn)) => Engine::Postgres(conn, self.answer_most),
            Taken::Postgres(Held::Tx(tx)) => Engine::Postgres(tx, self.answer_most),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.taken {
            Taken::Sqlite(_) => Kind::Sqlite,
            Taken::Postgres(_) => Kind::Postgres,
        }
    }

    /// When it was taken. What has run out by then is read as the tombstone that it will be.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self.taken {
            Taken::Sqlite(Held::Tx(tx)) => tx.commit().await,
            Taken::Postgres(Held::Tx(tx)) => answered(self.answer_most, tx.commit()).await,
            Taken::Sqlite(Held::Pooled(_)) | Taken::Postgres(Held::Pooled(_)) => Ok(()),
        }
    }
}

/// Gives up on a server that says nothing any more: its machine may be gone without a word.
pub(crate) async fn answered<T>(
    most: Duration,
    call: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    match tokio::time::timeout(most, call).await {
        Ok(result) => result,
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}

/// Runs one statement on whatever engine is behind the connection.
///
/// `sql!(conn, execute, "text", binds…)` gives the number of rows; `sql!(conn, fetch_all as Row, "text", binds…)` (or
/// `fetch_one`, `fetch_optional`) gives rows, which may be tuples.
macro_rules! sql {
    ($conn:expr, execute, $text:expr $(, $bind:expr)* $(,)?) => {
        match $conn.engine() {
            $crate::store::Engine::Sqlite(conn) => {
                sqlx::query($text)$(.bind($bind))*.execute(conn).await.map(|done| done.rows_affected())
            }
            $crate::store::Engine::Postgres(conn, most) => {
                let done = sqlx::query($text)$(.bind($bind))*.execute(conn);
                $crate::store::answered(most, done).await.map(|done| done.rows_affected())
            }
        }
    };
    ($conn:expr, $fetch:ident as $row:ty, $text:expr $(, $bind:expr)* $(,)?) => {
        match $conn.engine() {
            $crate::store::Engine::Sqlite(conn) => {
                sqlx::query_as::<_, $row>($text)$(.bind($bind))*.$fetch(conn).await
            }
            $crate::store::Engine::Postgres(conn, most) => {
                let rows = sqlx::query_as::<_, $row>($text)$(.bind($bind))*.$fetch(conn);
                $crate::store::answered(most, rows).await
            }
        }
    };
}
pub(crate) use sql;

/// Statements that take a number of rows; the text is made of numbers and fixed parts only.
///
/// `sql_rows!(conn, execute, text, rows, |query, row| bound, blank, binds…)`, or `fetch_all as Row` instead of
/// `execute`: `text` makes the statement for some [`Rows`](crate::store::values::Rows), the closure binds one row, `blank`
/// binds nulls for a row of padding. What is bound besides comes behind the rows, at the places that `rows.place` names.
macro_rules! sql_rows {
    ($conn:expr, execute, $text:expr, $rows:expr, |$query:ident, $item:pat_param| $bind:expr, $blank:expr $(, $more:expr)* $(,)?) => {
        match $conn.engine() {
            $crate::store::Engine::Sqlite(conn) => {
                let rows = $rows;
                let padded = $crate::store::values::padded(rows.len());
                let text = $text($crate::store::values::Rows::Marks(padded));
                let mut $query = sqlx::query(sqlx::AssertSqlSafe(text));
                $crate::store::bind_rows!($query, rows, padded, $item, $bind, $blank);
                $query$(.bind($more))*.execute(conn).await.map(|done| done.rows_affected())
            }
            $crate::store::Engine::Postgres(conn, most) => {
                let text = $text($crate::store::values::Rows::Arrays);
                let columns = $crate::store::bind_columns!($rows, $query, $item, $bind, $blank);
                let query = sqlx::query_with(sqlx::AssertSqlSafe(text), columns.arguments()?);
                let done = query$(.bind($more))*.execute(conn);
                $crate::store::answered(most, done).await.map(|done| done.rows_affected())
            }
        }
    };
    ($conn:expr, $fetch:ident as $row:ty, $text:expr, $rows:expr, |$query:ident, $item:pat_param| $bind:expr, $blank:expr $(, $more:expr)* $(,)?) => {
        match $conn.engine() {
            $crate::store::Engine::Sqlite(conn) => {
                let rows = $rows;
                let padded = $crate::store::values::padded(rows.len());
                let text = $text($crate::store::values::Rows::Marks(padded));
                let mut $query = sqlx::query_as::<_, $row>(sqlx::AssertSqlSafe(text));
                $crate::store::bind_rows!($query, rows, padded, $item, $bind, $blank);
                $query$(.bind($more))*.$fetch(conn).await
            }
            $crate::store::Engine::Postgres(conn, most) => {
                let text = $text($crate::store::values::Rows::Arrays);
                let columns = $crate::store::bind_columns!($rows, $query, $item, $bind, $blank);
                let arguments = columns.arguments()?;
                let query = sqlx::query_as_with::<_, $row, _>(sqlx::AssertSqlSafe(text), arguments);
                let rows = query$(.bind($more))*.$fetch(conn);
                $crate::store::answered(most, rows).await
            }
        }
    };
}
pub(crate) use sql_rows;

/// The rows of [`sql_rows`], and nulls for the padding behind them.
macro_rules! bind_rows {
    ($query:ident, $rows:ident, $padded:ident, $item:pat_param, $bind:expr, $blank:expr) => {
        for $item in $rows {
            $query = $bind;
        }
        for _ in $rows.len()..$padded {
            $query = $blank;
        }
    };
}
pub(crate) use bind_rows;

/// The rows of [`sql_rows`] as columns. Without any rows, one of nulls says what the columns are.
macro_rules! bind_columns {
    ($rows:expr, $query:ident, $item:pat_param, $bind:expr, $blank:expr) => {{
        let rows = $rows;
        let mut $query = $crate::store::values::Columns::of(rows.len());
        for $item in rows {
            $query = $bind.end_row();
        }
        if rows.is_empty() {
            $query = $blank.end_row();
        }
        $query
    }};
}
pub(crate) use bind_columns;
