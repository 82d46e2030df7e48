//! What the command line says. There is no flag for a password: it would be seen in the list of processes.

use crate::config::Config;
use anyhow::Context;
use chat_core::Secret;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// What each is for stands below it: beside it, it would be torn in a narrow terminal.
const EXAMPLES: &str = "\
Examples:
  chat-tui
      the server of this machine, and who signed in last
  chat-tui --server https://chat.example.org
      another server
  chat-tui --user ann --password-file secret
      sign in without being asked
  chat-tui --fresh
      sign in anew
  chat-tui keys
      all keys in effect, and what is wrong with yours
  chat-tui --plain
      line by line, for screen readers, pipes and the like";

/// A paragraph is one line: the terminal says where it is broken.
const NOTES: &str = "\
Inside, F1 shows all keys, Alt+X finds whatever can be done where you are, and Ctrl+Q leaves.

Sessions, and what is known of each account, are kept in $XDG_STATE_HOME/chat (or ~/.local/state/chat), readable by their \
owner only. Keys, colours and the like are set in $XDG_CONFIG_HOME/chat/tui.toml (or ~/.config/chat/tui.toml):

  # default, vim, emacs
  preset = \"vim\"
  # terminal, light, dark, high-contrast, none
  theme = \"dark\"
  # unicode, ascii
  glyphs = \"ascii\"
  # whether the mouse is taken at the start
  mouse = false
  # while the terminal has no focus: all, mentions, nothing
  notify = \"mentions\"
  # terminal, bell
  notify-by = \"bell\"
  # lines of a paste that ask first; 0 for never
  paste-asks-from = 20
  # where files are saved
  downloads = \"~/files\"

  # by the names that `chat-tui keys` lists
  [keys]
  quick-switch = \"alt+j f2\"
  suspend = false
  # a letter alone is heard while acting on messages
  next-unread = \"alt+a n\"

The keys that move and delete within a line (arrows, Home, End, Ctrl+A, Ctrl+E, Ctrl+W, Ctrl+U, Alt+B, Alt+F and their \
like) are those of shells, and can be changed as all others. In the default preset Ctrl+K, Ctrl+F, Ctrl+N, Ctrl+P, Ctrl+R, \
Ctrl+T and Ctrl+O are the program's own; the preset of emacs takes none of them but Ctrl+R.

What is pasted is never sent by itself where the \
terminal says that it is a paste, as nearly all do. Where it gives a paste as keys, several lines at once (32 letters or \
more) are taken for one; what is shorter, or has its only line break at the end, counts as typed, and Enter in it sends.

What you look at for a second is read. A conversation that you only pass in the list with the keys is not: it is after \
three seconds there, or once you do something in it. The wheel over the list moves the list alone.

You are told of messages while the terminal has no focus. In tmux that takes `set -g focus-events on`; where the terminal \
does not tell of the focus, you are told when no key was pressed for a minute, and nothing is marked read then before the \
next key. In tmux the terminal around it tells you after `set -g allow-passthrough on`; without that only the bell rings. \
Copying needs nothing set there: the text goes to tmux, and through it to the clipboard.

Pictures are shown by the terminal itself where it can: by the protocol of kitty (Ghostty, too) or iTerm2 (WezTerm, \
Konsole and mintty, too), or as sixels; elsewhere as cells of two colours. tmux hands kitty's on after `set -g \
allow-passthrough on`.

With NO_COLOR set, everything is shown without colours. `theme = \"terminal\"` takes the terminal's own, light or dark.";

/// A chat client for the terminal.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "chat-tui",
    version,
    about = "A chat client for the terminal",
    before_help = EXAMPLES,
    after_help = NOTES
)]
pub struct Cli {
    /// The server's address
    #[arg(
        long,
        env = "CHAT_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:8000"
    )]
    pub server: String,
    /// Who to sign in as: a username or an email address
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// A file with the password in its first line
    #[arg(long, value_name = "FILE", requires = "user")]
    pub password_file: Option<PathBuf>,
    /// Sign in anew instead of with the session of last time
    #[arg(long)]
    pub fresh: bool,
    /// Line by line: nothing is drawn, what comes is written below what was there
    #[arg(long)]
    pub plain: bool,
    /// Another file than chat/tui.toml in the configuration directory
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Something else than chatting
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Something else than chatting.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// List all keys in effect, by the names that the configuration uses
    Keys,
}

impl Cli {
    /// The password that the command line names a file for.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn password(&self) -> anyhow::Result<Option<Secret>> {
        let read = |path: &PathBuf| {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("failed to read the password file {}", path.display()))?;
            Ok(Secret::new(text.lines().next().unwrap_or_default()))
        };
        self.password_file.as_ref().map(read).transpose()
    }

    /// What somebody has set, and what is wrong with it.
    ///
    /// # Errors
    /// When the file that was named is not there, and when there is no home directory.
    pub fn config(&self) -> anyhow::Result<(Config, Vec<String>)> {
        let path = match &self.config {
            Some(path) => {
                anyhow::ensure!(path.is_file(), "{} is no file", path.display());
                path.clone()
            }
            None => Config::path()?,
        };
        let (config, wrong) = Config::read(&path);
        let file = Config::short(&path);
        let wrong = wrong.into_iter().map(|what| format!("{file}: {what}"));
        Ok((config, wrong.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound_and_has_no_flag_for_a_password() {
        Cli::command().debug_assert();
        assert!(Cli::try_parse_from(["chat-tui", "--password", "x"]).is_err());
        assert!(Cli::try_parse_from(["chat-tui", "--password-file", "x"]).is_err());
        let help = Cli::command().render_long_help().to_string();
        assert!(help.trim_start().starts_with("Examples:"), "{help}");
    }

    #[test]
    fn nothing_in_the_help_is_torn_in_a_narrow_terminal() {
        let help = Cli::command().term_width(60).render_help().to_string();

        for text in [EXAMPLES, NOTES] {
            for line in text.lines().filter(|line| line.starts_with("  ")) {
                assert!(help.lines().any(|shown| shown == line), "{line:?}: {help}");
            }
        }
    }

    #[test]
    fn the_example_of_the_help_can_be_copied() {
        let command = Cli::command();
        let help = command.get_after_help().unwrap().to_string();
        let example = help.lines().filter(|line| {
            line.starts_with("  [") || line.starts_with("  ") && line.contains(" = ")
        });
        let example: Vec<_> = example.map(str::trim).collect();
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tui.toml");
        std::fs::write(&path, example.join("\n")).unwrap();

        let (config, mut wrong) = Config::read(&path);
        for preset in crate::keymap::Preset::ALL {
            let config = Config {
                preset,
                ..config.clone()
            };
            wrong.extend(config.keymap().1);
        }

        assert_eq!((wrong, config.keys.len()), (Vec::new(), 3));
    }
}
