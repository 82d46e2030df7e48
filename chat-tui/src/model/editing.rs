//! What keys do within what is written: in the draft, in forms and in filters. Which key does what is the keymap's; of the
//! keys that it does not know, only letters, line breaks and the selecting by Shift are heard here.

use crate::action::Action;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea};

/// Takes a key, and what it is for where the keymap knows that. True when the text changed.
pub(super) fn take(area: &mut TextArea<'static>, key: KeyEvent, action: Option<Action>) -> bool {
    match action {
        Some(action) => perform(area, action),
        None if is_written(key) || selects(key) => area.input(key),
        None => false,
    }
}

fn perform(area: &mut TextArea<'static>, action: Action) -> bool {
    let to = match action {
        Action::DeleteLeft => return area.delete_char(),
        Action::DeleteRight => return area.delete_next_char(),
        Action::DeleteWordLeft => return area.delete_word(),
        Action::DeleteWordRight => return area.delete_next_word(),
        Action::DeleteToStart => return area.delete_line_by_head(),
        Action::DeleteToEnd => return area.delete_line_by_end(),
        Action::Cut => return area.cut(),
        Action::PutBack => return area.paste(),
        Action::CharLeft => CursorMove::Back,
        Action::CharRight => CursorMove::Forward,
        Action::WordLeft => CursorMove::WordBack,
        Action::WordRight => CursorMove::WordForward,
        Action::LineStart => CursorMove::Head,
        Action::LineEnd => CursorMove::End,
        Action::LineUp => CursorMove::Up,
        Action::LineDown => CursorMove::Down,
        Action::TextStart => CursorMove::Top,
        Action::TextEnd => CursorMove::Bottom,
        // The others are for elsewhere.
        _ => return false,
    };
    area.cancel_selection();
    area.move_cursor(to);
    false
}

/// Whether it is a letter, or begins a line.
fn is_written(key: KeyEvent) -> bool {
    let modified = key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
    match key.code {
        KeyCode::Char(_) | KeyCode::Tab => modified.is_empty(),
        KeyCode::Enter => true,
        _ => false,
    }
}

/// Whether it takes what it passes into the selection.
fn selects(key: KeyEvent) -> bool {
    let moves = matches!(
        key.code,
        KeyCode::Left | KeyCode::Right | KeyCode::Up | KeyCode::Down | KeyCode::Home | KeyCode::End
    );
    moves && key.modifiers.contains(KeyModifiers::SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keymap::{Context, Keymap, Preset};

    fn after(preset: Preset, keys: &str) -> (String, (usize, usize)) {
        let keymap = Keymap::of(preset);
        let mut area = TextArea::new(vec!["one two three".to_owned()]);
        area.move_cursor(CursorMove::End);
        for chord in keys.split_whitespace() {
            let key = chord.parse::<crate::keymap::Chord>().unwrap().pressed();
            take(&mut area, key, keymap.action(&[Context::Line], key));
        }
        let cursor = area.cursor();
        (area.lines().join("\n"), (cursor.0, cursor.1))
    }

    #[test]
    fn lines_are_edited_as_in_shells() {
        for (keys, text, column) in [
            ("ctrl+w", "one two ", 8),
            ("alt+b alt+b", "one two three", 4),
            ("ctrl+a alt+d", " two three", 0),
            ("ctrl+u ctrl+y", "one two three", 13),
            ("alt+b ctrl+u", "three", 0),
            ("home right delete backspace", "e two three", 0),
            ("alt+b ctrl+delete x", "one two x", 9),
            ("shift+home ctrl+x", "", 0),
            ("ctrl+g alt+q", "one two three", 13),
        ] {
            assert_eq!(
                after(Preset::Default, keys),
                (text.to_owned(), (0, column)),
                "{keys}"
            );
        }
    }

    #[test]
    fn who_knows_emacs_has_its_keys() {
        let kill = "ctrl+a ctrl+f ctrl+k";
        assert_eq!(after(Preset::Emacs, kill), ("o".to_owned(), (0, 1)));
        let back = "ctrl+a ctrl+k ctrl+y ctrl+b";
        assert_eq!(
            after(Preset::Emacs, back),
            ("one two three".to_owned(), (0, 12))
        );
    }
}
