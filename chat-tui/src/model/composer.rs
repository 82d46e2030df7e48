//! The draft of a conversation: several lines, an edit in progress, what was there before the edit.

use super::{
    complete::{Names, word_before},
    editing,
};
use crate::action::Action;
use chat_core::MessageId;
use crossterm::event::KeyEvent;
use ratatui::{buffer::Buffer, layout::Rect, style::Style, widgets::Widget};
use ratatui_textarea::{CursorMove, TextArea, WrapMode};
use std::cell::Cell;

/// The draft of a conversation.
#[derive(Debug, Clone)]
pub struct Composer {
    area: TextArea<'static>,
    /// The message that is being edited, and the draft that waits meanwhile.
    editing: Option<(MessageId, String)>,
    /// The options for the word that is being completed, and which of them stands there.
    completing: Option<(Vec<String>, usize)>,
    /// The rows that the text takes at a width, until it changes.
    rows: Cell<Option<(u16, u16)>>,
}

impl Default for Composer {
    fn default() -> Self {
        Self {
            area: area(""),
            editing: None,
            completing: None,
            rows: Cell::new(None),
        }
    }
}

fn area(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
    area.set_cursor_line_style(Style::new());
    // The terminal's own cursor stands there instead; screen readers and input methods look for it.
    area.set_cursor_style(Style::new());
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_max_histories(200);
    area.move_cursor(CursorMove::Bottom);
    area.move_cursor(CursorMove::End);
    area
}

impl Composer {
    /// What is written.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// The message that is being edited.
    pub fn editing(&self) -> Option<MessageId> {
        self.editing.as_ref().map(|(id, _)| *id)
    }

    /// What is to be kept: the draft that waits while something is edited.
    pub(crate) fn draft(&self) -> String {
        match &self.editing {
            Some((_, draft)) => draft.clone(),
            None => self.text(),
        }
    }

    /// Whether the word before the cursor may become a name.
    pub(crate) fn is_naming(&self) -> bool {
        let cursor = self.area.cursor();
        let line = self.area.lines().get(cursor.0);
        line.is_some_and(|line| word_before(line, cursor.1).is_some())
    }

    /// Whether that names somebody.
    pub(crate) fn is_naming_somebody(&self) -> bool {
        let cursor = self.area.cursor();
        let line = self.area.lines().get(cursor.0);
        let word = line.and_then(|line| word_before(line, cursor.1));
        word.is_some_and(|word| word.starts_with('@'))
    }

    /// What the word before the cursor may become.
    pub(crate) fn options(&self, names: &Names) -> Vec<String> {
        let cursor = self.area.cursor();
        let line = self.area.lines().get(cursor.0);
        let word = line.and_then(|line| word_before(line, cursor.1));
        word.map(|word| names.options(&word)).unwrap_or_default()
    }

    /// Completes the word before the cursor; again, with the next option. False when there is nothing to complete.
    pub(crate) fn complete(&mut self, names: &Names) -> bool {
        let (options, at, replaced) = match self.completing.take() {
            Some((options, at)) => {
                let next = (at + 1) % options.len();
                let stands = options[at].chars().count() + 1;
                (options, next, stands)
            }
            None => {
                let cursor = self.area.cursor();
                let line = self.area.lines().get(cursor.0);
                let Some(word) = line.and_then(|line| word_before(line, cursor.1)) else {
                    return false;
                };
                (names.options(&word), 0, word.chars().count())
            }
        };
        let Some(option) = options.get(at) else {
            return false;
        };
        for _ in 0..replaced {
            self.change().delete_char();
        }
        self.change().insert_str(format!("{option} "));
        self.completing = Some((options, at));
        true
    }

    /// Puts another text in the place of what is written, in a way that undo brings it back.
    pub(crate) fn replace(&mut self, text: &str) {
        self.wipe();
        self.paste(text);
    }

    /// Empties the draft, or ends the edit and brings the draft back that was there before.
    pub fn clear(&mut self) {
        let waiting = self.editing.take().map(|(_, draft)| draft);
        *self.change() = area(&waiting.unwrap_or_default());
    }

    /// Empties the draft in a way that undo brings it back.
    pub(crate) fn wipe(&mut self) {
        self.completing = None;
        self.change().select_all();
        self.change().cut();
    }

    /// Begins to edit a message.
    pub(crate) fn edit(&mut self, id: MessageId, text: &str) {
        let waiting = match self.editing.take() {
            Some((_, draft)) => draft,
            None => self.text(),
        };
        *self.change() = area(text);
        self.editing = Some((id, waiting));
    }

    /// Takes a key, and what it is for where the keymap knows that. True when the text changed.
    pub(crate) fn key(&mut self, key: KeyEvent, action: Option<Action>) -> bool {
        self.completing = None;
        editing::take(self.change(), key, action)
    }

    /// Takes pasted text with its line breaks.
    pub(crate) fn paste(&mut self, text: &str) {
        self.completing = None;
        self.change()
            .insert_str(text.replace("\r\n", "\n").replace('\r', "\n"));
    }

    /// Begins a new line.
    pub(crate) fn newline(&mut self) {
        self.completing = None;
        self.change().insert_newline();
    }

    /// Undoes the last change.
    pub(crate) fn undo(&mut self) {
        self.completing = None;
        self.change().undo();
    }

    /// Does again what was undone last.
    pub(crate) fn redo(&mut self) {
        self.completing = None;
        self.change().redo();
    }

    /// The rows that the draft takes at a width.
    pub(crate) fn rows(&self, width: u16) -> u16 {
        if let Some((known, rows)) = self.rows.get()
            && known == width
        {
            return rows;
        }
        // Only the widget knows how it wraps, and only once it was drawn: one is drawn aside, at its end.
        let mut scratch = TextArea::new(self.area.lines().to_vec());
        scratch.set_wrap_mode(self.area.wrap_mode());
        let room = Rect::new(0, 0, width.max(1), 1);
        (&scratch).render(room, &mut Buffer::empty(room));
        scratch.move_cursor(CursorMove::Bottom);
        scratch.move_cursor(CursorMove::End);
        let rows = u16::try_from(scratch.screen_cursor().row + 1).unwrap_or(u16::MAX);
        self.rows.set(Some((width, rows)));
        rows
    }

    /// The text, to be changed.
    fn change(&mut self) -> &mut TextArea<'static> {
        self.rows.set(None);
        &mut self.area
    }

    /// The widget.
    pub(crate) fn area(&self) -> &TextArea<'static> {
        &self.area
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_gives_the_draft_back() {
        let mut composer = Composer::default();
        composer.paste("half a\r\nthought");
        let id = MessageId::new(uuid::Uuid::from_u128(1));

        composer.edit(id, "old text");
        composer.edit(id, "older text");
        assert_eq!(
            (composer.editing(), composer.text().as_str()),
            (Some(id), "older text")
        );

        composer.clear();
        assert_eq!(
            (composer.editing(), composer.text().as_str()),
            (None, "half a\nthought")
        );
    }

    #[test]
    fn rows_are_counted_as_they_will_be_wrapped() {
        let mut composer = Composer::default();
        assert_eq!(composer.rows(10), 1);
        composer.paste("one two three four\n\nfive");
        assert_eq!(composer.rows(10), 4);
        assert_eq!(composer.rows(40), 3);
        composer.newline();
        assert_eq!(composer.rows(40), 4);
        composer.undo();
        assert_eq!(composer.rows(40), 3);
    }
}
