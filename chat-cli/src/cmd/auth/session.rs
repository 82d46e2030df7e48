//! `chat auth sessions` and `chat auth logout`: where one is signed in, and the end of that.

use crate::{
    cli::Global,
    cmd::caller::Caller,
    error::{Error, Result},
    output::{Columns, Output},
    profile::{KeptSession, Profile},
};
use chat_client::{SavedSession, SessionStore};
use chat_core::{EndSession, Endpoint, ListSessions, Logout, SessionId};
use clap::Args;

const SESSIONS: Columns = Columns(&[
    ("id", "/id"),
    ("device", "/device_name"),
    ("token for", "/scope"),
    ("signed in", "/created_at"),
    ("last used", "/last_used_at"),
    ("this one", "/current"),
]);

/// What `chat auth sessions` takes.
#[derive(Debug, Args)]
pub(crate) struct SessionsArgs {
    /// Sign this one out instead
    #[arg(long, value_name = "ID")]
    end: Option<SessionId>,
}

/// What `chat auth logout` takes.
#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    /// On every device
    #[arg(long)]
    all: bool,
}

/// Lists where the caller is signed in, or ends one of it.
pub(super) async fn sessions(args: SessionsArgs, global: &Global, out: Output) -> Result<()> {
    let caller = Caller::signed_in(global, out).await?;
    match args.end {
        Some(session_id) => {
            let end = EndSession { session_id };
            caller.done(end, "that device is signed out").await
        }
        None => {
            caller
                .list(SESSIONS, usize::MAX, |_, _| ListSessions {})
                .await
        }
    }
}

/// Signs out here, or everywhere.
pub(super) async fn logout(args: LogoutArgs, global: &Global, out: Output) -> Result<()> {
    if global.token.is_some() {
        return Err(Error::Usage(
            "CHAT_TOKEN is not this program's to end; unset it".to_owned(),
        ));
    }
    if global.socket.is_some() {
        return Err(Error::Usage(
            "through the socket nobody is signed in; leave out --socket, or unset CHAT_SOCKET"
                .to_owned(),
        ));
    }
    let client = Caller::signed_in(global, out).await?.client;
    // A token is not a sign-in of this machine's: it is only forgotten here.
    let profile = Profile::of_this_user()?;
    if let Some(session) = client.session()
        && session.refresh_token.expose().is_empty()
    {
        forget(&profile, &session)?;
        out.say("the token is forgotten here, and holds until it is ended: chat token revoke");
        return out.done(Logout::operation().name);
    }
    let who = client
        .session()
        .map(|session| format!("{} at {}", session.username, session.server));
    // Kept, for when the server cannot be told: whatever it says, nobody is signed in here afterwards.
    let session = client.session();
    let told = async {
        if args.all {
            client.call(Logout { all: Some(true) }).await?;
        }
        client.logout().await
    };
    if let Err(error) = told.await {
        if let Some(session) = &session {
            forget(&profile, session)?;
        }
        return untold(error, who.unwrap_or_default(), args.all, out);
    }
    let reach = if args.all { ", on every device" } else { "" };
    out.say(&format!("signed out {}{reach}", who.unwrap_or_default()));
    out.done(Logout::operation().name)
}

/// Takes a sign-in out of the file of this machine.
fn forget(profile: &Profile, session: &SavedSession) -> Result<()> {
    let kept = KeptSession::new(profile.clone(), Some(session));
    kept.clear()
        .map_err(|error| Error::io(format!("cannot write {}", profile.path().display()), error))
}

/// The sign-in is gone from here, and the server does not know. Other devices are still signed in, which is an error where
/// they were meant, too.
fn untold(error: chat_client::Error, who: String, is_all: bool, out: Output) -> Result<()> {
    if is_all {
        out.say(&format!(
            "{who} is forgotten here; other devices stay signed in"
        ));
        return Err(error.into());
    }
    out.say(&format!(
        "{who} is forgotten here; the server was not told, and lists it until it is ended there: chat auth sessions \
         --end ID ({error})"
    ));
    out.done(Logout::operation().name)
}
