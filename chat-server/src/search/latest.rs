//! Search without words: what somebody said, or what was said at a time, the newest first. It does not need the index.

use super::{Graded, TIME, hits, in_time};
use crate::{App, Error, conversation::require, cursor, store, store::search::Said};
use chat_core::{MessageId, SearchMessages, SearchPage, UserId};

pub(super) async fn page(
    app: &App,
    user: UserId,
    input: &SearchMessages,
) -> Result<SearchPage, Error> {
    let upto: Option<MessageId> = cursor::read(input.cursor.as_deref())?;
    let _turn = app.search.turn(user, TIME).await?;
    let mut conn = app.db.snapshot().await?;
    if let Some(id) = input.conversation_id {
        require(&mut conn, id, user).await?;
    }
    let limit = input.limit();
    let said = Said {
        user,
        conversation: input.conversation_id,
        sender: input.sender_id,
        before: input.before,
        after: input.after,
        upto,
        now: app.now(),
        limit: limit + 1,
    };
    let found = in_time(&mut conn, async |conn| {
        store::search::latest(conn, &said).await
    });
    let (page, next_cursor) = cursor::page(found.await?, limit, |id| *id);
    let page = page.into_iter().map(|id| Graded {
        rank: (0, 0, 0),
        id,
        highlights: Vec::new(),
    });
    Ok(SearchPage {
        items: hits(&mut conn, page.collect()).await?,
        next_cursor,
    })
}
