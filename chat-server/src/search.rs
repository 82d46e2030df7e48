//! Search: who may find what, and in which order.
//!
//! The index proposes the messages stored last that have the words; here each is read again and graded. So what is shown
//! has the words now, whatever the index says, and the cost of a search is bounded: 1,000 messages, 2 seconds.

mod index;
mod query;
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
    ConversationId, Highlight, MessageId, SearchHit, SearchMessages, SearchPage, UserId,
};
use query::Query;
use std::{collections::HashMap, time::Duration};
use words::Words;

/// Messages that are graded: of those with the words, the ones stored last.
const CANDIDATES: u32 = 1_000;
/// Bytes of them that are graded.
const GRADED_BYTES: usize = 1 << 20;
/// Up to this many conversations of somebody's are named to the index; in more it is looked afterwards whose a hit is.
const NAMED: u32 = 32;
const TIME: Duration = Duration::from_secs(2);

/// A hit's place in the order: grade, moment, row. The best and newest come first.
type Rank = (u32, i64, i64);

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
    let query = Query::parse(input.q.as_str()).map_err(|error| Error::invalid("q", error))?;
    let place: Option<(i64, Rank)> = cursor::read(input.cursor.as_deref())?;
    let _turn = app.search.turns.acquire().await;
    let mut conn = app.db.snapshot().await?;
    let Some(scope) = scope(&mut conn, user, input.conversation_id).await? else {
        return Ok(SearchPage {
            items: Vec::new(),
            next_cursor: None,
        });
    };
    let wanted = Wanted {
        phrases: &query.phrases(),
        places: &scope,
        user,
        upto: place.map_or(i64::MAX, |(upto, _)| upto),
        sender: input.sender_id,
        before: input.before,
        after: input.after,
        now: app.now(),
        limit: CANDIDATES,
    };
    let found = in_time(&mut conn, &wanted).await?;
    // What comes into the index after the first page is on none of the others.
    let upto = found.first().map_or(0, |newest| newest.row);
    let upto = place.map_or(upto, |(upto, _)| upto);
    let after = place.map(|(_, rank)| rank);
    let limit = input.limit();
    // Other calls go on meanwhile.
    let graded = tokio::task::spawn_blocking(move || grade(&query, found, after, limit)).await;
    let graded = graded.map_err(|_| Error::Internal("grading a search panicked".to_owned()))?;
    let (page, next_cursor) = cursor::page(graded, limit, |hit| (upto, hit.rank));
    Ok(SearchPage {
        items: hits(&mut conn, page).await?,
        next_cursor,
    })
}

/// The names of the conversations in which the index is to look, none of them for all; nothing for who has none.
async fn scope(
    conn: &mut Conn,
    user: UserId,
    conversation: Option<ConversationId>,
) -> Result<Option<Vec<String>>, Error> {
    if let Some(id) = conversation {
        require(conn, id, user).await?;
        return Ok(Some(vec![name(id)]));
    }
    let own = store::search::conversations(conn, user, NAMED + 1).await?;
    if own.len() > NAMED as usize {
        return Ok(Some(Vec::new()));
    }
    let names: Vec<_> = own.into_iter().map(name).collect();
    Ok((!names.is_empty()).then_some(names))
}

async fn in_time(conn: &mut Conn, wanted: &Wanted<'_>) -> Result<Vec<Candidate>, Error> {
    let deadline = store::search::limit_time(conn, TIME).await?;
    let found = store::search::candidates(conn, wanted).await;
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
    let mut left = GRADED_BYTES;
    let mut graded: Vec<_> = found
        .into_iter()
        .map_while(|candidate| {
            left = left.checked_sub(candidate.content.len())?;
            Some(candidate)
        })
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
    graded.sort_unstable_by_key(|hit| std::cmp::Reverse(hit.rank));
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
