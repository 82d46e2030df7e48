//! Text for statements that take a number of rows at once.
//!
//! The number is rounded up to a power of two, and the rest is filled with nulls that match nothing: nine texts serve
//! every batch, so their plans stay cached.

/// The number of rows a statement for `rows` is made for.
pub(crate) fn padded(rows: usize) -> usize {
    rows.next_power_of_two()
}

/// `values (?, ?), (?, ?), …`: columns are called `column1`, `column2`, … on every engine.
///
/// Without numbers, because SQLite looks the name of a numbered place up in a list, for each place again. What is bound
/// besides the rows comes after them, by its number.
pub(crate) fn values(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    format!("values {}", vec![row; rows].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_made_for_a_power_of_two_of_rows() {
        assert_eq!(values(2, 3), "values (?, ?, ?), (?, ?, ?)");
        assert_eq!((padded(1), padded(3), padded(256)), (1, 4, 256));
    }
}
