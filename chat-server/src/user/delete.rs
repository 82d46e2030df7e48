//! Deleting an account. In one transaction it becomes a tombstone that nobody can sign in to; then it leaves its groups
//! and channels, and what it said is deleted where that was wanted, a part at a time. What a stop of the server cuts
//! short is gone on with at the next start.

use super::tell_changed;
use crate::{
    App, Error,
    app::DONE,
    audit::Deed,
    auth::Caller,
    conversation::{delete_for_all, log, note},
    member,
    message::{self, Note},
    session::{self, Reach, password},
    store::{
        self, Duty,
        user::{Credentials, SentPlace},
    },
    writer::Tx,
};
use chat_core::{
    Close, Code, ConversationId, DeleteMe, Empty, Event, MemberChange, MemberRole, SessionId,
    SystemAction, Timestamp, UserId, UserRole,
};
use std::sync::Weak;
use tokio::time::{Duration, timeout};

/// Conversations left in one transaction.
const LEFT_AT_ONCE: u32 = 20;
/// Messages deleted in one transaction.
const BURIED_AT_ONCE: u32 = 50;
/// What could not be cleared away is tried again after this time.
const TRY_AGAIN: Duration = Duration::from_secs(60);

pub(crate) async fn delete_me(app: &App, caller: &Caller, input: DeleteMe) -> Result<Empty, Error> {
    let given = input.password.as_ref();
    let account = password::require(app, caller, "password", given).await?;
    let deed = Deed::of(app, caller);
    let delete_messages = input.delete_messages.unwrap_or(false);
    let (user, action) = (account.id, "user.me.delete");
    erase(app, deed, action, user, Some(account), delete_messages).await?;
    Ok(DONE)
}

/// Deletes an account, whoever wants it: an admin, or whoever proved its password. What it said is deleted afterwards.
pub(crate) async fn erase(
    app: &App,
    deed: Deed,
    action: &'static str,
    user: UserId,
    proved: Option<Credentials>,
    delete_messages: bool,
) -> Result<(), Error> {
    let ended = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                if let Some(proved) = &proved {
                    password::still_proved(tx, proved).await?;
                }
                deed.record(tx, action, Some(user.uuid()), None).await?;
                entomb(tx, user, delete_messages, deed.at).await
            })
        })
        .await?;
    let close = Close::SessionEnded;
    session::cut_off(app, user, &ended, Reach::Everything, close);
    leave_all(app, user).await?;
    app.deletions.notify_one();
    Ok(())
}

/// Leaves a tombstone in the place of an account.
async fn entomb(
    tx: &mut Tx,
    user: UserId,
    delete_messages: bool,
    now: Timestamp,
) -> Result<Vec<SessionId>, Error> {
    let known = store::account::find(tx, user).await?;
    let known = known.filter(|known| known.deleted_at.is_none());
    let known = known.ok_or_else(|| Error::not_found("user"))?;
    if known.me.role == UserRole::Admin
        && known.disabled_at.is_none()
        && store::account::count_admins(tx).await? <= 1
    {
        return Err(Error::rule(
            Code::Conflict,
            "the last admin stays; make somebody else an admin first",
        ));
    }
    let username = tombstone_name(tx, user).await?;
    let ended = store::session::end(tx, user, None, now).await?;
    store::user::erase(tx, user, &username, now).await?;
    store::user::begin_deletion(tx, user, delete_messages).await?;
    // From now on it is found by the name of a tombstone, by those who look after the server.
    tell_changed(tx, user).await?;
    Ok(ended)
}

/// The end of an id, which is random. A living user may have taken the name for fun; the whole id is too long for one.
async fn tombstone_name(tx: &mut Tx, user: UserId) -> Result<String, Error> {
    let id = user.uuid().simple().to_string();
    let short = format!("deleted-{}", &id[20..]);
    match store::user::has_username(tx, &short).await? {
        false => Ok(short),
        true => Ok(format!("deleted-{id}")),
    }
}

/// Leaves every group and channel.
async fn leave_all(app: &App, user: UserId) -> Result<(), Error> {
    loop {
        let mut conn = app.db.read().await?;
        let ids = store::user::joined(&mut conn, user, LEFT_AT_ONCE).await?;
        drop(conn);
        if ids.is_empty() {
            return Ok(());
        }
        // One note for who comes next as owner, one for who goes.
        let partings: Vec<_> = ids
            .into_iter()
            .map(|id| (id, note(app, user), note(app, user)))
            .collect();
        app.writer
            .run(move |tx| {
                Box::pin(async move {
                    for (id, follows, leaves) in partings {
                        leave(tx, id, follows, leaves).await?;
                    }
                    Ok(())
                })
            })
            .await?;
    }
}

