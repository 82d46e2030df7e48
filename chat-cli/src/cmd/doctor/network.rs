//! What goes over the network: the port, Redis, mail, the server that this program talks to, and whether the clocks agree.

use super::{Finding, storage::into};
use crate::{cli::Global, cmd::health, output::now, profile::Profile};
use chat_core::Timestamp;
use chat_server::{Config, MailTransport};
use std::{
    io,
    net::TcpListener,
    time::{Duration, SystemTime},
};
use tokio::net::TcpStream;
use url::Url;

/// A mail server that takes longer to answer is away.
const MAIL_MOST: Duration = Duration::from_secs(5);

/// Clocks that differ by more than this confuse people, and tokens.
const SKEW_MOST_MS: i64 = 30_000;

/// Whether the port is free, or a chat server listens there.
pub(super) async fn port(config: &Config) -> Finding {
    const CHECK: &str = "port";
    let address = config.listen;
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok(CHECK, format!("{address} is free; nothing listens there")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            match ask(&health::here(config), true).await {
                Ok(answer) if answer.is_ready => {
                    Finding::ok(CHECK, format!("a chat server is ready at {address}"))
                }
                Ok(_) => Finding::problem(
                    CHECK,
                    format!("what listens at {address} is not ready"),
                    "see its log; or stop it, or take another port with --listen",
                ),
                Err(error) => Finding::problem(
                    CHECK,
                    format!("another program listens at {address} ({error})"),
                    "stop it, or take another port with --listen",
                ),
            }
        }
        Err(error) => Finding::problem(
            CHECK,
            format!("{address}: {error}"),
            "take an address of this machine and a port that this user may open",
        ),
    }
}

/// Whether Redis answers.
pub(super) fn redis(config: &Config, found: Option<Result<(), String>>) -> Finding {
    const CHECK: &str = "redis";
    let name = config.redis.as_ref().map(ToString::to_string);
    match found {
        None => Finding::skipped(
            CHECK,
            "none is set: this is the only server of its database",
        ),
        Some(Ok(())) => Finding::ok(CHECK, name.unwrap_or_default()),
        Some(Err(reason)) => Finding::problem(
            CHECK,
            format!("{}: {reason}", name.unwrap_or_default()),
            "start it, or correct redis; servers go on without it, more slowly",
        ),
    }
}

/// Whether mail can go out.
pub(super) async fn mail(config: &Config) -> Finding {
    const CHECK: &str = "mail";
    let Some(server) = &config.mail.smtp else {
        return Finding::skipped(
            CHECK,
            match config.mail.transport {
                MailTransport::File => "each is a file, which nobody sends on",
                MailTransport::Off => "none is sent",
                _ => "each goes to the log; for people elsewhere set mail.transport to smtp",
            },
        );
    };
    // Shown without its password; behind that are the host and the port.
    let shown = server.to_string();
    let place = shown.rsplit(['/', '@']).next().unwrap_or_default();
    let place = place.split('?').next().unwrap_or_default();
    let opened = tokio::time::timeout(MAIL_MOST, TcpStream::connect(place)).await;
    let why = match opened {
        Ok(Ok(_)) => return Finding::ok(CHECK, format!("{place} answers")),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {MAIL_MOST:?}"),
    };
    Finding::problem(
        CHECK,
        format!("{place}: {why}"),
        "correct mail.smtp, or let this machine reach it; until then nobody gets a link",
    )
}

