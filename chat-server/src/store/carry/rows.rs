//! Rows of any table, as they lie on either side. What is no text in a file of SQLite is carried as far as it can be
//! read.

use super::Table;
use crate::store::{
    Conn, Engine, Kind, answered, sql,
    values::{Cell, Columns, Rows, in_powers, values},
};
use sha2::{Digest as _, Sha256};
use sqlx::{Arguments, sqlite::SqliteArguments};
use sqlx::{AssertSqlSafe, Database, Decode, Row, Type, postgres::PgArguments};
use std::borrow::Cow;
use uuid::Uuid;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Uuid,
    Number,
    Text,
    Bytes,
}

/// A column, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) holds: Holds,
}

/// Some rows of a table, in the order of their key.
pub(super) struct Page {
    pub(super) rows: Vec<Vec<Cell<'static>>>,
}

/// Rows in one statement on SQLite, which takes 32,766 values at most.
const AT_ONCE: usize = 512;

/// Columns of SQLite whose bytes are no id: the file does not say so.
const BYTES: [(&str, &str); 3] = [
    ("attachments", "waveform"),
    ("conversations", "pair"),
    ("mail_tokens", "hash"),
];

/// A digest of rows.
#[derive(Default, PartialEq)]
pub(super) struct Digest {
    pub(super) rows: u64,
    state: [u8; 32],
}

impl Digest {
    /// Adds the rows behind those before.
    pub(super) fn add(&mut self, page: &Page) {
        for row in &page.rows {
            let mut hash = Sha256::new();
            hash.update(self.state);
            for cell in row {
                match cell {
                    Cell::Uuid(value) => part(&mut hash, value.as_ref().map(Uuid::as_bytes)),
                    Cell::Number(value) => part(&mut hash, value.map(i64::to_be_bytes).as_ref()),
                    Cell::Text(value) => {
                        part(&mut hash, value.as_ref().map(|text| text.as_bytes()))
                    }
                    Cell::Bytes(value) => part(&mut hash, value.as_ref()),
                }
            }
            self.state = hash.finalize().into();
            self.rows += 1;
        }
    }

    pub(super) fn hex(&self) -> String {
        hex(&self.state)
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn part(hash: &mut Sha256, value: Option<impl AsRef<[u8]>>) {
    let length = value
        .as_ref()
        .map_or(u64::MAX, |value| value.as_ref().len() as u64);
    hash.update(length.to_be_bytes());
    if let Some(value) = value {
        hash.update(value);
    }
}

/// Which file this is: its first user, with the epoch of their inbox, which is random.
pub(super) async fn mark(conn: &mut Conn) -> sqlx::Result<String> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid, i64),
        "select id, inbox_epoch from users order by id limit 1"
    )?;
    Ok(row.map_or_else(
        || "nobody".to_owned(),
        |(id, epoch)| format!("{id} {epoch}"),
    ))
}

pub(super) async fn count(conn: &mut Conn, table: &Table) -> sqlx::Result<u64> {
    let text = AssertSqlSafe(format!("select count(*) from {}", table.name));
    let (count,) = sql!(conn, fetch_one as (i64,), text)?;
    Ok(count.cast_unsigned())
}

/// What is carried of a table. Up to where a log is in the index of words is not: nothing is in it yet.
pub(super) async fn columns(conn: &mut Conn, table: &Table) -> sqlx::Result<Vec<Column>> {
    let text = match conn.kind() {
        Kind::Postgres => {
            "select cast(column_name as text), cast(data_type as text) from information_schema.columns
             where table_schema = current_schema() and table_name = $1 and column_name <> 'indexed_seq'
             order by ordinal_position"
        }
        Kind::Sqlite => {
            "select name, lower(type) from pragma_table_info($1) where name <> 'indexed_seq' order by cid"
        }
    };
    let rows = sql!(conn, fetch_all as (String, String), text, table.name)?;
    let column = |(name, kind): (String, String)| {
        let holds = match kind.as_str() {
            "blob" if BYTES.contains(&(table.name, name.as_str())) => Holds::Bytes,
            "uuid" | "blob" => Holds::Uuid,
            "bigint" | "integer" => Holds::Number,
            "text" => Holds::Text,
            "bytea" => Holds::Bytes,
            _ => return Err(sqlx::Error::Decode(format!("{name} is a {kind}").into())),
        };
        Ok(Column { name, holds })
    };
    rows.into_iter().map(column).collect()
}

/// The key of the last row that is there.
pub(super) async fn last(
    conn: &mut Conn,
    table: &Table,
    columns: &[Column],
) -> sqlx::Result<Option<Vec<Cell<'static>>>> {
    let order: Vec<_> = table
        .key
        .iter()
        .map(|name| format!("{name} desc"))
        .collect();
    let text = format!(
        "{} order by {} limit 1",
        select(table, columns),
        order.join(", ")
    );
    let page = Page::fetch(conn, text, columns, &[]).await?;
    Ok(page.last_key(table, columns))
}

fn names(columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    names.join(", ")
}

fn select(table: &Table, columns: &[Column]) -> String {
    format!("select {} from {}", names(columns), table.name)
}

