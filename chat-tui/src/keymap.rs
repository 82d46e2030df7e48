//! Which key does what, and where. The bindings are text, so that a configuration can bring others.

use crate::action::Action;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::{fmt, str::FromStr};

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// Everywhere.
    Always,
    /// While chatting, whether writing or selecting.
    Chat,
    /// While writing.
    Compose,
    /// While selecting messages.
    Select,
    /// In a window above the chat, and in the form for signing in.
    Popup,
    /// At a question.
    Confirm,
    /// In the form for signing in.
    SignIn,
}

impl Context {
    /// Every context, in the order the help shows them.
    pub const ALL: &'static [Self] = &[
        Self::Compose,
        Self::Chat,
        Self::Select,
        Self::Popup,
        Self::Confirm,
        Self::SignIn,
        Self::Always,
    ];

    /// What the help calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Always => "Everywhere",
            Self::Chat => "Conversations",
            Self::Compose => "Writing",
            Self::Select => "Selecting messages",
            Self::Popup => "Windows and forms",
            Self::Confirm => "Questions",
            Self::SignIn => "Signing in",
        }
    }
}

const DEFAULT: &[(Context, Action, &str)] = &[
    (Context::Always, Action::Help, "f1"),
    (Context::Always, Action::Quit, "ctrl+q"),
    (Context::Always, Action::Interrupt, "ctrl+c"),
    (Context::Always, Action::Suspend, "ctrl+z"),
    (Context::Always, Action::Redraw, "ctrl+l"),
    (Context::Always, Action::ToggleMouse, "alt+m f6"),
    (Context::Chat, Action::NextConversation, "ctrl+n alt+down"),
    (Context::Chat, Action::PreviousConversation, "ctrl+p alt+up"),
    (Context::Chat, Action::NextUnread, "alt+a f3"),
    (Context::Chat, Action::QuickSwitch, "ctrl+k alt+k f2"),
    (Context::Chat, Action::NewConversation, "ctrl+g"),
    (Context::Chat, Action::ToggleList, "f4"),
    (Context::Chat, Action::ToggleMembers, "f5"),
    (Context::Chat, Action::Reconnect, "ctrl+r"),
    (Context::Chat, Action::SignOut, "f10"),
    (Context::Chat, Action::ScrollUp, "pageup"),
    (Context::Chat, Action::ScrollDown, "pagedown"),
    (Context::Chat, Action::ScrollToNew, "alt+u"),
    (Context::Chat, Action::ScrollToNewest, "alt+end ctrl+end"),
    (Context::Compose, Action::Send, "enter"),
    (
        Context::Compose,
        Action::Newline,
        "alt+enter ctrl+j shift+enter ctrl+enter",
    ),
    (Context::Compose, Action::EditLast, "up"),
    (Context::Compose, Action::Undo, "alt+z"),
    (Context::Compose, Action::SelectMode, "esc"),
    (Context::Select, Action::SelectOlder, "up k"),
    (Context::Select, Action::SelectNewer, "down j"),
    (Context::Select, Action::SelectOldest, "home g"),
    (Context::Select, Action::SelectNewest, "end G"),
    (Context::Select, Action::EditSelected, "e"),
    (Context::Select, Action::DeleteSelected, "d delete"),
    (Context::Select, Action::RetrySelected, "r"),
    (Context::Select, Action::DiscardSelected, "x"),
    (Context::Select, Action::LeaveSelect, "esc i q enter"),
    (Context::Popup, Action::Accept, "enter"),
    (Context::Popup, Action::Dismiss, "esc"),
    (Context::Popup, Action::Next, "down tab ctrl+n"),
    (Context::Popup, Action::Previous, "up shift+tab ctrl+p"),
    (Context::Confirm, Action::Yes, "y"),
    (Context::Confirm, Action::No, "n esc"),
    (Context::SignIn, Action::ToggleRegister, "f2"),
];

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord(KeyCode, KeyModifiers);

/// What keys do.
#[derive(Debug, Clone)]
pub struct Keymap(Vec<(Context, Chord, Action)>);

impl Default for Keymap {
    fn default() -> Self {
        let mut bindings = Vec::new();
        for (context, action, keys) in DEFAULT {
            for key in keys.split(' ') {
                let chord = key.parse().expect("the table holds only keys that parse");
                bindings.push((*context, chord, *action));
            }
        }
        Self(bindings)
    }
}

impl Keymap {
    /// What a key does in the first of the contexts that knows it.
    pub fn action(&self, contexts: &[Context], key: KeyEvent) -> Option<Action> {
        let chord = Chord::of(key);
        contexts.iter().find_map(|context| {
            let mut here = self.0.iter().filter(|(c, ..)| c == context);
            here.find(|(_, known, _)| *known == chord)
                .map(|(.., action)| *action)
        })
    }

    /// The keys of an action, the one to show first in front.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = Chord> + '_ {
        self.0
            .iter()
            .filter(move |(.., known)| *known == action)
            .map(|(_, chord, _)| *chord)
    }

    /// The actions of a context, each once, in the order of the table.
    pub fn actions(&self, context: Context) -> Vec<Action> {
        let mut actions: Vec<_> = self
            .0
            .iter()
            .filter(|(c, ..)| *c == context)
            .map(|(.., action)| *action)
            .collect();
        actions.dedup();
        actions
    }
}

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
            KeyCode::Char(c) if self.1.is_empty() => write!(f, "{c}"),
            KeyCode::Char(c) => write!(f, "{}", c.to_uppercase()),
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
    fn every_action_has_a_description_and_a_key() {
        let keymap = Keymap::default();
        for action in Action::ALL {
            // More would be cut in the help.
            let description = action.description().chars().count();
            assert!((1..=47).contains(&description), "{action:?}: {description}");
            assert!(!action.label().is_empty(), "{action:?}");
            assert!(keymap.keys(*action).next().is_some(), "{action:?}");
        }
    }

    #[test]
    fn no_key_does_two_things_in_one_place() {
        let keymap = Keymap::default();
        for (at, (context, chord, action)) in keymap.0.iter().enumerate() {
            for (other, known, second) in &keymap.0[at + 1..] {
                assert!(
                    context != other || chord != known,
                    "{chord} in {context:?}: {action:?} and {second:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_else_is_bound_while_writing_that_would_eat_a_letter() {
        let keymap = Keymap::default();
        for context in [
            Context::Always,
            Context::Chat,
            Context::Compose,
            Context::Popup,
        ] {
            for (_, Chord(code, modifiers), action) in
                keymap.0.iter().filter(|(c, ..)| *c == context)
            {
                let letter = matches!(code, KeyCode::Char(_)) && modifiers.is_empty();
                assert!(!letter, "{action:?} in {context:?}");
            }
        }
    }

    #[test]
    fn a_key_means_the_same_whichever_way_the_terminal_tells_it() {
        let legacy = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        let kitty = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::NONE);
        let tab = KeyEvent::new(KeyCode::BackTab, KeyModifiers::NONE);

        assert_eq!(Chord::of(legacy), Chord::of(kitty));
        assert_eq!(Chord::of(tab), "shift+tab".parse().unwrap());
        assert_eq!(Chord::of(legacy).to_string(), "G");
        assert_eq!(
            "ctrl+alt+x".parse::<Chord>().unwrap().to_string(),
            "Ctrl+Alt+X"
        );
        assert!("hyper+x".parse::<Chord>().is_err());
        assert!("nokey".parse::<Chord>().is_err());
    }
}
