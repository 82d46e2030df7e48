//! Who is here and who writes. Told to whom it concerns, kept nowhere but for when somebody was last seen.

use crate::{
    App, Error, app::DONE, auth::Caller, bus::Audience, conversation::require, hub::Socket, store,
};
use chat_core::{
    Empty, Envelope, Event, Limits, Ping, Pong, Presence, PresenceState, SetPresence, SetTyping,
    Timestamp, Typing, UserId, WatchPresence, Watched,
};
use std::{sync::Arc, time::Duration};

pub(crate) async fn typing(app: &App, caller: &Caller, input: SetTyping) -> Result<Empty, Error> {
    let user = caller.user()?;
    let mut conn = app.db.read().await?;
    let standing = require(&mut conn, input.conversation_id, user).await?;
    // Among many, somebody always writes.
    if standing.member_count > Limits::MARKS_LIVE_MEMBERS {
        return Ok(DONE);
    }
    let who = store::user::find(&mut conn, user)
        .await?
        .ok_or_else(|| Error::not_found("user"))?;
    drop(conn);
    let typing = Typing {
        user_id: user,
        username: who.username,
        is_typing: input.is_typing,
    };
    let envelope = Envelope::passing(Some(input.conversation_id), Event::Typing(typing));
    app.tell(Audience::Members(input.conversation_id), envelope)
        .await;
    Ok(DONE)
}

pub(crate) async fn ping(app: &App, _: &Caller, _: Ping) -> Result<Pong, Error> {
    Ok(Pong {
        server_time: app.now(),
    })
}

pub(crate) async fn set(app: &App, caller: &Caller, input: SetPresence) -> Result<Empty, Error> {
    let socket = socket(caller)?;
    if input.state == PresenceState::Offline {
        return Err(Error::invalid(
            "state",
            "must be online or away; close the socket to be offline",
        ));
    }
    let before = app.hub.presence(socket.user_id());
    socket.set_away(input.state == PresenceState::Away);
    changed(app, socket.user_id(), before).await;
    Ok(DONE)
}

pub(crate) async fn watch(
    app: &App,
    caller: &Caller,
    mut input: WatchPresence,
) -> Result<Watched, Error> {
    let socket = socket(caller)?;
    input.user_ids.sort_unstable();
    input.user_ids.dedup();
    let most = Limits::PRESENCE_WATCHES as usize;
    if input.user_ids.len() > most {
        return Err(Error::invalid(
            "user_ids",
            format!("must be at most {most}"),
        ));
    }
    let known = match input.user_ids.is_empty() {
        true => Vec::new(),
        false => {
            let mut conn = app.db.read().await?;
            store::member::sharing(&mut conn, socket.user_id(), &input.user_ids).await?
        }
    };
    let ids: Vec<_> = known.iter().map(|(id, _)| *id).collect();
    app.hub.watch(&socket, &ids);
    let items = known
        .into_iter()
        .map(|(user_id, last_seen_at)| Presence {
            user_id,
            state: app.hub.presence(user_id),
            last_seen_at,
        })
        .collect();
    Ok(Watched { items })
}

fn socket(caller: &Caller) -> Result<Arc<Socket>, Error> {
    caller
        .socket
        .clone()
        .ok_or_else(|| Error::forbidden("presence is a matter of sockets; open one"))
}

/// A device came, or one of several went.
pub(crate) async fn changed(app: &App, user: UserId, before: PresenceState) {
    let after = app.hub.presence(user);
    if before != after {
        tell(app, user, after, None).await;
    }
}

/// The last device went. Whoever comes back at once was never away.
pub(crate) async fn went(app: &App, user: UserId) {
    let grace = Duration::from_millis(u64::from(app.config.presence_grace_ms));
    // Nobody comes back to a server that stops.
    let _ = tokio::time::timeout(grace, app.draining.cancelled()).await;
    let after = app.hub.presence(user);
    let seen = app.now();
    if after == PresenceState::Offline {
        let kept = app
            .writer
            .run(move |tx| {
                Box::pin(async move { Ok(store::user::set_last_seen(tx, user, seen).await?) })
            })
            .await;
        if let Err(error) = kept {
            tracing::warn!(%error, "when somebody was last seen could not be kept");
        }
    }
    tell(
        app,
        user,
        after,
        Some(seen).filter(|_| after == PresenceState::Offline),
    )
    .await;
}

async fn tell(app: &App, user_id: UserId, state: PresenceState, last_seen_at: Option<Timestamp>) {
    let event = Event::Presence(Presence {
        user_id,
        state,
        last_seen_at,
    });
    app.tell(Audience::Watchers(user_id), Envelope::passing(None, event))
        .await;
}
