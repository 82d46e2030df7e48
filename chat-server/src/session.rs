//! Signing up, in, on and out.

use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    store::{self, user::NewAccount},
    user,
};
use chat_core::{
    Close, Code, CreateTicket, EndSession, ListSessions, Login, Logout, Refresh, Register,
    SessionId, SessionPage, ShowSession, SignedIn, Ticket, Timestamp, TokenPair, UserId, UserRole,
    WhoAmI,
};

/// A used refresh token is answered once more within this time: its answer may have been lost on the way.
const REFRESH_GRACE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

pub(crate) async fn register(app: &App, _: &Caller, input: Register) -> Result<SignedIn, Error> {
    if !app.config.open_registration {
        return Err(Error::forbidden(
            "accounts are made by an admin here; ask for one",
        ));
    }
    // Exposed to be hashed.
    let password_hash = app
        .passwords
        .hash(input.password.expose().to_owned())
        .await?;
    let id = UserId::new(app.next_id());
    let (now, inbox_epoch) = (app.now(), app.random.word());
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let display_name = input
                    .display_name
                    .as_ref()
                    .map_or(input.username.as_str(), |name| name.as_str());
                let account = NewAccount {
                    id,
                    username: &input.username,
                    display_name,
                    email: Some(&input.email),
                    avatar_url: None,
                    role: UserRole::User,
                    password_hash: Some(&password_hash),
                    outside_id: None,
                    created_at: now,
                    inbox_epoch,
                };
                user::insert(tx, &account).await
            })
        })
        .await?;
    open(app, id, input.device_name.map(String::from)).await
}

pub(crate) async fn login(app: &App, _: &Caller, input: Login) -> Result<SignedIn, Error> {
    let mut conn = app.db.read().await?;
    let account =
        store::user::credentials(&mut conn, &input.identifier.trim().to_lowercase()).await?;
    drop(conn);
    let (id, hash, disabled) = match account {
        Some(account) => (Some(account.id), account.password_hash, account.disabled),
        None => (None, None, false),
    };
    // Exposed to be verified. An account that does not exist takes as long as one that does.
    let right = app
        .passwords
        .verify(input.password.expose().to_owned(), hash)
        .await?;
    match id.filter(|_| right) {
        None => Err(Error::rule(
            Code::WrongCredentials,
            "the name or the password is wrong",
        )),
        Some(_) if disabled => Err(Error::rule(
            Code::AccountDisabled,
            "the account is disabled; ask an admin",
        )),
        Some(id) => open(app, id, input.device_name.map(String::from)).await,
    }
}

/// Signs a user in on a device.
pub(crate) async fn open(
    app: &App,
    user: UserId,
    device_name: Option<String>,
) -> Result<SignedIn, Error> {
    let session_id = SessionId::new(app.next_id());
    let now = app.now();
    let expires_at = session_end(app, now);
    let me = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                store::session::insert(
                    tx,
                    session_id,
                    user,
                    device_name.as_deref(),
                    now,
                    expires_at,
                )
                .await?;
                store::user::me(tx, user)
                    .await?
                    .ok_or_else(|| Error::not_found("user"))
            })
        })
        .await?;
    Ok(SignedIn {
        user: me,
        session_id,
        tokens: tokens(app, user, session_id, 0, now)?,
    })
}

fn session_end(app: &App, now: Timestamp) -> Timestamp {
    now.plus_ms(i64::from(app.config.session_days) * DAY_MS)
}

fn tokens(
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
fn access_end(app: &App, now: Timestamp) -> Timestamp {
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
        .run(move |tx| {
            Box::pin(async move {
                let session = store::session::refreshable(tx, session_id).await?;
                let session = session.filter(|session| !session.ended && session.expires_at > now);
                let session = session.ok_or_else(|| {
                    Error::rule(Code::SessionEnded, "the session has ended; sign in again")
                })?;
                if session.disabled {
                    return Err(Error::rule(
                        Code::AccountDisabled,
                        "the account is disabled; ask an admin",
                    ));
                }
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
            cut_off(
                app,
                user,
                &[session_id],
                Some(session_id),
                Close::SessionEnded,
            );
            Err(Error::rule(
                Code::SessionEnded,
                "the refresh token was used before, so the session was ended; sign in again",
            ))
        }
    }
}

pub(crate) async fn logout(
    app: &App,
    caller: &Caller,
    input: Logout,
) -> Result<chat_core::Empty, Error> {
    let user = caller.user()?;
    let only = match (input.all, caller.session_id) {
        (Some(true), _) => None,
        (_, Some(session)) => Some(session),
        (_, None) => {
            return Err(Error::forbidden(
                "sign out of the program that brought you here",
            ));
        }
    };
    end_sessions(app, user, only).await?;
    Ok(DONE)
}

pub(crate) async fn end(
    app: &App,
    caller: &Caller,
    input: EndSession,
) -> Result<chat_core::Empty, Error> {
    match end_sessions(app, caller.user()?, Some(input.session_id))
        .await?
        .is_empty()
    {
        true => Err(Error::not_found("session")),
        false => Ok(DONE),
    }
}

/// Ends one session of a user or all, with their tokens and sockets.
pub(crate) async fn end_sessions(
    app: &App,
    user: UserId,
    only: Option<SessionId>,
) -> Result<Vec<SessionId>, Error> {
    let now = app.now();
    let ended = app
        .writer
        .run(move |tx| Box::pin(async move { Ok(store::session::end(tx, user, only, now).await?) }))
        .await?;
    cut_off(app, user, &ended, only, Close::SessionEnded);
    Ok(ended)
}

/// Ends the tokens, tickets and sockets of sessions that were ended in the database.
pub(crate) fn cut_off(
    app: &App,
    user: UserId,
    sessions: &[SessionId],
    only: Option<SessionId>,
    close: Close,
) {
    app.tokens.end(sessions, access_end(app, app.now()));
    if only.is_none() {
        app.tickets.revoke(user);
    }
    app.hub.end_sessions(user, only.map(|_| sessions), close);
}

pub(crate) async fn show(app: &App, caller: &Caller, _: ShowSession) -> Result<WhoAmI, Error> {
    let user = user::me(app, caller.user()?).await?;
    let session = list(app, caller, ListSessions {})
        .await?
        .items
        .into_iter()
        .find(|session| session.current);
    Ok(WhoAmI { user, session })
}

pub(crate) async fn list(
    app: &App,
    caller: &Caller,
    _: ListSessions,
) -> Result<SessionPage, Error> {
    let mut conn = app.db.read().await?;
    let mut items = store::session::list(&mut conn, caller.user()?, app.now()).await?;
    for session in &mut items {
        session.current = caller.session_id == Some(session.id);
    }
    Ok(SessionPage {
        items,
        next_cursor: None,
    })
}

pub(crate) async fn ticket(app: &App, caller: &Caller, _: CreateTicket) -> Result<Ticket, Error> {
    let full = Error::Unavailable {
        reason: "too many tickets are out; try again",
        retry_after_ms: 5_000,
    };
    let ticket = app
        .tickets
        .issue(caller, &app.random, app.now())
        .ok_or(full)?;
    Ok(Ticket {
        ticket,
        expires_in: crate::auth::TICKET_S,
    })
}
