//! A line to write into.

use crossterm::event::KeyEvent;
use ratatui::style::Style;
use ratatui_textarea::{CursorMove, TextArea};

/// A line to write into: a filter, a name, a password.
#[derive(Debug, Clone)]
pub struct Field(Box<TextArea<'static>>);

impl Field {
    /// A line with something in it already.
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(vec![text.replace('\n', " ")]);
        area.set_cursor_line_style(Style::new());
        // The terminal's own cursor stands there instead; screen readers and input methods look for it.
        area.set_cursor_style(Style::new());
        area.move_cursor(CursorMove::End);
        Self(Box::new(area))
    }

    /// A line that does not show what is written.
    pub fn secret() -> Self {
        let mut field = Self::new("");
        field.0.set_mask_char('•');
        field
    }

    /// What is written.
    pub fn text(&self) -> &str {
        &self.0.lines()[0]
    }

    /// Takes a key. True when the text changed.
    pub(crate) fn key(&mut self, key: KeyEvent) -> bool {
        match super::composer::is_line_head_kill(key) {
            true => self.0.delete_line_by_head(),
            false => self.0.input_without_line_breaks(key),
        }
    }

    /// Takes pasted text; line breaks become spaces.
    pub(crate) fn paste(&mut self, text: &str) {
        let text = text.trim_matches(['\r', '\n']);
        self.0.insert_str(text.replace(['\r', '\n'], " "));
    }

    /// The widget.
    pub(crate) fn area(&self) -> &TextArea<'static> {
        &self.0
    }
}

trait SingleLine {
    fn input_without_line_breaks(&mut self, key: KeyEvent) -> bool;
}

impl SingleLine for TextArea<'static> {
    fn input_without_line_breaks(&mut self, key: KeyEvent) -> bool {
        let before = self.lines().len();
        let changed = self.input(key);
        // Enter and Ctrl+M begin a line there; here there is only one.
        match self.lines().len() == before {
            true => changed,
            false => {
                self.undo();
                false
            }
        }
    }
}
