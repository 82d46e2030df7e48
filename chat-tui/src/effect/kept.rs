//! What is asked of the server and known here in part: shown as far as it is, where the server cannot be asked.

use super::wish::{details, members};
use crate::{
    Msg,
    model::{Reading, person_name},
};
use chat_client::{Client, Error};
use chat_core::{ConversationId, ConversationState, ListPins, Member, Message, MessageId, Seq};
use std::cmp::Reverse;

/// The pinned messages, the last pinned one first.
pub(super) async fn pins(client: &Client, conversation_id: ConversationId) -> Result<Msg, String> {
    let asked = client.call(ListPins { conversation_id }).await;
    let here = || {
        client.read(|state| {
            let known = state.conversation(conversation_id)?;
            let pinned = known
                .messages()
                .filter(|message| message.pinned_at.is_some());
            let mut pinned: Vec<_> = pinned.cloned().collect();
            pinned.sort_by_key(|message| Reverse(message.pinned_at));
            Some(Msg::Pinned(pinned))
        })
    };
    or_kept(asked.map(|page| Msg::Pinned(page.items)), here)
}

/// All members, to be read.
pub(super) async fn people(client: &Client, id: ConversationId) -> Result<Msg, String> {
    let asked = members(client, id).await;
    let here = || {
        client.read(|state| {
            let known = state.conversation(id)?.conversation();
            Some(Msg::Members(id, known.members.clone(), false))
        })
    };
    or_kept(asked.map(|all| Msg::Members(id, all, false)), here)
}

/// Who read a message, and what it was before.
pub(super) async fn about(client: &Client, message: MessageId) -> Result<Msg, String> {
    let asked = details(client, message).await;
    let here = || {
        client.read(|state| {
            let all = state.conversations();
            let mut all = all.into_iter().filter_map(|known| {
                let message = known.messages().find(|known| known.id == message)?;
                Some((known, message))
            });
            let (known, message) = all.next()?;
            Some(Msg::Read(read_here(known, message)))
        })
    };
    or_kept(asked.map(Msg::Read), here)
}

/// What is known here in place of an answer, where the network is why there is none.
fn or_kept(asked: Result<Msg, Error>, here: impl FnOnce() -> Option<Msg>) -> Result<Msg, String> {
    let error = match asked {
        Ok(msg) => return Ok(msg),
        Err(error) => error,
    };
    let kept = match &error {
        Error::Network { .. } => here(),
        _ => None,
    };
    kept.map(|msg| Msg::Kept(Box::new(msg)))
        .ok_or_else(|| error.to_string())
}

/// What the marks of the members that are known say of a message.
fn read_here(known: &ConversationState, message: &Message) -> Reading {
    let members = &known.conversation().members;
    let names = |mark: &dyn Fn(&Member) -> Seq| {
        let others = members
            .iter()
            .filter(|member| member.user.id != message.sender.id);
        let there = others.filter(|member| mark(member) >= message.seq);
        let names: Vec<_> = there.map(|member| person_name(&member.user)).collect();
        match names.is_empty() {
            true => "nobody of whom it is known".to_owned(),
            false => names.join(", "),
        }
    };
    let read = names(&|member| member.read_seq);
    let delivered = names(&|member| member.delivered_seq.max(member.read_seq));
    Reading {
        title: "This message".to_owned(),
        lines: vec![
            format!("read by: {read}"),
            format!("has come to: {delivered}"),
            String::new(),
            "what it was before, the server tells when it can be asked".to_owned(),
        ],
        top: 0,
    }
}
