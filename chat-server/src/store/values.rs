//! Text for statements that take a number of rows at once.
//!
//! The number is rounded up to a power of two, and the rest is filled with nulls that match nothing: nine texts serve
//! every batch, so their plans stay cached.

use std::fmt::Write;

/// The number of rows a statement for `rows` is made for.
pub(crate) fn padded(rows: usize) -> usize {
    rows.next_power_of_two()
}

/// `values ($1, $2), ($3, $4), …`: columns are called `column1`, `column2`, … on every engine.
pub(crate) fn values(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(8 + rows * columns * 7);
    text.push_str("values ");
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let separator = if column == 0 { "" } else { ", " };
            write!(text, "{separator}${}", row * columns + column + 1)
                .expect("a string takes everything");
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_through() {
        assert_eq!(values(2, 3), "values ($1, $2, $3), ($4, $5, $6)");
        assert_eq!((padded(1), padded(3), padded(256)), (1, 4, 256));
    }
}