impl Page {
    /// The rows after a key.
    pub(super) async fn read(
        conn: &mut Conn,
        table: &Table,
        columns: &[Column],
        after: Option<&[Cell<'static>]>,
        limit: i64,
    ) -> sqlx::Result<Self> {
        let key = table.key.join(", ");
        let places: Vec<_> = (1..=table.key.len()).map(|nth| format!("${nth}")).collect();
        let behind = after.map_or_else(String::new, |_| {
            format!(" where ({key}) > ({})", places.join(", "))
        });
        let text = format!(
            "{}{behind} order by {key} limit {limit}",
            select(table, columns)
        );
        Self::fetch(conn, text, columns, after.unwrap_or_default()).await
    }

    async fn fetch(
        conn: &mut Conn,
        text: String,
        columns: &[Column],
        binds: &[Cell<'static>],
    ) -> sqlx::Result<Self> {
        let text = AssertSqlSafe(text);
        let rows: sqlx::Result<Vec<_>> = match conn.engine() {
            Engine::Sqlite(conn) => {
                let mut arguments = SqliteArguments::default();
                for cell in binds {
                    add(&mut arguments, cell)?;
                }
                let rows = sqlx::query_with(text, arguments).fetch_all(conn).await?;
                rows.iter()
                    .map(|row| cells(row, columns, sqlite_text))
                    .collect()
            }
            Engine::Postgres(conn, most) => {
                let mut arguments = PgArguments::default();
                for cell in binds {
                    add(&mut arguments, cell)?;
                }
                let rows =
                    answered(most, sqlx::query_with(text, arguments).fetch_all(conn)).await?;
                rows.iter()
                    .map(|row| cells(row, columns, |row, nth| row.try_get(nth)))
                    .collect()
            }
        };
        rows.map(|rows| Self { rows })
    }

    pub(super) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    pub(super) fn last_key(&self, table: &Table, columns: &[Column]) -> Option<Vec<Cell<'static>>> {
        let row = self.rows.last()?;
        let place = |name: &&str| columns.iter().position(|column| column.name == **name);
        let cells = table
            .key
            .iter()
            .filter_map(place)
            .map(|place| row[place].clone());
        Some(cells.collect())
    }

    pub(super) async fn insert(
        self,
        conn: &mut Conn,
        table: &Table,
        columns: &[Column],
    ) -> sqlx::Result<()> {
        match conn.engine() {
            Engine::Postgres(conn, most) => {
                // The audit log makes its own numbers otherwise.
                let text = format!(
                    "insert into {} ({}) overriding system value {}",
                    table.name,
                    names(columns),
                    values(Rows::Arrays, columns.len())
                );
                let mut rows = Columns::of(self.rows.len());
                for row in self.rows {
                    rows = row.into_iter().fold(rows, Columns::bind).end_row();
                }
                let query = sqlx::query_with(AssertSqlSafe(text), rows.arguments()?);
                answered(most, query.execute(conn)).await.map(drop)
            }
            Engine::Sqlite(conn) => {
                for part in self.rows.chunks(AT_ONCE).flat_map(in_powers) {
                    let values = values(Rows::Marks(part.len()), columns.len());
                    let text = format!("insert into {} ({}) {values}", table.name, names(columns));
                    let mut arguments = SqliteArguments::default();
                    for cell in part.iter().flatten() {
                        add(&mut arguments, cell)?;
                    }
                    let query = sqlx::query_with(AssertSqlSafe(text), arguments);
                    query.execute(&mut *conn).await?;
                }
                Ok(())
            }
        }
    }
}

fn add<A>(arguments: &mut A, cell: &Cell<'static>) -> sqlx::Result<()>
where
    A: Arguments,
    Option<Uuid>: for<'q> sqlx::Encode<'q, A::Database> + Type<A::Database>,
    Option<i64>: for<'q> sqlx::Encode<'q, A::Database> + Type<A::Database>,
    Option<String>: for<'q> sqlx::Encode<'q, A::Database> + Type<A::Database>,
    Option<Vec<u8>>: for<'q> sqlx::Encode<'q, A::Database> + Type<A::Database>,
{
    match cell {
        Cell::Uuid(value) => arguments.add(*value),
        Cell::Number(value) => arguments.add(*value),
        Cell::Text(value) => arguments.add(value.as_ref().map(|text| text.to_string())),
        Cell::Bytes(value) => arguments.add(value.clone()),
    }
    .map_err(sqlx::Error::Encode)
}

fn cells<R: Row>(
    row: &R,
    columns: &[Column],
    text: impl Fn(&R, usize) -> sqlx::Result<Option<String>>,
) -> sqlx::Result<Vec<Cell<'static>>>
where
    usize: sqlx::ColumnIndex<R>,
    for<'r> Option<Uuid>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Option<Vec<u8>>: Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Database,
{
    let cell = |(nth, column): (usize, &Column)| {
        Ok(match column.holds {
            Holds::Uuid => Cell::Uuid(row.try_get(nth)?),
            Holds::Number => Cell::Number(row.try_get(nth)?),
            Holds::Bytes => Cell::Bytes(row.try_get(nth)?),
            Holds::Text => Cell::Text(text(row, nth)?.map(Cow::from)),
        })
    };
    columns.iter().enumerate().map(cell).collect()
}

/// PostgreSQL takes neither what is no UTF-8 nor zeros.
fn sqlite_text(row: &sqlx::sqlite::SqliteRow, nth: usize) -> sqlx::Result<Option<String>> {
    let bytes: Option<Vec<u8>> = row.try_get_unchecked(nth)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', "\u{fffd}")))
}
