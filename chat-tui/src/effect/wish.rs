//! What is asked of the server in so many words, and what is said when it was done.

use super::{Whom, Wish, ask::find_user, kept};
use crate::{
    Msg,
    model::{FormKind, Reading, person_name},
};
use chat_client::{Client, Error};
use chat_core::{
    AddMembers, BlockUser, ChangeMember, ChangePrefs, ConversationId, EndSession, Endpoint,
    ListBlocks, ListMembers, ListReceipts, ListRevisions, ListSessions, Member, MessageId, Receipt,
    RemoveMember, UnblockUser, UserId, text,
};

/// Members that are listed at most.
const MEMBERS: usize = 1_000;

/// Asks, and says what came of it.
pub(super) async fn grant(client: &Client, wish: Wish) -> Result<Msg, String> {
    let form = wish.form();
    let told = match wish {
        // These were filled in: their forms wait.
        Wish::Prefs(prefs) if prefs.nickname.is_some() => done(client, prefs, "done").await?,
        Wish::Rename(change) => done(client, change, "changed").await?,
        Wish::Profile(change) => done(client, change, "your profile is changed").await?,
        Wish::Report(report) => done(client, report, "reported: they will look at it").await?,
        Wish::Password(change) => {
            let told = "your password is changed, and you are signed out everywhere else";
            done(client, change, told).await?
        }
        Wish::AddMembers(id, names) => return add_members(client, id, &names).await,
        wish => return settle(client, wish).await,
    };
    Ok(Msg::Done(form, told.to_owned()))
}

/// What another preference means.
fn preferred(prefs: &ChangePrefs) -> &'static str {
    match (prefs.muted_until, prefs.pinned, prefs.archived) {
        (Some(until), ..) if until.ms() == 0 => "you are told of what is said here",
        (Some(_), ..) => "it is quiet: you are told of nothing but mentions",
        (_, Some(true), _) => "it stays at the top, below what is unread",
        (_, Some(false), _) => "it stands where its last message puts it",
        (.., Some(true)) => "it is below all others now",
        (.., Some(false)) => "it is back in the list",
        _ => "done",
    }
}

/// What was chosen, and what nobody waits for.
async fn settle(client: &Client, wish: Wish) -> Result<Msg, String> {
    let told = match wish {
        Wish::Pin(id, message, on) => {
            let conversation = client.conversation(id);
            let done = match on {
                true => conversation.pin(message).await,
                false => conversation.unpin(message).await,
            };
            done.map_err(|error| error.to_string())?;
            if on { "pinned" } else { "not pinned any more" }
        }
        Wish::Forward(forward) => done(client, forward, "forwarded").await?,
        Wish::Unread(unread) => done(client, unread, "unread from there on").await?,
        Wish::Prefs(prefs) => done(client, prefs.clone(), preferred(&prefs)).await?,
        Wish::Timer(change) => done(client, change, "from now on").await?,
        Wish::Remove(remove) => done(client, remove, "they are out of it").await?,
        Wish::RemoveNamed(conversation_id, name) => {
            let user_id = find_user(client, &name).await?.id;
            let remove = RemoveMember {
                conversation_id,
                user_id,
            };
            done(client, remove, "they are out of it").await?
        }
        Wish::Role(conversation_id, whom, role) => {
            let change = ChangeMember {
                conversation_id,
                user_id: find(client, whom).await?,
                role,
            };
            done(client, change, "that is what they are now").await?
        }
        Wish::Block(whom, true) => {
            let user_id = find(client, whom).await?;
            let told = "blocked; your account's menu lets them in again";
            done(client, BlockUser { user_id }, told).await?
        }
        Wish::Block(whom, false) => {
            let user_id = find(client, whom).await?;
            done(
                client,
                UnblockUser { user_id },
                "they may write to you again",
            )
            .await?
        }
        Wish::Leave(leave) => done(client, leave, "you have left").await?,
        Wish::Settings(change) => done(client, change, "your settings are changed").await?,
        Wish::EndSessions(ids) => {
            for session_id in ids {
                call(client, EndSession { session_id }).await?;
            }
            "signed out there"
        }
        wish => return show(client, wish).await,
    };
    Ok(Msg::Told(told.to_owned()))
}

