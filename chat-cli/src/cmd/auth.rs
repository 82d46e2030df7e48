//! `chat auth`: signing in and out, who is signed in, and passwords. Passwords come from a terminal, a file or standard input.

mod password;

use crate::{
    cli::Global,
    error::{Error, Result},
    output::{Output, Record},
    profile::{self, KeptSession, Profile},
    prompt::{self, Ask},
};
use chat_client::{Client, SavedSession};
use chat_core::{Code, ShowSession};
use clap::Subcommand;
use password::PasswordCommand;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  chat auth login ann
  chat auth login ann --server https://chat.example.org
  chat auth login bot --password-file /run/secrets/bot
  chat auth status
  chat auth password change
  CHAT_TOKEN=… chat auth status           a token from the environment wins, and is never stored
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum AuthCommand {
    /// Sign in, and stay signed in on this machine
    Login {
        /// Username or email
        user: String,
        /// Read the password from the first line of this file (- for standard input)
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Show who is signed in where, and whether it still holds
    Status,
    /// Sign out, and end the session at the server
    Logout,
    /// Set another password
    #[command(subcommand)]
    Password(PasswordCommand),
}

/// Does it.
pub(crate) async fn run(command: AuthCommand, global: &Global, out: Output) -> Result<()> {
    match command {
        AuthCommand::Login {
            user,
            password_file,
        } => login(user, password_file, global, out).await,
        AuthCommand::Status => status(global, out).await,
        AuthCommand::Logout => logout(global, out).await,
        AuthCommand::Password(command) => password::run(command, global, out).await,
    }
}

async fn login(
    user: String,
    password_file: Option<PathBuf>,
    global: &Global,
    out: Output,
) -> Result<()> {
    if global.token.is_some() {
        return Err(Error::Usage(
            "CHAT_TOKEN is set and would win over a sign-in; unset it first".to_owned(),
        ));
    }
    let profile = Profile::of_this_user()?;
    let server = profile.server(global.server.as_ref())?;
    let who = format!("{user} at {server}");
    let password =
        in_background(move || prompt::password(password_file.as_deref(), &who, Ask::Once)).await?;
    let client = Client::builder(server.clone())
        .sessions(KeptSession::new(profile.clone(), None))
        .device_name("chat on the command line")
        .build()?;
    let signed_in = client.login(&user, password).await?;
    let username = signed_in.user.user.username;
    // Saving happens on the side and must not fail in silence: the next command would not be signed in.
    if profile.session(&server, Some(&username))?.is_none() {
        let path = profile.path().display().to_string();
        return Err(Error::Failed(format!(
            "signed in, but the session cannot be kept in {path}; is it writable?"
        )));
    }
    out.say(&format!("signed in at {server} as {username}"));
    Ok(())
}

/// Waits for something slow on another thread, so that Ctrl+C is heard.
pub(super) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Failed(format!("the program failed: {error}")))?
}

/// A line of `auth status`.
#[derive(Debug, Serialize)]
struct Standing {
    server: String,
    username: String,
    current: bool,
    source: String,
    state: &'static str,
    /// Why it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Record for Standing {
    const COLUMNS: &'static [&'static str] = &["server", "user", "meant", "state", "from"];

    fn id(&self) -> String {
        self.username.clone()
    }

    fn cells(&self) -> Vec<String> {
        let meant = if self.current { "yes" } else { "" };
        vec![
            self.server.clone(),
            self.username.clone(),
            meant.to_owned(),
            match &self.error {
                Some(error) => format!("{} ({error})", self.state),
                None => self.state.to_owned(),
            },
            self.source.clone(),
        ]
    }
}

async fn status(global: &Global, out: Output) -> Result<()> {
    let profile = Profile::of_this_user()?;
    let mut standings = Vec::new();
    if global.token.is_some() {
        let client = profile::signed_in(global).await?;
        let session = client.session().ok_or(chat_client::Error::SignedOut)?;
        standings.push(standing(
            &session,
            true,
            "CHAT_TOKEN".to_owned(),
            ("signed in", None),
        ));
    }
    for account in profile.accounts()? {
        let is_named = global
            .server
            .as_ref()
            .is_none_or(|server| profile::same_server(server, &account.session.server));
        if !is_named {
            continue;
        }
        let kept = KeptSession::new(profile.clone(), Some(&account.session));
        let client = Client::builder(account.session.server.clone())
            .session(account.session.clone())
            .sessions(kept)
            .build()?;
        let state = match client.call(ShowSession {}).await {
            Ok(_) => ("signed in", None),
            Err(error) => meaning(&error),
        };
        let current = account.current && global.token.is_none();
        standings.push(standing(
            &account.session,
            current,
            profile.path().display().to_string(),
            state,
        ));
    }
    out.list(&standings)?;
    verdict(&standings)
}

