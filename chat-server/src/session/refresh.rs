//! The tokens of a session: made at sign-in, and changed for the next pair again and again.

use super::{Reach, cut_off};
use crate::{
    App, Error,
    auth::Caller,
    store::{self, Scope},
};
use chat_core::{Close, Code, Refresh, SessionId, Timestamp, TokenPair, UserId};

/// A used refresh token is answered once more within this time: its answer may have been lost on the way.
const REFRESH_GRACE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

pub(super) fn session_end(app: &App, now: Timestamp) -> Timestamp {
    now.plus_ms(i64::from(app.config.session_days) * DAY_MS)
}

pub(super) fn tokens(
    app: &App,
    user_id: UserId,
    session_id: SessionId,
    generation: i64,
    now: Timestamp,
) -> Result<TokenPair, Error> {
    let expires_at = access_end(app, now);
    let access = crate::auth::Access {
        user_id,
        session_id,
        expires_at,
    };
    Ok(TokenPair {
        access_token: app.tokens.sign(access, now)?,
        refresh_token: app.tokens.refresh_token(session_id, generation),
        expires_at,
        expires_in: app.config.access_token_s,
    })
}

/// When an access token signed now runs out; in whole seconds, as the token says it.
pub(crate) fn access_end(app: &App, now: Timestamp) -> Timestamp {
    Timestamp::from_ms(now.ms() / 1_000 * 1_000)
        .plus_ms(i64::from(app.config.access_token_s) * 1_000)
}

/// What became of a refresh token.
enum Refreshed {
    Pair(UserId, i64),
    Replayed(UserId),
}

pub(crate) async fn refresh(app: &App, _: &Caller, input: Refresh) -> Result<TokenPair, Error> {
    let opened = app.tokens.open_refresh_token(&input.refresh_token);
    let (session_id, generation) = opened.ok_or_else(|| {
        Error::rule(
            Code::Unauthenticated,
            "the refresh token is not valid here; sign in again",
        )
    })?;
    let now = app.now();
    let expires_at = session_end(app, now);
    let refreshed = app
        .writer
        .run_in(Scope::Session(session_id), move |tx| {
            Box::pin(async move {
                let session = store::session::refreshable(tx, session_id).await?;
                // Said first: signing in again would not help.
                if session.as_ref().is_some_and(|session| session.disabled) {
                    return Err(Error::rule(
                        Code::AccountDisabled,
                        "the account is disabled; ask an admin",
                    ));
                }
                let session = session.filter(|session| !session.ended && session.expires_at > now);
                // A token for a program has nothing to refresh.
                let session = session.filter(|session| !session.is_token);
                let session = session.ok_or_else(|| {
                    Error::rule(Code::SessionEnded, "the session has ended; sign in again")
                })?;
                if generation == session.generation {
                    store::session::rotate(tx, session_id, generation + 1, now, expires_at).await?;
                    return Ok(Refreshed::Pair(session.user_id, generation + 1));
                }
                let recent = now.since_ms(session.rotated_at) <= REFRESH_GRACE_MS;
                if generation + 1 == session.generation && recent {
                    return Ok(Refreshed::Pair(session.user_id, session.generation));
                }
                store::session::end(tx, session.user_id, Some(session_id), now).await?;
                Ok(Refreshed::Replayed(session.user_id))
            })
        })
        .await?;
    match refreshed {
        Refreshed::Pair(user, generation) => tokens(app, user, session_id, generation, now),
        Refreshed::Replayed(user) => {
            tracing::warn!(%user, session = %session_id, "a used refresh token came again; the session is ended");
            let close = Close::SessionEnded;
            cut_off(app, user, &[session_id], Reach::Sessions, close);
            Err(Error::rule(
                Code::SessionEnded,
                "the refresh token was used before, so the session was ended; sign in again",
            ))
        }
    }
}
