//! The command line: what there is and what it is called. Examples come first in every help text.

mod examples;
mod near;
mod page;

use crate::{
    cmd::{
        attachment, audit, auth, bench, completions, config, contact, conversation, doctor, export,
        health, import, invite, man, member, message, migrate, profile, report, seed, serve,
        settings, tail, token, user,
    },
    error::{EXIT_CODES, Error, Result},
    output::{Choice, ColorWhen, Format, Output, room},
    prompt,
};
use chat_client::typed_server;
use clap::{
    ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
    error::ErrorKind,
    parser::ValueSource,
};
use serde::de::DeserializeOwned;
use std::{
    ffi::OsString,
    io::{self, Write},
    path::PathBuf,
};
use url::Url;

const EXAMPLES: &str = "\
Examples:
  chat serve --demo                           try it: people and conversations that are gone afterwards
  chat serve                                  run a server on http://127.0.0.1:8000, kept in chat.db
  chat user create ann --admin                make an account, straight in the database
  chat auth login ann                         sign in
  chat message send @ben 'hello'              write to somebody
  chat tail                                   follow what is said
  chat user list --jq .username               any list as a table, JSON, CSV, ids, or through a program
  chat doctor                                 what is wrong on this machine, and what to do about it
  chat seed demo --users 15 --messages 300    fill a server with people who talk
";

/// What stands below every help.
const REST: &str = "Options of every command (--server, --as, -o, --jq, …): chat help everywhere";

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
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The server to talk to, https where that is not said [default: where you signed in last, else http://127.0.0.1:8000]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "CHAT_SERVER",
        hide_env_values = true,
        value_parser = typed_server
    )]
    pub(crate) server: Option<Url>,
    /// As whom, where several are signed in [default: who signed in last]
    #[arg(
        id = "as",
        long = "as",
        global = true,
        value_name = "USER",
        env = "CHAT_USER"
    )]
    pub(crate) user: Option<String>,
    /// On the server's own machine: through this socket of it (local_socket), without a password, as --as or else as the
    /// first admin
    #[arg(long, global = true, value_name = "FILE", env = "CHAT_SOCKET")]
    pub(crate) socket: Option<PathBuf>,
    /// On the database's own machine, where no server answers: straight on the database that the settings name, or on
    /// this one, as --as or else as the first admin
    #[arg(long, global = true, value_name = "DATABASE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) direct: Option<String>,
    /// A token for scripts without a sign-in: chat token create. Only from the environment: flags can be read by everyone.
    #[arg(skip = std::env::var("CHAT_TOKEN").ok().filter(|token| !token.is_empty()))]
    pub(crate) token: Option<String>,
    /// The sign-in of this name, as `chat auth login --profile NAME` has kept it
    #[arg(long, global = true, value_name = "NAME", env = "CHAT_PROFILE")]
    pub(crate) profile: Option<String>,
    /// Whether the command line itself says where the server is.
    #[arg(skip)]
    pub(crate) is_placed: bool,
    /// How to print: auto is a table on a terminal and plain lines in a pipe
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Auto, env = "CHAT_OUTPUT", hide_env_values = true)]
    pub(crate) output: Format,
    /// Only these values of each record, by their names in the JSON: id,sender.username
    #[arg(long, global = true, value_name = "NAMES")]
    pub(crate) fields: Option<String>,
    /// Run this program over each record, as jq would with -r; with --output json over the whole document
    #[arg(long, global = true, value_name = "PROGRAM")]
    pub(crate) jq: Option<String>,
    /// Look everything up and say what would be done, but do not do it
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
    /// Never ask; what would be asked is an error
    #[arg(long, global = true, env = "CHAT_NO_INPUT", value_parser = clap::builder::FalseyValueParser::new(), hide_env_values = true)]
    pub(crate) no_input: bool,
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
    /// Ask whether the server is ready; the exit code says it, too
    Health(health::HealthArgs),
    /// Show the settings that hold; and new keys, moved files and restored databases
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Sign up, in and out, and see where you are signed in
    #[command(subcommand)]
    Auth(auth::AuthCommand),
    /// Show and change your own account
    #[command(subcommand)]
    Profile(profile::ProfileCommand),
    /// Decide who sees what of you, and what you are told
    #[command(subcommand)]
    Settings(settings::SettingsCommand),
    /// Keep the people you know
    #[command(subcommand)]
    Contact(contact::ContactCommand),
    /// Keep somebody away from you
    #[command(subcommand)]
    Block(contact::BlockCommand),
    /// Find people, and make and look after accounts
    #[command(subcommand)]
    User(user::UserCommand),
    /// Open, list and change conversations
    #[command(subcommand)]
    Conversation(conversation::ConversationCommand),
    /// Bring people into a conversation, give roles, keep people out
    #[command(subcommand)]
    Member(member::MemberCommand),
    /// Let people in by a code
    #[command(subcommand)]
    Invite(invite::InviteCommand),
    /// Send, list and find messages, and what can be done with one
    #[command(subcommand)]
    Message(message::MessageCommand),
    /// Get the files that came with messages
    #[command(subcommand)]
    Attachment(attachment::AttachmentCommand),
    /// Look after reported messages
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// See what was done on the server, by whom, from where
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Make and end tokens for scripts and bots
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Show the server in numbers
    #[command(before_help = audit::STATS_EXAMPLES)]
    Stats,
    /// Follow what happens, as it happens
    Tail(tail::TailArgs),
    /// Fill a server with people who talk
    #[command(subcommand)]
    Seed(seed::SeedCommand),
    /// Carry a server's data to another kind of database
    #[command(subcommand)]
    Migrate(migrate::MigrateCommand),
    /// Write a whole installation, or what is stored about one person, into a directory
    Export(export::ExportArgs),
    /// Bring an exported installation into an empty database, or what is one person's own into an account
    Import(import::ImportArgs),
    /// Put a server under load and measure it
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Find out what is wrong on this machine, and say what to do about it
    Doctor(doctor::DoctorArgs),
    /// Print the help of a command, or the options that go with all of them
    Help(crate::cmd::help::HelpArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Print a manual page, or write those of all commands into a directory
    Man(man::ManArgs),
}