/// Whether the socket for who looks after the server is there.
pub(super) async fn local_socket(config: &Config) -> Option<Finding> {
    const CHECK: &str = "local socket";
    let path = config.local_socket.as_ref()?;
    let name = path.display();
    #[cfg(unix)]
    let opened = tokio::net::UnixStream::connect(path).await.map(drop);
    #[cfg(not(unix))]
    let opened = Err::<(), _>(io::Error::from(io::ErrorKind::Unsupported));
    Some(match opened {
        Ok(()) => Finding::ok(CHECK, format!("a server listens at {name}")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match into(path) {
            Ok(()) => Finding::ok(CHECK, format!("{name} is made when the server starts")),
            Err(error) => Finding::problem(
                CHECK,
                format!("{name} cannot be made: {error}"),
                "make its directory, for the user of the server (mode 700)",
            ),
        },
        Err(error) => Finding::warning(
            CHECK,
            format!("{name}: {error}"),
            "run this as root or as the user of the server; start the server",
        ),
    })
}

/// Whether the clock of this machine can be right, and agrees with the server that runs here.
pub(super) async fn clock(config: &Config) -> Finding {
    const CHECK: &str = "clock";
    // Before this program was made; no server can tell better.
    const EARLIEST: &str = "2026-01-01T00:00:00.000Z";
    let here = now();
    if EARLIEST
        .parse()
        .is_ok_and(|earliest: Timestamp| here < earliest)
    {
        return Finding::problem(
            CHECK,
            format!("this machine believes that it is {here}"),
            "set the clock, and keep it set (NTP)",
        );
    }
    let answer = ask(&health::here(config), true).await;
    match answer.ok().and_then(|answer| answer.skew_ms) {
        Some(apart) => skew(CHECK, apart),
        None => Finding::ok(
            CHECK,
            format!(
                "it is {here} here; look whether it is so, for no server runs here to compare with"
            ),
        ),
    }
}

/// The server that commands go to.
pub(super) async fn server_of(global: &Global) -> Vec<Finding> {
    const CHECK: &str = "server";
    let profile = match Profile::of_this_user() {
        Ok(profile) => profile,
        Err(error) => return vec![Finding::warning(CHECK, error.story(), "set HOME")],
    };
    let is_named = global.server.is_some() || global.profile.is_some();
    let server = match profile.meant(global) {
        Ok((server, session)) if is_named || session.is_some() => server,
        Ok(_) => {
            return vec![Finding::skipped(
                CHECK,
                "none is named; see: chat auth login",
            )];
        }
        Err(error) => {
            return vec![Finding::problem(
                CHECK,
                error.story(),
                "see: chat auth status",
            )];
        }
    };
    match ask(&server, false).await {
        Ok(answer) => {
            let state = match answer.is_ready {
                true => Finding::ok(CHECK, format!("{server} is ready{}", said(&answer.version))),
                false => Finding::problem(CHECK, format!("{server} is not ready"), "see its log"),
            };
            let mut findings = vec![state];
            findings.extend(version(&answer.version));
            findings.extend(answer.skew_ms.map(|ms| skew("clock of the server", ms)));
            findings
        }
        Err(reason) => vec![Finding::problem(
            CHECK,
            format!("{server}: {reason}"),
            "start it (chat serve), or name another one with --server",
        )],
    }
}

fn said(version: &Option<String>) -> String {
    let version = version.as_ref();
    version.map_or_else(String::new, |version| format!(", version {version}"))
}

/// Whether both speak of the same things.
fn version(of_server: &Option<String>) -> Option<Finding> {
    const CHECK: &str = "version of the server";
    let ours = env!("CARGO_PKG_VERSION");
    let theirs = of_server.as_deref()?;
    Some(match theirs == ours {
        true => Finding::ok(CHECK, format!("{theirs}, as this program")),
        false => Finding::warning(
            CHECK,
            format!("{theirs}, and this program is {ours}"),
            "take the same version of both; what only one knows may fail",
        ),
    })
}

fn skew(check: &'static str, ms: i64) -> Finding {
    let found = format!("{} s apart", ms.abs() / 1_000);
    match ms.abs() > SKEW_MOST_MS {
        true => Finding::warning(check, found, "set both clocks, and keep them set (NTP)"),
        false => Finding::ok(check, found),
    }
}

/// What a server says of itself.
struct Answer {
    is_ready: bool,
    version: Option<String>,
    skew_ms: Option<i64>,
}

async fn ask(server: &Url, is_here: bool) -> Result<Answer, String> {
    let asker = health::asker(is_here).map_err(|error| error.story())?;
    let below = |path: &str| {
        let base = server.as_str().trim_end_matches('/');
        format!("{base}/{path}")
    };
    let answer = asker.get(below("health/ready")).send().await;
    let answer = answer.map_err(|error| health::root_of(&error))?;
    let date = answer
        .headers()
        .get("date")
        .and_then(|date| date.to_str().ok());
    let skew_ms = date.and_then(of_http).map(|date| now().ms() - date);
    let is_ready = answer.status().is_success();
    let document = asker.get(below("api/openapi.json")).send().await.ok();
    let version = match document {
        Some(document) => {
            let document = document.json::<serde_json::Value>().await.ok();
            document.and_then(|all| Some(all.pointer("/info/version")?.as_str()?.to_owned()))
        }
        None => None,
    };
    Ok(Answer {
        is_ready,
        version,
        skew_ms,
    })
}

/// A date of HTTP, in milliseconds.
fn of_http(date: &str) -> Option<i64> {
    let at = httpdate::parse_http_date(date).ok()?;
    let since = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::doctor::State;

    #[test]
    fn clocks_may_differ_a_little_and_versions_not() {
        assert_eq!(skew("x", -2_000).state, State::Ok);
        assert_eq!(skew("x", -90_000).state, State::Warning);
        assert_eq!(version(&None).map(|found| found.state), None);
        let other = version(&Some("0.0.0".to_owned())).unwrap();
        assert_eq!(other.state, State::Warning);
        assert_eq!(of_http("Thu, 01 Jan 1970 00:00:07 GMT"), Some(7_000));
    }
}
