//! How things look: the terminal's own colours, so that it is readable on dark and on light, and without colour only
//! attributes. Whether there is colour is decided here, once (`NO_COLOR`), because the terminal library would drop bold
//! and reverse video together with the colours.

use chat_core::UserId;
use ratatui::style::{Color, Modifier, Style};

/// The styles of everything on the screen.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    colour: bool,
}

const PEOPLE: [Color; 6] = [
    Color::Cyan,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Red,
];

impl Theme {
    /// With colours, or with attributes only.
    pub const fn new(colour: bool) -> Self {
        Self { colour }
    }

    /// As the environment wants it: `NO_COLOR` with any content, or a terminal that knows none.
    pub fn from_env() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self::new(!set("NO_COLOR") && !dumb)
    }

    fn of(self, colour: Color, modifier: Modifier) -> Style {
        let style = Style::new().add_modifier(modifier);
        match self.colour {
            true => style.fg(colour),
            false => style,
        }
    }

    /// Text as it is.
    pub fn plain(self) -> Style {
        Style::new()
    }

    /// What matters less.
    pub fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What matters more.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What is selected. Reverse video shows on every terminal.
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Unread counts and the divider before what is new.
    pub fn unread(self) -> Style {
        self.of(Color::Yellow, Modifier::BOLD)
    }

    /// Somebody who is here; a connection that stands.
    pub fn good(self) -> Style {
        self.of(Color::Green, Modifier::empty())
    }

    /// Something to wait for.
    pub fn waiting(self) -> Style {
        self.of(Color::Yellow, Modifier::empty())
    }

    /// What went wrong.
    pub fn bad(self) -> Style {
        self.of(Color::Red, Modifier::BOLD)
    }

    /// Key names.
    pub fn key(self) -> Style {
        self.of(Color::Cyan, Modifier::BOLD)
    }

    /// A person's name: always the same colour for the same person.
    pub fn person(self, id: UserId) -> Style {
        let word = id.uuid().as_bytes().iter().fold(0u32, |word, byte| {
            word.wrapping_mul(31).wrapping_add(u32::from(*byte))
        });
        let colour = PEOPLE[word as usize % PEOPLE.len()];
        self.of(colour, Modifier::empty())
    }
}
