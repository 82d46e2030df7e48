//! The command line: what there is and what it is called. Examples come first in every help text.

use crate::{
    cmd::{auth, bench, completions, config, conversation, message, seed, serve, tail, user},
    error::EXIT_CODES,
    output::{ColorWhen, Format},
};
use clap::{Args, Parser, Subcommand};
use url::Url;

const EXAMPLES: &str = "\
Examples:
  chat serve --demo                           try it: people and conversations that are gone afterwards
  chat serve                                  run a server on http://127.0.0.1:8000, kept in chat.db
  chat user create ann --admin                make an account, straight in the database
  chat auth login ann                         sign in
  chat message send @ben 'hello'              write to somebody
  chat tail | jq .data.content                follow what is said
  chat seed demo --users 15 --messages 300    fill a server with people who talk
";

/// Run, seed and script a chat server.
#[derive(Debug, Parser)]
#[command(name = "chat", version, before_help = EXAMPLES, after_long_help = EXIT_CODES, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The server to talk to [default: where you signed in last, else http://127.0.0.1:8000]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "CHAT_SERVER",
        hide_env_values = true
    )]
    pub(crate) server: Option<Url>,
    /// As whom, where several are signed in [default: who signed in last]
    #[arg(long = "as", global = true, value_name = "USER", env = "CHAT_USER")]
    pub(crate) user: Option<String>,
    /// An access token for scripts without a sign-in. Only from the environment: flags can be read by everyone.
    #[arg(skip = std::env::var("CHAT_TOKEN").ok().filter(|token| !token.is_empty()))]
    pub(crate) token: Option<String>,
    /// How to print: auto is a table on a terminal and JSON lines in a pipe
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Auto, env = "CHAT_OUTPUT", hide_env_values = true)]
    pub(crate) output: Format,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorWhen::Auto)]
    pub(crate) color: ColorWhen,
    /// Say nothing but data and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a server
    Serve(serve::ServeArgs),
    /// Show the settings that hold, and where each comes from
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Sign in and out
    #[command(subcommand)]
    Auth(auth::AuthCommand),
    /// Make accounts and find people
    #[command(subcommand)]
    User(user::UserCommand),
    /// Open and list conversations
    #[command(subcommand)]
    Conversation(conversation::ConversationCommand),
    /// Send and list messages
    #[command(subcommand)]
    Message(message::MessageCommand),
    /// Follow what happens, as it happens
    Tail(tail::TailArgs),
    /// Fill a server with people who talk
    #[command(subcommand)]
    Seed(seed::SeedCommand),
    /// Put a server under load and measure it
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

/// Reads a word by the rule of its type.
pub(crate) fn by_rule<T: TryFrom<String, Error = &'static str>>(
    text: &str,
) -> Result<T, &'static str> {
    T::try_from(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_makes_sense() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_flag_takes_a_secret() {
        fn walk(command: &clap::Command) {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                assert!(
                    !matches!(name, "password" | "token" | "secret"),
                    "{name} of {}",
                    command.get_name()
                );
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&Cli::command());
    }

    #[test]
    fn the_examples_of_the_help_are_read() {
        let lines = EXAMPLES
            .lines()
            .filter_map(|line| line.trim().strip_prefix("chat "));
        for line in lines {
            let command = line.split("  ").next().unwrap_or_default();
            let command = command
                .split('|')
                .next()
                .unwrap_or_default()
                .replace('\'', "");
            let words = std::iter::once("chat").chain(command.split_whitespace());
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
    }

    #[test]
    fn options_for_everywhere_go_anywhere() {
        let cli = Cli::try_parse_from([
            "chat", "message", "list", "@ben", "-o", "jsonl", "--as", "ann",
        ])
        .unwrap();

        assert_eq!(cli.global.output, Format::Jsonl);
        assert_eq!(cli.global.user.as_deref(), Some("ann"));
    }
}
