//! The rules of pins: who keeps which messages at hand for everyone.

use super::visible;
use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    conversation::{log, require, require_right},
    store,
};
use chat_core::{
    Code, Empty, Event, Limits, ListPins, MessageId, PinChange, PinMessage, PinPage, Right,
    UnpinMessage,
};

pub(crate) async fn pin(app: &App, caller: &Caller, input: PinMessage) -> Result<Empty, Error> {
    set(app, caller, input.message_id, true).await
}

pub(crate) async fn unpin(app: &App, caller: &Caller, input: UnpinMessage) -> Result<Empty, Error> {
    set(app, caller, input.message_id, false).await
}

async fn set(app: &App, caller: &Caller, id: MessageId, pinned: bool) -> Result<Empty, Error> {
    let user = caller.user()?;
    let now = app.now();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let (message, _) = visible(tx, id, user).await?;
                let place = message.conversation_id;
                require_right(tx, place, user, Right::Pin).await?;
                if message.pinned_at.is_some() == pinned {
                    return Ok(DONE);
                }
                if pinned && message.deleted_at.is_some() {
                    return Err(Error::rule(Code::Conflict, "the message is deleted"));
                }
                if pinned
                    && store::message::count_pinned(tx, place).await? >= i64::from(Limits::PINS)
                {
                    return Err(Error::rule(
                        Code::Conflict,
                        format!("{} messages are pinned; unpin one first", Limits::PINS),
                    ));
                }
                let change = PinChange {
                    message_id: id,
                    by: user,
                    pinned_at: pinned.then_some(now),
                };
                store::message::set_pinned(tx, id, change.pinned_at).await?;
                let event = match pinned {
                    true => Event::MessagePinned(change),
                    false => Event::MessageUnpinned(change),
                };
                log(tx, place, user, now, event).await?;
                Ok(DONE)
            })
        })
        .await
}

pub(crate) async fn list(app: &App, caller: &Caller, input: ListPins) -> Result<PinPage, Error> {
    let mut conn = app.db.snapshot().await?;
    require(&mut conn, input.conversation_id, caller.user()?).await?;
    Ok(PinPage {
        items: store::message::pinned(&mut conn, input.conversation_id).await?,
        next_cursor: None,
    })
}
