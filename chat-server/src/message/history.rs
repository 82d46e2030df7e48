//! Pages of a conversation's messages: the newest, before a place, after one, or around it.

use super::recent::{Asked, Where};
use crate::{
    App, Error,
    auth::Caller,
    conversation::require,
    store::{self, Conn},
};
use chat_core::{ConversationId, History, MessagePage, Seq};

pub(crate) async fn history(
    app: &App,
    caller: &Caller,
    input: History,
) -> Result<MessagePage, Error> {
    let (user, id, limit) = (caller.user()?, input.conversation_id, input.limit());
    let place = Where::of(&input);
    // Asked before a connection is taken, so that none waits for Redis; looked at when it is known who asks.
    let found = match (&app.recent, place) {
        (Some(recent), Some(place)) => recent.find(id, place).await,
        _ => None,
    };
    let mut conn = app.db.snapshot().await?;
    let standing = require(&mut conn, id, user).await?;
    let Some(place) = place else {
        return Err(Error::invalid(
            "before",
            "is one of before, after and around; only one of them may be given",
        ));
    };
    if let Some(recent) = &app.recent {
        let asked = Asked {
            id,
            state: standing.log,
            place,
            limit,
        };
        if let Some(page) = recent.page(&mut conn, &asked, found).await? {
            return Ok(page);
        }
    }
    read(&mut conn, id, place, limit).await
}

/// Reads a page from the database.
async fn read(
    conn: &mut Conn,
    id: ConversationId,
    place: Where,
    limit: u32,
) -> Result<MessagePage, Error> {
    match place {
        Where::Newest | Where::Before(_) => {
            let before = match place {
                Where::Before(before) => Some(before),
                _ => None,
            };
            let upto = before.unwrap_or(Seq::MAX);
            let mut items = store::message::before(conn, id, upto, limit + 1).await?;
            let has_before = items.len() > limit as usize;
            items.drain(..usize::from(has_before));
            let has_after = match before {
                Some(before) => !store::message::after(conn, id, before.before(), 1)
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
        Where::After(after) => {
            let mut items = store::message::after(conn, id, after, limit + 1).await?;
            let has_after = items.len() > limit as usize;
            items.truncate(limit as usize);
            let has_before = !store::message::before(conn, id, after.next(), 1)
                .await?
                .is_empty();
            Ok(MessagePage {
                items,
                has_before,
                has_after,
            })
        }
        Where::Around(around) => {
            let half = limit / 2;
            let mut items = store::message::before(conn, id, around, half + 1).await?;
            let has_before = items.len() > half as usize;
            items.drain(..usize::from(has_before));
            let rest = limit - half;
            let mut later = store::message::after(conn, id, around.before(), rest + 1).await?;
            let has_after = later.len() > rest as usize;
            later.truncate(rest as usize);
            items.extend(later);
            Ok(MessagePage {
                items,
                has_before,
                has_after,
            })
        }
    }
}
