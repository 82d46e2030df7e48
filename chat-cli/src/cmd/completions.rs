//! `chat completions`: what a shell needs to complete the words of this program.

use crate::{cli::Cli, error::Result, output::Output};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  chat completions bash > ~/.local/share/bash-completion/completions/chat
  chat completions zsh > ~/.zfunc/_chat
  chat completions fish > ~/.config/fish/completions/chat.fish
";

/// What `chat completions` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs, out: Output) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "chat", &mut script);
    out.text(&String::from_utf8_lossy(&script))
}
