//! A key with its modifiers: as it is pressed, as the configuration writes it, and as it is shown.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::{fmt, str::FromStr};

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord(KeyCode, KeyModifiers);

impl Chord {
    /// A key as it was pressed. Terminals differ in whether they tell of Shift beside a capital letter: it is dropped.
    pub fn of(key: KeyEvent) -> Self {
        let known = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let mut modifiers = key.modifiers & known;
        let code = match key.code {
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char(c) => {
                modifiers -= KeyModifiers::SHIFT;
                match modifiers.contains(KeyModifiers::CONTROL) {
                    true => KeyCode::Char(c.to_ascii_lowercase()),
                    false => KeyCode::Char(c),
                }
            }
            code => code,
        };
        Self(code, modifiers)
    }

    /// The key, as it is pressed.
    #[cfg(test)]
    pub(crate) fn pressed(self) -> KeyEvent {
        KeyEvent::new(self.0, self.1)
    }

    /// Whether it writes a letter: bound where one writes, that letter could not be written any more.
    pub(crate) fn is_letter(self) -> bool {
        matches!(self.0, KeyCode::Char(_)) && self.1.is_empty()
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        // As it is shown, with large letters, Alt+A has no Shift; as it is written, alt+A has.
        let mut is_as_shown = false;
        while let Some((word, tail)) = rest.split_once('+').filter(|(_, tail)| !tail.is_empty()) {
            is_as_shown |= word.starts_with(char::is_uppercase);
            modifiers |= match word.to_ascii_lowercase().as_str() {
                "ctrl" => KeyModifiers::CONTROL,
                "alt" => KeyModifiers::ALT,
                "shift" => KeyModifiers::SHIFT,
                _ => return Err(format!("{word:?} is no modifier: use ctrl, alt or shift")),
            };
            rest = tail;
        }
        let named = rest.to_ascii_lowercase();
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some('←'), None) => KeyCode::Left,
            (Some('→'), None) => KeyCode::Right,
            (Some(c), None) if is_as_shown => KeyCode::Char(c.to_ascii_lowercase()),
            (Some(c), None) => KeyCode::Char(c),
            _ => NAMED
                .iter()
                .find(|(name, _)| *name == named)
                .map(|(_, code)| *code)
                .or_else(|| named.strip_prefix('f')?.parse().ok().map(KeyCode::F))
                .ok_or_else(|| format!("{rest:?} is no key"))?,
        };
        as_pressed(code, modifiers).ok_or_else(|| {
            format!("{text:?} is not told apart by terminals from the same without shift")
        })
    }
}

/// The chord as it is told when it is pressed: a letter with Shift is another letter. None when Shift is not told.
fn as_pressed(code: KeyCode, modifiers: KeyModifiers) -> Option<Chord> {
    let KeyCode::Char(c) = code else {
        return Some(Chord(code, modifiers));
    };
    let (shift, ctrl) = (KeyModifiers::SHIFT, KeyModifiers::CONTROL);
    if !modifiers.contains(shift) {
        let c = match modifiers.contains(ctrl) {
            true => c.to_ascii_lowercase(),
            false => c,
        };
        return Some(Chord(KeyCode::Char(c), modifiers));
    }
    let is_told = c.is_ascii_alphabetic() && !modifiers.contains(ctrl);
    is_told.then(|| Chord(KeyCode::Char(c.to_ascii_uppercase()), modifiers - shift))
}

const NAMED: &[(&str, KeyCode)] = &[
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("delete", KeyCode::Delete),
    ("backspace", KeyCode::Backspace),
];

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (flag, word) in [
            (KeyModifiers::CONTROL, "Ctrl+"),
            (KeyModifiers::ALT, "Alt+"),
            (KeyModifiers::SHIFT, "Shift+"),
        ] {
            if self.1.contains(flag) {
                f.write_str(word)?;
            }
        }
        match self.0 {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) if self.1.is_empty() => write!(f, "{c}"),
            KeyCode::Char(c) if c.is_uppercase() => write!(f, "Shift+{c}"),
            KeyCode::Char(c) => write!(f, "{}", c.to_uppercase()),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::F(n) => write!(f, "F{n}"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            code => write!(f, "{code:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_means_the_same_whichever_way_the_terminal_tells_it() {
        let legacy = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        let kitty = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::NONE);
        let tab = KeyEvent::new(KeyCode::BackTab, KeyModifiers::NONE);

        assert_eq!(Chord::of(legacy), Chord::of(kitty));
        assert_eq!(Chord::of(tab), "shift+tab".parse().unwrap());
        assert_eq!(Chord::of(legacy).to_string(), "G");
        let shown = |text: &str| text.parse::<Chord>().unwrap().to_string();
        assert_eq!(
            (shown("alt+a"), shown("alt+A")),
            ("Alt+A".into(), "Alt+Shift+A".into())
        );
        assert_eq!(
            "ctrl+alt+x".parse::<Chord>().unwrap().to_string(),
            "Ctrl+Alt+X"
        );
        assert!("hyper+x".parse::<Chord>().is_err());
        assert!("nokey".parse::<Chord>().is_err());
    }

    #[test]
    fn a_key_that_is_written_can_be_pressed_or_is_refused() {
        let parsed = |text: &str| text.parse::<Chord>().unwrap();
        let pressed = |c, modifiers| Chord::of(KeyEvent::new(KeyCode::Char(c), modifiers));
        assert_eq!(parsed("ctrl+Q"), pressed('q', KeyModifiers::CONTROL));
        assert_eq!(parsed("shift+q"), pressed('Q', KeyModifiers::SHIFT));
        for text in ["ctrl+shift+q", "shift+1"] {
            let why = text.parse::<Chord>().unwrap_err();
            assert!(why.contains("without shift"), "{why}");
        }
    }

    #[test]
    fn a_key_as_it_is_shown_is_the_key() {
        for text in [
            "ctrl+q",
            "alt+a",
            "alt+A",
            "g",
            "G",
            "space",
            "f12",
            "pageup",
            "shift+tab",
            "left",
            "enter",
        ] {
            let chord = text.parse::<Chord>().unwrap();
            assert_eq!(chord.to_string().parse::<Chord>(), Ok(chord), "{chord}");
        }
    }
}