/// What is to be seen.
async fn show(client: &Client, wish: Wish) -> Result<Msg, String> {
    Ok(match wish {
        Wish::Invite(invite) => Msg::Invite(call(client, invite).await?.code),
        Wish::Join(code) => {
            let joined = call(client, chat_core::JoinInvite { code }).await?;
            Msg::Created(Ok(joined.id))
        }
        Wish::Pins(id) => kept::pins(client, id).await?,
        Wish::Members(id, false) => kept::people(client, id).await?,
        Wish::Members(id, true) => {
            let mut members = all_members(client, id).await?;
            members.retain(|member| Some(member.user.id) != client.me());
            Msg::Members(id, members, true)
        }
        Wish::Roles(id) => {
            let mut members = all_members(client, id).await?;
            members.retain(|member| Some(member.user.id) != client.me());
            Msg::Roles(id, members)
        }
        Wish::Sessions => Msg::Sessions(call(client, ListSessions {}).await?.items),
        Wish::Blocked => {
            let asked = ListBlocks {
                limit: Some(100),
                cursor: None,
            };
            Msg::Blocked(call(client, asked).await?.items)
        }
        Wish::Details(message) => kept::about(client, message).await?,
        // The others were granted before.
        _ => Msg::Told(String::new()),
    })
}

async fn find(client: &Client, whom: Whom) -> Result<UserId, String> {
    match whom {
        Whom::Id(id) => Ok(id),
        Whom::Name(name) => Ok(find_user(client, &name).await?.id),
    }
}

async fn call<E: Endpoint>(client: &Client, request: E) -> Result<E::Reply, String> {
    client
        .call(request)
        .await
        .map_err(|error| error.to_string())
}

async fn done<E: Endpoint>(
    client: &Client,
    request: E,
    told: &'static str,
) -> Result<&'static str, String> {
    call(client, request).await.map(|_| told)
}

async fn add_members(client: &Client, id: ConversationId, names: &[String]) -> Result<Msg, String> {
    let mut user_ids = Vec::new();
    for name in names {
        let me = client.session().map(|me| me.username);
        if me.is_some_and(|me| me == *name) {
            return Err(format!("you, {name}, are in it already"));
        }
        user_ids.push(find_user(client, name).await?.id);
    }
    let add = AddMembers {
        conversation_id: id,
        user_ids,
        role: None,
    };
    call(client, add).await?;
    let form = Some(FormKind::AddMembers(id));
    Ok(Msg::Done(form, "they are in".to_owned()))
}

pub(super) async fn members(
    client: &Client,
    conversation_id: ConversationId,
) -> Result<Vec<Member>, Error> {
    let mut members = Vec::new();
    let mut cursor = None;
    loop {
        let asked = ListMembers {
            conversation_id,
            limit: Some(100),
            cursor: cursor.take(),
        };
        let page = client.call(asked).await?;
        members.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || members.len() >= MEMBERS {
            return Ok(members);
        }
    }
}

async fn all_members(client: &Client, id: ConversationId) -> Result<Vec<Member>, String> {
    let asked = members(client, id).await;
    asked.map_err(|error| error.to_string())
}

/// How far a message has come to each member.
async fn receipts(client: &Client, message_id: MessageId) -> Result<Vec<Receipt>, Error> {
    let mut receipts = Vec::new();
    let mut cursor = None;
    loop {
        let asked = ListReceipts {
            message_id,
            limit: Some(100),
            cursor: cursor.take(),
        };
        let page = client.call(asked).await?;
        receipts.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || receipts.len() >= MEMBERS {
            return Ok(receipts);
        }
    }
}

pub(super) async fn details(client: &Client, message_id: MessageId) -> Result<Reading, Error> {
    let receipts = receipts(client, message_id).await?;
    let revisions = client.call(ListRevisions { message_id }).await?;
    let revisions = revisions.items;
    let names = |wanted: &dyn Fn(&Receipt) -> bool| {
        let names: Vec<_> = receipts
            .iter()
            .filter(|receipt| wanted(receipt))
            .map(|receipt| person_name(&receipt.user))
            .collect();
        match names.is_empty() {
            true => "nobody yet".to_owned(),
            false => names.join(", "),
        }
    };
    let mut lines = vec![
        format!("read by: {}", names(&|receipt| receipt.read)),
        format!(
            "has come to: {}",
            names(&|receipt| receipt.delivered || receipt.read)
        ),
    ];
    if revisions.len() > 1 {
        lines.push(String::new());
        lines.push("what it was before, oldest first:".to_owned());
        let before = revisions.iter().take(revisions.len() - 1);
        lines.extend(before.map(|revision| match revision.content.is_empty() {
            true => "  without a text".to_owned(),
            false => format!("  {}", text::inert(&revision.content)),
        }));
    }
    Ok(Reading {
        title: "This message".to_owned(),
        lines,
        top: 0,
    })
}
