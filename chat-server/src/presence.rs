//! Who is here and who writes. Told to whom it concerns, kept nowhere but for when somebody was last seen.
//!
//! What somebody hides looks as if they were never here: to those who may not see it, and across a block to both. Where
//! there is nothing new to see, nothing is told, so that a silence does not say more than the words.

mod dead;
mod elsewhere;

pub(crate) use dead::keep_burying;
pub(crate) use elsewhere::{Elsewhere, keep};

use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    bus::Audience,
    conversation::{require, require_may_write},
    hub::Socket,
    store::{self, Conn, Scope, presence::Sight},
};
use chat_core::{
    Empty, Envelope, Event, Limits, Ping, Pong, Presence, PresenceState, SetPresence, SetTyping,
    Typing, UserId, Visibility, WatchPresence, Watched,
};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Whoever hides while a watch is answered is heard of only by a socket that watches already: so what was read before it
/// watched is read again.
const WATCH_READS: u32 = 3;

pub(crate) async fn typing(app: &App, caller: &Caller, input: SetTyping) -> Result<Empty, Error> {
    let user = caller.user()?;
    let mut conn = app.db.read().await?;
    let standing = require(&mut conn, input.conversation_id, user).await?;
    // Who is blocked is told nothing of it: their sign just comes to nobody.
    require_may_write(standing.role, standing.kind, false)?;
    // Among many, somebody always writes.
    if standing.member_count > Limits::MARKS_LIVE_MEMBERS {
        return Ok(DONE);
    }
    let who = store::user::find(&mut conn, user)
        .await?
        .ok_or_else(|| Error::not_found("user"))?;
    let hidden_from = store::block::among_members(&mut conn, input.conversation_id, user).await?;
    drop(conn);
    let typing = Typing {
        user_id: user,
        username: who.username,
        is_typing: input.is_typing,
    };
    let envelope = Envelope::passing(Some(input.conversation_id), Event::Typing(typing));
    let to = match hidden_from.is_empty() {
        true => Audience::Members(input.conversation_id),
        false => Audience::MembersBut(input.conversation_id, hidden_from.into()),
    };
    app.tell(to, envelope).await;
    Ok(DONE)
}

pub(crate) async fn ping(app: &App, _: &Caller, _: Ping) -> Result<Pong, Error> {
    Ok(Pong {
        server_time: app.now(),
    })
}

pub(crate) async fn set(app: &App, caller: &Caller, input: SetPresence) -> Result<Empty, Error> {
    let socket = socket(caller)?;
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
    let mut items = Vec::new();
    for _ in 0..WATCH_READS {
        let before = items;
        let mut conn = app.db.read().await?;
        items = seen(app, &mut conn, socket.user_id(), &input.user_ids).await?;
        drop(conn);
        app.hub.watch(&socket, &items);
        if items == before {
            break;
        }
    }
    Ok(Watched { items })
}

/// Those of some people with whom somebody shares a conversation, as far as they let themselves be seen.
pub(crate) async fn seen(
    app: &App,
    conn: &mut Conn,
    viewer: UserId,
    users: &[UserId],
) -> Result<Vec<Presence>, Error> {
    let pairs: Vec<_> = users.iter().map(|id| (*id, viewer)).collect();
    let sights = store::presence::sights(conn, &pairs).await?;
    let (states, is_dark) = states(app, sights.iter().map(|sight| sight.user_id)).await;
    let seen = sights.iter().map(|sight| {
        let state = states.get(&sight.user_id).copied();
        sight.of(state.unwrap_or(PresenceState::Unknown), is_dark)
    });
    Ok(seen.collect())
}

/// Whether people are here, on whatever process; and whether that cannot be said just now.
async fn states(
    app: &App,
    users: impl Iterator<Item = UserId>,
) -> (HashMap<UserId, PresenceState>, bool) {
    match &app.elsewhere {
        Some(elsewhere) => elsewhere.states(users.collect()).await,
        None => (
            users.map(|user| (user, app.hub.presence(user))).collect(),
            false,
        ),
    }
}

impl Sight {
    /// What the viewer sees of somebody who is really so. In the dark, whoever hides looks like all who may be elsewhere.
    pub(crate) fn of(&self, state: PresenceState, is_dark: bool) -> Presence {
        let may = |visibility| match visibility {
            _ if self.user_id == self.viewer_id => true,
            _ if self.is_blocked => false,
            Visibility::Everyone => true,
            Visibility::Contacts => self.is_contact,
            Visibility::Nobody | Visibility::Unknown => false,
        };
        Presence {
            user_id: self.user_id,
            state: match may(self.settings.presence) {
                true => state,
                false if is_dark => PresenceState::Unknown,
                false => PresenceState::Offline,
            },
            last_seen_at: self.last_seen_at.filter(|_| may(self.settings.last_seen)),
        }
    }
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
    if before == after {
        return;
    }
    match &app.elsewhere {
        Some(elsewhere) => elsewhere.changed(user),
        None => show_anew(app, user).await,
    }
}

/// Tells those who watch somebody what they see of them now, where that is something else than before.
pub(crate) async fn show_anew(app: &App, user: UserId) {
    let event = Event::Presence(Presence {
        user_id: user,
        state: app.hub.presence(user),
        // Read where it is told, together with who may see it.
        last_seen_at: None,
    });
    app.tell(Audience::Watchers(user), Envelope::passing(None, event))
        .await;
}

/// The last device went. Whoever comes back at once was never away.
pub(crate) async fn went(app: &App, user: UserId) {
    let grace = Duration::from_millis(u64::from(app.config.presence_grace_ms));
    // Nobody comes back to a server that stops, and most to another.
    let _ = tokio::time::timeout(grace, app.draining.cancelled()).await;
    if let (true, Some(elsewhere)) = (app.is_draining(), &app.elsewhere)
        && elsewhere.leaves_to_others()
    {
        return;
    }
    if let Some(elsewhere) = &app.elsewhere {
        // Of two processes that they leave at the same moment, one is to know that nobody is left.
        elsewhere.say_gone(user).await;
    }
    let (states, _) = states(app, [user].into_iter()).await;
    let seen = app.now();
    // Where nobody can say whether they are elsewhere, this is the last that is known of them.
    let is_gone = app.hub.presence(user) == PresenceState::Offline
        && states
            .values()
            .all(|state| matches!(state, PresenceState::Offline | PresenceState::Unknown));
    if is_gone {
        let kept = app
            .writer
            .run_in(Scope::User(user), move |tx| {
                Box::pin(async move { Ok(store::user::set_last_seen(tx, user, seen).await?) })
            })
            .await;
        if let Err(error) = kept {
            tracing::warn!(%error, "when somebody was last seen could not be kept");
        }
    }
    match &app.elsewhere {
        Some(elsewhere) => elsewhere.changed(user),
        None => show_anew(app, user).await,
    }
}
