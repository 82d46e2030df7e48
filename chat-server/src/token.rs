//! Tokens for programs: who makes them. A token is a session, so the rest of its life is that of sessions.

use crate::{
    App, Error,
    audit::{self, Deed},
    auth::Caller,
    session, store, user,
    writer::run_once,
};
use chat_core::{Code, CreateToken, NewToken, Session, SessionId, Timestamp, TokenScope};

/// Live tokens of a user: as many as are always listed, so that none is hidden behind others.
const MOST: i64 = 100;

pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    input: CreateToken,
) -> Result<NewToken, Error> {
    let owner = caller.user()?;
    if input.expires_in_s == Some(0) {
        let detail = "must be more than 0; leave it out for a token that holds until it is ended";
        return Err(Error::invalid("expires_in_s", detail));
    }
    if input.scope == TokenScope::Admin {
        user::require_admin(app, caller).await?;
    }
    let (deed, id, now) = (
        Deed::of(app, caller),
        SessionId::new(app.next_id()),
        app.now(),
    );
    let expires_at = input.expires_at(now);
    let (name, scope) = (String::from(input.name), input.scope);
    let listed = Session {
        id,
        device_name: Some(name.clone()),
        created_at: now,
        last_used_at: None,
        current: false,
        scope: Some(scope),
        expires_at,
    };
    // What is kept for a call that comes again says nothing secret: the token is made of the session.
    let session = run_once(app, caller.once.clone(), move |tx| {
        Box::pin(async move {
            session::password::enabled(store::user::credentials(tx, owner).await?)?;
            if store::session::count_tokens(tx, owner, now).await? >= MOST {
                let detail = format!("there are {MOST} tokens; end one that is not needed");
                return Err(Error::rule(Code::Conflict, detail));
            }
            let ends = expires_at.unwrap_or(Timestamp::FOR_EVER);
            store::session::insert_token(tx, id, owner, &name, scope, now, ends).await?;
            let detail = audit::token(Some(&name), Some(scope));
            deed.record(tx, "token.create", Some(id.uuid()), detail)
                .await?;
            Ok(listed)
        })
    })
    .await?;
    Ok(NewToken {
        token: app.tokens.program_token(session.id),
        session,
    })
}