impl Cli {
    /// Reads the command line, or ends with what is wrong with it.
    pub(crate) fn read() -> Self {
        let mut command = Self::with_help(room::of_help());
        let words: Vec<OsString> = std::env::args_os().collect();
        let read = command.try_get_matches_from_mut(&words);
        let read = read.and_then(|matches| Self::of(&matches));
        match (loose_database(&words), read) {
            (Some(text), Ok(_)) => {
                let error = clap::Error::raw(ErrorKind::ArgumentConflict, text);
                end(&error.format(&mut command))
            }
            (_, Ok(cli)) => cli,
            (_, Err(error)) => end(&near::told(error, &mut command, &words)),
        }
    }

    /// The command line with its help as it is read: what goes with every command is told of in a line, and in full by
    /// `chat help everywhere`. It is so wide.
    pub(crate) fn with_help(room: usize) -> clap::Command {
        page::read(Self::with_examples(), room)
    }

    /// The command line, with examples for each command.
    pub(crate) fn with_examples() -> clap::Command {
        examples::given(Self::command())
    }

    /// What the command line says about where the server is wins over the environment; said twice, it is an error.
    fn of(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let mut cli = Self::from_arg_matches(matches)?;
        let is_said = |name| matches.value_source(name) == Some(ValueSource::CommandLine);
        let ways = [
            is_said("socket"),
            is_said("direct"),
            is_said("server") || is_said("profile"),
        ];
        let said = ways.into_iter().filter(|is_said| *is_said).count();
        if said > 1 {
            let text = "say one of --socket, --direct, and --server or --profile: each is another way to a server";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
        }
        let is_profile = is_said("profile");
        let is_account = is_said("server") || is_said("as");
        if is_profile && is_account && !cli.command.names_a_profile() {
            let text =
                "say --profile, or --server and --as: a profile is a server and an account there";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
        }
        let global = &mut cli.global;
        global.profile.take_if(|_| is_account && !is_profile);
        global.is_placed = said == 1;
        // From the environment.
        global.socket.take_if(|_| said == 1 && !ways[0]);
        Ok(cli)
    }

