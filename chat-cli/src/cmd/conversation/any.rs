//! Conversations of anybody, as those who look after the server see them: from outside, without what is said in them.

use super::ListArgs;
use crate::{
    cmd::{caller::Caller, page, user},
    error::{Error, Result},
    output::Columns,
};
use chat_core::{
    Code, ConversationId, DeleteAnyConversation, ListAllConversations, Reason, ShowAnyConversation,
};

const CONVERSATIONS: Columns = Columns(&[
    ("id", "/id"),
    ("kind", "/kind"),
    ("title", "/title"),
    ("members", "/member_count"),
    ("messages", "/message_count"),
    ("last activity", "/updated_at"),
]);

pub(super) async fn list(caller: &Caller, args: ListArgs) -> Result<()> {
    let user_id = match &args.of {
        Some(user) => Some(user::account(caller, user).await?),
        None => None,
    };
    let ask = |limit, cursor| ListAllConversations {
        q: args.title.clone(),
        user_id,
        limit,
        cursor,
    };
    caller
        .list(CONVERSATIONS, args.most.of(&caller.out), ask)
        .await
}

pub(super) async fn show(caller: &Caller, text: &str) -> Result<()> {
    let conversation_id = find(caller, text).await?;
    let show = ShowAnyConversation { conversation_id };
    caller.card("/id", show).await
}

pub(super) async fn delete(
    caller: &Caller,
    conversation_id: ConversationId,
    reason: Option<Reason>,
) -> Result<()> {
    let delete = DeleteAnyConversation {
        conversation_id,
        reason,
    };
    caller.done(delete, "deleted").await
}

/// The conversation of an id, or of a title that only one has.
pub(super) async fn find(caller: &Caller, text: &str) -> Result<ConversationId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let ask = |limit, cursor| ListAllConversations {
        q: Some(text.to_owned()),
        user_id: None,
        limit,
        cursor,
    };
    let mut found = page::first(&caller.client, usize::MAX, ask).await?;
    found.retain(|known| known.title.as_deref() == Some(text));
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => {
            let text = format!(
                "there is no conversation called {text:?}; see: chat conversation list --any"
            );
            Err(Error::coded(Code::NotFound, text))
        }
        several => {
            let text = format!(
                "{} conversations are called {text:?}; name one by its id: chat conversation list --any",
                several.len()
            );
            Err(Error::coded(Code::Conflict, text))
        }
    }
}
