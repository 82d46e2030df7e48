//! Everything that is stored about a user, in lines of JSON. It is read a page at a time, as fast as it is taken: what an
//! account holds is never in memory as a whole, and no transaction waits for a slow reader.

use super::require_existing;
use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    session::require_open,
    store::{self, Conn, Db, user::SentPlace},
};
use axum::body::Bytes;
use chat_core::{
    AttachmentId, ConversationId, Empty, ExportMe, MessageId, ReportId, SessionId, UploadId, UserId,
};
use futures_util::{Stream, stream};
use serde::Serialize;
use uuid::Uuid;

/// Lines that are read at once.
const LINES_AT_ONCE: u32 = 50;

/// Lets a caller have their export: it is counted like any call.
pub(crate) async fn begin(_: &App, caller: &Caller, _: ExportMe) -> Result<Empty, Error> {
    caller.user().map(|_| DONE)
}

/// How far an export is: what comes next, and behind which place of it.
enum Step {
    Account,
    Sessions(Option<SessionId>),
    Avatars(Option<Uuid>),
    Contacts(Option<UserId>),
    Blocks(Option<UserId>),
    Conversations(Option<ConversationId>),
    Bans(Option<ConversationId>),
    Invites(Option<String>),
    Files(Option<AttachmentId>),
    Uploads(Option<UploadId>),
    Messages(Option<SentPlace>),
    Revisions(Option<(SentPlace, i64)>),
    Reactions(Option<(MessageId, String)>),
    Reports(Option<ReportId>),
    Deeds(Option<i64>),
}

/// The export of a user, in pieces of whole lines. It ends in the middle where the session does that asked for it.
pub(crate) fn export(
    db: Db,
    user: UserId,
    session: Option<SessionId>,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    stream::try_unfold(Some(Step::Account), move |step| {
        let db = db.clone();
        async move {
            let Some(step) = step else { return Ok(None) };
            let mut conn = db.read().await?;
            require_open(&mut conn, session).await?;
            require_existing(&mut conn, user).await?;
            let mut lines = Vec::new();
            let next = write(&mut conn, user, step, &mut lines).await?;
            Ok(Some((Bytes::from(lines), next)))
        }
    })
}

/// Writes what comes at a step. Returns the step after it.
async fn write(
    conn: &mut Conn,
    user: UserId,
    step: Step,
    out: &mut Vec<u8>,
) -> Result<Option<Step>, Error> {
    let most = LINES_AT_ONCE;
    Ok(Some(match step {
        Step::Account => {
            let me = store::user::me(conn, user).await?;
            line(out, "account", me.ok_or_else(|| Error::not_found("user"))?)?;
            Step::Sessions(None)
        }
        Step::Sessions(after) => {
            let page = store::user::own_sessions(conn, user, after, most).await?;
            paged(out, "session", page)?
                .map_or(Step::Avatars(None), |last| Step::Sessions(Some(last)))
        }
        Step::Avatars(after) => {
            let page = store::user::own_avatars(conn, user, after, most).await?;
            paged(out, "avatar", page)?
                .map_or(Step::Contacts(None), |last| Step::Avatars(Some(last)))
        }
        Step::Contacts(after) => {
            let page = store::user::own_contacts(conn, user, after, most).await?;
            paged(out, "contact", page)?
                .map_or(Step::Blocks(None), |last| Step::Contacts(Some(last)))
        }
        Step::Blocks(after) => {
            let page = store::user::own_blocks(conn, user, after, most).await?;
            paged(out, "block", page)?
                .map_or(Step::Conversations(None), |last| Step::Blocks(Some(last)))
        }
        Step::Conversations(after) => conversations(conn, user, after, out)
            .await?
            .map_or(Step::Bans(None), |last| Step::Conversations(Some(last))),
        Step::Bans(after) => {
            let page = store::user::own_bans(conn, user, after, most).await?;
            paged(out, "ban", page)?.map_or(Step::Invites(None), |last| Step::Bans(Some(last)))
        }
        Step::Invites(after) => {
            let page = store::user::own_invites(conn, user, after, most).await?;
            paged(out, "invite", page)?.map_or(Step::Files(None), |last| Step::Invites(Some(last)))
        }
        said => return write_said(conn, user, said, out).await,
    }))
}

