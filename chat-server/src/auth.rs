//! Who calls: from the headers of a call, or the first frame of a socket, to a [`Caller`].

mod keys;
mod password;
mod ticket;
mod token;

pub(crate) use keys::{KeyPlace, KeyRing, Lookout};
pub(crate) use password::Passwords;
pub(crate) use ticket::{TICKET_S, Tickets};
pub(crate) use token::{Access, Tokens};

use crate::{
    App, Error,
    audit::Way,
    hub::Socket,
    media::Carried,
    session,
    store::{self, Scope, once::Once},
    user,
};
use axum::http::{HeaderMap, header};
use chat_core::{Code, Operation, SessionId, Timestamp, TokenScope, UserId};
use std::{net::IpAddr, sync::Arc};

/// That a token was used is noted again after this long.
const USE_NOTED_MS: i64 = 60 * 60 * 1_000;

/// Who makes a call.
#[derive(Clone, Default)]
pub(crate) struct Caller {
    user_id: Option<UserId>,
    pub(crate) session_id: Option<SessionId>,
    /// What a token for a program lets it do; none for whoever may do everything that the user may.
    pub(crate) scope: Option<TokenScope>,
    /// When the token runs out; none where the embedding program vouches.
    pub(crate) expires_at: Option<Timestamp>,
    /// Where the call came from; none from inside the program.
    pub(crate) address: Option<IpAddr>,
    /// Whether it came through a socket of this machine, from somebody who speaks for any account.
    is_local: bool,
    /// The socket it came over.
    pub(crate) socket: Option<Arc<Socket>>,
    /// Names a call that must happen once, however often it is made.
    pub(crate) once: Option<Once>,
    /// The file that goes beside it, in or out.
    pub(crate) carried: Option<Arc<Carried>>,
}

impl Caller {
    /// Somebody who is not signed in.
    pub(crate) fn anonymous(address: Option<IpAddr>) -> Self {
        Self {
            address,
            ..Self::default()
        }
    }

    /// A user for whom the program itself speaks.
    pub(crate) fn inside(user_id: UserId) -> Self {
        Self {
            user_id: Some(user_id),
            ..Self::default()
        }
    }

    /// The user, or 401.
    pub(crate) fn user(&self) -> Result<UserId, Error> {
        self.user_id.ok_or_else(|| {
            Error::rule(Code::Unauthenticated, "sign in first: send an access token")
        })
    }

    /// The file beside the call; calls from inside the program bring none.
    pub(crate) fn carried(&self) -> Result<&Carried, Error> {
        self.carried
            .as_deref()
            .ok_or_else(|| Error::rule(Code::Malformed, "files go over HTTP; make this call there"))
    }

    /// What speaks for the user.
    pub(crate) fn way(&self) -> Way {
        match (self.session_id, self.scope, self.is_local) {
            (Some(token), Some(_), _) => Way::Token(token),
            (.., true) => Way::Local,
            _ => Way::Itself,
        }
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        self.user_id.is_none()
    }
}

