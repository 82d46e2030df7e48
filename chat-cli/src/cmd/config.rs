//! `chat config`: which settings hold, and where each comes from.

use crate::{
    config::{ConfigArgs, Shown},
    error::Result,
    output::{Output, Record},
};
use chat_server::ChatServer;
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  chat config show
  CHAT_LIMITS__MEMBERS=100 chat config show --listen 0.0.0.0:80
  chat config show -o jsonl | jq -r 'select(.from != \"default\") | .key'
  chat config rotate-keys        a new key to sign tokens with, from the next start of the server on

Settings come from, each winning over the ones before: defaults, the file, the environment (CHAT_ and the key in
capitals, with __ for a dot), flags.
";

/// What there is to do with settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting, its value and where it comes from
    #[command(before_help = EXAMPLES)]
    Show(ConfigArgs),
    /// Make a new key to sign access tokens with; nobody is signed out
    RotateKeys(ConfigArgs),
}

/// Does it.
pub(crate) fn run(command: ConfigCommand, out: Output) -> Result<()> {
    match command {
        ConfigCommand::Show(args) => out.list(&args.load()?.shown()),
        ConfigCommand::RotateKeys(args) => {
            ChatServer::rotate_keys(&args.load()?.config)?;
            out.say("a new key is there; restart the server to sign with it (tokens of the old one hold until they run out)");
            Ok(())
        }
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
