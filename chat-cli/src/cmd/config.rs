//! `chat config`: which settings hold, and where each comes from.

use crate::{
    alone::Alone,
    config::{ConfigArgs, Shown},
    error::Result,
    output::{Columns, Output, Paint, Record},
};
use chat_core::text;
use chat_server::ChatServer;
use clap::{Args, Subcommand};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  chat config show
  chat config show limits.members
  chat config show limits        all that begin so, and what each does
  CHAT_LIMITS__MEMBERS=100 chat config show --listen 0.0.0.0:80
  chat config show -o jsonl | jq -r 'select(.from != \"default\") | .key'
  chat config rotate-keys        a new key to sign tokens with, in two minutes; nobody is signed out
  chat config adopt-files        after files were moved without their mark, or are lost
  chat config new-epochs         after the database was put back to an older state, before a server runs on it

Settings come from, each winning over the ones before: defaults, the file, the environment (CHAT_ and the key in
capitals, with __ for a dot), flags.
";

/// What there is to do with settings.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum ConfigCommand {
    /// Print every setting, its value and where it comes from
    #[command(before_help = EXAMPLES)]
    Show(ShowArgs),
    /// Make a new key to sign access tokens with; nobody is signed out
    RotateKeys(ConfigArgs),
    /// Take the place that media.store names for the files of the database, whatever was before
    AdoptFiles(ConfigArgs),
    /// Let all clients begin anew, after the database was put back to an older state; stop all servers first
    NewEpochs(ConfigArgs),
}

/// What `chat config show` takes.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Only this setting, or those below it [default: all]
    key: Option<String>,
    #[command(flatten)]
    settings: ConfigArgs,
}

/// Does it.
pub(crate) async fn run(command: ConfigCommand, out: Output) -> Result<()> {
    match command {
        ConfigCommand::Show(args) => {
            let settings = args.settings.load()?;
            match args.key {
                Some(key) => {
                    let shown = settings.shown_below(&key)?;
                    out.list(&shown.into_iter().map(Explained).collect::<Vec<_>>())
                }
                None => out.list(&settings.shown()),
            }
        }
        ConfigCommand::RotateKeys(args) => {
            ChatServer::rotate_keys(&args.load()?.config).await?;
            out.say("a new key is there; servers that run sign with it in two minutes (tokens of the old one hold until they run out)");
            out.done("config.rotate-keys")
        }
        ConfigCommand::AdoptFiles(args) => {
            ChatServer::adopt_files(&args.load()?.config).await?;
            out.say("this is the place for the files of the database now");
            out.done("config.adopt-files")
        }
        ConfigCommand::NewEpochs(args) => {
            let config = args.load()?.config;
            let _alone = Alone::claim(&config, "its server runs; stop it first")?;
            let renewed = ChatServer::renew_epochs(&config).await?;
            out.say(&format!(
                "{} conversations and {} inboxes begin another life; start the servers",
                renewed.conversations, renewed.inboxes
            ));
            out.done("config.new-epochs")
        }
    }
}

/// A setting with what it does, for who asks for this one.
#[derive(Serialize)]
#[serde(transparent)]
struct Explained(Shown);

impl Record for Explained {
    const COLUMNS: &'static [&'static str] = &[];

    const VALUES: Columns = Columns(&[
        ("key", "/key"),
        ("value", "/value"),
        ("from", "/from"),
        ("about", "/about"),
    ]);

    fn id(&self) -> String {
        self.0.id()
    }

    fn cells(&self) -> Vec<String> {
        self.0.cells()
    }

    fn line(&self, paint: Paint) -> String {
        let cells = self.0.cells();
        let key = paint.bold(&text::inert_line(&cells[0]));
        let said = format!("{}  ({})", cells[1], cells[2]);
        let said = text::inert_line(&said);
        format!("{key} = {said}\n    {}", self.0.about)
    }
}

impl Record for Shown {
    const COLUMNS: &'static [&'static str] = &["key", "value", "from"];

    fn id(&self) -> String {
        self.key.clone()
    }

    fn cells(&self) -> Vec<String> {
        let value = match &self.value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => "-".to_owned(),
            value => value.to_string(),
        };
        vec![self.key.clone(), value, self.from.clone()]
    }
}
