//! Pages of a conversation's messages: the newest, before a place, after one, or around it.

use crate::{App, Error, auth::Caller, conversation::require, store};
use chat_core::{History, MessagePage, Seq};

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
