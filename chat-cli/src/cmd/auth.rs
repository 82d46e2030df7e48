//! `chat auth`: signing up, in and out, who is signed in where, and passwords. Passwords come from a terminal, a file or
//! standard input.

mod email;
mod password;
mod session;
mod status;

use crate::{
    cli::{Global, by_rule},
    error::{Error, Result},
    output::Output,
    profile::{self, KeptSession, Profile},
    prompt::{self, Ask},
};
use chat_client::{Client, SessionStore};
use chat_core::{DisplayName, Email, NewPassword, Register, SignedIn, Username};
use clap::{Args, Subcommand};
use email::EmailCommand;
use password::PasswordCommand;
use session::{LogoutArgs, SessionsArgs};
use std::path::PathBuf;
use url::Url;

const EXAMPLES: &str = "\
Examples:
  chat auth register ann --email ann@example.org
  chat auth login ann
  chat auth login ann --server https://chat.example.org
  chat auth login bot --password-file /run/secrets/bot
  chat auth login --token-file /run/secrets/token
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
        #[arg(required_unless_present = "token_file")]
        user: Option<String>,
        /// Read the password from the first line of this file (- for standard input)
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// Use the token in the first line of this file (- for standard input) instead of a password: chat token create
        #[arg(long, value_name = "FILE", conflicts_with_all = ["user", "password_file"])]
        token_file: Option<PathBuf>,
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
            user: Some(user),
            password_file,
            ..
        } => login(user, password_file, global, out).await,
        AuthCommand::Login { token_file, .. } => keep_token(token_file, global, out).await,
        AuthCommand::Use { name } => {
            let meant = Profile::of_this_user()?.switch(&name, global.server.as_ref())?;
            let (user, server) = (meant.session.username, meant.session.server);
            out.say(&format!("commands are for {user} at {server} from now on"));
            out.done("auth.use")
        }
        AuthCommand::Status => status::run(global, out).await,
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
    out.done("auth.login")
}

/// Stays signed in with a token that was made elsewhere. Nothing renews it; it is as good as it is.
async fn keep_token(file: Option<PathBuf>, global: &Global, out: Output) -> Result<()> {
    let door = Door::open(global)?;
    let who = format!("a token of {}", door.server);
    let token = in_background(move || prompt::password(file.as_deref(), &who, Ask::Once)).await?;
    // Exposed to be sent to the server that it is for.
    let client = profile::with_token(door.server.clone(), token.expose()).await?;
    let session = client.session().ok_or(chat_client::Error::SignedOut)?;
    let kept = KeptSession::new(door.profile.clone(), None).called(global.profile.clone());
    kept.save(&session).map_err(|error| {
        Error::io(
            format!("cannot write {}", door.profile.path().display()),
            error,
        )
    })?;
    out.say(&format!(
        "signed in at {} as {}, with a token",
        door.server, session.username
    ));
    out.done("auth.login")
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
    out.done("auth.register")
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
        if global.socket.is_some() {
            return Err(Error::Usage(
                "through a socket nobody signs in; leave out --socket, or unset CHAT_SOCKET"
                    .to_owned(),
            ));
        }
        let profile = Profile::of_this_user()?;
        let server = profile.door(global)?;
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
    let server = Profile::of_this_user()?.place(global)?;
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
