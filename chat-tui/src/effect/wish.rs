//! What is asked of the server in so many words, and what is said when it was done.

use super::{Wish, ask::find_user};
use crate::{
    Msg,
    model::{Reading, person_name},
};
use chat_client::Client;
use chat_core::{
    AddMembers, ConversationId, Endpoint, ListMembers, ListPins, ListReceipts, ListRevisions,
    Member, MessageId, Receipt, text,
};

/// Members that are listed at most.
const MEMBERS: usize = 1_000;

/// Asks, and says what came of it.
pub(super) async fn grant(client: &Client, wish: Wish) -> Result<Msg, String> {
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
        Wish::Prefs(prefs) => done(client, prefs, "done").await?,
        Wish::Rename(change) => done(client, change, "changed").await?,
        Wish::Remove(remove) => done(client, remove, "they are out of it").await?,
        Wish::Leave(leave) => done(client, leave, "you have left").await?,
        Wish::Profile(change) => done(client, change, "your profile is changed").await?,
        Wish::Settings(change) => done(client, change, "your settings are changed").await?,
        Wish::AddMembers(id, names) => return add_members(client, id, &names).await,
        Wish::Invite(invite) => {
            let invite = call(client, invite).await?;
            return Ok(Msg::Read(Reading {
                title: "Invite".to_owned(),
                lines: vec![
                    text::inert_line(&invite.code).into_owned(),
                    String::new(),
                    "Whoever has this code can join within a week.".to_owned(),
                ],
                top: 0,
            }));
        }
        Wish::Join(code) => {
            let joined = call(client, chat_core::JoinInvite { code }).await?;
            return Ok(Msg::Created(Ok(joined.id)));
        }
        Wish::Pins(conversation_id) => {
            let pins = call(client, ListPins { conversation_id }).await?;
            return Ok(Msg::Pinned(pins.items));
        }
        Wish::Members(id, remove) => {
            let mut members = members(client, id).await?;
            members.retain(|member| !remove || Some(member.user.id) != client.me());
            return Ok(Msg::Members(id, members, remove));
        }
        Wish::Details(message) => return details(client, message).await.map(Msg::Read),
    };
    Ok(Msg::Done(told.to_owned()))
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
        user_ids.push(find_user(client, name).await?.id);
    }
    let add = AddMembers {
        conversation_id: id,
        user_ids,
        role: None,
    };
    call(client, add).await?;
    Ok(Msg::Done("they are in".to_owned()))
}

async fn members(client: &Client, conversation_id: ConversationId) -> Result<Vec<Member>, String> {
    let mut members = Vec::new();
    let mut cursor = None;
    loop {
        let asked = ListMembers {
            conversation_id,
            limit: Some(100),
            cursor: cursor.take(),
        };
        let page = call(client, asked).await?;
        members.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || members.len() >= MEMBERS {
            return Ok(members);
        }
    }
}

async fn details(client: &Client, message_id: MessageId) -> Result<Reading, String> {
    let receipts = ListReceipts {
        message_id,
        limit: Some(100),
        cursor: None,
    };
    let receipts = call(client, receipts).await?.items;
    let revisions = call(client, ListRevisions { message_id }).await?.items;
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
            names(&|receipt| receipt.delivered && !receipt.read)
        ),
    ];
    if revisions.len() > 1 {
        lines.push(String::new());
        lines.push("what it was before, oldest first:".to_owned());
        let before = revisions.iter().take(revisions.len() - 1);
        lines.extend(before.map(|revision| format!("  {}", text::inert(&revision.content))));
    }
    Ok(Reading {
        title: "This message".to_owned(),
        lines,
        top: 0,
    })
}
