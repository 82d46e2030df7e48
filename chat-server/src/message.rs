//! The rules of messages: who says, changes, deletes and reads what.

mod expire;
mod forward;
mod history;
mod pin;
mod prepare;
mod reaction;
mod receipt;
mod recent;
mod repeat;
mod revision;
mod system;

pub(crate) use expire::{bury_unread, keep_expiring};
pub(crate) use forward::forward;
pub(crate) use history::history;
pub(crate) use pin::{list as list_pins, pin, unpin};
pub(crate) use reaction::{add as add_reaction, list as list_reactions, remove as remove_reaction};
pub(crate) use receipt::list as list_receipts;
pub(crate) use recent::Recent;
pub(crate) use revision::list as list_revisions;
pub(crate) use system::Note;

use crate::{
    App, Draft, Error,
    audit::Deed,
    auth::Caller,
    conversation::{log, require_may_write, tell_my},
    store::{self, Conn, conversation::Standing},
    writer::{SendJob, Tx},
};
use chat_core::{
    ClientId, Code, ConversationId, DeleteMessage, EditMessage, Event, Extras, Message,
    MessageDeleted, MessageEdited, MessageId, MessageKind, Right, SendMessage, Sent, ShowMessage,
    Timestamp, UserId,
};
use prepare::{mentioned, named_beside, prepare};
use repeat::Repeat;
use sha2::{Digest, Sha256};

pub(crate) async fn send(app: &App, caller: &Caller, input: SendMessage) -> Result<Sent, Error> {
    send_at(app, caller, input, app.now()).await
}

/// Says something at a given moment. The writer looks who may, once for all that is sent at the same time.
pub(crate) async fn send_at(
    app: &App,
    caller: &Caller,
    mut input: SendMessage,
    created_at: Timestamp,
) -> Result<Sent, Error> {
    let sender_id = caller.user()?;
    // Of what was sent, before anybody changes it: a retry is the same whatever a hook makes of it.
    let content_hash = hash(&input);
    let mut draft = Draft {
        sender_id,
        conversation_id: input.conversation_id,
        content: input.content.take(),
    };
    let refused = |refusal: crate::Refusal| Error::rule(Code::Refused, refusal.0);
    app.hooks.before_send(&mut draft).await.map_err(refused)?;
    let content = draft.content.map(String::from).unwrap_or_default();
    let extras = match is_plain(&input, &content) {
        true => None,
        false => prepare(app, sender_id, &input, &content).await?,
    };
    let kind = input.kind.map_or(MessageKind::Text, MessageKind::from);
    let place = (input.conversation_id, input.client_id);
    store_new(
        app,
        caller,
        place,
        (kind, content, extras),
        content_hash,
        created_at,
    )
    .await
}

/// What goes into the log: what it is, its text, and what else belongs to it.
type Said = (MessageKind, String, Option<Extras>);

/// Hands a message to the writer.
async fn store_new(
    app: &App,
    caller: &Caller,
    (conversation_id, client_id): (ConversationId, Option<ClientId>),
    (kind, content, extras): Said,
    content_hash: i64,
    created_at: Timestamp,
) -> Result<Sent, Error> {
    let (id, sender_id) = (app.random.id(created_at), caller.user()?);
    let limiter = caller.address.map(|_| app.limiter.clone());
    app.writer
        .send(|reply| SendJob {
            id: MessageId::new(id),
            conversation_id,
            sender_id,
            limiter,
            client_id: client_id.unwrap_or_else(|| ClientId::from(id)),
            kind,
            content,
            extras: extras.map(Box::new),
            retention_s: app.config.retention_s,
            content_hash,
            created_at,
            reply,
            result: None,
        })
        .await
}

/// A text and nothing else, as most messages are: nothing has to be looked up for it.
fn is_plain(input: &SendMessage, content: &str) -> bool {
    input.metadata.is_none()
        && input.reply_to.is_none()
        && input.attachment_ids.is_none()
        && input.mentions.is_none()
        && !content.contains('@')
}

