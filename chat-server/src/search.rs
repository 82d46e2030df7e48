//! Search: who may find what, and in which order.
//!
//! The index proposes the messages stored last that have the words; here each is read again and graded. So what is shown
//! has the words now, whatever the index says, and the cost of a page is bounded: 1,000 messages, a megabyte, 2 seconds.
//! Where there are more hits, they are graded by stretches, the newest stretch first. Without words there is no grade: the
//! newest come first.

mod index;
mod latest;
mod query;
mod turn;
mod words;

pub(crate) use index::{Search, keep_indexing};

use crate::{
    App, Error,
    auth::Caller,
    conversation::require,
    cursor,
    store::{
        self, Conn,
        search::{Candidate, Wanted},
    },
};
use chat_core::{
    ConversationId, Highlight, MessageId, SearchHit, SearchMessages, SearchPage, SearchText, UserId,
};
use query::Query;
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::HashMap, time::Duration};
use words::Words;

/// Messages in a stretch.
const CANDIDATES: u32 = 1_000;
/// Bytes of them that are graded.
const GRADED_BYTES: usize = 1 << 20;
const TIME: Duration = Duration::from_secs(2);

/// A hit's place in the order: grade, moment, row. The best and newest come first.
type Rank = (u32, i64, i64);

/// Where a page of hits begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Start {
    /// The stretch: rows of the index, the newest and, once it is known, the oldest one.
    upto: i64,
    from: i64,
    /// After this hit of the stretch.
    after: Option<Rank>,
}

/// What the index keeps of a message: its words, and one that names the conversation. None where it has no words.
pub(crate) fn document(conversation: ConversationId, content: &str) -> Option<String> {
    let words = Words::of(content);
    match words.len() {
        0 => None,
        _ => Some(format!("{} {}", words.text(), name(conversation))),
    }
}

/// The word that names a conversation. It begins with a character that is in no word of a text.
fn name(conversation: ConversationId) -> String {
    format!("\u{e000}{}", conversation.uuid().simple())
}

pub(crate) async fn search(
    app: &App,
    caller: &Caller,
    input: SearchMessages,
) -> Result<SearchPage, Error> {
    let user = caller.user()?;
    match &input.q {
        Some(text) => by_words(app, user, text, &input).await,
        None => latest::page(app, user, &input).await,
    }
}

async fn by_words(
    app: &App,
    user: UserId,
    text: &SearchText,
    input: &SearchMessages,
) -> Result<SearchPage, Error> {
    let query = Query::parse(text.as_str()).map_err(|error| Error::invalid("q", error))?;
    let start: Option<Start> = cursor::read(input.cursor.as_deref())?;
    let _turn = app.search.turn(user, TIME).await?;
    let mut conn = app.db.snapshot().await?;
    let wanted = Wanted {
        user,
        upto: start.map_or(i64::MAX, |start| start.upto),
        from: start.map_or(0, |start| start.from),
        sender: input.sender_id,
        before: input.before,
        after: input.after,
        now: app.now(),
        limit: CANDIDATES,
    };
    let scopes = scopes(&mut conn, user, input.conversation_id).await?;
    let found = in_time(&mut conn, async |conn| {
        candidates(conn, &query, &scopes, &wanted).await
    });
    let (found, is_cut) = found.await?;
    let stretch = Start {
        // What comes into the index after the first page is on none of the others.
        upto: match start {
            Some(start) => start.upto,
            None => found.first().map_or(0, |newest| newest.row),
        },
        from: match (is_cut, found.last()) {
            (true, Some(oldest)) => oldest.row,
            _ => wanted.from,
        },
        after: start.and_then(|start| start.after),
    };
    let limit = input.limit();
    // Other calls go on meanwhile.
    let graded = tokio::task::spawn_blocking(move || grade(&query, found, stretch.after, limit));
    let graded = graded
        .await
        .map_err(|_| Error::Internal("grading a search panicked".to_owned()))?;
    let (page, next_cursor) = cursor::page(graded, limit, |hit| Start {
        after: Some(hit.rank),
        ..stretch
    });
    let next_stretch = || {
        let next = Start {
            upto: stretch.from - 1,
            from: 0,
            after: None,
        };
        (stretch.from > 0).then(|| cursor::write(&next))
    };
    Ok(SearchPage {
        items: hits(&mut conn, page).await?,
        next_cursor: next_cursor.or_else(next_stretch),
    })
}

