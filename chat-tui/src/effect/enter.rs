//! Signing in and making an account: from what was typed to a client that is signed in.

use crate::{model::Account, store::Sessions};
use chat_client::{Client, SavedSession};
use chat_core::{DisplayName, Email, NewPassword, Register, Secret, Username};
use std::fs::File;
use url::Url;

/// The ways to be signed in.
pub(super) enum Way {
    Login {
        name: String,
        password: Secret,
    },
    Register {
        name: String,
        email: String,
        password: Secret,
    },
}

/// The address as it was typed; without a scheme it is `https`, or `http` on this machine.
///
/// # Errors
/// A sentence that says what an address looks like.
pub fn parse_server(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let is_here = ["localhost", "127.", "[::1]"]
        .iter()
        .any(|here| text.starts_with(here));
    let whole = match (text.contains("://"), is_here) {
        (true, _) => text.to_owned(),
        (false, true) => format!("http://{text}"),
        (false, false) => format!("https://{text}"),
    };
    whole
        .parse::<Url>()
        .ok()
        .filter(Url::has_host)
        .ok_or_else(|| {
            format!("{text:?} is no address: write one such as https://chat.example.org")
        })
}

/// The account of a session.
pub(super) fn account(session: &SavedSession) -> Account {
    let server = &session.server;
    let host = server.host_str().unwrap_or_default();
    Account {
        me: session.user_id,
        username: session.username.clone(),
        server: match server.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        },
        address: server.to_string(),
    }
}

/// A client that is signed in, as whom, and what holds what it keeps.
#[derive(Debug)]
pub struct Entered {
    /// The client.
    pub client: Client,
    /// As whom.
    pub account: Account,
    /// Locked as long as it keeps something.
    pub lock: Option<File>,
    /// Why it keeps nothing.
    pub warning: Option<String>,
}

/// Comes back with a session, and with what was known the last time.
pub(super) async fn resume(sessions: &Sessions, session: SavedSession) -> Result<Entered, String> {
    let account = account(&session);
    let keeper = sessions.keeper(&session.server, Some(&session));
    let held = sessions.hold(&session).await;
    let builder = Client::builder(session.server.clone()).session(session);
    let builder = builder.sessions(keeper).device_name("terminal");
    let (builder, lock, warning) = match held {
        Ok(held) => (builder.store(held.store), Some(held.lock), None),
        Err(why) => (builder, None, Some(why)),
    };
    let client = builder.open().await.map_err(|error| error.to_string())?;
    Ok(Entered {
        client,
        account,
        lock,
        warning,
    })
}

/// Signs in, or makes an account first.
pub(super) async fn enter(sessions: &Sessions, server: &str, way: Way) -> Result<Entered, String> {
    let server = parse_server(server)?;
    let client = Client::builder(server.clone())
        .sessions(sessions.keeper(&server, None))
        .device_name("terminal")
        .build()
        .map_err(|error| error.to_string())?;
    let signed_in = match way {
        Way::Login { name, password } => client.login(&name, password).await,
        Way::Register {
            name,
            email,
            password,
        } => client.register(new_account(name, email, &password)?).await,
    };
    signed_in.map_err(|error| error.to_string())?;
    let session = client
        .session()
        .ok_or("the session ended at once: sign in again")?;
    // Only now it is known whose things are kept: another client takes the session over.
    drop(client);
    resume(sessions, session).await
}

fn new_account(name: String, email: String, password: &Secret) -> Result<Register, String> {
    let password = password.expose().to_owned();
    Ok(Register {
        username: Username::parse(name).map_err(|rule| format!("the username {rule}"))?,
        email: Email::parse(email).map_err(|rule| format!("the email {rule}"))?,
        password: NewPassword::try_from(password).map_err(|rule| format!("the password {rule}"))?,
        display_name: None,
        device_name: DisplayName::parse("terminal").ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_leave_the_scheme_out() {
        let parsed = |text: &str| parse_server(text).map(|url| url.to_string());
        assert_eq!(parsed("127.0.0.1:8000").unwrap(), "http://127.0.0.1:8000/");
        assert_eq!(parsed(" localhost ").unwrap(), "http://localhost/");
        assert_eq!(
            parsed("chat.example.org/x").unwrap(),
            "https://chat.example.org/x"
        );
        assert_eq!(parsed("http://10.0.0.1:1/").unwrap(), "http://10.0.0.1:1/");
        assert!(parsed("").unwrap_err().contains("is no address"));
        assert!(parsed("mailto://").is_err());
    }
}
