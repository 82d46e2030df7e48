//! Where a call comes from: the peer's address, or what a configured proxy says about it.

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap},
};
use std::net::{IpAddr, SocketAddr};

/// The peer of a connection, put into its requests by [`ChatServer::run`](crate::ChatServer::run).
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);

/// Marks what came over TLS of our own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverTls;

/// Marks what came through a socket in the file system: the system vouches that its peer may speak for anybody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vouched;

/// Whether the request was made on this very machine: by the address, and with no proxy's word that says otherwise.
pub(crate) fn is_from_here(headers: &HeaderMap, address: IpAddr) -> bool {
    let forwarded = [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
        "via",
    ];
    address.is_loopback() && !forwarded.iter().any(|name| headers.contains_key(*name))
}

/// The address a call counts for. `X-Forwarded-For` is only believed from a trusted proxy, and of its entries the last
/// that is no trusted proxy itself.
pub(crate) fn client_address(
    headers: &HeaderMap,
    extensions: &Extensions,
    trusted: &[IpAddr],
) -> IpAddr {
    let peer = extensions
        .get::<PeerAddress>()
        .map(|peer| peer.0)
        .or_else(|| {
            // An axum program that embeds the router may give it this way.
            extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|info| info.0.ip())
        });
    // Without any (a test, a unix socket in front), all callers share the limits of this one.
    let peer = peer.unwrap_or(IpAddr::from([0, 0, 0, 0])).to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let forwarded = headers
        .get_all("x-forwarded-for")
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    // From the last, which the nearest proxy wrote. What cannot be read ends the trust in what stands before it.
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let Some(address) = parse(hop) else {
            return client;
        };
        client = address;
        if !trusted.contains(&address) {
            break;
        }
    }
    client
}

/// An address, also with a port.
fn parse(hop: &str) -> Option<IpAddr> {
    hop.parse()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded: &str) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(PeerAddress(peer.parse().unwrap()));
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        client_address(
            &headers,
            &extensions,
            &["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()],
        )
        .to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_about_its_own_peer() {
        assert_eq!(address("192.0.2.7", "198.51.100.1"), "192.0.2.7");
        assert_eq!(address("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            address("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2"),
            "198.51.100.1"
        );
        assert_eq!(address("10.0.0.1", "nonsense"), "10.0.0.1");
        assert_eq!(address("10.0.0.1", "203.0.113.9, nonsense"), "10.0.0.1");
        assert_eq!(
            address("10.0.0.1", "203.0.113.9, 198.51.100.1:4711"),
            "198.51.100.1"
        );
    }

    #[test]
    fn what_a_proxy_brings_is_not_from_here() {
        let here = IpAddr::from([127, 0, 0, 1]);
        let headers = HeaderMap::new();
        assert!(is_from_here(&headers, here));
        assert!(!is_from_here(&headers, IpAddr::from([192, 0, 2, 7])));

        for name in ["x-forwarded-for", "x-real-ip", "via"] {
            let headers =
                HeaderMap::from_iter([(name.parse().unwrap(), "127.0.0.1".parse().unwrap())]);
            assert!(!is_from_here(&headers, here), "{name}");
        }
    }
}
