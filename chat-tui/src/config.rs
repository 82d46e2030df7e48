//! What somebody has set, in `chat/tui.toml` below the configuration directory. A line that cannot be read as meant is told
//! of and left out; all others hold, and nobody is kept from chatting. Nothing is ever written there.

mod lines;

use crate::keymap::{Keymap, Preset};
use etcetera::{BaseStrategy, base_strategy::Xdg};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// What somebody has set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The set of keys to begin from.
    pub preset: Preset,
    /// Colours.
    pub theme: Palette,
    /// What lines, marks and dots are drawn with.
    pub glyphs: Glyphs,
    /// Whether the mouse is ours at the start.
    pub mouse: bool,
    /// Of what to tell while nobody looks.
    pub notify: Notify,
    /// How to tell it.
    pub notify_by: NotifyBy,
    /// Pasted text of at least so many lines asks before it is put into the draft; 0 never asks.
    pub paste_asks_from: usize,
    /// Where files are saved; the directory for downloads without it.
    pub downloads: Option<PathBuf>,
    /// Keys for actions, by their names: one, several, or `false` for none.
    pub keys: BTreeMap<String, Keys>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            preset: Preset::Default,
            theme: Palette::Terminal,
            glyphs: Glyphs::Unicode,
            mouse: true,
            notify: Notify::All,
            notify_by: NotifyBy::Terminal,
            paste_asks_from: 20,
            downloads: None,
            keys: BTreeMap::new(),
        }
    }
}

/// Colours.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Palette {
    /// The terminal's own.
    #[default]
    Terminal,
    /// Dark letters on light ground.
    Light,
    /// Light letters on dark ground.
    Dark,
    /// Bright letters on black, nothing dimmed.
    HighContrast,
    /// None; bold, underline and reverse video stay.
    None,
}

/// What lines, marks and dots are drawn with.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Glyphs {
    /// Line drawing and dots.
    #[default]
    Unicode,
    /// Letters and signs that every terminal has.
    Ascii,
}

/// Of what to tell while nobody looks.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notify {
    /// Every message in conversations that are not muted.
    #[default]
    All,
    /// What is said to nobody else, and what names the reader.
    Mentions,
    /// Nothing.
    Nothing,
}

/// How to tell it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotifyBy {
    /// The terminal shows it where it can (OSC 9), and the bell rings.
    #[default]
    Terminal,
    /// The bell alone.
    Bell,
}

/// Keys for an action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Keys {
    /// One, or several with spaces between.
    One(String),
    /// Several.
    Several(Vec<String>),
    /// None, with `false`.
    Off(bool),
}

impl Config {
    /// What the file says, and what is wrong with it.
    pub fn read(path: &Path) -> (Self, Vec<String>) {
        if !path.exists() {
            return (Self::default(), Vec::new());
        }
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return (Self::default(), vec![format!("it cannot be read: {error}")]),
        };
        lines::read(&text)
    }

    /// Where the file is.
    ///
    /// # Errors
    /// When there is no home directory.
    pub fn path() -> anyhow::Result<PathBuf> {
        Ok(Xdg::new()?.config_dir().join("chat/tui.toml"))
    }

    /// The file as people call it: below their home it is `~`.
    pub(crate) fn short(path: &Path) -> String {
        let home = Xdg::new().ok();
        let below = home
            .as_ref()
            .and_then(|home| path.strip_prefix(home.home_dir()).ok());
        match below {
            Some(below) => format!("~/{}", below.display()),
            None => path.display().to_string(),
        }
    }

    /// The keys it asks for, and what is wrong with them.
    pub fn keymap(&self) -> (Keymap, Vec<String>) {
        let changes = self.keys.iter().map(|(name, keys)| {
            let keys = match keys {
                Keys::One(keys) => keys.split_whitespace().map(str::to_owned).collect(),
                Keys::Several(keys) => keys.clone(),
                Keys::Off(_) => Vec::new(),
            };
            (name.clone(), keys)
        });
        Keymap::of(self.preset).rebound(&changes.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;

    fn read(text: &str) -> (Config, Vec<String>) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tui.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path)
    }

    #[test]
    fn keys_are_one_several_or_none() {
        let (config, wrong) = read(
            "preset = \"vim\"\ntheme = \"high-contrast\"\n[keys]\nquit = \"ctrl+w f12\"\npins = [\"alt+o\"]\nhelp = false",
        );
        assert_eq!(wrong, [""; 0]);

        let (keymap, wrong) = config.keymap();

        assert_eq!(
            wrong,
            ["Ctrl+W for delete-word-left is not heard in \"everywhere\": there it is quit"]
        );
        assert_eq!(keymap.keys(Action::Quit).count(), 2);
        assert_eq!(keymap.key(Action::Pins), "Alt+O");
        assert_eq!(keymap.keys(Action::Help).count(), 0);
        assert_eq!(config.theme, Palette::HighContrast);
    }

    #[test]
    fn each_wrong_line_is_named_and_all_others_hold() {
        let text = "theme = \"drk\"\nglyphs = \"ascii\"\npaste-asks-from = \"ten\"\ncolour = 1\n\
                    mouse = false\n[keys]\nquit = 7\npins = \"alt+o\"";

        let (config, wrong) = read(text);

        let right = Config {
            glyphs: Glyphs::Ascii,
            mouse: false,
            keys: BTreeMap::from([("pins".to_owned(), Keys::One("alt+o".to_owned()))]),
            ..Config::default()
        };
        assert_eq!(config, right);
        assert_eq!(
            wrong,
            [
                "line 1: theme cannot be \"drk\"; it can be terminal, light, dark, high-contrast, none",
                "line 3: paste-asks-from cannot be \"ten\"; it can be a number of lines, 0 for never",
                "line 4: there is no setting colour; there are preset, theme, glyphs, mouse, notify, notify-by, \
                 paste-asks-from, downloads, [keys]",
                "line 7: quit cannot be 7; it can be keys in quotes, a list of them, or false for none",
            ]
        );
    }

    #[test]
    fn a_file_that_is_no_toml_says_where_it_is_not() {
        let (config, wrong) = read("mouse = false\ntheme = dark\n");
        assert_eq!(config, Config::default());
        assert!(
            wrong[0].contains("line 2") && !wrong[0].contains('\n'),
            "{wrong:?}"
        );
    }

    #[test]
    fn without_a_file_everything_is_as_usual() {
        let (config, wrong) = Config::read(Path::new("/nowhere/tui.toml"));
        assert_eq!((config, wrong.len()), (Config::default(), 0));
    }
}
