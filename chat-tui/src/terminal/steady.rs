//! Keeps the screen right where terminals disagree about how wide a cluster of characters is (joined emoji, Devanagari
//! conjuncts, letters with several marks).
//!
//! Terminals that order letters from right to left take a whole row for one sentence: two columns with such letters would
//! change places. A mark that is not seen, at every edge between columns, parts them.
//!
//! After such a cluster the cursor is placed anew, so that what follows stands where it belongs; and a row that has or
//! had one is written whole, so that nothing of the cluster is left where this program believes a cell empty.

use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::{Buffer, Cell, CellDiffOption},
    layout::{Position, Rect, Size},
};
use std::collections::BTreeSet;

/// Whether terminals may disagree about the width of this.
fn is_unsteady(symbol: &str) -> bool {
    symbol.chars().nth(1).is_some()
}

/// A letter from left to right that is not seen: what stands before it and behind it is ordered by itself.
const PART: char = '\u{200e}';

/// Whether this is written from right to left.
fn is_from_right(symbol: &str) -> bool {
    let blocks = [
        '\u{590}'..='\u{8ff}',
        '\u{fb1d}'..='\u{fdff}',
        '\u{fe70}'..='\u{feff}',
    ];
    let others = ['\u{10800}'..='\u{10fff}', '\u{1e800}'..='\u{1efff}'];
    let mut blocks = blocks.into_iter().chain(others);
    let first = symbol.chars().next();
    first.is_some_and(|first| first > '\u{58f}' && blocks.any(|block| block.contains(&first)))
}

/// Parts the columns of the rows in which something is written from right to left: at the lines between them, and where
/// more than one blank comes before something.
pub(super) fn part(buffer: &mut Buffer) {
    let area = buffer.area;
    for y in area.top()..area.bottom() {
        let mut columns = area.left()..area.right();
        if !columns.any(|x| is_from_right(buffer[(x, y)].symbol())) {
            continue;
        }
        for x in area.left()..area.right() {
            let is = |x: u16, sign: &str| x < area.right() && buffer[(x, y)].symbol() == sign;
            let (before, after) = (x.checked_sub(1), x + 1);
            let is_after = |sign: &str| before.is_some_and(|x| x >= area.left() && is(x, sign));
            // A line is left as it is, for terminals draw those themselves.
            let is_gap = is(x, " ")
                && (is_after("│") || is(after, "│") || (is_after(" ") && !is(after, " ")));
            if is_gap && after < area.right() {
                let parted = format!(" {PART}");
                buffer[(x, y)].set_symbol(&parted);
            }
        }
    }
}

/// Marks the rows that must be written whole, and gives those with unsteady clusters, for the next frame.
pub(super) fn mark(buffer: &mut Buffer, before: &BTreeSet<u16>) -> BTreeSet<u16> {
    let area = buffer.area;
    let now: BTreeSet<u16> = (area.top()..area.bottom())
        .filter(|y| (area.left()..area.right()).any(|x| is_unsteady(buffer[(x, *y)].symbol())))
        .collect();
    for y in now.union(before).filter(|y| **y < area.bottom()) {
        for x in area.left()..area.right() {
            buffer[(x, *y)].set_diff_option(CellDiffOption::AlwaysUpdate);
        }
    }
    now
}

/// Leaves a place to the picture that stands there, or writes over what is left of one.
pub(super) fn cover(buffer: &mut Buffer, place: Rect, stays: bool) {
    let option = match stays {
        // A blank there would wipe a part of it away. Where cells say that they are of a picture, they go on saying it.
        true => CellDiffOption::Skip,
        false => CellDiffOption::AlwaysUpdate,
    };
    for at in place.intersection(buffer.area).positions() {
        if !stays || buffer[at].symbol() == " " {
            buffer[at].set_diff_option(option);
        }
    }
}

/// A backend that places the cursor anew after every unsteady cluster.
#[derive(Debug)]
pub(super) struct Steady<B>(pub(super) B);

impl<B: Backend> Backend for Steady<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), B::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut run = Vec::new();
        for cell in content {
            run.push(cell);
            if is_unsteady(cell.2.symbol()) {
                self.0.draw(run.drain(..))?;
            }
        }
        self.0.draw(run.into_iter())
    }

    fn hide_cursor(&mut self) -> Result<(), B::Error> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), B::Error> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, B::Error> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), B::Error> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), B::Error> {
        self.0.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), B::Error> {
        self.0.clear_region(clear_type)
    }

    fn size(&self) -> Result<Size, B::Error> {
        self.0.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, B::Error> {
        self.0.window_size()
    }

    fn flush(&mut self) -> Result<(), B::Error> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::{backend::CrosstermBackend, style::Style};

    fn written(text: &str, before: &str, unsteady: &BTreeSet<u16>) -> String {
        let area = Rect::new(0, 0, 12, 1);
        let (mut old, mut new) = (Buffer::empty(area), Buffer::empty(area));
        old.set_string(0, 0, before, Style::new());
        new.set_string(0, 0, text, Style::new());
        mark(&mut new, unsteady);
        let mut bytes = Vec::new();
        let mut backend = Steady(CrosstermBackend::new(&mut bytes));
        backend.draw(old.diff_iter(&new)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_follows_a_cluster_is_placed_by_itself() {
        let out = written("क्याab", "", &BTreeSet::new());
        let after = out
            .rsplit("\u{1b}[")
            .find(|part| part.contains('H') && part.contains('a'));
        assert!(after.is_some(), "{out:?}");
    }

    #[test]
    fn columns_with_letters_from_right_to_left_are_parted() {
        let parted = |text: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 16, 1));
            buffer.set_string(0, 0, text, Style::new());
            part(&mut buffer);
            let shown: String = buffer.content().iter().map(Cell::symbol).collect();
            shown.trim_end_matches([' ', PART]).to_owned()
        };
        assert_eq!(parted("שם │ שלום לך"), "שם \u{200e}│ \u{200e}שלום לך");
        assert_eq!(parted("נועה   שלום"), "נועה   \u{200e}שלום");
        assert_eq!(parted("ann │ b   hello"), "ann │ b   hello");
    }

    #[test]
    fn a_row_that_had_a_cluster_is_written_whole_once_more() {
        let had = BTreeSet::from([0]);
        let blanks = |out: &str| out.matches(' ').count();
        assert_eq!(blanks(&written("ab", "ab", &had)), 10);
        assert_eq!(blanks(&written("ab", "ab", &BTreeSet::new())), 0);
    }

    #[test]
    fn a_picture_is_not_written_over_until_it_is_gone() {
        let area = Rect::new(0, 0, 6, 1);
        let (old, place) = (Buffer::empty(area), Rect::new(1, 0, 3, 1));
        let written = |stays| {
            let mut new = Buffer::empty(area);
            // As a row with an unsteady cluster would be written whole.
            mark(&mut new, &BTreeSet::from([0]));
            cover(&mut new, place, stays);
            let columns: Vec<_> = old.diff_iter(&new).map(|(x, ..)| x).collect();
            columns
        };
        assert_eq!(written(true), [0, 4, 5]);
        assert_eq!(written(false), [0, 1, 2, 3, 4, 5]);
    }
}
