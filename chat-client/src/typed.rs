//! The address of a server as people type it, for every program that asks for one. What a program writes down is a URL
//! already, and is checked where a client is made.

use url::{Host, Url};

/// The address that was meant. Without a scheme it is `https`, or `http` for this machine.
///
/// ```
/// # fn main() -> Result<(), String> {
/// let server = chat_client::typed_server("chat.example.org")?;
/// assert_eq!(server.as_str(), "https://chat.example.org/");
/// assert_eq!(chat_client::typed_server("localhost:8000")?.as_str(), "http://localhost:8000/");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A sentence that says what an address looks like.
pub fn typed_server(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let read = |text: &str| text.parse::<Url>().ok().filter(Url::has_host);
    let no_address =
        || format!("{text:?} is no address: write one such as https://chat.example.org");
    if text.contains("://") {
        let url = read(text).ok_or_else(no_address)?;
        return match url.scheme() {
            "http" | "https" => Ok(url),
            other => Err(format!(
                "{text:?} begins with {other}://; a server is reached by http:// or https://"
            )),
        };
    }
    let url = read(&format!("https://{text}")).ok_or_else(no_address)?;
    match is_this_machine(&url) {
        true => read(&format!("http://{text}")).ok_or_else(no_address),
        false => Ok(url),
    }
}

/// Whether it cannot lead to another machine: nobody reads along on the way.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_leave_the_scheme_out() {
        let typed = |text: &str| typed_server(text).map(|url| url.to_string());
        for (text, meant) in [
            ("127.0.0.1:8000", "http://127.0.0.1:8000/"),
            (" localhost ", "http://localhost/"),
            ("localhost:443", "http://localhost:443/"),
            ("[::1]:8000", "http://[::1]:8000/"),
            ("localhost.example.org", "https://localhost.example.org/"),
            ("chat.example.org/x", "https://chat.example.org/x"),
            ("chat.example.org:8000", "https://chat.example.org:8000/"),
            ("http://10.0.0.1:1/", "http://10.0.0.1:1/"),
        ] {
            assert_eq!(typed(text).as_deref(), Ok(meant), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_what_one_looks_like() {
        for (text, said) in [
            ("", "is no address"),
            ("two words", "is no address"),
            ("https://", "is no address"),
            ("ftp://chat.example.org", "by http:// or https://"),
        ] {
            let refused = typed_server(text).unwrap_err();
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }
}