    /// Heeds what holds for every command, before any begins.
    pub(crate) fn begin(&self, out: Output) -> Result<Output> {
        let global = &self.global;
        if global.no_input {
            prompt::never_ask();
        }
        // To look through an archive is what an import does first.
        let is_looking = matches!(self.command, Command::Import(_));
        if global.dry_run && !is_looking && !self.command.can_rehearse() {
            let text = "this command does not know --dry-run; nothing was done";
            return Err(Error::Usage(text.to_owned()));
        }
        let choice = Choice::read(global.fields.as_deref(), global.jq.as_deref())?;
        out.choosing(global.output, choice)
    }
}

impl Command {
    /// What is said where Ctrl+C ends it: how a long one is gone on with.
    pub(crate) fn parting(&self) -> Option<String> {
        match self {
            Self::Export(args) => Some(args.parting()),
            _ => None,
        }
    }

    /// Refuses to go straight on a database where that means nothing, or is said in another way.
    pub(crate) fn require_direct(&self) -> Result<()> {
        match self.can_rehearse() {
            true => Ok(()),
            false => Err(Error::Usage(
                "this command does not know --direct; nothing was done".to_owned(),
            )),
        }
    }

    /// Whether `--profile` may be the name of an account that is yet to be kept.
    fn names_a_profile(&self) -> bool {
        matches!(
            self,
            Self::Auth(auth::AuthCommand::Login { .. } | auth::AuthCommand::Register(_))
        )
    }

    /// Whether it can say what it would do: what goes through calls of the protocol, one by one.
    fn can_rehearse(&self) -> bool {
        matches!(
            self,
            Self::Profile(_)
                | Self::Settings(_)
                | Self::Contact(_)
                | Self::Block(_)
                | Self::User(_)
                | Self::Conversation(_)
                | Self::Member(_)
                | Self::Invite(_)
                | Self::Message(_)
                | Self::Attachment(_)
                | Self::Report(_)
                | Self::Audit(_)
                | Self::Token(_)
                | Self::Stats
        )
    }
}

/// Prints what the command line was answered with, and ends. Help that cannot be written is a failure like any other.
fn end(error: &clap::Error) -> ! {
    match error.print() {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            // Nobody is left to be told where this fails, too.
            let _ = writeln!(io::stderr(), "error: cannot write the help: {why}");
            std::process::exit(1)
        }
        _ => std::process::exit(error.exit_code()),
    }
}

/// What to say where a database stands behind `--direct` without `=`: it would be taken for something else.
fn loose_database(words: &[OsString]) -> Option<String> {
    let word = |at: usize| words.get(at).and_then(|word| word.to_str());
    let at = words.iter().position(|word| word == "--direct")?;
    let next = word(at + 1)?;
    let is_address = ["sqlite:", "postgres:", "postgresql:"]
        .iter()
        .any(|scheme| next.starts_with(scheme));
    let address = match next {
        _ if is_address => next.to_owned(),
        _ if next.ends_with(".db") => format!("sqlite://{next}"),
        _ => return None,
    };
    Some(format!(
        "a database is joined to --direct with =: --direct={address}"
    ))
}

/// Reads a word by the rule of its type.
pub(crate) fn by_rule<T: TryFrom<String, Error = &'static str>>(
    text: &str,
) -> std::result::Result<T, &'static str> {
    T::try_from(text.to_owned())
}

/// Reads one of some words as the value that the protocol writes so.
pub(crate) fn one_of<T>(words: &[&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words.to_vec())
        .try_map(|word| serde_json::from_value::<T>(serde_json::Value::String(word)))
}

#[cfg(test)]
mod help;
#[cfg(test)]
mod tests;
