//! A table for people: columns as wide as their widest cell, two spaces between them, nothing drawn around them.
//!
//! Where it is too wide for its room, cells are cut short, and what was cut ends in `…`; never an id, a username or a
//! password, for nothing can be done with half of one. Without a limit nothing is cut. No cell can act on the terminal.

use super::Paint;
use chat_core::text;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// No column is cut shorter than this: less of a name says nothing.
const LEAST: usize = 8;

/// As wide as a day is written.
const DAY: usize = "2026-01-31".len();

/// Draws a table as wide as `room`, where there is a limit to it. Without rows it is empty, so that a person sees at once
/// that there is nothing.
pub(super) fn draw(
    columns: &[&str],
    rows: &[Vec<String>],
    paint: Paint,
    room: Option<usize>,
) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| text::inert_line(cell).into_owned())
                .collect()
        })
        .collect();
    let mut columns = columns.to_vec();
    let mut widths: Vec<usize> = columns
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
    let mut below = Vec::new();
    if let Some(room) = room {
        below = fit(&mut columns, &mut rows, &mut widths, room);
    }
    let mut out = String::new();
    let heading: Vec<_> = columns.iter().map(|name| name.to_uppercase()).collect();
    out.push_str(&paint.bold(&line(&heading, &widths)));
    out.push('\n');
    for (at, row) in rows.iter().enumerate() {
        out.push_str(&line(row, &widths));
        out.push('\n');
        if let Some(id) = below.get(at) {
            let _ = writeln!(out, "  {}", paint.dim(id));
        }
    }
    out
}

/// Makes a table narrower: a person is named by the username, so that the id is the first to go; then the widest cells are
/// cut. Where that is not enough, the ids stand below their rows, and are handed back. What has no room even so is left to
/// the terminal.
fn fit(
    columns: &mut Vec<&str>,
    rows: &mut [Vec<String>],
    widths: &mut Vec<usize>,
    room: usize,
) -> Vec<String> {
    let is_too_wide = |widths: &[usize]| all(widths) > room;
    if is_too_wide(widths)
        && columns.contains(&"user")
        && let Some(id) = columns.iter().position(|name| *name == "id")
    {
        columns.remove(id);
        widths.remove(id);
        rows.iter_mut().for_each(|row| drop(row.remove(id)));
    }
    let mut below = Vec::new();
    if columns.len() > 1
        && is_too_wide(&narrowest(columns, widths))
        && let Some(id) = columns.iter().position(|name| *name == "id")
    {
        columns.remove(id);
        widths.remove(id);
        below.extend(rows.iter_mut().map(|row| row.remove(id)));
    }
    let least: Vec<usize> = columns.iter().map(|name| least(name)).collect();
    while is_too_wide(widths) {
        let free = (0..widths.len()).filter(|at| widths[*at] > least[*at]);
        let Some(widest) = free.max_by_key(|at| widths[*at]) else {
            break;
        };
        widths[widest] -= 1;
    }
    for row in rows {
        for (cell, width) in row.iter_mut().zip(widths.iter()) {
            cut(cell, *width);
        }
    }
    below
}

/// As narrow as the columns may become.
fn narrowest(columns: &[&str], widths: &[usize]) -> Vec<usize> {
    let each = columns.iter().zip(widths);
    each.map(|(name, width)| least(name).min(*width)).collect()
}

/// How wide the lines of a table are.
fn all(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)
}

/// How narrow a column may become.
fn least(name: &str) -> usize {
    match name {
        "id" | "user" | "password" => usize::MAX,
        name => name.width().max(LEAST),
    }
}

/// Cuts a cell to a width. Of a time the day is left.
fn cut(cell: &mut String, width: usize) {
    if cell.width() <= width {
        return;
    }
    if width >= DAY && is_time(cell) {
        cell.truncate(DAY);
        return;
    }
    while cell.width() + 1 > width && cell.pop().is_some() {}
    cell.push('…');
}

/// Whether it is a moment as people read it.
fn is_time(cell: &str) -> bool {
    let like = b"0000-00-00 00:00";
    let fits = |(is, like): (u8, &u8)| match like {
        b'0' => is.is_ascii_digit(),
        mark => is == *mark,
    };
    cell.len() == like.len() && cell.bytes().zip(like).all(fits)
}

/// A row of a table whose widths were settled before it was known.
pub(super) fn row(cells: &[String], widths: &[usize]) -> String {
    let cells: Vec<_> = cells
        .iter()
        .map(|cell| text::inert_line(cell).into_owned())
        .collect();
    format!("{}\n", line(&cells, widths))
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
        drawn_in(&["name", "text"], rows, None)
    }

    fn drawn_in(columns: &[&str], rows: &[&[&str]], room: Option<usize>) -> String {
        let rows: Vec<_> = rows
            .iter()
            .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
            .collect();
        draw(columns, &rows, Paint::plain(), room)
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

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn a_narrow_terminal_gets_the_beginning_of_what_is_long_and_every_id_whole() {
        let columns = ["name", "made", "text", "id"];
        let row = ["ci", "2026-01-31 09:30", "所有的话都在这里说完了", ID];
        let wide = drawn_in(&columns, &[&row], Some(100));
        assert!(wide.contains("09:30") && wide.contains("说完了"), "{wide}");

        let narrow = drawn_in(&columns, &[&row], Some(68));

        let line = narrow.lines().nth(1).unwrap();
        assert!(line.ends_with(ID) && line.contains("2026-01-31 "), "{line}");
        assert!(line.contains('…') && !line.contains("09:30"), "{line}");
        assert!(narrow.lines().all(|line| line.width() <= 68), "{narrow}");
    }

    #[test]
    fn an_id_that_has_no_room_stands_below_its_row_and_the_rest_has_the_line() {
        let columns = ["kind", "name", "members", "last activity", "id"];
        let row = ["group", "Team Eight", "3", "2026-01-31 09:30", ID];

        let narrow = drawn_in(&columns, &[&row], Some(60));

        let lines: Vec<_> = narrow.lines().collect();
        assert!(
            lines[1].contains("Team Eight") && lines[1].ends_with("09:30"),
            "{narrow}"
        );
        assert_eq!((lines.len(), lines[2].trim()), (3, ID), "{narrow}");
    }

    #[test]
    fn an_id_gives_way_where_a_username_names_the_row() {
        let columns = ["user", "name", "id"];
        let row = ["ben", "Ben Okafor", ID];

        assert!(drawn_in(&columns, &[&row], Some(80)).contains(ID));
        let narrow = drawn_in(&columns, &[&row], Some(40));
        assert_eq!(narrow, "USER  NAME\nben   Ben Okafor\n");
        let secret = drawn_in(
            &["user", "name", "password"],
            &[&["ben", "Ben Okafor", "u8Hx2mKq9TzW"]],
            Some(20),
        );
        assert!(secret.contains("u8Hx2mKq9TzW"), "{secret}");
        let hopeless = drawn_in(&["id"], &[&[ID]], Some(10));
        assert!(hopeless.contains(ID), "{hopeless}");
    }
}