/// The names of the conversations in which the index is to look: in these places one after another. Nowhere for who has
/// no conversation.
async fn scopes(
    conn: &mut Conn,
    user: UserId,
    conversation: Option<ConversationId>,
) -> Result<Vec<Vec<String>>, Error> {
    let places = match conversation {
        Some(id) => {
            require(conn, id, user).await?;
            vec![id]
        }
        None => store::search::conversations(conn, user).await?,
    };
    let named = store::search::named_at_once(conn);
    let names = |part: &[ConversationId]| part.iter().copied().map(name).collect();
    Ok(places.chunks(named).map(names).collect())
}

/// The next stretch of messages that have the words, newest first, and whether there are older ones.
async fn candidates(
    conn: &mut Conn,
    query: &Query,
    scopes: &[Vec<String>],
    wanted: &Wanted,
) -> sqlx::Result<(Vec<Candidate>, bool)> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut is_cut = false;
    let phrases = query.phrases();
    for places in scopes {
        let part = store::search::candidates(conn, &phrases, places, wanted).await?;
        is_cut |= part.len() == wanted.limit as usize;
        found.extend(part);
        found.sort_unstable_by_key(|candidate| Reverse(candidate.row));
        is_cut |= found.len() > wanted.limit as usize;
        found.truncate(wanted.limit as usize);
    }
    let mut bytes = 0;
    let fits = found.iter().position(|candidate| {
        bytes += candidate.content.len();
        bytes > GRADED_BYTES
    });
    if let Some(fits) = fits {
        found.truncate(fits.max(1));
        is_cut = true;
    }
    Ok((found, is_cut))
}

/// Looks with an end to the time it may take.
async fn in_time<T>(
    conn: &mut Conn,
    look: impl AsyncFnOnce(&mut Conn) -> sqlx::Result<T>,
) -> Result<T, Error> {
    let deadline = store::search::limit_time(conn, TIME).await?;
    let found = look(conn).await;
    drop(deadline);
    found.map_err(|error| match store::search::is_out_of_time(&error) {
        true => Error::Unavailable {
            reason: "the search took too long; ask for more or longer words, or name a conversation",
            retry_after_ms: 1_000,
        },
        false => error.into(),
    })
}

/// A message that has the words.
struct Graded {
    rank: Rank,
    id: MessageId,
    highlights: Vec<Highlight>,
}

/// The best of the candidates after a place in the order, and one more where there is one.
fn grade(query: &Query, found: Vec<Candidate>, after: Option<Rank>, limit: u32) -> Vec<Graded> {
    let mut graded: Vec<_> = found
        .into_iter()
        .filter_map(|candidate| {
            let found = query.find(&candidate.content)?;
            let rank = (found.grade, candidate.created_at.ms(), candidate.row);
            after.is_none_or(|after| rank < after).then_some(Graded {
                rank,
                id: candidate.id,
                highlights: found.highlights,
            })
        })
        .collect();
    graded.sort_unstable_by_key(|hit| Reverse(hit.rank));
    graded.truncate(limit as usize + 1);
    graded
}

/// The whole messages, in the order of the hits.
async fn hits(conn: &mut Conn, page: Vec<Graded>) -> Result<Vec<SearchHit>, Error> {
    let ids: Vec<_> = page.iter().map(|hit| hit.id).collect();
    let messages = store::message::by_ids(conn, &ids).await?;
    let mut messages: HashMap<_, _> = messages
        .into_iter()
        .map(|message| (message.id, message))
        .collect();
    Ok(page
        .into_iter()
        .filter_map(|hit| {
            Some(SearchHit {
                message: messages.remove(&hit.id)?,
                highlights: hit.highlights,
            })
        })
        .collect())
}