/// Leaves one conversation. Where nobody is left, it is gone; where no owner is left, somebody becomes one first.
async fn leave(tx: &mut Tx, id: ConversationId, follows: Note, leaves: Note) -> Result<(), Error> {
    let user = leaves.by;
    let Some(standing) = store::conversation::standing(tx, id, user).await? else {
        return Ok(());
    };
    if standing.member_count <= 1 {
        return delete_for_all(tx, id, leaves.at).await;
    }
    let is_owner = standing.role == MemberRole::Owner;
    if is_owner && !store::member::has_other_owner(tx, id, user).await? {
        hand_over(tx, id, follows).await?;
    }
    let member = member::stored(tx, id, user).await?;
    member::take_out(tx, id, user, member, leaves.at).await?;
    leaves.say(tx, id, SystemAction::Left, &[], None).await
}

async fn hand_over(tx: &mut Tx, id: ConversationId, note: Note) -> Result<(), Error> {
    let Some(heir) = store::user::heir(tx, id, note.by).await? else {
        return Ok(());
    };
    if member::stored(tx, id, heir).await?.role == MemberRole::Owner {
        // All who stay are switched off, and an owner is among them.
        return Ok(());
    }
    store::member::set_role(tx, id, heir, MemberRole::Owner).await?;
    let standing = store::conversation::standing(tx, id, heir).await?;
    let change = MemberChange {
        member: member::stored(tx, id, heir).await?,
        member_count: standing.map_or(0, |standing| standing.member_count),
        by: note.by,
        moved_up: None,
    };
    log(tx, id, note.by, note.at, Event::MemberChanged(change)).await?;
    let role = store::member::role_word(MemberRole::Owner)?.to_owned();
    note.say(tx, id, SystemAction::RoleChanged, &[heir], Some(role))
        .await
}

/// Clears away what deleted accounts have left behind, until the server is gone.
pub(crate) async fn keep_clearing(app: Weak<App>) {
    loop {
        let Some(strong) = app.upgrade() else { return };
        if let Err(error) = clear(&strong).await {
            tracing::warn!(%error, "what deleted accounts left behind is cleared away later");
        }
        let woken = strong.deletions.clone();
        drop(strong);
        // Whether somebody was deleted or the time is up: there may be something to do.
        let _ = timeout(TRY_AGAIN, woken.notified()).await;
    }
}

/// One account after the other. What goes wrong with one is tried again later, and holds up no other.
async fn clear(app: &App) -> Result<(), Error> {
    let (mut after, mut on_duty) = (None, None);
    loop {
        let mut conn = app.db.read().await?;
        let left = store::user::deletions(&mut conn, after).await?;
        drop(conn);
        if left.is_empty() {
            return Ok(());
        }
        on_duty = match on_duty {
            Some(on_duty) => Some(on_duty),
            None => app.db.on_duty(Duty::Clear).await?,
        };
        if on_duty.is_none() {
            // Another process is at it.
            return Ok(());
        }
        for (user, delete_messages) in left {
            after = Some(user);
            if let Err(error) = clear_one(app, user, delete_messages).await {
                tracing::warn!(%user, %error, "what a deleted account left behind is cleared away later");
            }
            if app.is_draining() {
                // The rest is for the next start.
                return Ok(());
            }
        }
    }
}

async fn clear_one(app: &App, user: UserId, delete_messages: bool) -> Result<(), Error> {
    leave_all(app, user).await?;
    if delete_messages {
        bury_all(app, user).await?;
    }
    forget_answers(app, user).await?;
    app.writer
        .run(move |tx| Box::pin(async move { Ok(store::user::end_deletion(tx, user).await?) }))
        .await
}

/// Forgets the answers kept for calls that happen once where they show somebody as they were. None of these calls happens
/// twice by that: whoever repeats one learns that there is no such user, or finds it done.
async fn forget_answers(app: &App, user: UserId) -> Result<(), Error> {
    let mut conn = app.db.read().await?;
    let showing = store::once::showing(&mut conn, user).await?;
    drop(conn);
    for (whose, key) in showing {
        app.writer
            .run(move |tx| Box::pin(async move { Ok(store::once::delete(tx, whose, &key).await?) }))
            .await?;
    }
    Ok(())
}

/// Deletes everything that somebody said, for everyone.
async fn bury_all(app: &App, user: UserId) -> Result<(), Error> {
    let mut place: Option<SentPlace> = None;
    loop {
        let (from, now) = (place, app.now());
        if app.is_draining() {
            // The rest is for the next start.
            return Err(Error::Unavailable {
                reason: "the server is stopping",
                retry_after_ms: 1_000,
            });
        }
        place = app
            .writer
            .run(move |tx| {
                Box::pin(async move {
                    let sent = store::user::sent_after(tx, user, from, BURIED_AT_ONCE).await?;
                    for (_, id) in &sent {
                        match store::message::find(tx, *id).await {
                            Ok(Some(message)) => {
                                message::bury(tx, message, Some(user), now).await?;
                            }
                            Ok(None) => {}
                            Err(error) if store::message::is_damage(&error) => {
                                message::bury_unread(tx, *id, Some(user), now).await?;
                            }
                            Err(error) => return Err(error.into()),
                        }
                    }
                    Ok(sent.last().map(|(place, _)| *place))
                })
            })
            .await?;
        if place.is_none() {
            return Ok(());
        }
    }
}
