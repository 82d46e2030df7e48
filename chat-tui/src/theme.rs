//! How things look: the terminal's own colours unless somebody chose others, and without colour only attributes. Whether
//! there is colour is decided here, once (`NO_COLOR`), because the terminal library would drop bold and reverse video
//! together with the colours.

mod ascii;

pub(crate) use ascii::to_ascii;

use crate::config::{Glyphs, Palette};
use chat_core::UserId;
use ratatui::style::{Color, Modifier, Style};

/// The styles of everything on the screen.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    palette: Palette,
    glyphs: Glyphs,
}

/// The colours of a palette.
struct Colours {
    /// Text and ground; none where they are the terminal's own.
    base: Option<(Color, Color)>,
    /// What matters less; none where the terminal dims it.
    faint: Option<Color>,
    unread: Color,
    good: Color,
    bad: Color,
    key: Color,
    people: [Color; 6],
}

const TERMINAL: Colours = Colours {
    base: None,
    faint: None,
    unread: Color::Yellow,
    good: Color::Green,
    bad: Color::Red,
    key: Color::Cyan,
    people: PEOPLE,
};

const DARK: Colours = Colours {
    base: Some((Color::Indexed(252), Color::Indexed(234))),
    faint: Some(Color::Indexed(245)),
    unread: Color::Indexed(221),
    good: Color::Indexed(114),
    bad: Color::Indexed(210),
    key: Color::Indexed(117),
    people: indexed([117, 114, 221, 111, 176, 210]),
};

const LIGHT: Colours = Colours {
    base: Some((Color::Indexed(235), Color::Indexed(231))),
    faint: Some(Color::Indexed(242)),
    unread: Color::Indexed(130),
    good: Color::Indexed(28),
    bad: Color::Indexed(124),
    key: Color::Indexed(25),
    people: indexed([25, 28, 130, 55, 90, 124]),
};

const HIGH_CONTRAST: Colours = Colours {
    base: Some((Color::Indexed(231), Color::Indexed(16))),
    faint: Some(Color::Indexed(231)),
    unread: Color::Indexed(226),
    good: Color::Indexed(46),
    bad: Color::Indexed(203),
    key: Color::Indexed(51),
    people: indexed([51, 46, 226, 123, 213, 215]),
};

const fn indexed(numbers: [u8; 6]) -> [Color; 6] {
    let [a, b, c, d, e, f] = numbers;
    [
        Color::Indexed(a),
        Color::Indexed(b),
        Color::Indexed(c),
        Color::Indexed(d),
        Color::Indexed(e),
        Color::Indexed(f),
    ]
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
    /// With the terminal's colours, or with attributes only.
    pub const fn new(colour: bool) -> Self {
        let palette = if colour {
            Palette::Terminal
        } else {
            Palette::None
        };
        Self::of(palette, Glyphs::Unicode)
    }

    /// As somebody chose.
    pub const fn of(palette: Palette, glyphs: Glyphs) -> Self {
        Self { palette, glyphs }
    }

    /// As somebody chose, and as the environment wants it: `NO_COLOR` with any content.
    pub fn from_env(palette: Palette, glyphs: Glyphs) -> Self {
        match std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            true => Self::of(Palette::None, glyphs),
            false => Self::of(palette, glyphs),
        }
    }

    /// Whether there are colours at all.
    pub fn has_colour(self) -> bool {
        self.colours().is_some()
    }

    /// Whether every terminal has what is drawn with.
    pub fn is_ascii(self) -> bool {
        self.glyphs == Glyphs::Ascii
    }

    fn colours(self) -> Option<&'static Colours> {
        match self.palette {
            Palette::Terminal => Some(&TERMINAL),
            Palette::Dark => Some(&DARK),
            Palette::Light => Some(&LIGHT),
            Palette::HighContrast => Some(&HIGH_CONTRAST),
            Palette::None => None,
        }
    }

    fn of_colour(self, colour: impl Fn(&Colours) -> Color, modifier: Modifier) -> Style {
        let style = Style::new().add_modifier(modifier);
        match self.colours() {
            Some(colours) => style.fg(colour(colours)),
            None => style,
        }
    }

    /// What the whole screen is drawn on.
    pub fn base(self) -> Style {
        match self.colours().and_then(|colours| colours.base) {
            Some((text, ground)) => Style::new().fg(text).bg(ground),
            None => Style::new(),
        }
    }

    /// Text as it is.
    pub fn plain(self) -> Style {
        Style::new()
    }

    /// What matters less.
    pub fn faint(self) -> Style {
        match self.colours().and_then(|colours| colours.faint) {
            Some(colour) => Style::new().fg(colour),
            None => Style::new().add_modifier(Modifier::DIM),
        }
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
        self.of_colour(|c| c.unread, Modifier::BOLD)
    }

    /// Somebody who is here; a connection that stands.
    pub fn good(self) -> Style {
        self.of_colour(|c| c.good, Modifier::empty())
    }

    /// Something to wait for.
    pub fn waiting(self) -> Style {
        self.of_colour(|c| c.unread, Modifier::empty())
    }

    /// What went wrong.
    pub fn bad(self) -> Style {
        self.of_colour(|c| c.bad, Modifier::BOLD)
    }

    /// Key names.
    pub fn key(self) -> Style {
        self.of_colour(|c| c.key, Modifier::BOLD)
    }

    /// A person's name: always the same colour for the same person.
    pub fn person(self, id: UserId) -> Style {
        let word = id.uuid().as_bytes().iter().fold(0u32, |word, byte| {
            word.wrapping_mul(31).wrapping_add(u32::from(*byte))
        });
        let nth = word as usize % PEOPLE.len();
        self.of_colour(|c| c.people[nth], Modifier::empty())
    }
}
