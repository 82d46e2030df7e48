//! What belongs to a message besides its text is looked up before the message is queued: what it answers, its files,
//! whom it names. Whoever is no member learns nothing by it.

use crate::{
    App, Error,
    conversation::require,
    store::{self, Conn, conversation::Standing},
};
use chat_core::{
    Attachment, AttachmentId, ConversationId, Extras, Message, MessageId, MessageKind, ReplyTo,
    Right, SendKind, SendMessage, UserId, text,
};

/// Looks everything up. None for a message that is stored already: what it was is stored with it.
pub(super) async fn prepare(
    app: &App,
    sender: UserId,
    input: &SendMessage,
    content: &str,
) -> Result<Option<Extras>, Error> {
    let place = input.conversation_id;
    let mut conn = app.db.snapshot().await?;
    let standing = require(&mut conn, place, sender).await?;
    if let Some(client_id) = &input.client_id {
        let key = (place, sender, client_id.clone());
        if store::message::is_stored(&mut conn, &key).await? {
            return Ok(None);
        }
    }
    let reply_to = match input.reply_to {
        Some(id) => Some(answered(&mut conn, place, id).await?),
        None => None,
    };
    let named = input.mentions.as_deref().unwrap_or_default();
    let (mentions, mentions_all) = mentioned(&mut conn, place, &standing, content, named).await?;
    let ids = input.attachment_ids.as_deref().unwrap_or_default();
    let attachments = files(&mut conn, sender, ids).await?;
    if input.kind == Some(SendKind::Voice)
        && !attachments
            .iter()
            .all(|file| file.mime_type.starts_with("audio/"))
    {
        return Err(Error::invalid(
            "attachment_ids",
            "must be a sound for a voice message",
        ));
    }
    Ok(Some(Extras {
        metadata: input.metadata.clone(),
        reply_to,
        attachments,
        mentions,
        mentions_all,
        ..Extras::default()
    }))
}

async fn answered(conn: &mut Conn, place: ConversationId, id: MessageId) -> Result<ReplyTo, Error> {
    let found = match store::message::find(conn, id).await {
        Err(error) if store::message::is_damage(&error) => {
            let reason = "is a message that is damaged and cannot be read";
            return Err(Error::invalid("reply_to", reason));
        }
        found => found?,
    };
    let message = found
        .filter(|message| message.conversation_id == place)
        .ok_or_else(|| Error::invalid("reply_to", "is no message of this conversation"))?;
    Ok(ReplyTo {
        id,
        seq: message.seq,
        sender_id: message.sender.id,
        // What the server told has no text of its own.
        excerpt: match message.kind {
            MessageKind::System => String::new(),
            _ => text::excerpt(&message.content),
        },
    })
}

/// The sender's own files, in the order they were named.
async fn files(
    conn: &mut Conn,
    sender: UserId,
    ids: &[AttachmentId],
) -> Result<Vec<Attachment>, Error> {
    let mut files: Vec<Attachment> = Vec::with_capacity(ids.len());
    for id in ids {
        let found = store::attachment::find(conn, *id).await?;
        let own = found.filter(|(_, owner)| *owner == sender);
        let (file, _) = own.ok_or_else(|| {
            Error::invalid("attachment_ids", format!("name no file of yours: {id}"))
        })?;
        if files.iter().any(|known| known.id == file.id) {
            return Err(Error::invalid("attachment_ids", "name a file twice"));
        }
        files.push(file);
    }
    Ok(files)
}

/// Whom a text names, among the members: by `@username`, or by their ids beside it; and whether it names everybody.
pub(super) async fn mentioned(
    conn: &mut Conn,
    place: ConversationId,
    standing: &Standing,
    content: &str,
    ids: &[UserId],
) -> Result<(Vec<UserId>, bool), Error> {
    let mut names = match content.contains('@') {
        true => text::mentions(content),
        false => Vec::new(),
    };
    names.truncate(MENTIONS_MOST);
    let all = names.iter().any(|name| name == "all")
        && standing.role.may(Right::MentionAll, standing.kind);
    let mut mentions = store::member::named(conn, place, &names, ids).await?;
    if let Some(stranger) = ids.iter().find(|id| !mentions.contains(id)) {
        return Err(Error::invalid(
            "mentions",
            format!("name somebody who is no member: {stranger}"),
        ));
    }
    mentions.truncate(MENTIONS_MOST);
    Ok((mentions, all))
}

/// The members whom a stored message names by their ids and not by its text.
pub(super) async fn named_beside(conn: &mut Conn, message: &Message) -> Result<Vec<UserId>, Error> {
    let before = &message.extras.mentions;
    if before.is_empty() {
        return Ok(Vec::new());
    }
    let place = message.conversation_id;
    let names = text::mentions(&message.content);
    let by_text = store::member::named(conn, place, &names, &[]).await?;
    // Who has left since is named no more.
    let mut members = store::member::named(conn, place, &[], before).await?;
    members.retain(|id| !by_text.contains(id));
    Ok(members)
}

/// Members that one message names.
const MENTIONS_MOST: usize = 50;
