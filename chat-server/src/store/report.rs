//! Reports as they are stored, each with its copy of the message. Nobody's name is in the copy: who said it is looked up
//! when it is read.

use super::{
    Conn, at, sql, unreadable, unwritable,
    user::{self, UserRow, user},
};
use chat_core::{
    Attachment, ConversationId, Message, MessageId, Report, ReportId, ReportState, ReportedMessage,
    Timestamp, User, UserId,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// What the column `copy` keeps.
#[derive(Serialize, Deserialize)]
struct KeptCopy {
    id: MessageId,
    conversation_id: ConversationId,
    sender_id: UserId,
    content: String,
    attachments: Vec<Attachment>,
    created_at: Timestamp,
}

pub(crate) fn word(state: ReportState) -> sqlx::Result<&'static str> {
    match state {
        ReportState::Open => Ok("open"),
        ReportState::Resolved => Ok("resolved"),
        ReportState::Dismissed => Ok("dismissed"),
        ReportState::Unknown => Err(unwritable("state of a report")),
    }
}

fn state(word: &str) -> sqlx::Result<ReportState> {
    match word {
        "open" => Ok(ReportState::Open),
        "resolved" => Ok(ReportState::Resolved),
        "dismissed" => Ok(ReportState::Dismissed),
        _ => Err(unreadable("state of a report")),
    }
}

macro_rules! select_report {
    () => {
        "select r.id as report_id, r.copy, r.reason, r.created_at, r.state, r.decided_by, r.decided_at, r.note,
             u.id, u.username, u.display_name, u.avatar_url, u.is_bot
         from reports r join users u on u.id = r.reporter_id "
    };
}

#[derive(sqlx::FromRow)]
struct ReportRow {
    report_id: Uuid,
    copy: String,
    reason: String,
    created_at: i64,
    state: String,
    decided_by: Option<Uuid>,
    decided_at: Option<i64>,
    note: Option<String>,
    id: Uuid,
    username: String,
    display_name: String,
    avatar_url: Option<String>,
    is_bot: i64,
}

/// Whole reports, in the order of the rows.
async fn reports(conn: &mut Conn, rows: Vec<ReportRow>) -> sqlx::Result<Vec<Report>> {
    let copies = rows.iter().map(|row| {
        serde_json::from_str::<KeptCopy>(&row.copy).map_err(|_| unreadable("reported message"))
    });
    let copies = copies.collect::<sqlx::Result<Vec<_>>>()?;
    let senders: Vec<_> = copies.iter().map(|copy| copy.sender_id).collect();
    let people = user::by_ids(conn, &senders).await?;
    rows.into_iter()
        .zip(copies)
        .map(|(row, copy)| report(row, copy, &people))
        .collect()
}

fn report(row: ReportRow, copy: KeptCopy, people: &HashMap<UserId, User>) -> sqlx::Result<Report> {
    let sender = people.get(&copy.sender_id).cloned();
    let reporter: UserRow = (
        row.id,
        row.username,
        row.display_name,
        row.avatar_url,
        row.is_bot,
    );
    Ok(Report {
        id: ReportId::new(row.report_id),
        message: ReportedMessage {
            id: copy.id,
            conversation_id: copy.conversation_id,
            sender: sender.ok_or_else(|| unreadable("sender of a reported message"))?,
            content: copy.content,
            attachments: copy.attachments,
            created_at: copy.created_at,
        },
        reporter: user(reporter),
        reason: row.reason,
        created_at: at(row.created_at),
        state: state(&row.state)?,
        decided_by: row.decided_by.map(UserId::new),
        decided_at: row.decided_at.map(at),
        note: row.note,
    })
}

pub(crate) async fn insert(
    conn: &mut Conn,
    id: ReportId,
    reporter: UserId,
    message: &Message,
    reason: &str,
    now: Timestamp,
) -> sqlx::Result<()> {
    let copy = KeptCopy {
        id: message.id,
        conversation_id: message.conversation_id,
        sender_id: message.sender.id,
        content: message.content.clone(),
        attachments: message.extras.attachments.clone(),
        created_at: message.created_at,
    };
    sql!(
        conn,
        execute,
        "insert into reports (id, message_id, reporter_id, copy, reason, created_at, state)
         values ($1, $2, $3, $4, $5, $6, 'open')",
        id.uuid(),
        copy.id.uuid(),
        reporter.uuid(),
        serde_json::to_string(&copy).expect("a message has string keys and no foreign types"),
        reason,
        now.ms(),
    )
    .map(drop)
}

/// The report of a message by a user, where there is one.
pub(crate) async fn by(
    conn: &mut Conn,
    message: MessageId,
    reporter: UserId,
) -> sqlx::Result<Option<ReportId>> {
    let row = sql!(
        conn,
        fetch_optional as (Uuid,),
        "select id from reports where message_id = $1 and reporter_id = $2",
        message.uuid(),
        reporter.uuid(),
    )?;
    Ok(row.map(|(id,)| ReportId::new(id)))
}

pub(crate) async fn find(conn: &mut Conn, id: ReportId) -> sqlx::Result<Option<Report>> {
    let row = sql!(
        conn,
        fetch_optional as ReportRow,
        concat!(select_report!(), "where r.id = $1"),
        id.uuid()
    )?;
    Ok(reports(conn, row.into_iter().collect()).await?.pop())
}

/// Reports in a state, the latest first, before one (by its place in that order).
pub(crate) async fn page(
    conn: &mut Conn,
    state: ReportState,
    before: Option<(Timestamp, ReportId)>,
    limit: u32,
) -> sqlx::Result<Vec<Report>> {
    let (before_at, before_id) =
        before.map_or((i64::MAX, Uuid::max()), |(when, id)| (when.ms(), id.uuid()));
    let rows = sql!(
        conn,
        fetch_all as ReportRow,
        concat!(
            select_report!(),
            "where r.state = $1 and (r.created_at, r.id) < ($2, $3) order by r.created_at desc, r.id desc limit $4"
        ),
        word(state)?,
        before_at,
        before_id,
        i64::from(limit),
    )?;
    reports(conn, rows).await
}

/// Says what became of a report; nobody has decided one that is open again. A note stays until there is another.
pub(crate) async fn decide(
    conn: &mut Conn,
    id: ReportId,
    state: &str,
    by: UserId,
    note: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sql!(
        conn,
        execute,
        "update reports set state = $2, note = coalesce($5, note),
             decided_by = case when $2 <> 'open' then $3 end, decided_at = case when $2 <> 'open' then $4 end
         where id = $1",
        id.uuid(),
        state,
        by.uuid(),
        now.ms(),
        note,
    )
    .map(drop)
}