/// Tells a retry from another message; 64 bits are plenty for that, and too few to find a text by.
fn hash(input: &SendMessage) -> i64 {
    let content = input
        .content
        .as_ref()
        .map_or("", |content| content.as_str());
    let mut digest = Sha256::new_with_prefix(content.as_bytes());
    if !is_plain(input, "") || input.kind.is_some() {
        let rest = (
            input.kind,
            &input.metadata,
            input.reply_to,
            &input.attachment_ids,
            &input.mentions,
        );
        // What is not of the text stands behind a byte that no text contains.
        digest.update([0]);
        digest.update(
            serde_json::to_vec(&rest).expect("a request has string keys and no foreign types"),
        );
    }
    let digest = digest.finalize();
    i64::from_be_bytes(std::array::from_fn(|place| digest[place]))
}

/// A message in a conversation of the user's, or 404: like one that does not exist.
pub(crate) async fn visible(
    conn: &mut Conn,
    id: MessageId,
    user: UserId,
) -> Result<(Message, Standing), Error> {
    let found = match store::message::find(conn, id).await {
        Err(error) if store::message::is_damage(&error) => None,
        found => Some(found?.ok_or_else(|| Error::not_found("message"))?),
    };
    let place = match &found {
        Some(message) => Some(message.conversation_id),
        None => store::message::place_of(conn, id).await?,
    };
    let place = place.ok_or_else(|| Error::not_found("message"))?;
    let standing = store::conversation::standing(conn, place, user).await?;
    let standing = standing.ok_or_else(|| Error::not_found("message"))?;
    match found {
        Some(message) => Ok((message, standing)),
        // Asking again would change nothing.
        None => Err(Error::rule(
            Code::Conflict,
            "what is stored of the message is damaged; who looks after the server can delete it",
        )),
    }
}

pub(crate) async fn show(app: &App, caller: &Caller, input: ShowMessage) -> Result<Message, Error> {
    let mut conn = app.db.snapshot().await?;
    Ok(visible(&mut conn, input.message_id, caller.user()?)
        .await?
        .0)
}

pub(crate) async fn edit(app: &App, caller: &Caller, input: EditMessage) -> Result<Message, Error> {
    let user = caller.user()?;
    let (id, now) = (input.message_id, app.now());
    let change = repeat::Change::Edit(input.content.as_str(), &input.mentions);
    let repeat = Repeat::of(user, id, input.client_id.as_ref(), &change);
    // Looked at before anybody is asked, and again in the transaction.
    let mut conn = app.db.snapshot().await?;
    if repeat.is_done(&mut conn).await? {
        return Ok(visible(&mut conn, id, user).await?.0);
    }
    let (message, _) = editable(&mut conn, id, user).await?;
    drop(conn);
    let mut draft = Draft {
        sender_id: user,
        conversation_id: message.conversation_id,
        content: Some(input.content),
    };
    let refused = |refusal: crate::Refusal| Error::rule(Code::Refused, refusal.0);
    app.hooks.before_edit(&mut draft).await.map_err(refused)?;
    let content = draft.content.map(String::from).ok_or_else(|| {
        Error::rule(
            Code::Refused,
            "nothing is left of the text; delete the message instead",
        )
    })?;
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                if repeat.is_done(tx).await? {
                    return Ok(visible(tx, id, user).await?.0);
                }
                let (message, standing) = editable(tx, id, user).await?;
                let text = (content, input.mentions);
                let message = rewrite(tx, (message, standing), text, user, now).await?;
                repeat.note(tx, now).await?;
                Ok(message)
            })
        })
        .await
}

/// Gives a message another text, and tells the members. One that says the same stays as it is.
async fn rewrite(
    tx: &mut Tx,
    (mut message, standing): (Message, Standing),
    (content, mentions): (String, Option<Vec<UserId>>),
    user: UserId,
    now: Timestamp,
) -> Result<Message, Error> {
    let (place, is_same) = (message.conversation_id, message.content == content);
    if is_same && mentions.is_none() {
        return Ok(message);
    }
    let named = match mentions {
        Some(ids) => ids,
        None => named_beside(tx, &message).await?,
    };
    let (mentions, _) = mentioned(tx, place, &standing, &content, &named).await?;
    if is_same && message.extras.mentions == mentions {
        return Ok(message);
    }
    let edited = MessageEdited {
        id: message.id,
        content,
        edited_at: now,
        mentions,
    };
    store::message::set_content(tx, &message, &edited).await?;
    let named = std::mem::take(&mut message.extras.mentions);
    message.edit(&edited);
    let unsettled = rename_named(tx, &message, &named).await?;
    log(tx, place, user, now, Event::MessageEdited(edited)).await?;
    tell_named(tx, place, unsettled, now).await?;
    Ok(message)
}

