//! `chat doctor`: looks at everything that a server, and this program, need on this machine, and says of each what it
//! found and what to do about it. It starts, migrates and changes nothing, and shows no secret.

mod certificate;
mod machine;
mod network;
mod storage;

use crate::{
    cli::Global,
    config::{ConfigArgs, Settings},
    error::{Error, Result},
    output::{Columns, Output, Paint, Record},
};
use chat_core::text;
use chat_server::{ChatServer, Config};
use clap::Args;
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  chat doctor
  chat doctor --config /etc/chat/server.toml
  chat doctor --server https://chat.example.org      also whether that server can be reached from here
  chat doctor -o json --jq '.items[] | select(.state == \"problem\")'

Exit code: 0 where nothing is wrong, also with warnings; 1 where something is.
";

/// What `chat doctor` takes.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    settings: ConfigArgs,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Ok,
    /// It works, and may hurt one day.
    Warning,
    /// It does not work.
    Problem,
    /// There is nothing to look at.
    Skipped,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "PROBLEM",
            Self::Skipped => "-",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            state: State::Ok,
            found: found.into(),
            advice: None,
        }
    }

    fn skipped(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            state: State::Skipped,
            ..Self::ok(check, found)
        }
    }

    fn warning(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            state: State::Warning,
            advice: Some(advice.into()),
            ..Self::ok(check, found)
        }
    }

    fn problem(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            state: State::Problem,
            ..Self::warning(check, found, advice)
        }
    }
}

impl Record for Finding {
    const COLUMNS: &'static [&'static str] = &[];

    const VALUES: Columns = Columns(&[
        ("check", "/check"),
        ("state", "/state"),
        ("found", "/found"),
        ("what to do", "/advice"),
    ]);

    fn id(&self) -> String {
        self.check.to_owned()
    }

    fn cells(&self) -> Vec<String> {
        Vec::new()
    }

    /// What to do stands below what it is about: both are sentences, and a terminal is narrow.
    fn line(&self, paint: Paint) -> String {
        let state = format!("{:7}", self.state.word());
        let state = match self.state {
            State::Ok => state,
            State::Skipped => paint.dim(&state),
            State::Warning | State::Problem => paint.bold(&state),
        };
        let found = text::inert_line(&self.found);
        let line = format!("{state}  {}: {found}", self.check);
        match &self.advice {
            Some(advice) => format!("{line}\n         to do: {}", text::inert_line(advice)),
            None => line,
        }
    }
}

/// What is not looked at where the settings make no sense: what they would name is not known.
const OF_SETTINGS: [&str; 7] = [
    "database",
    "migrations",
    "files",
    "redis",
    "tls",
    "mail",
    "port",
];

fn not_looked_at(checks: &[&'static str]) -> impl Iterator<Item = Finding> {
    let why = "not looked at: correct the configuration first";
    checks
        .iter()
        .map(move |&check| Finding::skipped(check, why))
}

/// Looks at everything, and is an error where something does not work.
pub(crate) async fn run(args: DoctorArgs, global: &Global, out: Output) -> Result<()> {
    let mut findings = vec![Finding::ok(
        "version",
        format!("chat {}", env!("CARGO_PKG_VERSION")),
    )];
    match args.settings.load() {
        Err(error) => {
            findings.push(Finding::problem(
                "configuration",
                error.story(),
                "correct it where it says; chat config show lists every setting",
            ));
            findings.extend(not_looked_at(&OF_SETTINGS));
        }
        Ok(settings) => findings.extend(of_settings(&settings, args.settings.file()).await),
    }
    findings.extend(network::server_of(global).await);
    findings.push(machine::sessions());
    findings.push(machine::open_files());
    findings.push(machine::terminal());
    out.list(&findings)?;
    let problems = findings
        .iter()
        .filter(|finding| finding.state == State::Problem);
    match problems.count() {
        0 => Ok(()),
        1 => Err(Error::Failed("there is a problem; see above".to_owned())),
        count => Err(Error::Failed(format!(
            "there are {count} problems; see above"
        ))),
    }
}

/// What a server with these settings would need.
async fn of_settings(settings: &Settings, file: Option<std::path::PathBuf>) -> Vec<Finding> {
    let config = &settings.config;
    let mut findings = Vec::new();
    let examined = ChatServer::examine(config).await;
    findings.push(match &examined {
        Ok(_) => Finding::ok("configuration", machine::said_by(file.as_deref())),
        Err(error) => Finding::problem(
            "configuration",
            error.to_string(),
            "correct the setting; chat config show says where it comes from",
        ),
    });
    findings.extend(file.as_deref().map(machine::settings_file));
    match examined {
        Ok(examination) => {
            findings.push(storage::database(config, &examination.database));
            findings.extend(storage::database_file(config));
            findings.push(storage::migrations(&examination.database));
            findings.push(storage::files(config, examination.bucket));
            findings.push(network::redis(config, examination.redis));
            findings.push(certificate::tls(config, examination.tls));
            findings.extend(certificate::key(config));
            findings.push(network::mail(config).await);
        }
        // The port is of this machine, whatever else is wrong.
        Err(_) => findings.extend(not_looked_at(&OF_SETTINGS[..6])),
    }
    findings.push(storage::keys(config));
    findings.extend(storage::disks(config));
    findings.extend(here(config).await);
    findings
}

/// What is served on this machine, or could be.
async fn here(config: &Config) -> Vec<Finding> {
    let mut findings = vec![network::port(config).await];
    findings.push(network::clock(config).await);
    findings.extend(network::local_socket(config).await);
    findings
}
