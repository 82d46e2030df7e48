//! From what a person types to what the server knows: users by name, conversations by id, `@user` or title.

use crate::error::{Error, Result};
use chat_client::Client;
use chat_core::{
    Code, Conversation, ConversationId, ConversationKind, CreateConversation, ListConversations,
    UserId,
};

/// The user of a name (`ann`, `@ann`) or id.
pub(super) async fn user(client: &Client, text: &str) -> Result<UserId> {
    let name = text.strip_prefix('@').unwrap_or(text);
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let found = client.find_user(name).await?;
    found.map(|user| user.id).ok_or_else(|| {
        Error::coded(
            Code::NotFound,
            format!("there is no user {name}; find people with: chat user list"),
        )
    })
}

/// Every conversation of the caller, or the first so many.
pub(super) async fn conversations(client: &Client, most: usize) -> Result<Vec<Conversation>> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = client
            .call(ListConversations {
                limit: Some(100),
                cursor: cursor.take(),
            })
            .await?;
        all.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || all.len() >= most {
            all.truncate(most);
            return Ok(all);
        }
    }
}

/// Whether a direct conversation that is not there yet should be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Open,
    Refuse,
}

/// The conversation that is meant: its id, `@user`, or a group's title where only one has it.
pub(super) async fn conversation(
    client: &Client,
    text: &str,
    missing: Missing,
) -> Result<ConversationId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    match text.strip_prefix('@') {
        Some(name) => direct(client, name, missing).await,
        None => {
            let found = by_title(&conversations(client, usize::MAX).await?, text);
            match found {
                Err(error) if error.exit_code() == 3 && user(client, text).await.is_ok() => {
                    Err(Error::coded(
                        Code::NotFound,
                        format!("there is no conversation called {text:?}; the person is @{text}"),
                    ))
                }
                found => found,
            }
        }
    }
}

async fn direct(client: &Client, name: &str, missing: Missing) -> Result<ConversationId> {
    let other = user(client, name).await?;
    if missing == Missing::Open {
        let create = CreateConversation {
            kind: ConversationKind::Direct,
            title: None,
            description: None,
            message_ttl_s: None,
            member_ids: vec![other],
        };
        return Ok(client.call(create).await?.conversation.id);
    }
    conversations(client, usize::MAX)
        .await?
        .into_iter()
        .find(|known| {
            known.kind == ConversationKind::Direct
                && known.members.iter().any(|member| member.user.id == other)
        })
        .map(|known| known.id)
        .ok_or_else(|| {
            Error::coded(
                Code::NotFound,
                format!("there is no conversation with @{name} yet"),
            )
        })
}

/// Whether this is its title, or what the caller calls it.
fn is_called(conversation: &Conversation, text: &str) -> bool {
    let names = [&conversation.title, &conversation.my.prefs.nickname];
    names.into_iter().flatten().any(|name| name == text)
}

fn by_title(all: &[Conversation], text: &str) -> Result<ConversationId> {
    let called: Vec<_> = all.iter().filter(|known| is_called(known, text)).collect();
    match called.as_slice() {
        [one] => Ok(one.id),
        [] => Err(Error::coded(
            Code::NotFound,
            format!("there is no conversation called {text:?}; see: chat conversation list"),
        )),
        several => {
            let ids: Vec<_> = several.iter().map(|known| known.id.to_string()).collect();
            Err(Error::coded(
                Code::Conflict,
                format!(
                    "{} conversations are called {text:?}; name one by its id: {}",
                    several.len(),
                    ids.join(", ")
                ),
            ))
        }
    }
}

/// What a conversation is called for one of its members: as they call it, by its title, or after the others.
pub(super) fn shown(conversation: &Conversation, me: Option<UserId>) -> String {
    let nickname = conversation.my.prefs.nickname.as_ref();
    if let Some(name) = nickname.or(conversation.title.as_ref()) {
        return name.clone();
    }
    let others = conversation
        .members
        .iter()
        .filter(|member| Some(member.user.id) != me);
    others
        .map(|member| format!("@{}", member.user.username))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn group(last: u32, title: &str) -> Conversation {
        let id = format!("01890a5d-ac96-774b-bcce-{last:012}");
        serde_json::from_value(json!({
            "id": id, "kind": "group", "title": title, "created_at": "2026-11-21T09:30:00.000Z",
            "updated_at": "2026-11-21T09:30:00.000Z", "epoch": "0000000000000001", "last_seq": 0, "members": [],
            "member_count": 0,
            "my": {"role": "member", "read_seq": 0, "delivered_seq": 0, "unread_count": 0, "counted_seq": 0},
        }))
        .unwrap()
    }

    #[test]
    fn a_title_names_a_conversation_where_only_one_has_it() {
        let all = [group(1, "Choir"), group(2, "Kitchen"), group(3, "Kitchen")];

        assert_eq!(by_title(&all, "Choir").unwrap(), all[0].id);
        assert_eq!(by_title(&all, "choir").unwrap_err().exit_code(), 3);
        let twice = by_title(&all, "Kitchen").unwrap_err();
        assert_eq!(twice.exit_code(), 6);
        assert!(twice.story().contains(&all[2].id.to_string()));
    }
}
