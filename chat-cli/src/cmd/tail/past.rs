//! What was said before following begins: up to the places where it begins, so that nothing is told twice and nothing is
//! left out between the two.

use super::follow::Positions;
use crate::{cmd::message::history, error::Result};
use chat_client::Client;
use chat_core::{ConversationId, Envelope, Event, Place, Timestamp};

/// Whether anything may have been said since a moment. Nobody is asked for what is older.
fn is_alive(client: &Client, id: ConversationId, since: Timestamp) -> bool {
    client.read(|state| {
        // What is in no snapshot any more is asked for.
        state.conversation(id).is_none_or(|known| {
            let last = known.conversation().last_message.as_ref();
            last.is_some_and(|last| last.created_at >= since)
        })
    })
}

/// What was said since a moment in what is followed, oldest first; nothing where no moment is named.
pub(super) async fn since(
    client: &Client,
    positions: &Positions,
    since: Option<Timestamp>,
) -> Result<Vec<Envelope>> {
    let Some(since) = since else {
        return Ok(Vec::new());
    };
    let mut said = Vec::new();
    let followed = positions.followed().into_iter();
    for (conversation_id, place) in followed.filter(|(id, _)| is_alive(client, *id, since)) {
        let before = Some(place.next());
        let messages = history(client, conversation_id, usize::MAX, before, Some(since)).await?;
        // Of each conversation they come in their order, whatever the clocks said.
        let mut latest = since;
        said.extend(messages.into_iter().map(|message| {
            latest = latest.max(message.created_at);
            let envelope = Envelope {
                conversation_id: Some(conversation_id),
                place: Place::Log(message.seq),
                at: Some(message.created_at),
                event: Event::MessageNew(message),
            };
            (latest, envelope)
        }));
    }
    said.sort_by_key(|(at, _)| *at);
    Ok(said.into_iter().map(|(_, envelope)| envelope).collect())
}
