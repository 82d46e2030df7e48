//! Files of reported messages: kept for those who decide, whatever becomes of the message.

use super::{super::sql, Conn, Owned, OwnedRow, owned, select_owned};
use chat_core::{Attachment, AttachmentId, ReportId, Timestamp};

/// Keeps files with a report, whatever becomes of their message.
pub(crate) async fn keep_for_report(
    conn: &mut Conn,
    report: ReportId,
    files: &[Attachment],
) -> sqlx::Result<()> {
    for file in files {
        sql!(
            conn,
            execute,
            "insert into report_attachments (report_id, attachment_id) values ($1, $2) on conflict do nothing",
            report.uuid(),
            file.id.uuid(),
        )?;
    }
    Ok(())
}

/// A file that is kept with a report.
pub(crate) async fn reported(
    conn: &mut Conn,
    report: ReportId,
    id: AttachmentId,
) -> sqlx::Result<Option<Owned>> {
    let row = sql!(
        conn,
        fetch_optional as OwnedRow,
        concat!(
            select_owned!(),
            "join report_attachments r on r.attachment_id = a.id where r.report_id = $1 and a.id = $2"
        ),
        report.uuid(),
        id.uuid(),
    )?;
    Ok(row.map(owned))
}

/// Whether files are kept with reports decided before a time.
pub(crate) async fn is_any_reported(conn: &mut Conn, before: Timestamp) -> sqlx::Result<bool> {
    let row = sql!(
        conn,
        fetch_optional as (i64,),
        "select r.created_at from report_attachments x join reports r on r.id = x.report_id
         where r.state <> 'open' and r.decided_at < $1 limit 1",
        before.ms(),
    )?;
    Ok(row.is_some())
}

/// Lets go of files that were kept with reports decided before a time.
pub(crate) async fn let_reported_go(conn: &mut Conn, before: Timestamp) -> sqlx::Result<u64> {
    sql!(
        conn,
        execute,
        "delete from report_attachments
         where report_id in (select id from reports where state <> 'open' and decided_at < $1)",
        before.ms(),
    )
}
