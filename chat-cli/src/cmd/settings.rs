//! `chat settings`: who sees what of one, and what one wants to be told. Settings of the server are `chat config`.

use super::caller::Caller;
use crate::{
    cli::{Global, one_of},
    error::Result,
    output::Output,
};
use chat_core::{ChangeSettings, Notify, ShowSettings, Visibility};
use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  chat settings show
  chat settings change --presence contacts --last-seen nobody
  chat settings change --read-marks false --notify mentions
";

const VISIBILITY: [&str; 3] = ["everyone", "contacts", "nobody"];

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum SettingsCommand {
    /// Show your settings
    Show,
    /// Change what is named
    Change(ChangeArgs),
}

/// What `chat settings change` takes.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct ChangeArgs {
    /// Who sees whether you are here
    #[arg(long, value_parser = one_of::<Visibility>(&VISIBILITY))]
    presence: Option<Visibility>,
    /// Who sees when you were last here
    #[arg(long, value_parser = one_of::<Visibility>(&VISIBILITY))]
    last_seen: Option<Visibility>,
    /// Whether others see how far you have read
    #[arg(long, value_name = "BOOL")]
    read_marks: Option<bool>,
    /// Whether you are found by your exact email address, once you have confirmed it [at first: false]
    #[arg(long, value_name = "BOOL")]
    found_by_email: Option<bool>,
    /// What you want to be told of when no device is in use; kept for apps that push
    #[arg(long, value_parser = one_of::<Notify>(&["all", "mentions", "nothing"]))]
    notify: Option<Notify>,
    /// Whether a notification shows what was said; kept for apps that push
    #[arg(long, value_name = "BOOL")]
    notify_content: Option<bool>,
}

/// Does it.
pub(crate) async fn run(command: SettingsCommand, global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    match command {
        SettingsCommand::Show => caller.card("/id", ShowSettings {}).await,
        SettingsCommand::Change(args) => {
            let change = ChangeSettings {
                presence: args.presence,
                last_seen: args.last_seen,
                read_marks: args.read_marks,
                found_by_email: args.found_by_email,
                notify: args.notify,
                notify_content: args.notify_content,
            };
            caller.would(&deed(&change))?;
            caller.card("/id", change).await
        }
    }
}

/// What would be changed, by the names that `chat settings show` has.
fn deed(change: &ChangeSettings) -> String {
    let change = serde_json::to_value(change).expect("settings are words and switches");
    let fields = change.as_object().into_iter().flatten();
    let what = fields
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| format!("{name}: {value}").replace('"', ""));
    format!(
        "change your settings to {}",
        what.collect::<Vec<_>>().join(", ")
    )
}