/// Finds out who calls. Without any credentials the call is anonymous; with wrong ones it fails.
pub(crate) async fn identify(
    app: &App,
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> Result<Caller, Error> {
    let token = bearer(headers);
    if let Some(token) = token
        && token::looks_like_ours(token)
    {
        return by_token(app, token, address).await;
    }
    if let Some(identity) = app.hooks.identify(headers).await {
        let user_id = user::from_outside(app, &identity).await?;
        return Ok(Caller {
            user_id: Some(user_id),
            ..Caller::anonymous(address)
        });
    }
    match token {
        Some(_) => Err(Error::rule(
            Code::Unauthenticated,
            "the token is not valid here; sign in again",
        )),
        None => Ok(Caller::anonymous(address)),
    }
}

/// What a token begins with that names an account on a socket of this machine; it is worth nothing anywhere else.
const LOCAL: &str = "local:";

/// Who calls through a socket of this machine: the account that is named, `local:ann`, or for `local:` the first admin.
/// Names are written as in a URL. Whoever brings another token is who that says.
pub(crate) async fn vouched(
    app: &App,
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> Result<Caller, Error> {
    let Some(name) = bearer(headers).and_then(|token| token.strip_prefix(LOCAL)) else {
        return identify(app, headers, address).await;
    };
    let name = form_urlencoded::parse(name.as_bytes()).next();
    let name = name.map(|(name, _)| name.into_owned());
    Ok(Caller {
        user_id: Some(session::local(app, name.as_deref()).await?),
        is_local: true,
        ..Caller::anonymous(address)
    })
}

/// The caller behind an access token of the chat.
pub(crate) async fn by_token(
    app: &App,
    token: &str,
    address: Option<IpAddr>,
) -> Result<Caller, Error> {
    if let Some(session) = app.tokens.open_program_token(token) {
        return by_program_token(app, session, address).await;
    }
    let claims = match app.tokens.verify(token, app.now()) {
        Err(_) if app.tokens.names_unknown_key(token) => {
            app.keys.look_soon(app).await?;
            app.tokens.verify(token, app.now())?
        }
        verified => verified?,
    };
    Ok(Caller {
        user_id: Some(claims.user_id),
        session_id: Some(claims.session_id),
        expires_at: Some(claims.expires_at),
        ..Caller::anonymous(address)
    })
}

/// The caller behind a token for a program. The database is asked each time: what was ended is good for nothing.
async fn by_program_token(
    app: &App,
    session_id: SessionId,
    address: Option<IpAddr>,
) -> Result<Caller, Error> {
    let found = store::session::refreshable(&mut app.db.read().await?, session_id).await?;
    let session = found.filter(|session| !session.ended && session.scope.is_some());
    let session = session
        .ok_or_else(|| Error::rule(Code::SessionEnded, "the token was ended; make another one"))?;
    if session.disabled {
        let detail = "the account is disabled; ask an admin";
        return Err(Error::rule(Code::AccountDisabled, detail));
    }
    if session.expires_at <= app.now() {
        let detail = "the time of the token is up; make another one";
        return Err(Error::rule(Code::SessionEnded, detail));
    }
    note_use(app, session_id, session.last_used_at).await;
    Ok(Caller {
        user_id: Some(session.user_id),
        session_id: Some(session_id),
        scope: session.scope,
        expires_at: Some(session.expires_at),
        ..Caller::anonymous(address)
    })
}

/// Notes that a token was used, to the hour: no call waits for more writes than that.
async fn note_use(app: &App, id: SessionId, last: Option<Timestamp>) {
    let now = app.now();
    if last.is_some_and(|last| now.since_ms(last) < USE_NOTED_MS) {
        return;
    }
    let noted = app.writer.run_in(Scope::Session(id), move |tx| {
        Box::pin(async move { Ok(store::session::touch(tx, id, now).await?) })
    });
    if let Err(error) = noted.await {
        tracing::warn!(%error, "that a token was used could not be noted");
    }
}

/// The caller behind a ticket, which is used up by this.
pub(crate) async fn by_ticket(
    app: &App,
    ticket: &str,
    address: Option<IpAddr>,
) -> Result<Caller, Error> {
    let refused = || Error::rule(Code::Unauthenticated, "the ticket was used or is too old");
    let now = app.now();
    let ticket = app.tickets.open(ticket, now).ok_or_else(refused)?;
    let used = Once {
        user_id: ticket.user_id,
        key: format!("ticket {}", ticket.id),
        request_hash: 0,
    };
    let is_first = app.writer.run_in(Scope::User(used.user_id), move |tx| {
        Box::pin(async move {
            if store::once::find(tx, used.user_id, &used.key)
                .await?
                .is_some()
            {
                return Ok(false);
            }
            // Whoever took everything back may not have been heard of here.
            let cut_off_at = store::session::cut_off_at(tx, used.user_id).await?;
            if cut_off_at.is_some_and(|at| ticket.made_at <= at) {
                return Ok(false);
            }
            store::once::insert(tx, &used, "", now).await?;
            Ok(true)
        })
    });
    if !is_first.await? {
        return Err(refused());
    }
    let caller = Caller {
        user_id: Some(ticket.user_id),
        session_id: ticket.session_id,
        expires_at: ticket.expires_at,
        ..Caller::anonymous(address)
    };
    require_session(app, &caller)?;
    Ok(caller)
}

/// Refuses a caller whose session has ended since they were let in: what they want may have taken its time to arrive.
pub(crate) fn require_session(app: &App, caller: &Caller) -> Result<(), Error> {
    match caller.session_id {
        Some(session) if app.tokens.is_ended(session) => Err(session_ended()),
        _ => Ok(()),
    }
}

/// Refuses a program what its token is not for.
pub(crate) fn require_scope(caller: &Caller, operation: &Operation) -> Result<(), Error> {
    match caller.scope {
        Some(scope) if !scope.may(operation) => Err(Error::forbidden(format!(
            "this token is not for {}; make one for more, or sign in",
            operation.name
        ))),
        _ => Ok(()),
    }
}

pub(crate) fn session_ended() -> Error {
    Error::rule(Code::SessionEnded, "the session has ended; sign in again")
}

/// The token of an `Authorization` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
