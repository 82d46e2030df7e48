//! Keeps the screen right where terminals disagree about how wide a cluster of characters is (joined emoji, Devanagari
//! conjuncts, letters with several marks).
//!
//! After such a cluster the cursor is placed anew, so that what follows stands where it belongs; and a row that has or
//! had one is written whole, so that nothing of the cluster is left where this program believes a cell empty.

use ratatui::{
    backend::{Backend, ClearType, WindowSize},
    buffer::{Buffer, Cell, CellDiffOption},
    layout::{Position, Size},
};
use std::collections::BTreeSet;

/// Whether terminals may disagree about the width of this.
fn is_unsteady(symbol: &str) -> bool {
    symbol.chars().nth(1).is_some()
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
    use ratatui::{backend::CrosstermBackend, layout::Rect, style::Style};

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
    fn a_row_that_had_a_cluster_is_written_whole_once_more() {
        let had = BTreeSet::from([0]);
        let blanks = |out: &str| out.matches(' ').count();
        assert_eq!(blanks(&written("ab", "ab", &had)), 10);
        assert_eq!(blanks(&written("ab", "ab", &BTreeSet::new())), 0);
    }
}
