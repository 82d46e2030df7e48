//! `chat config`: which settings hold, and where each comes from.

use crate::{
    config::{ConfigArgs, Shown},
    error::Result,
    output::{Output, Record},
};
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  chat config show
  CHAT_LIMITS__MEMBERS=100 chat config show --listen 0.0.0.0:80
  chat config show -o jsonl | jq -r 'select(.from != \"default\") | .key'

Settings come from, each winning over the ones before: defaults, the file, the environment (CHAT_ and the key in
capitals, with __ for a dot), flags.
";

/// What there is to do with settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting, its value and where it comes from
    #[command(before_help = EXAMPLES)]
    Show(ConfigArgs),
}

/// Does it.
pub(crate) fn run(command: ConfigCommand, out: Output) -> Result<()> {
    match command {
        ConfigCommand::Show(args) => out.list(&args.load()?.shown()),
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
