//! Addresses in settings: shown without their secrets, and those that pages come from.

use url::Url;

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
