//! The tables of an installation as lines of JSON, and such lines as rows, for archives: a line is an object of what a row
//! has, by the names of the columns in their order; what is absent is null.
//!
//! Of no use elsewhere, and so left out: the index of words, the keys, the place of the files, and the epochs of logs.
//! Whoever imports gives each log a new epoch, as after a restore, so that clients who know more begin anew.

use super::{
    TABLES, claim, end, rows,
    rows::{Column, Holds, Page},
    tables::{MEDIA_STORE, Table},
};
use crate::{
    Config, Error,
    clock::Random,
    store::{Conn, Db, values::Cell},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Rows that are read at once.
const AT_ONCE: i64 = 1_000;
/// Epochs are below this.
const EPOCHS: u64 = 1 << 53;

/// The columns that say which life a log is in.
const LIVES: [&str; 2] = ["epoch", "inbox_epoch"];

/// The tables of an archive, in the order in which they are imported.
pub(crate) fn tables() -> impl Iterator<Item = &'static str> {
    all().map(|table| table.name)
}

fn all() -> impl Iterator<Item = &'static Table> {
    TABLES.iter().filter(|table| table.name != MEDIA_STORE)
}

fn table(name: &str) -> sqlx::Result<&'static Table> {
    let found = all().find(|table| table.name == name);
    found.ok_or_else(|| sqlx::Error::Decode(format!("there is no table {name}").into()))
}

/// What tells this installation from others.
pub(crate) async fn origin(conn: &mut Conn) -> sqlx::Result<String> {
    rows::mark(conn).await
}

/// How many rows a table has.
pub(crate) async fn count(conn: &mut Conn, name: &str) -> sqlx::Result<u64> {
    rows::count(conn, table(name)?).await
}

/// Sees that nothing else is in the database, and notes which archive is imported.
pub(crate) async fn begin(target: &Db, config: &Config, mark: &str) -> Result<(), Error> {
    claim(target, config, mark, None, all()).await
}

/// The archive is in the database.
pub(crate) async fn finish(target: &Db) -> Result<(), Error> {
    end(target.begin().await?, target).await
}

/// Reads a table from its first row to its last.
pub(crate) struct Reader {
    table: &'static Table,
    columns: Vec<Column>,
    after: Option<Vec<Cell<'static>>>,
}

impl Reader {
    pub(crate) async fn open(conn: &mut Conn, name: &str) -> sqlx::Result<Self> {
        let table = table(name)?;
        let (columns, _) = columns(conn, table).await?;
        Ok(Self {
            table,
            columns,
            after: None,
        })
    }

    /// Writes the next rows as lines, and says how many; none after the last.
    pub(crate) async fn read(&mut self, conn: &mut Conn, out: &mut Vec<u8>) -> sqlx::Result<u64> {
        let after = self.after.as_deref();
        let page = Page::read(conn, self.table, &self.columns, after, AT_ONCE).await?;
        for row in &page.rows {
            line(&self.columns, row, out);
        }
        if let Some(last) = page.last_key(self.table, &self.columns) {
            self.after = Some(last);
        }
        Ok(page.len())
    }
}

/// Stores lines as rows of a table.
pub(crate) struct Writer {
    table: &'static Table,
    columns: Vec<Column>,
    /// How many more columns there are, for the lives of logs.
    lives: usize,
}

impl Writer {
    pub(crate) async fn open(conn: &mut Conn, name: &str) -> sqlx::Result<Self> {
        let table = table(name)?;
        let (mut columns, lives) = columns(conn, table).await?;
        let count = lives.len();
        columns.extend(lives);
        Ok(Self {
            table,
            columns,
            lives: count,
        })
    }

    /// The rows of some lines; or which of them is none, by its place, and why.
    pub(crate) fn rows(&self, lines: &[String], random: &Random) -> Result<Lines, (usize, String)> {
        let own = &self.columns[..self.columns.len() - self.lives];
        let mut rows = Vec::with_capacity(lines.len());
        for (nth, line) in lines.iter().enumerate() {
            let mut row = cells(own, line).map_err(|why| (nth, why))?;
            row.extend((0..self.lives).map(|_| {
                let epoch = random.word() % EPOCHS;
                Cell::Number(i64::try_from(epoch).ok())
            }));
            rows.push(row);
        }
        Ok(Lines(Page { rows }))
    }

