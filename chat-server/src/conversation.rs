//! The rules of conversations: who opens, sees, changes and deletes them.

mod create;
mod prefs;
mod tell;

pub(crate) use create::{create, require_existing, require_fit};
pub(crate) use prefs::change as change_prefs;
pub(crate) use tell::{log, log_at, tell_gone, tell_me, tell_my, tell_new, tell_own};

use crate::{
    App, Error,
    app::DONE,
    audit::{self, Deed},
    auth::Caller,
    cursor,
    message::Note,
    store::{
        self, Conn,
        conversation::{Info, Standing},
    },
    writer::Tx,
};
use chat_core::{
    ChangeConversation, Conversation, ConversationChange, ConversationId, ConversationKind,
    ConversationPage, DeleteConversation, Empty, Event, GoneReason, ListConversations, MemberRole,
    MessageId, Right, ShowConversation, SystemAction, Timestamp, UserId,
};

/// What somebody is told whom the other one of two has blocked: not why.
const UNWELCOME: &str = "you cannot write to this person";

/// How the caller stands in a conversation, or 404: like one that does not exist.
pub(crate) async fn require(
    conn: &mut Conn,
    id: ConversationId,
    user: UserId,
) -> Result<Standing, Error> {
    store::conversation::standing(conn, id, user)
        .await?
        .ok_or_else(|| Error::not_found("conversation"))
}

/// The same, for what not every member may do. Who is blocked by the other one of two does nothing to both of them.
pub(crate) async fn require_right(
    conn: &mut Conn,
    id: ConversationId,
    user: UserId,
    right: Right,
) -> Result<Standing, Error> {
    let standing = require(conn, id, user).await?;
    if standing.role.may(right, standing.kind) {
        return match standing.is_blocked {
            true => Err(Error::forbidden(UNWELCOME)),
            false => Ok(standing),
        };
    }
    Err(Error::forbidden(match right.least(standing.kind) {
        None => "a direct conversation stays between its two people",
        Some(MemberRole::Owner) => "only an owner of the conversation may do this",
        _ => "only an admin or owner of the conversation may do this",
    }))
}

/// Whether somebody who stands so may write: by the table, and where the other one of two wants to hear from them. Who is
/// blocked is not told so.
pub(crate) fn require_may_write(
    role: MemberRole,
    kind: ConversationKind,
    is_blocked: bool,
) -> Result<(), Error> {
    if !role.may(Right::Send, kind) {
        return Err(Error::forbidden(
            "only admins and owners write in a channel",
        ));
    }
    match is_blocked {
        true => Err(Error::forbidden(UNWELCOME)),
        false => Ok(()),
    }
}

pub(crate) async fn show(
    app: &App,
    caller: &Caller,
    input: ShowConversation,
) -> Result<Conversation, Error> {
    let id = input.conversation_id;
    let mut conn = app.db.snapshot().await?;
    let found = store::conversation::snapshots(&mut conn, caller.user()?, &[id]).await?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| Error::not_found("conversation"))
}

pub(crate) async fn list(
    app: &App,
    caller: &Caller,
    input: ListConversations,
) -> Result<ConversationPage, Error> {
    let limit = input.limit();
    let after: Option<(i64, ConversationId)> = cursor::read(input.cursor.as_deref())?;
    let after = after.map(|(ms, id)| (Timestamp::from_ms(ms), id));
    let user = caller.user()?;
    let mut conn = app.db.snapshot().await?;
    let mut ids = store::conversation::page(&mut conn, user, after, limit + 1).await?;
    let more = ids.len() > limit as usize;
    ids.truncate(limit as usize);
    let items = store::conversation::snapshots(&mut conn, user, &ids).await?;
    let last = items.last().filter(|_| more);
    let next_cursor =
        last.map(|conversation| cursor::write(&(conversation.updated_at.ms(), conversation.id)));
    Ok(ConversationPage { items, next_cursor })
}

pub(crate) async fn one(
    tx: &mut Tx,
    user: UserId,
    id: ConversationId,
) -> Result<Conversation, Error> {
    let found = store::conversation::snapshots(tx, user, &[id]).await?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| Error::not_found("conversation"))
}

pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    input: ChangeConversation,
) -> Result<Conversation, Error> {
    let user = caller.user()?;
    let notes = [note(app, user), note(app, user), note(app, user)];
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let id = input.conversation_id;
                let standing = require(tx, id, user).await?;
                let wanted = [
                    (
                        input.title.is_some() || input.description.is_some(),
                        Right::ChangeInfo,
                    ),
                    (input.message_ttl_s.is_some(), Right::SetTimer),
                ];
                for (_, right) in wanted.into_iter().filter(|(wanted, _)| *wanted) {
                    require_right(tx, id, user, right).await?;
                }
                let mut now = store::conversation::info(tx, id).await?;
                // Each is said by itself: whoever reads the group sees all that changed.
                for (note, step) in notes.into_iter().zip(steps(input, &now)) {
                    if step != now {
                        change_info(tx, id, note, standing.kind, now, step.clone()).await?;
                        now = step;
                    }
                }
                one(tx, user, id).await
            })
        })
        .await
}

/// From what everybody sees now to what is wanted, one change at a time.
fn steps(input: ChangeConversation, now: &Info) -> [Info; 3] {
    let titled = Info {
        title: input.title.map(String::from).or_else(|| now.title.clone()),
        ..now.clone()
    };
    let described = Info {
        description: match input.description {
            Some(text) => Some(String::from(text)).filter(|text| !text.is_empty()),
            None => now.description.clone(),
        },
        ..titled.clone()
    };
    let timed = Info {
        message_ttl_s: match input.message_ttl_s {
            Some(ttl) => ttl.seconds().map(i64::from),
            None => now.message_ttl_s,
        },
        ..described.clone()
    };
    [titled, described, timed]
}

/// What a group is told about a change that somebody makes now.
pub(crate) fn note(app: &App, by: UserId) -> Note {
    Note {
        id: MessageId::new(app.next_id()),
        by,
        at: app.now(),
        retention_s: app.config.retention_s,
    }
}

/// Stores what everybody sees, tells it, and says in a group what is new about it.
pub(crate) async fn change_info(
    tx: &mut Tx,
    id: ConversationId,
    note: Note,
    kind: ConversationKind,
    before: Info,
    after: Info,
) -> Result<(), Error> {
    store::conversation::set_info(tx, id, &after).await?;
    let change = ConversationChange {
        title: after.title.clone(),
        description: after.description.clone(),
        avatar_url: after.avatar_url.clone(),
        message_ttl_s: after.message_ttl_s.and_then(|s| u32::try_from(s).ok()),
        by: note.by,
    };
    log(tx, id, note.by, note.at, Event::ConversationChanged(change)).await?;
    let (action, value) = if after.title != before.title {
        (SystemAction::TitleChanged, after.title)
    } else if after.message_ttl_s != before.message_ttl_s {
        let seconds = after.message_ttl_s.map(|s| s.to_string());
        (SystemAction::TimerChanged, seconds)
    } else if after.avatar_url != before.avatar_url {
        (SystemAction::AvatarChanged, None)
    } else {
        (SystemAction::DescriptionChanged, None)
    };
    match kind {
        ConversationKind::Direct => Ok(()),
        _ => note.say(tx, id, action, &[], value).await,
    }
}

pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    input: DeleteConversation,
) -> Result<Empty, Error> {
    let (user, deed) = (caller.user()?, Deed::of(app, caller));
    let id = input.conversation_id;
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                require_right(tx, id, user, Right::DeleteConversation).await?;
                let title = audit::title(tx, id).await?;
                delete_for_all(tx, id, deed.at).await?;
                let target = Some(id.uuid());
                deed.record(tx, "conversation.delete", target, title).await
            })
        })
        .await?;
    Ok(DONE)
}

/// Takes a conversation away from everyone.
pub(crate) async fn delete_for_all(
    tx: &mut Tx,
    id: ConversationId,
    now: Timestamp,
) -> Result<(), Error> {
    let members = store::member::ids(tx, id).await?;
    store::conversation::delete(tx, id, now).await?;
    tell_gone(tx, id, &members, GoneReason::Deleted, now).await
}
