//! What happens to a conversation goes into a log before it is told: the conversation's own, or the inbox of those whom
//! alone it concerns.

use super::one;
use crate::{
    Error,
    bus::Audience,
    store::{self, event::NewEntry, member::NewMember},
    writer::Tx,
};
use chat_core::{
    Conversation, ConversationId, Envelope, Event, Gone, GoneReason, Me, My, Place, Seq, Timestamp,
    UserId,
};

/// Puts a conversation into the inbox of its new members and tells them, each with what is their own.
pub(crate) async fn tell_new(
    tx: &mut Tx,
    id: ConversationId,
    members: &[NewMember],
    now: Timestamp,
) -> Result<(), Error> {
    let Some(first) = members.first() else {
        return Ok(());
    };
    let ids: Vec<_> = members.iter().map(|member| member.user_id).collect();
    let places = store::inbox::insert(tx, &ids, "conversation.new", id.uuid(), now).await?;
    let seen = one(tx, first.user_id, id).await?;
    for member in members {
        let my = My {
            role: member.role,
            read_seq: member.joined_seq,
            delivered_seq: member.joined_seq,
            unread_count: 0,
            mention_count: 0,
            counted_seq: seen.last_seq,
            prefs: chat_core::Prefs::default(),
        };
        let conversation = Conversation { my, ..seen.clone() };
        tell_inbox(
            tx,
            member.user_id,
            places.get(&member.user_id),
            Some(id),
            now,
            Event::ConversationNew(conversation),
        );
    }
    Ok(())
}

fn tell_inbox(
    tx: &mut Tx,
    user: UserId,
    place: Option<&Seq>,
    conversation_id: Option<ConversationId>,
    at: Timestamp,
    event: Event,
) {
    let place = place.map_or(Place::Nowhere, |seq| Place::Inbox(*seq));
    tx.tell(
        Audience::User(user),
        Envelope {
            conversation_id,
            place,
            at: Some(at),
            event,
        },
    );
}

/// Puts into the inbox of people that a conversation is no longer theirs, and tells them.
pub(crate) async fn tell_gone(
    tx: &mut Tx,
    id: ConversationId,
    users: &[UserId],
    reason: GoneReason,
    now: Timestamp,
) -> Result<(), Error> {
    store::inbox::delete_but_gone(tx, users, id).await?;
    let places = store::inbox::insert(tx, users, "conversation.deleted", id.uuid(), now).await?;
    for user in users {
        let event = Event::ConversationDeleted(Gone {
            conversation_id: id,
            reason,
        });
        tell_inbox(tx, *user, places.get(user), Some(id), now, event);
    }
    Ok(())
}

/// Puts what is a member's own into their inbox and tells their devices.
pub(crate) async fn tell_my(
    tx: &mut Tx,
    id: ConversationId,
    user: UserId,
    now: Timestamp,
) -> Result<My, Error> {
    let my = store::conversation::my(tx, id, user)
        .await?
        .ok_or_else(|| Error::not_found("conversation"))?;
    let places = store::inbox::insert(tx, &[user], "my.changed", id.uuid(), now).await?;
    let change = chat_core::MyChanged {
        conversation_id: id,
        my: my.clone(),
    };
    tell_inbox(
        tx,
        user,
        places.get(&user),
        Some(id),
        now,
        Event::MyChanged(change),
    );
    Ok(my)
}

/// Puts what is somebody's own besides conversations into their inbox and tells their devices.
pub(crate) async fn tell_own(
    tx: &mut Tx,
    user: UserId,
    now: Timestamp,
    event: Event,
) -> Result<(), Error> {
    let (kind, subject) = match &event {
        Event::MeChanged(_) => ("me.changed", user),
        Event::ContactChanged(change) => ("contact.changed", change.user_id),
        Event::BlockChanged(change) => ("block.changed", change.user_id),
        other => {
            return Err(Error::Internal(format!(
                "{} has no place in an inbox of its own",
                other.kind()
            )));
        }
    };
    let places = store::inbox::insert(tx, &[user], kind, subject.uuid(), now).await?;
    tell_inbox(tx, user, places.get(&user), None, now, event);
    Ok(())
}

/// Tells somebody's devices how their account is now.
pub(crate) async fn tell_me(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Me, Error> {
    let me = store::user::me(tx, user)
        .await?
        .ok_or_else(|| Error::not_found("user"))?;
    tell_own(tx, user, now, Event::MeChanged(me.clone())).await?;
    Ok(me)
}

/// Adds an entry to the log and tells the members.
pub(crate) async fn log(
    tx: &mut Tx,
    id: ConversationId,
    by: UserId,
    now: Timestamp,
    event: Event,
) -> Result<Seq, Error> {
    let seq = store::conversation::take_seq(tx, id, now).await?;
    log_at(tx, id, seq, by, now, event).await?;
    Ok(seq)
}

/// The same at a place that was taken before.
pub(crate) async fn log_at(
    tx: &mut Tx,
    id: ConversationId,
    seq: Seq,
    by: UserId,
    now: Timestamp,
    event: Event,
) -> Result<(), Error> {
    let (kind, message_id, body) = store::event::kept(&event)?;
    let entry = NewEntry {
        conversation_id: id,
        seq,
        kind,
        actor: by,
        at: now,
        message_id,
        body,
    };
    store::event::insert(tx, &[entry]).await?;
    let envelope = Envelope {
        conversation_id: Some(id),
        place: Place::Log(seq),
        at: Some(now),
        event,
    };
    tx.tell(Audience::Members(id), envelope);
    Ok(())
}
