//! The rules of bans: who keeps whom out of a group or channel.

use super::{remove_by, stored};
use crate::{
    App, Error,
    app::DONE,
    audit::{self, Deed},
    auth::Caller,
    conversation::{note, require_right},
    cursor, store,
};
use chat_core::{AddBan, Ban, BanPage, Empty, ListBans, RemoveBan, Right, Timestamp, UserId};

pub(crate) async fn add(app: &App, caller: &Caller, input: AddBan) -> Result<Ban, Error> {
    let user = caller.user()?;
    let (note, deed) = (note(app, user), Deed::of(app, caller));
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let (id, whom) = (input.conversation_id, input.user_id);
                let standing = require_right(tx, id, user, Right::RemoveMembers).await?;
                if store::user::find(tx, whom).await?.is_none() {
                    return Err(Error::not_found("user"));
                }
                if whom == user {
                    return Err(Error::forbidden("leave the conversation instead"));
                }
                if store::member::find(tx, id, whom).await?.is_some() {
                    let member = stored(tx, id, whom).await?;
                    remove_by(tx, id, standing.role, member, note).await?;
                }
                let reason = input.reason.as_ref().map(|reason| reason.as_str());
                store::ban::insert(tx, id, whom, user, reason, note.at).await?;
                let detail = Some(format!("from {}", audit::place(tx, id).await?));
                deed.record(tx, "ban.add", Some(whom.uuid()), detail)
                    .await?;
                store::ban::find(tx, id, whom)
                    .await?
                    .ok_or_else(|| Error::not_found("ban"))
            })
        })
        .await
}

pub(crate) async fn remove(app: &App, caller: &Caller, input: RemoveBan) -> Result<Empty, Error> {
    let (user, deed) = (caller.user()?, Deed::of(app, caller));
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let (id, whom) = (input.conversation_id, input.user_id);
                require_right(tx, id, user, Right::RemoveMembers).await?;
                if !store::ban::delete(tx, id, whom).await? {
                    return Err(Error::not_found("ban"));
                }
                let detail = Some(format!("from {}", audit::place(tx, id).await?));
                deed.record(tx, "ban.remove", Some(whom.uuid()), detail)
                    .await?;
                Ok(DONE)
            })
        })
        .await
}

pub(crate) async fn list(app: &App, caller: &Caller, input: ListBans) -> Result<BanPage, Error> {
    let (id, limit) = (input.conversation_id, input.limit());
    let after: Option<(i64, UserId)> = cursor::read(input.cursor.as_deref())?;
    let after = after.map(|(ms, user)| (Timestamp::from_ms(ms), user));
    let mut conn = app.db.snapshot().await?;
    require_right(&mut conn, id, caller.user()?, Right::RemoveMembers).await?;
    let items = store::ban::page(&mut conn, id, after, limit + 1).await?;
    let (items, next_cursor) = cursor::page(items, limit, |ban| (ban.created_at.ms(), ban.user.id));
    Ok(BanPage { items, next_cursor })
}
