//! What those who look after the server may do with accounts, conversations and messages. Every change is in the audit log.

use crate::{
    App, Error,
    app::DONE,
    audit::{self, Deed},
    auth::Caller,
    conversation::{delete_for_all, tell_me},
    cursor, mail,
    message::{bury, bury_unread},
    session, store,
    user::{self, NewUser},
    writer::Tx,
};
use chat_core::{
    Account, AccountPage, ChangeAccount, Close, Code, ConversationInfo, ConversationInfoPage,
    CreateAccount, DeleteAccount, DeleteAnyConversation, DeleteAnyMessage, Empty,
    EndAccountSessions, FieldErrors, ListAccountSessions, ListAccounts, ListAllConversations,
    ResetAccount, ResetLink, Secret, SessionPage, ShowAccount, ShowAnyConversation, ShowStats,
    Stats, Timestamp, UserId, UserRole,
};

pub(crate) async fn list_accounts(
    app: &App,
    _: &Caller,
    input: ListAccounts,
) -> Result<AccountPage, Error> {
    let limit = input.limit();
    let after: String = cursor::read(input.cursor.as_deref())?.unwrap_or_default();
    let mut conn = app.db.snapshot().await?;
    let items = store::account::page(&mut conn, &input, &after, limit + 1).await?;
    let (items, next_cursor) =
        cursor::page(items, limit, |account| account.me.user.username.clone());
    Ok(AccountPage { items, next_cursor })
}

pub(crate) async fn show_account(
    app: &App,
    _: &Caller,
    input: ShowAccount,
) -> Result<Account, Error> {
    account(app, input.user_id).await
}

async fn account(app: &App, id: UserId) -> Result<Account, Error> {
    let mut conn = app.db.snapshot().await?;
    store::account::find(&mut conn, id)
        .await?
        .ok_or_else(|| Error::not_found("user"))
}

pub(crate) async fn create_account(
    app: &App,
    caller: &Caller,
    input: CreateAccount,
) -> Result<Account, Error> {
    let new = NewUser {
        username: input.username,
        email: input.email,
        password: input.password,
        display_name: input.display_name,
        role: input.role.unwrap_or(UserRole::User),
    };
    if new.role == UserRole::Admin {
        require_no_token(caller)?;
    }
    let is_bot = input.is_bot.unwrap_or(false);
    let deed = Some(Deed::of(app, caller));
    let id = user::create_by(app, new, is_bot, deed).await?.user.id;
    account(app, id).await
}

pub(crate) async fn change_account(
    app: &App,
    caller: &Caller,
    input: ChangeAccount,
) -> Result<Account, Error> {
    let (deed, id) = (Deed::of(app, caller), input.user_id);
    if input.role == Some(UserRole::Admin) {
        require_no_token(caller)?;
    }
    require_within_reach(app, caller, id).await?;
    let switched_off = input.disabled == Some(true);
    let ended = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                let known = store::account::find(tx, id)
                    .await?
                    .ok_or_else(|| Error::not_found("user"))?;
                if known.deleted_at.is_some() {
                    return Err(Error::rule(Code::Conflict, "the account was deleted"));
                }
                require_possible(tx, &known, &input).await?;
                store::account::change(tx, &input, deed.at).await?;
                if input.email.is_some() || switched_off {
                    // Links that were mailed lead to an account as it was before.
                    store::mail_token::delete_of(tx, id).await?;
                }
                if input.display_name.is_some() {
                    user::tell_changed(tx, id).await?;
                }
                tell_me(tx, id, deed.at).await?;
                let ended = match switched_off {
                    true => store::session::end(tx, id, None, deed.at).await?,
                    false => Vec::new(),
                };
                let said = said(&input);
                if !said.is_empty() {
                    deed.record(tx, "admin.user.change", Some(id.uuid()), Some(said))
                        .await?;
                }
                Ok(ended)
            })
        })
        .await?;
    if switched_off {
        session::cut_off(
            app,
            id,
            &ended,
            session::Reach::Everything,
            Close::AccountDisabled,
        );
    }
    account(app, id).await
}

pub(crate) async fn delete_account(
    app: &App,
    caller: &Caller,
    input: DeleteAccount,
) -> Result<Empty, Error> {
    let deed = Deed::of(app, caller);
    require_within_reach(app, caller, input.user_id).await?;
    let delete_messages = input.delete_messages.unwrap_or(false);
    let action = "admin.user.delete";
    user::erase(app, deed, action, input.user_id, None, delete_messages).await?;
    Ok(DONE)
}

pub(crate) async fn reset_account(
    app: &App,
    caller: &Caller,
    input: ResetAccount,
) -> Result<ResetLink, Error> {
    require_within_reach(app, caller, input.user_id).await?;
    let deed = Deed::of(app, caller);
    let (token, expires_at) = session::reset_token(app, deed, input.user_id).await?;
    let link = mail::reset_link(&app.link_base(), &token);
    Ok(ResetLink {
        token,
        link: Secret::new(link),
        expires_at,
    })
}

/// A token for a program makes no admins and does not touch their accounts, its owner's among them: what was taken with it
/// would outlast its end.
fn require_no_token(caller: &Caller) -> Result<(), Error> {
    match caller.scope {
        None => Ok(()),
        Some(_) => Err(Error::forbidden(
            "no token is for the accounts of those who look after the server; sign in",
        )),
    }
}

/// Refuses a program what it would do to the account of an admin.
async fn require_within_reach(app: &App, caller: &Caller, id: UserId) -> Result<(), Error> {
    if caller.scope.is_some() && account(app, id).await?.me.role == UserRole::Admin {
        return require_no_token(caller);
    }
    Ok(())
}

