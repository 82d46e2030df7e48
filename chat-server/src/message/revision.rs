//! The texts that a message had. Of a deleted one there are none.

use super::visible;
use crate::{App, Error, auth::Caller, store};
use chat_core::{ListRevisions, Revision, RevisionPage};

pub(crate) async fn list(
    app: &App,
    caller: &Caller,
    input: ListRevisions,
) -> Result<RevisionPage, Error> {
    let mut conn = app.db.snapshot().await?;
    let (message, _) = visible(&mut conn, input.message_id, caller.user()?).await?;
    let mut items = Vec::new();
    if message.deleted_at.is_none() {
        let before = store::message::revisions(&mut conn, message.id).await?;
        let before = before.into_iter();
        items.extend(before.map(|(content, at)| Revision { content, at }));
        items.push(Revision {
            at: message.edited_at.unwrap_or(message.created_at),
            content: message.content,
        });
    }
    Ok(RevisionPage {
        items,
        next_cursor: None,
    })
}
