//! Forwarding: the same said again elsewhere, with its files and where it comes from. Each is a send of its own: the same
//! rules, the same client id, no second copy.

use super::{Said, store_new, visible};
use crate::{
    App, Error,
    auth::Caller,
    conversation::{require, require_may_write},
    store,
};
use chat_core::{
    ClientId, Code, Extras, ForwardMessage, Forwarded, Message, MessageKind, MessageList, UserId,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub(crate) async fn forward(
    app: &App,
    caller: &Caller,
    mut input: ForwardMessage,
) -> Result<MessageList, Error> {
    let user = caller.user()?;
    if let (None, Some(once)) = (&input.client_id, &caller.once) {
        // A call that must happen once is one that has an id of its own.
        input.client_id = Some(client_id(&once.key));
    }
    let mut conn = app.db.snapshot().await?;
    let (message, _) = visible(&mut conn, input.message_id, user).await?;
    let mut places = input.conversation_ids;
    let mut seen = std::collections::HashSet::new();
    places.retain(|place| seen.insert(*place));
    // All of them are looked at before the first is sent: a mistake sends nothing.
    let mut are_stored = true;
    for place in &places {
        let standing = require(&mut conn, *place, user).await?;
        let is_stored = match &input.client_id {
            Some(id) => store::message::is_stored(&mut conn, &(*place, user, id.clone())).await?,
            None => false,
        };
        if !is_stored {
            require_may_write(standing.role, standing.kind, standing.is_blocked)?;
        }
        are_stored &= is_stored;
    }
    drop(conn);
    // A retry is answered as it was before, whatever became of the message since.
    if !are_stored && (message.deleted_at.is_some() || message.kind == MessageKind::System) {
        return Err(Error::rule(
            Code::Conflict,
            "a deleted message or a note of the system cannot be forwarded",
        ));
    }
    if !are_stored && caller.address.is_some() {
        for place in &places {
            app.limiter.may_be_said(*place)?;
        }
    }
    let mut copies = Vec::with_capacity(places.len());
    for place in places {
        copies.push((place, said(app, user, place, &message).await?));
    }
    let hash = hash(&message);
    let mut items = Vec::with_capacity(copies.len());
    for (place, said) in copies {
        let name = (place, input.client_id.clone());
        let sent = store_new(app, caller, name, said, hash, app.now()).await?;
        items.push(sent.message);
    }
    Ok(MessageList { items })
}

/// What is said elsewhere: nobody is named there, and whoever said it first stays who said it first.
async fn said(
    app: &App,
    user: UserId,
    conversation_id: chat_core::ConversationId,
    message: &Message,
) -> Result<Said, Error> {
    let mut draft = crate::Draft {
        sender_id: user,
        conversation_id,
        content: chat_core::MessageBody::parse(message.content.clone()).ok(),
    };
    let refused = |refusal: crate::Refusal| Error::rule(Code::Refused, refusal.0);
    app.hooks.before_send(&mut draft).await.map_err(refused)?;
    let from = message.extras.forwarded_from.clone();
    let extras = Extras {
        metadata: message.extras.metadata.clone(),
        forwarded_from: Some(from.unwrap_or_else(|| Forwarded {
            sender_id: message.sender.id,
            display_name: message.sender.display_name.clone(),
            sent_at: message.created_at,
        })),
        attachments: message.extras.attachments.clone(),
        ..Extras::default()
    };
    let content = draft.content.map(String::from).unwrap_or_default();
    Ok((message.kind, content, Some(extras)))
}

/// The id of what is sent under a key.
fn client_id(key: &str) -> ClientId {
    let digest = Sha256::new_with_prefix(b"key\0")
        .chain_update(key)
        .finalize();
    Uuid::from_bytes(std::array::from_fn(|place| digest[place])).into()
}

/// A retry forwards the same message, whatever it says by now.
fn hash(message: &Message) -> i64 {
    let digest = Sha256::new_with_prefix(b"forward\0")
        .chain_update(message.id.uuid().as_bytes())
        .finalize();
    i64::from_be_bytes(std::array::from_fn(|place| digest[place]))
}