/// There is always an admin who can sign in, and an address is confirmed as one account's only.
async fn require_possible(
    tx: &mut Tx,
    known: &Account,
    input: &ChangeAccount,
) -> Result<(), Error> {
    let is_admin = known.me.role == UserRole::Admin && known.disabled_at.is_none();
    let stays = input.disabled != Some(true) && input.role != Some(UserRole::User);
    if is_admin && !stays && store::account::count_admins(tx).await? <= 1 {
        return Err(Error::rule(
            Code::Conflict,
            "the last admin stays; make somebody else an admin first",
        ));
    }
    if let Some(email) = &input.email
        && store::user::has_email(tx, email, Some(input.user_id)).await?
    {
        return Err(Error::Taken(FieldErrors::one("email", "is taken")));
    }
    Ok(())
}

/// What was changed, in words; never the values of what is private.
fn said(input: &ChangeAccount) -> String {
    let mut words = Vec::new();
    let role = input.role.map(store::user::role_word);
    if let Some(Ok(role)) = role {
        words.push(format!("role {role}"));
    }
    match input.disabled {
        Some(true) => words.push("disabled".to_owned()),
        Some(false) => words.push("enabled".to_owned()),
        None => {}
    }
    if let Some(reason) = &input.reason {
        words.push(format!("reason: {}", reason.as_str()));
    }
    if input.display_name.is_some() {
        words.push("display name".to_owned());
    }
    if input.email.is_some() {
        words.push("email".to_owned());
    }
    words.join(", ")
}

pub(crate) async fn list_sessions(
    app: &App,
    _: &Caller,
    input: ListAccountSessions,
) -> Result<SessionPage, Error> {
    account(app, input.user_id).await?;
    let mut conn = app.db.read().await?;
    Ok(SessionPage {
        items: store::session::list(&mut conn, input.user_id, app.now()).await?,
        next_cursor: None,
    })
}

pub(crate) async fn end_sessions(
    app: &App,
    caller: &Caller,
    input: EndAccountSessions,
) -> Result<Empty, Error> {
    let (deed, id) = (Deed::of(app, caller), input.user_id);
    require_within_reach(app, caller, id).await?;
    let ended = app
        .writer
        .run(move |tx| {
            Box::pin(async move {
                if store::account::find(tx, id).await?.is_none() {
                    return Err(Error::not_found("user"));
                }
                let ended = store::session::end(tx, id, None, deed.at).await?;
                deed.record(tx, "admin.session.end", Some(id.uuid()), None)
                    .await?;
                Ok(ended)
            })
        })
        .await?;
    let reach = session::Reach::Everything;
    session::cut_off(app, id, &ended, reach, Close::SessionEnded);
    Ok(DONE)
}

pub(crate) async fn list_conversations(
    app: &App,
    _: &Caller,
    input: ListAllConversations,
) -> Result<ConversationInfoPage, Error> {
    let limit = input.limit();
    let after: Option<(i64, chat_core::ConversationId)> = cursor::read(input.cursor.as_deref())?;
    let after = after.map(|(ms, id)| (Timestamp::from_ms(ms), id));
    let mut conn = app.db.snapshot().await?;
    let items = store::account::conversations(&mut conn, &input, after, limit + 1).await?;
    let (items, next_cursor) = cursor::page(items, limit, |info| (info.updated_at.ms(), info.id));
    Ok(ConversationInfoPage { items, next_cursor })
}

pub(crate) async fn show_conversation(
    app: &App,
    _: &Caller,
    input: ShowAnyConversation,
) -> Result<ConversationInfo, Error> {
    let mut conn = app.db.snapshot().await?;
    store::account::conversation(&mut conn, input.conversation_id)
        .await?
        .ok_or_else(|| Error::not_found("conversation"))
}

pub(crate) async fn delete_conversation(
    app: &App,
    caller: &Caller,
    input: DeleteAnyConversation,
) -> Result<Empty, Error> {
    let deed = Deed::of(app, caller);
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let id = input.conversation_id;
                if store::account::conversation(tx, id).await?.is_none() {
                    return Err(Error::not_found("conversation"));
                }
                let title = audit::title(tx, id).await?;
                delete_for_all(tx, id, deed.at).await?;
                let reason = input.reason.map(|reason| format!("reason: {reason}"));
                let detail = [title, reason]
                    .into_iter()
                    .flatten()
                    .reduce(|title, reason| format!("{title}, {reason}"));
                deed.record(tx, "admin.conversation.delete", Some(id.uuid()), detail)
                    .await?;
                Ok(DONE)
            })
        })
        .await
}

pub(crate) async fn delete_message(
    app: &App,
    caller: &Caller,
    input: DeleteAnyMessage,
) -> Result<Empty, Error> {
    let (deed, by) = (Deed::of(app, caller), caller.user()?);
    app.writer
        .run(move |tx| {
            Box::pin(async move {
                let id = input.message_id;
                match store::message::find(tx, id).await {
                    Err(error) if store::message::is_damage(&error) => {
                        bury_unread(tx, id, Some(by), deed.at).await?;
                    }
                    found => {
                        let message = found?.ok_or_else(|| Error::not_found("message"))?;
                        bury(tx, message, Some(by), deed.at).await?;
                    }
                }
                let detail = input.reason.map(String::from);
                deed.record(tx, "admin.message.delete", Some(id.uuid()), detail)
                    .await?;
                Ok(DONE)
            })
        })
        .await
}

pub(crate) async fn stats(app: &App, _: &Caller, _: ShowStats) -> Result<Stats, Error> {
    let mut conn = app.db.snapshot().await?;
    let stats = store::account::stats(&mut conn, app.now()).await?;
    Ok(Stats {
        sockets: app.hub.sockets() as u64,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: app.started_at,
        ..stats
    })
}
