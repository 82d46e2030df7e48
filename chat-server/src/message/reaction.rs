//! The rules of reactions: every member gives and takes back their own.

use super::{
    repeat::{Change, Repeat},
    visible,
};
use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    conversation::log,
    cursor,
    store::{self, Scope, conversation::Standing},
    writer::Tx,
};
use chat_core::{
    AddReaction, Code, Empty, Event, Limits, ListReactions, Message, MessageId, MessageKind,
    ReactionChange, RemoveReaction, Right, Timestamp, UserId, UserPage,
};

pub(crate) async fn add(app: &App, caller: &Caller, input: AddReaction) -> Result<Empty, Error> {
    let user = caller.user()?;
    let now = app.now();
    let change = Change::React(&input.emoji);
    let repeat = Repeat::of(user, input.message_id, input.client_id.as_ref(), &change);
    app.writer
        .run_in(Scope::Message(input.message_id), move |tx| {
            Box::pin(async move {
                if repeat.is_done(tx).await? {
                    return Ok(DONE);
                }
                let (message, standing) = reactable(tx, input.message_id, user).await?;
                if standing.is_blocked {
                    return Err(Error::forbidden("you cannot write to this person"));
                }
                give(tx, &message, input.emoji.as_str(), user, now).await?;
                repeat.note(tx, now).await?;
                Ok(DONE)
            })
        })
        .await
}

/// Puts an emoji under a message, unless it is there.
async fn give(
    tx: &mut Tx,
    message: &Message,
    emoji: &str,
    user: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    if !store::reaction::insert(tx, message.id, emoji, user, now).await? {
        return Ok(());
    }
    // Counted with it: a refusal takes it back.
    let (all, own) = store::reaction::count(tx, message.id, user).await?;
    if own > Limits::REACTIONS_OF_ONE || all > Limits::REACTIONS {
        return Err(Error::rule(
            Code::Conflict,
            "the message has as many reactions as it can hold; take one back first",
        ));
    }
    tell(tx, message, emoji, user, now, Event::ReactionAdded).await
}

pub(crate) async fn remove(
    app: &App,
    caller: &Caller,
    input: RemoveReaction,
) -> Result<Empty, Error> {
    let user = caller.user()?;
    let now = app.now();
    let change = Change::Unreact(&input.emoji);
    let repeat = Repeat::of(user, input.message_id, input.client_id.as_ref(), &change);
    app.writer
        .run_in(Scope::Message(input.message_id), move |tx| {
            Box::pin(async move {
                if repeat.is_done(tx).await? {
                    return Ok(DONE);
                }
                let (message, _) = reactable(tx, input.message_id, user).await?;
                let emoji = input.emoji.as_str();
                if store::reaction::delete(tx, message.id, emoji, user).await? {
                    tell(tx, &message, emoji, user, now, Event::ReactionRemoved).await?;
                }
                repeat.note(tx, now).await?;
                Ok(DONE)
            })
        })
        .await
}

/// A message of the user's under which emoji may be put.
async fn reactable(tx: &mut Tx, id: MessageId, user: UserId) -> Result<(Message, Standing), Error> {
    let (message, standing) = visible(tx, id, user).await?;
    if !standing.role.may(Right::React, standing.kind) {
        return Err(Error::forbidden("only members with that right react here"));
    }
    if message.deleted_at.is_some() || message.kind == MessageKind::System {
        return Err(Error::rule(
            Code::Conflict,
            "nobody can react to a deleted message or a note of the system",
        ));
    }
    Ok((message, standing))
}

async fn tell(
    tx: &mut Tx,
    message: &Message,
    emoji: &str,
    user: UserId,
    now: Timestamp,
    event: fn(ReactionChange) -> Event,
) -> Result<(), Error> {
    let change = ReactionChange {
        message_id: message.id,
        emoji: emoji.to_owned(),
        user_id: user,
        reaction: store::reaction::find(tx, message.id, emoji).await?,
    };
    log(tx, message.conversation_id, user, now, event(change))
        .await
        .map(drop)
}

pub(crate) async fn list(
    app: &App,
    caller: &Caller,
    input: ListReactions,
) -> Result<UserPage, Error> {
    let limit = input.limit();
    let after: Option<(i64, UserId)> = cursor::read(input.cursor.as_deref())?;
    let after = after.map(|(ms, user)| (Timestamp::from_ms(ms), user));
    let mut conn = app.db.snapshot().await?;
    let (message, _) = visible(&mut conn, input.message_id, caller.user()?).await?;
    let emoji = input.emoji.as_str();
    let page = match message.deleted_at {
        Some(_) => Vec::new(),
        None => store::reaction::page(&mut conn, message.id, emoji, after, limit + 1).await?,
    };
    let (page, next_cursor) = cursor::page(page, limit, |(at, user)| (at.ms(), user.id));
    Ok(UserPage {
        items: page.into_iter().map(|(_, user)| user).collect(),
        next_cursor,
    })
}
