//! Signing in and making an account: from what was typed to a client that is signed in.

use crate::{model::Account, store::Sessions};
use chat_client::{Client, SavedSession, typed_server};
use chat_core::{DisplayName, Email, NewPassword, Register, Secret, Username};
use std::fs::File;

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
    /// Its session has just begun, and is kept nowhere yet.
    pub is_new: bool,
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
        is_new: false,
    })
}

/// Signs in, or makes an account first. Nothing of it is kept before somebody takes it: it may be given up meanwhile.
pub(super) async fn enter(
    sessions: &Sessions,
    here: Option<&SavedSession>,
    server: &str,
    way: Way,
) -> Result<Entered, String> {
    let client = Client::builder(typed_server(server)?)
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
    let is_here =
        |here: &SavedSession| here.server == session.server && here.user_id == session.user_id;
    if here.is_some_and(is_here) {
        // What is kept of an account is opened once.
        client.logout().await.ok();
        return Err(format!("you are {} already", session.username));
    }
    // Only now it is known whose things are kept: another client takes the session over.
    drop(client);
    match resume(sessions, session.clone()).await {
        Ok(entered) => Ok(Entered {
            is_new: true,
            ..entered
        }),
        Err(why) => {
            forget(session).await;
            Err(why)
        }
    }
}

/// Ends a session that nobody has used. Without a connection it stays until it runs out.
pub(super) async fn forget(session: SavedSession) {
    let client = Client::builder(session.server.clone()).session(session);
    if let Ok(client) = client.build() {
        client.logout().await.ok();
    }
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
