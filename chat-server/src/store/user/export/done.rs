//! What a user has done, as it is handed to them. What others said or noted beside it is not theirs and stays.

use crate::store::{Conn, at, number, seq, sql, user::SentPlace};
use chat_core::{ConversationId, MessageId, ReportId, Timestamp, UserId};
use serde::Serialize;
use uuid::Uuid;

/// A text that a message of theirs had before.
#[derive(Serialize)]
pub(crate) struct OwnRevision {
    message_id: MessageId,
    number: i64,
    content: String,
    at: Timestamp,
}

/// An emoji of theirs under a message.
#[derive(Serialize)]
pub(crate) struct OwnReaction {
    message_id: MessageId,
    emoji: String,
    at: Timestamp,
}

/// A report they made.
#[derive(Serialize)]
pub(crate) struct OwnReport {
    id: ReportId,
    message_id: MessageId,
    reason: String,
    state: String,
    created_at: Timestamp,
}

/// A way into a conversation that they made.
#[derive(Serialize)]
pub(crate) struct OwnInvite {
    code: String,
    conversation_id: ConversationId,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_uses: Option<i64>,
    uses: i64,
}

/// That they are kept out of a conversation. By whom is not theirs to know.
#[derive(Serialize)]
pub(crate) struct OwnBan {
    conversation_id: ConversationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    created_at: Timestamp,
}

/// An entry of the audit log about something they did.
#[derive(Serialize)]
pub(crate) struct OwnDeed {
    id: i64,
    at: Timestamp,
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

pub(crate) async fn own_revisions(
    conn: &mut Conn,
    id: UserId,
    after: Option<(SentPlace, i64)>,
    limit: u32,
) -> sqlx::Result<Vec<((SentPlace, i64), OwnRevision)>> {
    let (conversation, place, count) = after
        .map_or((Uuid::nil(), -1, -1), |((conversation, place), count)| {
            (conversation.uuid(), number(place), count)
        });
    let rows = sql!(
        conn,
        fetch_all as (Uuid, i64, Uuid, i64, String, i64),
        "select x.conversation_id, x.seq, x.id, r.number, r.content, r.at
         from messages x join revisions r on r.message_id = x.id
         where x.sender_id = $1 and x.edited_at is not null and (x.conversation_id, x.seq, r.number) > ($2, $3, $4)
         order by x.conversation_id, x.seq, r.number limit $5",
        id.uuid(),
        conversation,
        place,
        count,
        i64::from(limit),
    )?;
    let revision = |(conversation, place, message, number, content, when)| {
        let place = (ConversationId::new(conversation), seq(place));
        let revision = OwnRevision {
            message_id: MessageId::new(message),
            number,
            content,
            at: at(when),
        };
        ((place, number), revision)
    };
    Ok(rows.into_iter().map(revision).collect())
}

pub(crate) async fn own_reactions(
    conn: &mut Conn,
    id: UserId,
    after: Option<(MessageId, String)>,
    limit: u32,
) -> sqlx::Result<Vec<((MessageId, String), OwnReaction)>> {
    let (message, emoji) = after.map_or((Uuid::nil(), String::new()), |(message, emoji)| {
        (message.uuid(), emoji)
    });
    let rows = sql!(
        conn,
        fetch_all as (Uuid, String, i64),
        "select message_id, emoji, at from reactions where user_id = $1 and (message_id, emoji) > ($2, $3)
         order by message_id, emoji limit $4",
        id.uuid(),
        message,
        emoji,
        i64::from(limit),
    )?;
    let reaction = |(message, emoji, when): (_, String, _)| {
        let message_id = MessageId::new(message);
        let reaction = OwnReaction {
            message_id,
            emoji: emoji.clone(),
            at: at(when),
        };
        ((message_id, emoji), reaction)
    };
    Ok(rows.into_iter().map(reaction).collect())
}

pub(crate) async fn own_reports(
    conn: &mut Conn,
    id: UserId,
    after: Option<ReportId>,
    limit: u32,
) -> sqlx::Result<Vec<(ReportId, OwnReport)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, Uuid, String, String, i64),
        "select id, message_id, reason, state, created_at from reports where reporter_id = $1 and id > $2
         order by id limit $3",
        id.uuid(),
        after.map_or(Uuid::nil(), ReportId::uuid),
        i64::from(limit),
    )?;
    let report = |(id, message, reason, state, created)| {
        let id = ReportId::new(id);
        let report = OwnReport {
            id,
            message_id: MessageId::new(message),
            reason,
            state,
            created_at: at(created),
        };
        (id, report)
    };
    Ok(rows.into_iter().map(report).collect())
}

pub(crate) async fn own_invites(
    conn: &mut Conn,
    id: UserId,
    after: Option<String>,
    limit: u32,
) -> sqlx::Result<Vec<(String, OwnInvite)>> {
    let rows = sql!(
        conn,
        fetch_all as (String, Uuid, i64, Option<i64>, Option<i64>, i64),
        "select code, conversation_id, created_at, expires_at, max_uses, uses from invites
         where created_by = $1 and code > $2 order by code limit $3",
        id.uuid(),
        after.unwrap_or_default(),
        i64::from(limit),
    )?;
    let invite = |(code, conversation, created, expires, max_uses, uses): (
        String,
        _,
        _,
        Option<i64>,
        _,
        _,
    )| {
        let invite = OwnInvite {
            code: code.clone(),
            conversation_id: ConversationId::new(conversation),
            created_at: at(created),
            expires_at: expires.map(at),
            max_uses,
            uses,
        };
        (code, invite)
    };
    Ok(rows.into_iter().map(invite).collect())
}

pub(crate) async fn own_bans(
    conn: &mut Conn,
    id: UserId,
    after: Option<ConversationId>,
    limit: u32,
) -> sqlx::Result<Vec<(ConversationId, OwnBan)>> {
    let rows = sql!(
        conn,
        fetch_all as (Uuid, Option<String>, i64),
        "select conversation_id, reason, created_at from bans where user_id = $1 and conversation_id > $2
         order by conversation_id limit $3",
        id.uuid(),
        after.map_or(Uuid::nil(), ConversationId::uuid),
        i64::from(limit),
    )?;
    let ban = |(conversation, reason, created)| {
        let conversation_id = ConversationId::new(conversation);
        let ban = OwnBan {
            conversation_id,
            reason,
            created_at: at(created),
        };
        (conversation_id, ban)
    };
    Ok(rows.into_iter().map(ban).collect())
}

pub(crate) async fn own_deeds(
    conn: &mut Conn,
    id: UserId,
    after: Option<i64>,
    limit: u32,
) -> sqlx::Result<Vec<(i64, OwnDeed)>> {
    type Row = (
        i64,
        i64,
        String,
        Option<Uuid>,
        Option<String>,
        Option<String>,
    );
    let rows = sql!(
        conn,
        fetch_all as Row,
        "select id, at, action, target_id, address, detail from audit where actor_id = $1 and id > $2
         order by id limit $3",
        id.uuid(),
        after.unwrap_or_default(),
        i64::from(limit),
    )?;
    let deed = |(id, when, action, target_id, address, detail): Row| {
        let deed = OwnDeed {
            id,
            at: at(when),
            action,
            target_id,
            address,
            detail,
        };
        (id, deed)
    };
    Ok(rows.into_iter().map(deed).collect())
}
