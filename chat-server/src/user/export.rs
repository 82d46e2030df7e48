//! Everything that is stored about a user, in lines of JSON. It is read a page at a time, as fast as it is taken: what an
//! account holds is never in memory as a whole, and no transaction waits for a slow reader.

use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    store::{self, Conn, user::SentPlace},
};
use axum::body::Bytes;
use chat_core::{AttachmentId, ConversationId, Empty, ExportMe, Timestamp, UserId};
use futures_util::{Stream, stream};
use serde::Serialize;
use std::sync::Arc;

/// Lines that are read at once.
const LINES_AT_ONCE: u32 = 50;

/// Lets a caller have their export: it is counted like any call.
pub(crate) async fn begin(_: &App, caller: &Caller, _: ExportMe) -> Result<Empty, Error> {
    caller.user().map(|_| DONE)
}

/// How far an export is.
#[derive(Clone, Copy)]
enum Step {
    Account,
    Sessions,
    Contacts(Option<UserId>),
    Blocks(Option<UserId>),
    Conversations(Option<(Timestamp, ConversationId)>),
    Files(Option<AttachmentId>),
    Messages(Option<SentPlace>),
}

/// The export of a user, in pieces of whole lines.
pub(crate) fn export(
    app: Arc<App>,
    user: UserId,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
    stream::try_unfold(Some(Step::Account), move |step| {
        let app = app.clone();
        async move {
            let Some(step) = step else { return Ok(None) };
            let mut conn = app.db.read().await?;
            let mut lines = Vec::new();
            let next = write(&app, &mut conn, user, step, &mut lines).await?;
            Ok(Some((Bytes::from(lines), next)))
        }
    })
}

/// Writes what comes at a step. Returns the step after it.
async fn write(
    app: &App,
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
            Step::Sessions
        }
        Step::Sessions => {
            all(
                out,
                "session",
                store::session::list(conn, user, app.now()).await?,
            )?;
            Step::Contacts(None)
        }
        Step::Contacts(after) => {
            let page = store::user::own_contacts(conn, user, after, most).await?;
            match paged(out, "contact", page)? {
                Some(last) => Step::Contacts(Some(last)),
                None => Step::Blocks(None),
            }
        }
        Step::Blocks(after) => {
            let page = store::user::own_blocks(conn, user, after, most).await?;
            match paged(out, "block", page)? {
                Some(last) => Step::Blocks(Some(last)),
                None => Step::Conversations(None),
            }
        }
        Step::Conversations(after) => match conversations(conn, user, after, out).await? {
            Some(last) => Step::Conversations(Some(last)),
            None => Step::Files(None),
        },
        Step::Files(after) => {
            let page = store::user::own_files(conn, user, after, most).await?;
            match paged(out, "attachment", page)? {
                Some(last) => Step::Files(Some(last)),
                None => Step::Messages(None),
            }
        }
        Step::Messages(after) => {
            let page = store::message::of_sender(conn, user, after, most).await?;
            let page = page
                .into_iter()
                .map(|message| ((message.conversation_id, message.seq), message));
            match paged(out, "message", page.collect())? {
                Some(last) => Step::Messages(Some(last)),
                None => return Ok(None),
            }
        }
    }))
}

/// A page of conversations, as the user sees them, and its last one.
async fn conversations(
    conn: &mut Conn,
    user: UserId,
    after: Option<(Timestamp, ConversationId)>,
    out: &mut Vec<u8>,
) -> Result<Option<(Timestamp, ConversationId)>, Error> {
    let ids = store::conversation::page(conn, user, after, LINES_AT_ONCE).await?;
    let page = store::conversation::snapshots(conn, user, &ids).await?;
    let page = page
        .into_iter()
        .map(|found| ((found.updated_at, found.id), found));
    paged(out, "conversation", page.collect())
}

/// Writes a page. Returns where the next one begins; nowhere after an empty one.
fn paged<P: Copy, T: Serialize>(
    out: &mut Vec<u8>,
    kind: &'static str,
    page: Vec<(P, T)>,
) -> Result<Option<P>, Error> {
    let last = page.last().map(|(place, _)| *place);
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
