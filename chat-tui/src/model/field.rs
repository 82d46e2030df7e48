//! A line to write into.

use super::editing;
use crate::action::Action;
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

    /// Takes a key, and what it is for where the keymap knows that. True when the text changed.
    pub(crate) fn key(&mut self, key: KeyEvent, action: Option<Action>) -> bool {
        let before = self.0.lines().len();
        let changed = editing::take(&mut self.0, key, action);
        // Enter begins a line there, and what was cut from a draft may have several; here there is only one.
        match self.0.lines().len() == before {
            true => changed,
            false => {
                self.0.undo();
                false
            }
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