    pub(crate) async fn store(&self, conn: &mut Conn, lines: Lines) -> sqlx::Result<()> {
        lines.0.insert(conn, self.table, &self.columns).await
    }
}

/// Rows on their way into a table.
pub(crate) struct Lines(Page);

/// The columns of a table that an archive has, and those that it has not.
async fn columns(
    conn: &mut Conn,
    table: &'static Table,
) -> sqlx::Result<(Vec<Column>, Vec<Column>)> {
    let mut all = rows::columns(conn, table).await?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let is_own = |column: &Column| !LIVES.contains(&column.name.as_str());
    Ok(all.into_iter().partition(is_own))
}

fn line(columns: &[Column], row: &[Cell<'static>], out: &mut Vec<u8>) {
    let mut sign = b'{';
    for (column, cell) in columns.iter().zip(row) {
        let value = match cell {
            Cell::Uuid(value) => value.map(|id| Value::from(id.to_string())),
            Cell::Number(value) => value.map(Value::from),
            Cell::Text(value) => value.as_deref().map(Value::from),
            Cell::Bytes(value) => value
                .as_ref()
                .map(|bytes| Value::from(BASE64_STANDARD.encode(bytes))),
        };
        if let Some(value) = value {
            out.push(sign);
            sign = b',';
            let name = Value::from(column.name.as_str());
            out.extend_from_slice(format!("{name}:{value}").as_bytes());
        }
    }
    if sign == b'{' {
        out.push(sign);
    }
    out.extend_from_slice(b"}\n");
}

fn cells(columns: &[Column], line: &str) -> Result<Vec<Cell<'static>>, String> {
    let read = serde_json::from_str::<Map<String, Value>>(line);
    let mut object = read.map_err(|error| format!("is no JSON object: {error}"))?;
    let row = columns
        .iter()
        .map(|column| match cell(column, object.remove(&column.name)) {
            Some(cell) => Ok(cell),
            None => Err(format!("has a {} that is none", column.name)),
        })
        .collect::<Result<_, _>>()?;
    match object.keys().next() {
        None => Ok(row),
        Some(name) => Err(format!("has a {name}, which this version does not know")),
    }
}

fn cell(column: &Column, value: Option<Value>) -> Option<Cell<'static>> {
    Some(match (column.holds, value) {
        (Holds::Uuid, None) => Cell::Uuid(None),
        (Holds::Number, None) => Cell::Number(None),
        (Holds::Text, None) => Cell::Text(None),
        (Holds::Bytes, None) => Cell::Bytes(None),
        (Holds::Uuid, Some(Value::String(text))) => Cell::Uuid(Some(text.parse().ok()?)),
        (Holds::Number, Some(Value::Number(number))) => Cell::Number(Some(number.as_i64()?)),
        (Holds::Text, Some(Value::String(text))) => Cell::Text(Some(Cow::Owned(text))),
        (Holds::Bytes, Some(Value::String(text))) => {
            Cell::Bytes(Some(BASE64_STANDARD.decode(text).ok()?))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        let column = |name: &str, holds| Column {
            name: name.to_owned(),
            holds,
        };
        vec![
            column("a_number", Holds::Number),
            column("bytes", Holds::Bytes),
            column("id", Holds::Uuid),
            column("text", Holds::Text),
        ]
    }

    fn again(line_of: &str) -> String {
        let (columns, mut out) = (columns(), Vec::new());
        line(&columns, &cells(&columns, line_of).unwrap(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_is_the_same_after_it_was_a_line() {
        let full = r#"{"a_number":-5,"bytes":"AP8=","id":"01890a5d-ac96-774b-bcce-b302099a8057","text":"\"é\n\u0001"}"#;

        assert_eq!(again(full), format!("{full}\n"));
        assert_eq!(again("{}"), "{}\n");
        assert_eq!(again(r#"{ "text" : "a" }"#), "{\"text\":\"a\"}\n");
    }

    #[test]
    fn a_line_that_is_no_row_says_why() {
        for (line, why) in [
            ("[]", "no JSON object"),
            (r#"{"id":"x"}"#, "a id that is none"),
            (r#"{"a_number":1.5}"#, "a a_number that is none"),
            (r#"{"text":null}"#, "a text that is none"),
            (r#"{"colour":1}"#, "does not know"),
        ] {
            let said = cells(&columns(), line).err().unwrap_or_default();
            assert!(said.contains(why), "{line}: {said}");
        }
    }
}
