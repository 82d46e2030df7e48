//! The rules of messages: who says, changes, deletes and reads what.

use crate::{
    App, Draft, Error,
    auth::Caller,
    conversation::{log, require},
    store::{self, Conn},
    writer::SendJob,
};
use chat_core::{
    ClientId, Code, DeleteMessage, EditMessage, Event, History, MemberRole, Message,
    MessageDeleted, MessageEdited, MessageId, MessagePage, SendMessage, Sent, Seq, ShowMessage,
    Timestamp, UserId,
};
use sha2::{Digest, Sha256};

pub(crate) async fn send(app: &App, caller: &Caller, input: SendMessage) -> Result<Sent, Error> {
    send_at(app, caller.user()?, input, app.now()).await
}

/// Says something at a given moment. The writer looks who may, once for all that is sent at the same time.
pub(crate) async fn send_at(
    app: &App,
    sender_id: UserId,
    input: SendMessage,
    created_at: Timestamp,
) -> Result<Sent, Error> {
    // Of what was sent, before anybody changes it: a retry is the same whatever a hook makes of it.
    let content_hash = hash(input.content.as_str());
    let mut draft = Draft {
        sender_id,
        conversation_id: input.conversation_id,
        content: input.content,
    };
    let refused = |refusal: crate::Refusal| Error::rule(Code::Refused, refusal.0);
    app.hooks.before_send(&mut draft).await.map_err(refused)?;
    let id = app.random.id(created_at);
    app.writer
        .send(|reply| SendJob {
            id: MessageId::new(id),
            conversation_id: draft.conversation_id,
            sender_id,
            client_id: input.client_id.unwrap_or_else(|| ClientId::from(id)),
            content: draft.content.into(),
            content_hash,
            created_at,
            reply,
            result: None,
        })
        .await
}

/// Tells a retry from another message; 64 bits are plenty for that, and too few to find a text by.
fn hash(content: &str) -> i64 {
    let digest = Sha256::digest(content.as_bytes());
    i64::from_be_bytes(std::array::from_fn(|place| digest[place]))
}

/// A message in a conversation of the user's, or 404: like one that does not exist.
async fn visible(
    conn: &mut Conn,
    id: MessageId,
    user: UserId,
) -> Result<(Message, MemberRole), Error> {
    let message = store::message::find(conn, id)
        .await?
        .ok_or_else(|| Error::not_found("message"))?;
    let standing = store::conversation::standing(conn, message.conversation_id, user).await?;
    let standing = standing.ok_or_else(|| Error::not_found("message"))?;
    Ok((message, standing.role))
}

pub(crate) async fn show(app: &App, caller: &Caller, input: ShowMessage) -> Result<Message, Error> {
    let mut conn = app.db.snapshot().await?;
    Ok(visible(&mut conn, input.message_id, caller.user()?)
        .await?
        .0)
}

pub(crate) async fn edit(app: &App, caller: &Caller, input: EditMessage) -> Result<Message, Error> {
    let user = caller.user()?;
    let now = app.now();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let (mut message, _) = visible(tx, input.message_id, user).await?;
                if message.sender.id != user {
                    return Err(Error::forbidden("only who said it may change it"));
                }
                if message.deleted_at.is_some() {
                    return Err(Error::rule(Code::Conflict, "the message is deleted"));
                }
                if message.content == input.content.as_str() {
                    return Ok(message);
                }
                message.edit(input.content.as_str(), now);
                store::message::set_content(tx, message.id, &message.content, now).await?;
                let content = message.content.clone();
                let edited = MessageEdited {
                    id: message.id,
                    content,
                    edited_at: now,
                };
                log(
                    tx,
                    message.conversation_id,
                    user,
                    now,
                    Event::MessageEdited(edited),
                )
                .await?;
                Ok(message)
            })
        })
        .await
}

pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    input: DeleteMessage,
) -> Result<Message, Error> {
    let user = caller.user()?;
    let now = app.now();
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let (mut message, role) = visible(tx, input.message_id, user).await?;
                if message.sender.id != user && role < MemberRole::Admin {
                    return Err(Error::forbidden(
                        "only who said it or an admin of the conversation may delete it",
                    ));
                }
                if message.deleted_at.is_some() {
                    return Ok(message);
                }
                message.delete(now, user);
                store::message::bury(tx, message.id, now, user).await?;
                let deleted = MessageDeleted {
                    id: message.id,
                    deleted_at: now,
                    deleted_by: user,
                };
                log(
                    tx,
                    message.conversation_id,
                    user,
                    now,
                    Event::MessageDeleted(deleted),
                )
                .await?;
                Ok(message)
            })
        })
        .await
}

pub(crate) async fn history(
    app: &App,
    caller: &Caller,
    input: History,
) -> Result<MessagePage, Error> {
    let (id, limit) = (input.conversation_id, input.limit());
    let mut conn = app.db.snapshot().await?;
    require(&mut conn, id, caller.user()?).await?;
    match (input.before, input.after, input.around) {
        (before, None, None) => {
            let mut items =
                store::message::before(&mut conn, id, before.unwrap_or(Seq::MAX), limit + 1)
                    .await?;
            let has_before = items.len() > limit as usize;
            items.drain(..usize::from(has_before));
            let has_after = match before {
                Some(before) => !store::message::after(&mut conn, id, before.before(), 1)
                    .await?
                    .is_empty(),
                None => false,
            };
            Ok(MessagePage {
                items,
                has_before,
                has_after,
            })
        }
        (None, Some(after), None) => {
            let mut items = store::message::after(&mut conn, id, after, limit + 1).await?;
            let has_after = items.len() > limit as usize;
            items.truncate(limit as usize);
            let has_before = !store::message::before(&mut conn, id, after.next(), 1)
                .await?
                .is_empty();
            Ok(MessagePage {
                items,
                has_before,
                has_after,
            })
        }
        (None, None, Some(around)) => {
            let half = limit / 2;
            let mut items = store::message::before(&mut conn, id, around, half + 1).await?;
            let has_before = items.len() > half as usize;
            items.drain(..usize::from(has_before));
            let rest = limit - half;
            let mut later = store::message::after(&mut conn, id, around.before(), rest + 1).await?;
            let has_after = later.len() > rest as usize;
            later.truncate(rest as usize);
            items.extend(later);
            Ok(MessagePage {
                items,
                has_before,
                has_after,
            })
        }
        _ => Err(Error::invalid(
            "before",
            "is one of before, after and around; only one of them may be given",
        )),
    }
}
