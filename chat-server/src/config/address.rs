//! Addresses in settings: what links begin with, shown without their secrets, and those that pages come from.

use super::Config;
use crate::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::Url;

impl Config {
    /// Refuses an address that no link could begin with.
    pub(super) fn check_public_url(&self) -> Result<(), Error> {
        let good = self.public_url.as_ref().is_none_or(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        match good {
            true => Ok(()),
            false => Err(Error::Config(
                "public_url must be like https://chat.example.org, perhaps with a path".to_owned(),
            )),
        }
    }

    /// What links begin with. Never what a caller says the server is called: that would send people to a thief.
    /// Without `public_url` it is the address `bound` that the server listens at.
    pub(crate) fn link_base(&self, bound: Option<SocketAddr>) -> Url {
        let scheme = match self.tls.certificate {
            Some(_) => "https",
            None => "http",
        };
        self.public_url.clone().unwrap_or_else(|| {
            let mut address = bound.unwrap_or(self.listen);
            if address.ip().is_unspecified() {
                // Listening everywhere is no place to go to.
                address.set_ip(match address.ip() {
                    IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                    IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
                });
            }
            Url::parse(&format!("{scheme}://{address}")).expect("an address and a port make a URL")
        })
    }

    /// The address of the database without the password in it, to show and to log.
    pub fn shown_database(&self) -> String {
        without_password(&self.database)
    }
}

/// An address without the secrets in it. What is no good address may have a password in it all the same.
pub(crate) fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    if scheme == "sqlite" {
        return address.to_owned();
    }
    // An @ behind the host is one of the password, where somebody forgot to write its / as %2F.
    let parsed = Url::parse(address).ok();
    let Some(mut url) = parsed.filter(|url| !url.path().contains('@')) else {
        // Wherever the password ends, it ends before the last @; and it may stand behind a question mark.
        let rest = rest.split('?').next().unwrap_or_default();
        let behind = rest.rsplit('@').next().unwrap_or_default();
        return format!("{scheme}://{behind}");
    };
    let secret = |name: &str| matches!(name, "password" | "sslkey" | "ssl-key");
    let kept: Vec<_> = url
        .query_pairs()
        .filter(|(name, _)| !secret(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    // An address without a host can have no password.
    let _ = url.set_password(None);
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    url.into()
}

/// A scheme, a host and perhaps a port, as browsers write where a page comes from. No pattern: each is named.
pub(super) fn is_origin(text: &str) -> bool {
    let host = text
        .trim_end_matches('/')
        .split_once("://")
        .map_or("", |(_, host)| host);
    let forbidden = |c: char| !c.is_ascii_graphic() || "/?#@*,\\".contains(c);
    !host.is_empty() && !host.contains(forbidden) && !text.starts_with("://")
}
