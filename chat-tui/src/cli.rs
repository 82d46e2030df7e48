//! What the command line says. There is no flag for a password: it would be seen in the list of processes.

use clap::Parser;
use std::path::PathBuf;

/// A chat client for the terminal.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "chat-tui",
    version,
    about = "A chat client for the terminal",
    before_help = "Examples:
  chat-tui                                       the server of this machine, with the session of last time
  chat-tui --server https://chat.example.org     another server
  chat-tui --user ann --password-file secret     sign in without being asked
  chat-tui --fresh                               sign in anew",
    after_help = "Inside, F1 shows all keys and Ctrl+Q leaves.

The session is kept in $XDG_STATE_HOME/chat (or ~/.local/state/chat), readable by its owner only.
With NO_COLOR set, everything is shown without colours."
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
}
