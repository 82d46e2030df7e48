//! `chat config`: which settings hold, and where each comes from.

use crate::{
    alone::Alone,
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
    Show(ConfigArgs),
    /// Make a new key to sign access tokens with; nobody is signed out
    RotateKeys(ConfigArgs),
    /// Take the place that media.store names for the files of the database, whatever was before
    AdoptFiles(ConfigArgs),
    /// Let all clients begin anew, after the database was put back to an older state; stop all servers first
    NewEpochs(ConfigArgs),
}

/// Does it.
pub(crate) async fn run(command: ConfigCommand, out: Output) -> Result<()> {
    match command {
        ConfigCommand::Show(args) => out.list(&args.load()?.shown()),
        ConfigCommand::RotateKeys(args) => {
            ChatServer::rotate_keys(&args.load()?.config).await?;
            out.say("a new key is there; servers that run sign with it in two minutes (tokens of the old one hold until they run out)");
            Ok(())
        }
        ConfigCommand::AdoptFiles(args) => {
            ChatServer::adopt_files(&args.load()?.config).await?;
            out.say("this is the place for the files of the database now");
            Ok(())
        }
        ConfigCommand::NewEpochs(args) => {
            let config = args.load()?.config;
            let _alone = Alone::claim(&config, "its server runs; stop it first")?;
            let renewed = ChatServer::renew_epochs(&config).await?;
            out.say(&format!(
                "{} conversations and {} inboxes begin another life; start the servers",
                renewed.conversations, renewed.inboxes
            ));
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
