//! What a browser is told about every answer: to guess at nothing, keep nothing, frame nothing and tell nobody.
//!
//! A route that knows better (a file that may be kept, a page with a script) sets its own header; only what is missing
//! is added.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Response, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What every answer says, unless it says something else itself.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (
        PERMISSIONS_POLICY,
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Half a year: long enough to protect, short enough to come back from.
const TRANSPORT_SECURITY: &str = "max-age=15552000";

/// Adds what is missing. `over_tls`: the answer goes over TLS of our own; what a proxy promises is the proxy's.
pub(super) fn complete(response: &mut Response<Body>, over_tls: bool) {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        add(headers, name, value);
    }
    // Pages of the allowed origins read it, so they may also have it.
    let shared = headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    let whose = if shared {
        "cross-origin"
    } else {
        "same-origin"
    };
    add(headers, RESOURCE_POLICY, whose);
    if over_tls {
        add(
            headers,
            header::STRICT_TRANSPORT_SECURITY,
            TRANSPORT_SECURITY,
        );
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert_with(|| HeaderValue::from_static(value));
}

/// The policy of a page that brings its styles and scripts along: exactly these run, and they call only this server.
pub(super) fn page_policy(page: &str) -> String {
    let (styles, scripts) = (hashes(page, "style"), hashes(page, "script"));
    format!(
        "default-src 'none'; style-src{styles}; script-src{scripts}; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The hashes of everything between `<tag>` and `</tag>`, each after a space.
fn hashes(page: &str, tag: &str) -> String {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let blocks = page.split(&open).skip(1);
    let blocks = blocks.filter_map(|rest| Some(rest.split_once(&close)?.0));
    blocks
        .map(|text| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(text))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_exactly_what_it_brings() {
        let policy = page_policy("<style>a</style><p>b</p><script>\nc\n</script>");

        // printf a | openssl dgst -sha256 -binary | base64
        let style = "style-src 'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=';";
        assert!(policy.contains(style), "{policy}");
        assert_eq!(policy.matches("'sha256-").count(), 2, "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }

    #[test]
    fn what_a_route_says_itself_stays() {
        let mut response = Response::new(Body::empty());
        add(response.headers_mut(), header::CACHE_CONTROL, "private");

        complete(&mut response, false);

        let headers = response.headers();
        assert_eq!(headers[header::CACHE_CONTROL], "private");
        assert_eq!(headers[RESOURCE_POLICY], "same-origin");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
