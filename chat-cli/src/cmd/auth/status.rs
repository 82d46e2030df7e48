//! `chat auth status`: who is signed in where, under which name, and whether it still holds.

use crate::{
    cli::Global,
    error::{Error, Result},
    output::{Output, Record},
    profile::{self, KeptSession, Profile},
};
use chat_client::{Client, SavedSession};
use chat_core::{Code, ShowSession};
use serde::Serialize;

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

/// Asks every server whether the sign-ins there still hold.
pub(super) async fn run(global: &Global, out: Output) -> Result<()> {
    let profile = Profile::of_this_user()?;
    let mut standings = Vec::new();
    if let Some(token) = &global.token {
        // Also where a socket is around, through which nobody needs one.
        let client = profile::with_token(profile.place(global)?, token).await?;
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