/// What a failed question says about the sign-in. Only the server's own word ends it: a proxy's refusal, a limit or a
/// fault of the server says nothing about it.
fn meaning(error: &chat_client::Error) -> (&'static str, Option<String>) {
    let is_foreign =
        matches!(error, chat_client::Error::Api(problem) if problem.kind == "about:blank");
    match error.code() {
        Code::Timeout | Code::Unavailable => ("unreachable", None),
        Code::AccountDisabled if !is_foreign => ("disabled", None),
        Code::Unauthenticated | Code::SessionEnded | Code::TokenExpired if !is_foreign => {
            ("signed out", None)
        }
        _ => ("unknown", Some(error.to_string())),
    }
}

/// Scripts ask whether they may go on.
fn verdict(standings: &[Standing]) -> Result<()> {
    let count = |state| {
        standings
            .iter()
            .filter(|standing| standing.state == state)
            .count()
    };
    match (count("signed in"), count("unreachable")) {
        (held, _) if held > 0 && held == standings.len() => Ok(()),
        (held, _) if held > 0 => Err(Error::Partly(format!(
            "only {held} of {} sign-ins hold",
            standings.len()
        ))),
        (_, away) if away > 0 => Err(Error::coded(Code::Unavailable, "no server can be reached")),
        _ if count("unknown") > 0 => Err(Error::coded(
            Code::Unavailable,
            "no server says whether the sign-in holds; try again later",
        )),
        _ => Err(Error::coded(Code::Unauthenticated, "nobody is signed in")),
    }
}

fn standing(
    session: &SavedSession,
    current: bool,
    source: String,
    (state, error): (&'static str, Option<String>),
) -> Standing {
    Standing {
        server: session.server.to_string(),
        username: session.username.clone(),
        current,
        source,
        state,
        error,
    }
}

async fn logout(global: &Global, out: Output) -> Result<()> {
    if global.token.is_some() {
        return Err(Error::Usage(
            "CHAT_TOKEN is not this program's to end; unset it".to_owned(),
        ));
    }
    let client = profile::signed_in(global).await?;
    let who = client
        .session()
        .map(|session| format!("{} at {}", session.username, session.server));
    client.logout().await?;
    out.say(&format!("signed out {}", who.unwrap_or_default()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit_code(states: &[&'static str]) -> u8 {
        let standings: Vec<_> = states
            .iter()
            .map(|state| Standing {
                server: String::new(),
                username: String::new(),
                current: false,
                source: String::new(),
                state,
                error: None,
            })
            .collect();
        verdict(&standings).map_or_else(|error| error.exit_code(), |()| 0)
    }

    #[test]
    fn the_exit_code_says_whether_the_sign_ins_hold() {
        assert_eq!(exit_code(&["signed in", "signed in"]), 0);
        assert_eq!(exit_code(&["signed in", "unreachable"]), 5);
        assert_eq!(exit_code(&["signed out", "unreachable"]), 7);
        assert_eq!(exit_code(&["signed out", "unknown"]), 7);
        assert_eq!(exit_code(&["signed out"]), 4);
        assert_eq!(exit_code(&[]), 4);
    }

    #[test]
    fn only_the_servers_own_word_means_signed_out() {
        let of = |code| meaning(&chat_core::Problem::new(code, "why").into());

        for code in [
            Code::Unauthenticated,
            Code::SessionEnded,
            Code::TokenExpired,
        ] {
            assert_eq!(of(code), ("signed out", None));
        }
        for code in [Code::RateLimited, Code::Internal, Code::NotFound] {
            assert_eq!(of(code), ("unknown", Some("why".to_owned())));
        }
        let unreadable = chat_client::Error::Unreadable("html".to_owned());
        assert_eq!(meaning(&unreadable).0, "unknown");
        let mut foreign = chat_core::Problem::new(Code::Unauthenticated, "a proxy's");
        foreign.kind = "about:blank".to_owned();
        assert_eq!(meaning(&foreign.into()).0, "unknown");
        assert_eq!(of(Code::Unavailable), ("unreachable", None));
    }
}
