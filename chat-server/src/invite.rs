//! The rules of invites: who makes them, and whom they let in. A code that does not hold any more looks like one that never
//! was.

use crate::{
    App, Error,
    app::DONE,
    auth::Caller,
    conversation::{note, one, require_right, tell_new},
    cursor,
    member::join,
    store,
    writer::run_once,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chat_core::{
    Code, Conversation, CreateInvite, DeleteInvite, Empty, Invite, InvitePage, InvitePreview,
    JoinInvite, ListInvites, MemberRole, Right, ShowInvite, SystemAction, Timestamp,
};

/// Invites of a conversation that hold at a time.
const INVITES_MOST: usize = 50;

pub(crate) async fn create(
    app: &App,
    caller: &Caller,
    input: CreateInvite,
) -> Result<Invite, Error> {
    let user = caller.user()?;
    let now = app.now();
    // 128 bits that nobody can guess; the code is all that it takes to come in.
    let words = [app.random.word(), app.random.word()];
    let bytes = words.map(u64::to_be_bytes).concat();
    let new = Invite {
        code: URL_SAFE_NO_PAD.encode(bytes),
        conversation_id: input.conversation_id,
        created_by: user,
        created_at: now,
        expires_at: input
            .expires_in_s
            .map(|s| now.plus_ms(i64::from(s) * 1_000)),
        max_uses: input.max_uses,
        uses: 0,
    };
    run_once(app, caller.once.clone(), move |tx| {
        Box::pin(async move {
            let id = new.conversation_id;
            require_right(tx, id, user, Right::AddMembers).await?;
            store::invite::delete_ended(tx, id, now).await?;
            let known = store::invite::page(tx, id, now, None, INVITES_MOST as u32).await?;
            if known.len() >= INVITES_MOST {
                return Err(Error::rule(
                    Code::Conflict,
                    format!("the conversation has {INVITES_MOST} invites; end one of them first"),
                ));
            }
            store::invite::insert(tx, &new).await?;
            Ok(new)
        })
    })
    .await
}

pub(crate) async fn list(
    app: &App,
    caller: &Caller,
    input: ListInvites,
) -> Result<InvitePage, Error> {
    let (id, limit) = (input.conversation_id, input.limit());
    let after: Option<(i64, String)> = cursor::read(input.cursor.as_deref())?;
    let after = after.map(|(ms, code)| (Timestamp::from_ms(ms), code));
    let mut conn = app.db.snapshot().await?;
    require_right(&mut conn, id, caller.user()?, Right::AddMembers).await?;
    let items = store::invite::page(&mut conn, id, app.now(), after, limit + 1).await?;
    let (items, next_cursor) = cursor::page(items, limit, |invite| {
        (invite.created_at.ms(), invite.code.clone())
    });
    Ok(InvitePage { items, next_cursor })
}

pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    input: DeleteInvite,
) -> Result<Empty, Error> {
    let user = caller.user()?;
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let id = input.conversation_id;
                require_right(tx, id, user, Right::AddMembers).await?;
                match store::invite::delete(tx, id, input.code.as_str()).await? {
                    true => Ok(DONE),
                    false => Err(Error::not_found("invite")),
                }
            })
        })
        .await
}

pub(crate) async fn show(
    app: &App,
    caller: &Caller,
    input: ShowInvite,
) -> Result<InvitePreview, Error> {
    let user = caller.user()?;
    let mut conn = app.db.snapshot().await?;
    let id = store::invite::holding(&mut conn, input.code.as_str(), app.now()).await?;
    let id = id.ok_or_else(|| Error::not_found("invite"))?;
    if store::ban::any(&mut conn, id, &[user]).await?.is_some() {
        return Err(Error::not_found("invite"));
    }
    store::invite::preview(&mut conn, id)
        .await?
        .ok_or_else(|| Error::not_found("invite"))
}

pub(crate) async fn join_by(
    app: &App,
    caller: &Caller,
    input: JoinInvite,
) -> Result<Conversation, Error> {
    let user = caller.user()?;
    let (note, most) = (note(app, user), app.config.limits.members);
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let code = input.code.as_str();
                // Whoever is in may have used it up, and not have heard so.
                if let Some(id) = store::invite::place_of(tx, code).await?
                    && store::conversation::standing(tx, id, user).await?.is_some()
                {
                    return one(tx, user, id).await;
                }
                let id = store::invite::holding(tx, code, note.at).await?;
                let id = id.ok_or_else(|| Error::not_found("invite"))?;
                if store::ban::any(tx, id, &[user]).await?.is_some() {
                    return Err(Error::not_found("invite"));
                }
                let there = store::invite::preview(tx, id).await?;
                if there.is_some_and(|there| there.member_count >= most) {
                    return Err(Error::rule(
                        Code::Conflict,
                        format!("the conversation is full: it has {most} members"),
                    ));
                }
                store::invite::use_up(tx, code).await?;
                let new = join(tx, id, user, user, MemberRole::Member, most, note.at).await?;
                note.say(tx, id, SystemAction::Joined, &[], None).await?;
                tell_new(tx, id, &[new], note.at).await?;
                one(tx, user, id).await
            })
        })
        .await
}
