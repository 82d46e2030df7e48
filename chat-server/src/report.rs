//! The rules of reports: a member shows a message, those who look after the server decide. The copy stays as the message
//! was, whatever becomes of it, and so do its files until a while after the decision.

use crate::{
    App, Error,
    app::DONE,
    audit::Deed,
    auth::Caller,
    cursor,
    media::{Outgoing, Reach, Stored},
    message::visible,
    store,
    writer::run_once,
};
use chat_core::{
    Code, DecideReport, Empty, ListReports, MessageKind, ReadReportedFile, Report, ReportId,
    ReportMessage, ReportPage, ReportState, Reported, ShowReport, Timestamp,
};

pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    input: ReportMessage,
) -> Result<Reported, Error> {
    let user = caller.user()?;
    let (id, now) = (ReportId::new(app.next_id()), app.now());
    run_once(app, caller.once.clone(), move |tx| {
        Box::pin(async move {
            let (message, _) = visible(tx, input.message_id, user).await?;
            if let Some(report_id) = store::report::by(tx, message.id, user).await? {
                return Ok(Reported { report_id });
            }
            if message.deleted_at.is_some() || message.kind == MessageKind::System {
                return Err(Error::rule(
                    Code::Conflict,
                    "a deleted message or a note of the system cannot be reported",
                ));
            }
            store::report::insert(tx, id, user, &message, input.reason.as_str(), now).await?;
            store::attachment::keep_for_report(tx, id, &message.extras.attachments).await?;
            Ok(Reported { report_id: id })
        })
    })
    .await
}

pub(crate) async fn list(app: &App, _: &Caller, input: ListReports) -> Result<ReportPage, Error> {
    let limit = input.limit();
    let before: Option<(i64, ReportId)> = cursor::read(input.cursor.as_deref())?;
    let before = before.map(|(ms, id)| (Timestamp::from_ms(ms), id));
    let state = input.state.unwrap_or(ReportState::Open);
    let mut conn = app.db.snapshot().await?;
    let items = store::report::page(&mut conn, state, before, limit + 1).await?;
    let (items, next_cursor) =
        cursor::page(items, limit, |report| (report.created_at.ms(), report.id));
    Ok(ReportPage { items, next_cursor })
}

pub(crate) async fn show(app: &App, _: &Caller, input: ShowReport) -> Result<Report, Error> {
    let mut conn = app.db.snapshot().await?;
    store::report::find(&mut conn, input.report_id)
        .await?
        .ok_or_else(|| Error::not_found("report"))
}

/// A file that was with the message, kept with the report.
pub(crate) async fn read_file(
    app: &App,
    caller: &Caller,
    input: ReadReportedFile,
) -> Result<Empty, Error> {
    let mut conn = app.db.read().await?;
    let found = store::attachment::reported(&mut conn, input.report_id, input.attachment_id);
    let found = found.await?.ok_or_else(|| Error::not_found("file"))?;
    caller.carried()?.give(Outgoing {
        stored: Stored::File(found.file.id.uuid()),
        reach: Reach::Members,
        file_name: Some(found.file.file_name),
        mime_type: found.file.mime_type,
        size: Some(found.file.size),
        created_at: found.created_at,
    });
    Ok(DONE)
}

pub(crate) async fn decide(
    app: &App,
    caller: &Caller,
    input: DecideReport,
) -> Result<Report, Error> {
    let (deed, by) = (Deed::of(app, caller), caller.user()?);
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let id = input.report_id;
                let note = input.note.as_ref().map(|note| note.as_str());
                let state = store::report::word(input.state)?;
                store::report::decide(tx, id, state, by, note, deed.at).await?;
                let report = store::report::find(tx, id)
                    .await?
                    .ok_or_else(|| Error::not_found("report"))?;
                let detail = Some(state.to_owned());
                deed.record(tx, "report.decide", Some(id.uuid()), detail)
                    .await?;
                Ok(report)
            })
        })
        .await
}