/// A message of the user's that they may give another text.
async fn editable(
    conn: &mut Conn,
    id: MessageId,
    user: UserId,
) -> Result<(Message, Standing), Error> {
    let (message, standing) = visible(conn, id, user).await?;
    if message.sender.id != user || message.kind == MessageKind::System {
        return Err(Error::forbidden("only who said it may change it"));
    }
    // Who may say nothing new here does not say it in an old message either.
    require_may_write(standing.role, standing.kind, standing.is_blocked)?;
    if message.deleted_at.is_some() {
        return Err(Error::rule(Code::Conflict, "the message is deleted"));
    }
    Ok((message, standing))
}

pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    input: DeleteMessage,
) -> Result<Message, Error> {
    let (user, deed) = (caller.user()?, Deed::of(app, caller));
    let id = input.message_id;
    let change = repeat::Change::Delete;
    let repeat = Repeat::of(user, id, input.client_id.as_ref(), &change);
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let (message, standing) = visible(tx, id, user).await?;
                if repeat.is_done(tx).await? {
                    return Ok(message);
                }
                let is_own = message.sender.id == user && message.kind != MessageKind::System;
                if !is_own && !standing.role.may(Right::DeleteOthers, standing.kind) {
                    return Err(Error::forbidden(
                        "only who said it or an admin of the conversation may delete it",
                    ));
                }
                if !is_own && message.deleted_at.is_none() {
                    let target = Some(message.id.uuid());
                    deed.record(tx, "message.delete", target, None).await?;
                }
                repeat.note(tx, deed.at).await?;
                bury(tx, message, Some(user), deed.at).await
            })
        })
        .await
}

/// Leaves a tombstone, and tells the members. A tombstone stays as it is.
pub(crate) async fn bury(
    tx: &mut Tx,
    mut message: Message,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<Message, Error> {
    if message.deleted_at.is_some() {
        return Ok(message);
    }
    let named = std::mem::take(&mut message.extras.mentions);
    message.delete(now, by);
    store::message::bury(tx, &message, now).await?;
    let unsettled = rename_named(tx, &message, &named).await?;
    let deleted = MessageDeleted {
        id: message.id,
        deleted_at: now,
        deleted_by: by,
    };
    let (place, actor) = (message.conversation_id, by.unwrap_or(message.sender.id));
    log(tx, place, actor, now, Event::MessageDeleted(deleted)).await?;
    tell_named(tx, place, unsettled, now).await?;
    Ok(message)
}

/// Notes whom a message names now that it has changed. Returns those for whom that makes a difference to what is unread:
/// their devices may not know the message.
async fn rename_named(
    tx: &mut Tx,
    message: &Message,
    before: &[UserId],
) -> Result<Vec<UserId>, Error> {
    let after = &message.extras.mentions;
    let gone = before.iter().filter(|id| !after.contains(id));
    let new = after.iter().filter(|id| !before.contains(id));
    let changes = gone.map(|id| (*id, false)).chain(new.map(|id| (*id, true)));
    let mut unsettled = Vec::new();
    for (user, is_named) in changes {
        let place = (message.conversation_id, message.seq, message.sender.id);
        if store::message::set_mention(tx, place, user, is_named).await? {
            unsettled.push(user);
        }
    }
    Ok(unsettled)
}

/// Tells people how many messages of a conversation name them by now.
async fn tell_named(
    tx: &mut Tx,
    place: ConversationId,
    users: Vec<UserId>,
    now: Timestamp,
) -> Result<(), Error> {
    for user in users {
        match tell_my(tx, place, user, now).await {
            // One member's broken row must not keep a text from being changed or deleted.
            Err(Error::Store(error)) if store::message::is_damage(&error) => {
                tracing::error!(conversation = %place, %user, %error, "what is a member's own cannot be read");
            }
            told => drop(told?),
        }
    }
    Ok(())
}
