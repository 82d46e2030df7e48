//! Text for statements that take a number of rows at once.
//!
//! The number is rounded up to a power of two, and the rest is filled with nulls that match nothing: ten texts serve
//! every batch, so their plans stay cached.

/// The number of rows a statement for `rows` is made for.
pub(crate) fn padded(rows: usize) -> usize {
    rows.next_power_of_two()
}

/// `values (?,?),(?,?),…`: columns are called `column1`, `column2`, … on every engine.
///
/// Without numbers, because SQLite looks the name of a numbered place up in a list, for each place again. What is bound
/// besides the rows comes after them, by its number.
pub(crate) fn values(rows: usize, columns: usize) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_made_for_a_power_of_two_of_rows() {
        assert_eq!(values(2, 3), "values (?,?,?),(?,?,?)");
        assert_eq!((padded(1), padded(3), padded(256)), (1, 4, 256));
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
