//! `chat help`: what `--help` says of a command, and the options that go with all of them.

use crate::{
    cli::{Cli, Global},
    error::{Error, Result},
    output::{Output, room},
};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  chat help everywhere      the options that go with every command
  chat help message send    the same as: chat message send --help
";

/// What `chat help` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct HelpArgs {
    /// The command, or everywhere [default: chat itself]
    #[arg(value_name = "COMMAND")]
    words: Vec<String>,
}

/// Prints it.
pub(crate) fn run(args: &HelpArgs, out: Output) -> Result<()> {
    if args.words == ["everywhere"] {
        return out.text(&everywhere(room::of_help()));
    }
    let mut top = Cli::with_help(room::of_help());
    top.build();
    let (mut command, mut name) = (&mut top, "chat".to_owned());
    for word in &args.words {
        command = command.find_subcommand_mut(word).ok_or_else(|| {
            Error::Usage(format!("{name} has no command {word}; see: {name} --help"))
        })?;
        name = format!("{name} {word}");
    }
    out.text(&command.render_long_help().to_string())
}

/// The options that go with every command, so wide.
pub(crate) fn everywhere(room: usize) -> String {
    let options = Global::augment_args(clap::Command::new("chat"));
    let mut page = options
        .disable_help_flag(true)
        .term_width(room)
        .help_template("{all-args}\n");
    page.render_long_help().to_string()
}
