//! Being signed in: where, for how long, and how it ends. Signing up and in, passwords and addresses have their own
//! files.

mod email;
pub(crate) mod errand;
mod local;
pub(crate) mod password;
mod refresh;
mod sign_in;

pub(crate) use email::{send_verification, verify as verify_email};
pub(crate) use local::local;
pub(crate) use password::{
    change as change_password, confirm_reset, reset as reset_password, reset_token,
};
pub(crate) use refresh::{access_end, refresh};
pub(crate) use sign_in::{is_password, login, open, register};

use crate::{
    App, Error,
    app::DONE,
    audit::{self, Deed},
    auth::{Caller, Tickets, Tokens, session_ended},
    bus::Signal,
    hub::Hub,
    store::{self, Conn},
    user,
};
use chat_core::{
    Close, CreateTicket, EndSession, ListSessions, Logout, Session, SessionId, SessionPage,
    ShowSession, Ticket, Timestamp, UserId, WhoAmI,
};

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
    let (user, id, deed) = (caller.user()?, input.session_id, Deed::of(app, caller));
    let ended = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                let session = store::session::refreshable(tx, id).await?;
                let ended = store::session::end(tx, user, Some(id), deed.at).await?;
                let token = session.filter(|session| session.is_token);
                if let (Some(token), [_, ..]) = (token, ended.as_slice()) {
                    let name = store::session::name(tx, id).await?;
                    let detail = audit::token(name.as_deref(), token.scope);
                    deed.record(tx, "token.end", Some(id.uuid()), detail)
                        .await?;
                }
                Ok(ended)
            })
        })
        .await?;
    if ended.is_empty() {
        return Err(Error::not_found("session"));
    }
    cut_off(app, user, &ended, Reach::Sessions, Close::SessionEnded);
    Ok(DONE)
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
    let reach = match only {
        Some(_) => Reach::Sessions,
        None => Reach::Everything,
    };
    cut_off(app, user, &ended, reach, Close::SessionEnded);
    Ok(ended)
}

/// How much of a user's access ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// That of some sessions.
    Sessions,
    /// All of it: tickets, and sockets for which the embedding program vouches.
    Everything,
}

/// Ends what sessions that were ended in the database still hold, on every process: their access tokens and sockets.
pub(crate) fn cut_off(app: &App, user: UserId, ended: &[SessionId], reach: Reach, close: Close) {
    let signal = Signal::CutOff {
        user,
        sessions: ended.to_vec(),
        is_everything: reach == Reach::Everything,
        is_disabled: close == Close::AccountDisabled,
    };
    let now = app.now();
    let until = access_end(app, now);
    heed(&signal, &app.hub, &app.tokens, &app.tickets, now, until);
    app.bus.signal(&signal);
}

/// Does what a signal says on this process. Access tokens run out at `until` at the latest.
pub(crate) fn heed(
    signal: &Signal,
    hub: &Hub,
    tokens: &Tokens,
    tickets: &Tickets,
    now: Timestamp,
    until: Timestamp,
) {
    let Signal::CutOff {
        user,
        sessions,
        is_everything,
        ..
    } = signal;
    tokens.end(sessions, until);
    let only = match is_everything {
        true => {
            tickets.revoke(*user, now);
            None
        }
        false => Some(sessions.as_slice()),
    };
    hub.end_sessions(*user, only, signal.close());
}

/// The same as [`require_session`](crate::auth::require_session) for what lasts longer than an access token holds, and so
/// longer than memory knows which sessions have ended: a file on its way in, an export on its way out.
pub(crate) async fn require_open(conn: &mut Conn, session: Option<SessionId>) -> Result<(), Error> {
    match session {
        Some(session) if !store::session::goes_on(conn, session).await? => Err(session_ended()),
        _ => Ok(()),
    }
}

pub(crate) async fn show(app: &App, caller: &Caller, _: ShowSession) -> Result<WhoAmI, Error> {
    let user = user::me(app, caller.user()?).await?;
    let session = match caller.session_id {
        Some(id) => {
            let mut conn = app.db.read().await?;
            store::session::one(&mut conn, user.user.id, id, app.now()).await?
        }
        None => None,
    };
    let session = session.map(|session| Session {
        current: true,
        ..session
    });
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
    let user = caller.user()?;
    Ok(Ticket {
        ticket: app.tickets.issue(user, caller, &app.random, app.now()),
        expires_in: crate::auth::TICKET_S,
    })
}
