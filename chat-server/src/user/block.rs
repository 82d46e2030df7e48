//! Blocks: whom one does not want to hear from. They are not told; a direct conversation just takes nothing from them.

use super::contact::{require_existing, require_room};
use crate::{
    App, Error, app::DONE, auth::Caller, conversation::tell_own, cursor, presence, store,
    writer::Tx,
};
use chat_core::{
    BlockChange, BlockUser, Empty, Event, ListBlocks, Timestamp, UnblockUser, User, UserId,
    UserPage,
};

pub(crate) async fn add(app: &App, caller: &Caller, input: BlockUser) -> Result<Empty, Error> {
    let (user, whom) = (caller.user()?, input.user_id);
    if whom == user {
        return Err(Error::invalid("user_id", "must be somebody else"));
    }
    let now = app.now();
    let is_new = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                require_existing(tx, user).await?;
                require_existing(tx, whom).await?;
                if store::block::is_blocked(tx, user, whom).await? {
                    return Ok(false);
                }
                require_room(store::block::count(tx, user).await?)?;
                store::block::insert(tx, user, whom, now).await?;
                tell(tx, user, whom, true, now).await?;
                Ok(true)
            })
        })
        .await?;
    if is_new {
        show_both_anew(app, user, whom).await;
    }
    Ok(DONE)
}

pub(crate) async fn remove(app: &App, caller: &Caller, input: UnblockUser) -> Result<Empty, Error> {
    let (user, whom) = (caller.user()?, input.user_id);
    let now = app.now();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                if !store::block::delete(tx, user, whom).await? {
                    return Err(Error::not_found("block"));
                }
                tell(tx, user, whom, false, now).await
            })
        })
        .await?;
    show_both_anew(app, user, whom).await;
    Ok(DONE)
}

/// Makes it so in the direct conversation of the two, if there is one, and tells one's own devices.
async fn tell(
    tx: &mut Tx,
    user: UserId,
    whom: UserId,
    blocked: bool,
    now: Timestamp,
) -> Result<(), Error> {
    let pair = store::conversation::pair(user, whom);
    if let Some(direct) = store::conversation::by_pair(tx, &pair).await? {
        store::member::set_blocked(tx, direct, whom, blocked).await?;
    }
    let change = BlockChange {
        user_id: whom,
        blocked,
    };
    tell_own(tx, user, now, Event::BlockChanged(change)).await
}

/// Neither sees the other across a block.
async fn show_both_anew(app: &App, one: UserId, other: UserId) {
    presence::show_anew(app, one).await;
    presence::show_anew(app, other).await;
}

pub(crate) async fn list(app: &App, caller: &Caller, input: ListBlocks) -> Result<UserPage, Error> {
    let limit = input.limit();
    let after: Option<(String, UserId)> = cursor::read(input.cursor.as_deref())?;
    let mut conn = app.db.read().await?;
    let page = store::block::page(&mut conn, caller.user()?, after, limit + 1).await?;
    let (items, next_cursor) =
        cursor::page(page, limit, |user: &User| (user.username.clone(), user.id));
    Ok(UserPage { items, next_cursor })
}
