//! `chat auth`: signing up, in and out, who is signed in where, and passwords. Passwords come from a terminal, a file or
//! standard input.

mod email;
mod password;
mod session;

use crate::{
    cli::{Global, by_rule},
    error::{Error, Result},
    output::{Output, Record},
    profile::{self, KeptSession, Profile},
    prompt::{self, Ask},
};
use chat_client::{Client, SavedSession};
use chat_core::{Code, DisplayName, Email, NewPassword, Register, ShowSession, SignedIn, Username};
use clap::{Args, Subcommand};
use email::EmailCommand;
use password::PasswordCommand;
use serde::Serialize;
use session::{LogoutArgs, SessionsArgs};
use std::path::PathBuf;
use url::Url;

const EXAMPLES: &str = "\
Examples:
  chat auth register ann --email ann@example.org
  chat auth login ann
  chat auth login ann --server https://chat.example.org
  chat auth login bot --password-file /run/secrets/bot
  chat auth login ann --server https://staging.example.org --profile staging
  chat user list --profile staging
  chat auth use staging                   from now on, without saying so each time
  chat auth status
  chat auth sessions                      where you are signed in, on whatever device
  chat auth logout --all
  chat auth password change
  CHAT_TOKEN=… chat auth status           a token from the environment wins, and is never stored
";

/// What there is to do.
#[derive(Debug, Subcommand)]
#[command(before_help = EXAMPLES)]
pub(crate) enum AuthCommand {
    /// Make an account, where the server lets everybody, and sign in
    Register(RegisterArgs),
    /// Sign in, and stay signed in on this machine
    Login {
        /// Username or email
        user: String,
        /// Read the password from the first line of this file (- for standard input)
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Mean another of those who are signed in, from now on
    Use {
        /// The name of a profile, or a username
        name: String,
    },
    /// Show who is signed in where, and whether it still holds
    Status,
    /// List where you are signed in, on whatever device
    Sessions(SessionsArgs),
    /// Sign out, and end the session at the server
    Logout(LogoutArgs),
    /// Confirm that the address of your account is yours
    #[command(subcommand)]
    Email(EmailCommand),
    /// Set another password
    #[command(subcommand)]
    Password(PasswordCommand),
}

/// What `chat auth register` takes.
#[derive(Debug, Args)]
pub(crate) struct RegisterArgs {
    /// The name you are found by
    #[arg(value_parser = by_rule::<Username>)]
    name: Username,
    /// Where mail goes
    #[arg(long, value_name = "ADDRESS", value_parser = by_rule::<Email>)]
    email: Email,
    /// The name people see [default: the username]
    #[arg(long, value_name = "NAME", value_parser = by_rule::<DisplayName>)]
    display_name: Option<DisplayName>,
    /// Read the password from the first line of this file (- for standard input)
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Does it.
pub(crate) async fn run(command: AuthCommand, global: &Global, out: Output) -> Result<()> {
    match command {
        AuthCommand::Register(args) => register(args, global, out).await,
        AuthCommand::Login {
            user,
            password_file,
        } => login(user, password_file, global, out).await,
        AuthCommand::Use { name } => {
            let meant = Profile::of_this_user()?.switch(&name, global.server.as_ref())?;
            let (user, server) = (meant.session.username, meant.session.server);
            out.say(&format!("commands are for {user} at {server} from now on"));
            Ok(())
        }
        AuthCommand::Status => status(global, out).await,
        AuthCommand::Sessions(args) => session::sessions(args, global, out).await,
        AuthCommand::Logout(args) => session::logout(args, global, out).await,
        AuthCommand::Email(command) => email::run(command, global, out).await,
        AuthCommand::Password(command) => password::run(command, global, out).await,
    }
}

async fn login(
    user: String,
    password_file: Option<PathBuf>,
    global: &Global,
    out: Output,
) -> Result<()> {
    let door = Door::open(global)?;
    let who = format!("{user} at {}", door.server);
    let password =
        in_background(move || prompt::password(password_file.as_deref(), &who, Ask::Once)).await?;
    let signed_in = door.client.login(&user, password).await?;
    let username = door.kept(signed_in)?;
    out.say(&format!("signed in at {} as {username}", door.server));
    Ok(())
}

async fn register(args: RegisterArgs, global: &Global, out: Output) -> Result<()> {
    let door = Door::open(global)?;
    let who = format!("{} at {}", args.name, door.server);
    let file = args.password_file;
    let password =
        in_background(move || prompt::password(file.as_deref(), &who, Ask::Twice)).await?;
    let register = Register {
        username: args.name,
        email: args.email,
        // Exposed to check it by the rules of new passwords.
        password: NewPassword::try_from(password.expose().to_owned())
            .map_err(|rule| Error::Usage(format!("the password {rule}")))?,
        display_name: args.display_name,
        device_name: None,
    };
    let signed_in = door.client.register(register).await?;
    let username = door.kept(signed_in)?;
    out.say(&format!(
        "registered at {} as {username}, and signed in; a mailed link confirms the address: chat auth email confirm",
        door.server
    ));
    Ok(())
}

/// A server to sign in at, and where the session is kept.
struct Door {
    profile: Profile,
    server: Url,
    client: Client,
}

impl Door {
    fn open(global: &Global) -> Result<Self> {
        if global.token.is_some() {
            return Err(Error::Usage(
                "CHAT_TOKEN is set and would win over a sign-in; unset it first".to_owned(),
            ));
        }
        let profile = Profile::of_this_user()?;
        let server = profile.server(global.server.as_ref())?;
        let kept = KeptSession::new(profile.clone(), None).called(global.profile.clone());
        let client = Client::builder(server.clone())
            .sessions(kept)
            .device_name("chat on the command line")
            .build()?;
        Ok(Self {
            profile,
            server,
            client,
        })
    }

    /// Who is signed in now. Saving happens on the side and must not fail in silence: the next command would not be
    /// signed in.
    fn kept(&self, signed_in: SignedIn) -> Result<String> {
        let username = signed_in.user.user.username;
        match self.profile.session(&self.server, Some(&username))? {
            Some(_) => Ok(username),
            None => {
                let path = self.profile.path().display().to_string();
                Err(Error::Failed(format!(
                    "signed in, but the session cannot be kept in {path}; is it writable?"
                )))
            }
        }
    }
}

/// A client that nobody is signed in with.
fn stranger(global: &Global) -> Result<Client> {
    let server = Profile::of_this_user()?.server(global.server.as_ref())?;
    Ok(Client::builder(server).build()?)
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
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    current: bool,
    source: String,
    state: &'static str,
    /// Why it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Record for Standing {
    const COLUMNS: &'static [&'static str] =
        &["server", "user", "profile", "meant", "state", "from"];

    fn id(&self) -> String {
        self.username.clone()
    }

    fn cells(&self) -> Vec<String> {
        let meant = if self.current { "yes" } else { "" };
        vec![
            self.server.clone(),
            self.username.clone(),
            self.profile.clone().unwrap_or_default(),
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
        let path = profile.path().display().to_string();
        standings.push(Standing {
            profile: account.name,
            ..standing(&account.session, current, path, state)
        });
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
        profile: None,
        current,
        source,
        state,
        error,
    }
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
                profile: None,
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
