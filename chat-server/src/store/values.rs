//! Text for statements that take a number of rows at once, and how the rows are bound.
//!
//! SQLite takes question marks: their number is rounded up to a power of two, and the rest is filled with nulls that match
//! nothing, so that ten texts serve every batch and their plans stay cached. PostgreSQL takes an array for each column:
//! one text serves any number of rows.

use sqlx::{Arguments, postgres::PgArguments};
use std::borrow::Cow;
use uuid::Uuid;

/// How the rows of a statement are written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rows {
    /// So many rows of question marks.
    Marks(usize),
    /// An array for each column.
    Arrays,
}

impl Rows {
    /// The number of the parameter that is bound at this place (from 1) behind rows of so many columns.
    pub(crate) fn place(self, columns: usize, nth: usize) -> usize {
        match self {
            Self::Marks(rows) => rows * columns + nth,
            Self::Arrays => columns + nth,
        }
    }
}

/// The number of rows a statement for `rows` is made for.
pub(crate) fn padded(rows: usize) -> usize {
    rows.next_power_of_two()
}

/// `values (?,?),(?,?),…` or `select * from unnest($1,$2) …`: columns are called `column1`, `column2`, … on every engine.
///
/// The question marks have no numbers, because SQLite looks the name of a numbered place up in a list, for each place
/// again. What is bound besides the rows comes after them, by its number: [`Rows::place`].
pub(crate) fn values(rows: Rows, columns: usize) -> String {
    match rows {
        Rows::Marks(rows) => marks(rows, columns),
        Rows::Arrays => {
            let list = |sign: &str| -> String {
                let names: Vec<_> = (1..=columns).map(|nth| format!("{sign}{nth}")).collect();
                names.join(", ")
            };
            format!(
                "select * from unnest({}) as given ({})",
                list("$"),
                list("column")
            )
        }
    }
}

fn marks(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(8 + rows * (columns * 2 + 2));
    text.push_str("values ");
    for row in 0..rows {
        text.push_str(if row == 0 { "(?" } else { ",(?" });
        (1..columns).for_each(|_| text.push_str(",?"));
        text.push(')');
    }
    text
}

/// Splits rows into parts whose lengths are powers of two, the longest first: for statements that cannot be padded.
pub(crate) fn in_powers<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let power = rows.len().checked_ilog2()?;
        let (part, rest) = rows.split_at(1 << power);
        rows = rest;
        Some(part)
    })
}

/// A value of a row.
#[derive(Clone)]
pub(crate) enum Cell<'q> {
    Uuid(Option<Uuid>),
    Number(Option<i64>),
    Text(Option<Cow<'q, str>>),
    Bytes(Option<Vec<u8>>),
}

impl From<Uuid> for Cell<'_> {
    fn from(value: Uuid) -> Self {
        Self::Uuid(Some(value))
    }
}

impl From<Option<Uuid>> for Cell<'_> {
    fn from(value: Option<Uuid>) -> Self {
        Self::Uuid(value)
    }
}

impl From<i64> for Cell<'_> {
    fn from(value: i64) -> Self {
        Self::Number(Some(value))
    }
}

impl From<Option<i64>> for Cell<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Number(value)
    }
}

impl<'q> From<&'q str> for Cell<'q> {
    fn from(value: &'q str) -> Self {
        Self::Text(Some(value.into()))
    }
}

impl<'q> From<Option<&'q str>> for Cell<'q> {
    fn from(value: Option<&'q str>) -> Self {
        Self::Text(value.map(Cow::from))
    }
}

impl From<Option<String>> for Cell<'_> {
    fn from(value: Option<String>) -> Self {
        Self::Text(value.map(Cow::from))
    }
}

enum Column<'q> {
    Uuid(Vec<Option<Uuid>>),
    Number(Vec<Option<i64>>),
    Text(Vec<Option<Cow<'q, str>>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// Rows on their way to PostgreSQL: bound value by value like those of SQLite, kept column by column.
pub(crate) struct Columns<'q> {
    columns: Vec<Column<'q>>,
    rows: usize,
    /// The column that the next value is for.
    next: usize,
}

impl<'q> Columns<'q> {
    /// For so many rows.
    pub(crate) fn of(rows: usize) -> Self {
        Self {
            columns: Vec::new(),
            rows,
            next: 0,
        }
    }

    /// The next value of a row.
    pub(crate) fn bind(mut self, value: impl Into<Cell<'q>>) -> Self {
        let value = value.into();
        if self.next == self.columns.len() {
            self.columns.push(match value {
                Cell::Uuid(_) => Column::Uuid(Vec::with_capacity(self.rows)),
                Cell::Number(_) => Column::Number(Vec::with_capacity(self.rows)),
                Cell::Text(_) => Column::Text(Vec::with_capacity(self.rows)),
                Cell::Bytes(_) => Column::Bytes(Vec::with_capacity(self.rows)),
            });
        }
        match (&mut self.columns[self.next], value) {
            (Column::Uuid(column), Cell::Uuid(value)) => column.push(value),
            (Column::Number(column), Cell::Number(value)) => column.push(value),
            (Column::Text(column), Cell::Text(value)) => column.push(value),
            (Column::Bytes(column), Cell::Bytes(value)) => column.push(value),
            _ => unreachable!("the same closure binds every row, so a column has one type"),
        }
        self.next += 1;
        self
    }

    /// The next value begins another row.
    pub(crate) fn end_row(mut self) -> Self {
        self.next = 0;
        self
    }

    /// One parameter for each column.
    pub(crate) fn arguments(self) -> sqlx::Result<PgArguments> {
        let mut arguments = PgArguments::default();
        for column in self.columns {
            match column {
                Column::Uuid(values) => arguments.add(values),
                Column::Number(values) => arguments.add(values),
                Column::Text(values) => arguments.add(values),
                Column::Bytes(values) => arguments.add(values),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_made_for_a_power_of_two_of_rows() {
        assert_eq!(values(Rows::Marks(2), 3), "values (?,?,?),(?,?,?)");
        assert_eq!((padded(1), padded(3), padded(256)), (1, 4, 256));
    }

    #[test]
    fn for_postgresql_it_is_the_same_for_any_number() {
        let text = values(Rows::Arrays, 2);

        assert_eq!(
            text,
            "select * from unnest($1, $2) as given (column1, column2)"
        );
        assert_eq!(Rows::Arrays.place(2, 1), 3);
        assert_eq!(Rows::Marks(4).place(2, 1), 9);
    }

    #[test]
    fn parts_are_powers_of_two_and_lose_nothing() {
        let rows: Vec<_> = (0..100).collect();

        let parts: Vec<_> = in_powers(&rows).map(<[_]>::len).collect();

        assert_eq!(parts, [64, 32, 4]);
        assert_eq!(
            in_powers(&rows).flatten().copied().collect::<Vec<_>>(),
            rows
        );
        assert_eq!(in_powers::<i32>(&[]).count(), 0);
    }
}
