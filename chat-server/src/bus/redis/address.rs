//! Where Redis is: one server, some behind Sentinel, or a cluster. The address may hold a password: it is never written
//! out whole, and no error repeats it.

use super::link::Link;
use crate::Error;
use redis::{ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};

/// Who asks whether it is there waits no longer.
const PROBE_DEADLINE: Duration = Duration::from_secs(5);
/// What stands for a password where an address is shown.
const HIDDEN: &str = "[secret]";

/// The address of Redis, in one of these forms; with `rediss` in front, over TLS:
///
/// - `redis://user:password@host:6379/0`
/// - `redis+sentinel://user:password@host:26379,host:26379/MASTER/0`; the password is that of the servers
/// - `redis+cluster://user:password@host:6379,host:6379`
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedisUrl {
    shown: String,
    pub(super) place: Place,
}

/// What an address names.
#[derive(Clone)]
pub(super) enum Place {
    Alone(ConnectionInfo),
    Sentinel(Sentinel),
    Cluster(Vec<ConnectionInfo>),
}

/// The servers that know which one of others is the master.
#[derive(Clone)]
pub(super) struct Sentinel {
    pub(super) asked: Vec<ConnectionInfo>,
    pub(super) master: String,
    pub(super) settings: RedisConnectionInfo,
    pub(super) is_tls: bool,
}

impl RedisUrl {
    /// Whether connections to it are TLS.
    pub(super) fn is_tls(&self) -> bool {
        self.shown.starts_with("rediss")
    }
}

impl RedisUrl {
    /// Whether it answers, or why not. No process is told of this.
    pub(crate) async fn probe(&self) -> Result<(), String> {
        if self.is_tls() {
            // Whoever was first has installed one; any will do.
            let provider = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider();
            let _ = provider.install_default();
        }
        let (pushed, _heard) = tokio::sync::mpsc::unbounded_channel();
        let asked = async {
            let mut link = Link::open(&self.place, pushed).await?;
            let answers = link.all(vec![redis::cmd("PING")]).await?;
            answers.into_iter().next().transpose().map(drop)
        };
        match tokio::time::timeout(PROBE_DEADLINE, asked).await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {PROBE_DEADLINE:?}")),
        }
    }
}

impl FromStr for RedisUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| wrong("it must begin with redis:// or rediss://"))?;
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (format!("{user}@"), rest),
            None => (String::new(), rest),
        };
        if user.contains(HIDDEN) {
            // Settings that were written out and read again must not become a wrong password.
            return Err(wrong("the password was hidden; put the real one there"));
        }
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (base, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
        if !matches!(base, "redis" | "rediss") || hosts.is_empty() {
            return Err(wrong("it must be like redis://user:password@host:6379"));
        }
        let each = |user: &str, end: &str| {
            let hosts = hosts.split(',');
            hosts
                .map(|host| info(&format!("{base}://{user}{host}{end}")))
                .collect::<Result<Vec<_>, _>>()
        };
        let place = match kind {
            "" => Place::Alone(info(&format!("{base}://{user}{rest}"))?),
            "cluster" => Place::Cluster(each(&user, "")?),
            "sentinel" => {
                let (master, database) = path.split_once('/').unwrap_or((path, "0"));
                if master.is_empty() {
                    return Err(wrong(
                        "behind the Sentinels it needs the name of the master",
                    ));
                }
                let named = each(&user, &format!("/{database}"))?;
                Place::Sentinel(Sentinel {
                    asked: each("", "")?,
                    master: master.to_owned(),
                    settings: named[0].redis_settings().clone(),
                    is_tls: base == "rediss",
                })
            }
            _ => return Err(wrong("only redis+sentinel and redis+cluster are known")),
        };
        let shown = match user.split_once(':') {
            Some((name, _)) => format!("{scheme}://{name}:{HIDDEN}@{rest}"),
            None => format!("{scheme}://{user}{rest}"),
        };
        Ok(Self { shown, place })
    }
}

/// One server's address, for the protocol that can tell something without being asked.
fn info(text: &str) -> Result<ConnectionInfo, Error> {
    let info = text
        .into_connection_info()
        // Its own words would repeat the address.
        .map_err(|_| wrong("it must be like redis://user:password@host:6379/0"))?;
    let settings = info.redis_settings().clone();
    Ok(info.set_redis_settings(settings.set_protocol(ProtocolVersion::RESP3)))
}

fn wrong(what: &str) -> Error {
    Error::Config(format!("redis is wrong: {what}"))
}

impl TryFrom<String> for RedisUrl {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<RedisUrl> for String {
    fn from(url: RedisUrl) -> Self {
        url.shown
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (given, shown) in [
            ("redis://localhost", "redis://localhost"),
            (
                "rediss://ann:pass@host:6380/2",
                "rediss://ann:[secret]@host:6380/2",
            ),
            ("redis://:pass@host", "redis://:[secret]@host"),
            (
                "redis+cluster://:p@a:1,b:2",
                "redis+cluster://:[secret]@a:1,b:2",
            ),
            (
                "redis+sentinel://a:1,b:2/main/3",
                "redis+sentinel://a:1,b:2/main/3",
            ),
        ] {
            let url: RedisUrl = given.parse().unwrap();

            assert_eq!(format!("{url}|{url:?}"), format!("{shown}|{shown}"));
        }
    }

    #[test]
    fn a_wrong_address_is_refused_without_being_repeated() {
        for bad in [
            "localhost:6379",
            "http://ann:hunter2@host",
            "redis://ann:hunter2@",
            "redis+sentinel://ann:hunter2@host",
            "redis+moon://ann:hunter2@host",
            "redis://ann:hunter2@host:port",
            "redis://ann:[secret]@host",
        ] {
            let error = bad.parse::<RedisUrl>().unwrap_err().to_string();

            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn sentinels_are_asked_for_the_master_whose_password_it_is() {
        let url: RedisUrl = "redis+sentinel://:pass@a:1,b:2/main/3".parse().unwrap();

        let Place::Sentinel(sentinel) = url.place else {
            panic!("not behind Sentinel")
        };

        assert_eq!(
            (sentinel.master.as_str(), sentinel.asked.len()),
            ("main", 2)
        );
        assert_eq!(sentinel.settings.password(), Some("pass"));
        assert_eq!(sentinel.settings.db(), 3);
        assert_eq!(sentinel.asked[0].redis_settings().password(), None);
    }
}
