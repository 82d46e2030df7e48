//! A table for people: columns as wide as their widest cell, two spaces between them, nothing drawn around them.
//!
//! It never cuts anything off, and no cell can act on the terminal.

use super::Paint;
use chat_core::text;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Draws a table. Without rows it is empty, so that a person sees at once that there is nothing.
pub(super) fn draw(columns: &[&str], rows: &[Vec<String>], paint: Paint) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| text::inert_line(cell).into_owned())
                .collect()
        })
        .collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            cells
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
                .max(name.width())
        })
        .collect();
    let mut out = String::new();
    let heading: Vec<_> = columns.iter().map(|name| name.to_uppercase()).collect();
    out.push_str(&paint.bold(&line(&heading, &widths)));
    out.push('\n');
    for row in &rows {
        out.push_str(&line(row, &widths));
        out.push('\n');
    }
    out
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        // Counted by hand: format widths count characters, and a wide character takes two columns.
        let space = width.saturating_sub(cell.width()) + 2;
        let _ = write!(line, "{cell}{:space$}", "");
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rows: &[&[&str]]) -> String {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect();
        draw(&["name", "text"], &rows, Paint::plain())
    }

    #[test]
    fn columns_line_up_in_every_script() {
        assert_eq!(
            drawn(&[&["李雷", "hello"], &["ann", "x"]]),
            "NAME  TEXT\n李雷  hello\nann   x\n"
        );
    }

    #[test]
    fn a_cell_acts_on_nothing() {
        assert_eq!(
            drawn(&[&["a\u{1b}[2Jb", "two\nlines\u{202e}"]]),
            "NAME   TEXT\na[2Jb  two lines\n"
        );
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(drawn(&[]), "");
    }
}