/// The same for what they said, and did about what was said.
async fn write_said(
    conn: &mut Conn,
    user: UserId,
    step: Step,
    out: &mut Vec<u8>,
) -> Result<Option<Step>, Error> {
    let most = LINES_AT_ONCE;
    Ok(match step {
        Step::Files(after) => {
            let page = store::user::own_files(conn, user, after, most).await?;
            let last = paged(out, "attachment", page)?;
            Some(last.map_or(Step::Uploads(None), |last| Step::Files(Some(last))))
        }
        Step::Uploads(after) => {
            let page = store::user::own_uploads(conn, user, after, most).await?;
            let last = paged(out, "upload", page)?;
            Some(last.map_or(Step::Messages(None), |last| Step::Uploads(Some(last))))
        }
        Step::Messages(after) => {
            let page = store::message::of_sender(conn, user, after, most).await?;
            let page = page
                .into_iter()
                .map(|message| ((message.conversation_id, message.seq), message));
            let last = paged(out, "message", page.collect())?;
            Some(last.map_or(Step::Revisions(None), |last| Step::Messages(Some(last))))
        }
        Step::Revisions(after) => {
            let page = store::user::own_revisions(conn, user, after, most).await?;
            let last = paged(out, "revision", page)?;
            Some(last.map_or(Step::Reactions(None), |last| Step::Revisions(Some(last))))
        }
        Step::Reactions(after) => {
            let page = store::user::own_reactions(conn, user, after, most).await?;
            let last = paged(out, "reaction", page)?;
            Some(last.map_or(Step::Reports(None), |last| Step::Reactions(Some(last))))
        }
        Step::Reports(after) => {
            let page = store::user::own_reports(conn, user, after, most).await?;
            let last = paged(out, "report", page)?;
            Some(last.map_or(Step::Deeds(None), |last| Step::Reports(Some(last))))
        }
        Step::Deeds(after) => {
            let page = store::user::own_deeds(conn, user, after, most).await?;
            paged(out, "audit", page)?.map(|last| Step::Deeds(Some(last)))
        }
        // They came before.
        Step::Account
        | Step::Sessions(_)
        | Step::Avatars(_)
        | Step::Contacts(_)
        | Step::Blocks(_)
        | Step::Conversations(_)
        | Step::Bans(_)
        | Step::Invites(_) => None,
    })
}

/// A page of conversations, as the user sees them, and its last one. Not in the order of their activity: a message that
/// comes meanwhile would take one out of the pages that are still to come.
async fn conversations(
    conn: &mut Conn,
    user: UserId,
    after: Option<ConversationId>,
    out: &mut Vec<u8>,
) -> Result<Option<ConversationId>, Error> {
    let ids = store::user::own_conversations(conn, user, after, LINES_AT_ONCE).await?;
    let page = store::conversation::snapshots(conn, user, &ids).await?;
    all(out, "conversation", page)?;
    Ok(ids.last().copied())
}

/// Writes a page. Returns where the next one begins; nowhere after an empty one.
fn paged<P: Clone, T: Serialize>(
    out: &mut Vec<u8>,
    kind: &'static str,
    page: Vec<(P, T)>,
) -> Result<Option<P>, Error> {
    let last = page.last().map(|(place, _)| place.clone());
    all(out, kind, page.into_iter().map(|(_, value)| value))?;
    Ok(last)
}

fn all<T: Serialize>(
    out: &mut Vec<u8>,
    kind: &'static str,
    values: impl IntoIterator<Item = T>,
) -> Result<(), Error> {
    values
        .into_iter()
        .try_for_each(|value| line(out, kind, value))
}

/// One line: the value, with what it is.
fn line<T: Serialize>(out: &mut Vec<u8>, kind: &'static str, value: T) -> Result<(), Error> {
    #[derive(Serialize)]
    struct Line<T> {
        r#type: &'static str,
        #[serde(flatten)]
        value: T,
    }
    let line = Line {
        r#type: kind,
        value,
    };
    serde_json::to_writer(&mut *out, &line)
        .map_err(|error| Error::Internal(format!("an export could not be written: {error}")))?;
    out.push(b'\n');
    Ok(())
}
