//! New lives for all logs at once. A database that was put back to an older state would hand numbers out again that clients
//! have seen; in another life they begin anew instead.

use super::{Conn, sql};
use uuid::Uuid;

/// Logs that begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewEpochs {
    /// Of conversations.
    pub conversations: u64,
    /// Each user's own.
    pub inboxes: u64,
}

/// Logs in one statement: each is done long before the time is up that a statement has.
const AT_ONCE: i64 = 5_000;

/// Gives every log another life. The word is random, and the same for all: two lives of one log differ by it.
pub(crate) async fn renew(conn: &mut Conn, word: u64) -> sqlx::Result<NewEpochs> {
    // What differs by nothing is the same life.
    let word = word.max(1).cast_signed();
    let ids = "select id from conversations where id > $1 order by id limit $2";
    let update =
        "update conversations set epoch = (epoch | $1) - (epoch & $1) where id > $2 and id <= $3";
    let conversations = renew_all(conn, ids, update, word).await?;
    let ids = "select id from users where id > $1 order by id limit $2";
    let update = "update users set inbox_epoch = (inbox_epoch | $1) - (inbox_epoch & $1) where id > $2 and id <= $3";
    Ok(NewEpochs {
        conversations,
        inboxes: renew_all(conn, ids, update, word).await?,
    })
}

/// The bits that are in one of the two but not in both: both engines can say it so.
async fn renew_all(
    conn: &mut Conn,
    ids: &'static str,
    update: &'static str,
    word: i64,
) -> sqlx::Result<u64> {
    let (mut after, mut renewed) = (Uuid::nil(), 0);
    loop {
        let page = sql!(conn, fetch_all as (Uuid,), ids, after, AT_ONCE)?;
        let Some((last,)) = page.last().copied() else {
            return Ok(renewed);
        };
        renewed += sql!(conn, execute, update, word, after, last)?;
        after = last;
    }
}
