//! Emphasis on a terminal, where it is wanted: bold, dim and red, and nothing that carries a meaning by itself.

use super::ColorWhen;

/// Puts emphasis on text, or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(bool);

impl Paint {
    /// No emphasis at all.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self(false)
    }

    /// Whether a stream gets colour.
    pub(super) fn decide(when: ColorWhen, terminal: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self(match when {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => terminal && !dumb && !set("NO_COLOR"),
        })
    }

    /// For headings and names.
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// For what matters less.
    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// For what is wrong.
    pub(super) fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        match self.0 {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_text_stays_as_it_is() {
        assert_eq!(Paint::decide(ColorWhen::Never, true).bold("x"), "x");
        assert_eq!(
            Paint::decide(ColorWhen::Always, false).bold("x"),
            "\u{1b}[1mx\u{1b}[0m"
        );
        assert_eq!(Paint::decide(ColorWhen::Auto, false).dim("x"), "x");
    }
}
