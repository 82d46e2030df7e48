//! `chat health`: whether the server of this machine can do its work, for containers and service managers that ask.

use crate::{
    cli::Global,
    config::ConfigArgs,
    error::{Error, Result},
    output::Output,
    profile::Profile,
};
use chat_core::{Code, Problem};
use chat_server::Config;
use clap::Args;
use serde_json::json;
use std::{net::Ipv4Addr, net::Ipv6Addr, time::Duration};
use url::Url;

const EXAMPLES: &str = "\
Examples:
  chat health                              the server that the settings of this machine are for
  chat health --server https://chat.example.org
  until chat health --quiet; do sleep 1; done
";

/// A server that does not answer in this time is not well, whatever it would have said. Less than what a container
/// platform gives a check, so that the reason is told.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// What `chat health` takes: the settings say where the server listens.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES)]
pub(crate) struct HealthArgs {
    #[command(flatten)]
    settings: ConfigArgs,
}

/// Asks. A server that is not ready, or not there, is an error that says why.
pub(crate) async fn run(args: HealthArgs, global: &Global, out: Output) -> Result<()> {
    let (server, here) = match (&global.server, &global.profile) {
        (None, None) => (here(&args.settings.load()?.config), true),
        _ => (Profile::of_this_user()?.place(global)?, false),
    };
    let unavailable = |why: String| Error::coded(Code::Unavailable, format!("{server}: {why}"));
    // Below the path that is named, where one is: what is asked is what a client would talk to.
    let base = server.as_str().trim_end_matches('/');
    let url: Url = format!("{base}/health/ready")
        .parse()
        .map_err(|error| Error::Usage(format!("--server {server}: {error}")))?;
    let answer = asker(here)?.get(url).send().await;
    let answer = answer.map_err(|error| {
        unavailable(match error.is_timeout() {
            true => format!("no answer within {PATIENCE:?}"),
            false => format!("cannot be reached; is it running? ({})", root_of(&error)),
        })
    })?;
    if answer.status().is_success() {
        out.say(&format!("{server} is ready"));
        return out.outcome(json!({"server": server, "ready": true}));
    }
    let status = answer.status();
    let problem = answer.json::<Problem>().await.ok();
    let why = problem.map(|problem| problem.detail);
    Err(unavailable(why.unwrap_or_else(|| {
        format!("answered {status}; is it a chat server?")
    })))
}

/// Where the server of these settings is reached from its own machine.
pub(crate) fn here(config: &Config) -> Url {
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(match address.is_ipv4() {
            true => Ipv4Addr::LOCALHOST.into(),
            false => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let scheme = match config.tls.certificate {
        Some(_) => "https",
        None => "http",
    };
    format!("{scheme}://{address}/")
        .parse()
        .expect("a scheme and an address are a URL")
}

/// The certificate of this machine's server is for its public name, not for its address; nothing secret is sent to it.
pub(super) fn asker(here: bool) -> Result<reqwest::Client> {
    // With two providers in one program there is no default. It fails when there is one, and then that one is used.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .tls_danger_accept_invalid_certs(here)
        .build()
        .map_err(|error| Error::Failed(format!("cannot ask: {error}")))
}

/// What is behind an error, in the end.
pub(super) fn root_of(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| {
        error.source()
    });
    causes.last().map(ToString::to_string).unwrap_or_default()
}
