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
        while let Some((word, tail)) = rest.split_once('+').filter(|(_, tail)| !tail.is_empty()) {
            modifiers |= match word {
                "ctrl" => KeyModifiers::CONTROL,
                "alt" => KeyModifiers::ALT,
                "shift" => KeyModifiers::SHIFT,
                _ => return Err(format!("{word:?} is no modifier: use ctrl, alt or shift")),
            };
            rest = tail;
        }
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(c), None) => KeyCode::Char(c),
            _ => NAMED
                .iter()
                .find(|(name, _)| *name == rest)
                .map(|(_, code)| *code)
                .or_else(|| rest.strip_prefix('f')?.parse().ok().map(KeyCode::F))
                .ok_or_else(|| format!("{rest:?} is no key"))?,
        };
        Ok(Self(code, modifiers))
    }
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
}
