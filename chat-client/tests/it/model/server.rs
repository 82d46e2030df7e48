//! A server as a client sees it: one log for each conversation, one copy of each message, and an inbox for each user.

use crate::kit::{me, seq, user};
use chat_client::{HttpAnswer, HttpBody, HttpCall};
use chat_core::{
    ClientId, Conversation, ConversationId, ConversationKind, Emoji, Envelope, Epoch, Event,
    Extras, Limits, MemberRole, Message, MessageDeleted, MessageEdited, MessageId, MessageKind, My,
    MyChanged, Place, Prefs, Reaction, ReactionChange, Ready, Seq, Timestamp, UserId,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use uuid::Uuid;

type Says = mpsc::UnboundedSender<String>;

/// What the server holds.
pub(crate) struct Server {
    logs: BTreeMap<ConversationId, Vec<Envelope>>,
    pub(crate) messages: Vec<Message>,
    inboxes: BTreeMap<UserId, Vec<Envelope>>,
    reads: BTreeMap<(UserId, ConversationId), Seq>,
    sockets: Vec<(UserId, Says)>,
    /// How often a device said that it has something.
    pub(crate) delivered: usize,
    /// Who was watched last.
    pub(crate) watched: Value,
    /// Sends that were answered with the message that was there.
    pub(crate) duplicates: usize,
}

impl Server {
    pub(crate) fn new(conversations: &[ConversationId]) -> Self {
        Self {
            logs: conversations.iter().map(|id| (*id, Vec::new())).collect(),
            messages: Vec::new(),
            inboxes: BTreeMap::new(),
            reads: BTreeMap::new(),
            sockets: Vec::new(),
            watched: Value::Null,
            delivered: 0,
            duplicates: 0,
        }
    }

    /// A new socket; its end is told there.
    pub(crate) fn connect(&mut self, user: UserId, says: Says) {
        let ready = Ready {
            user: me(),
            session_id: None,
            server_time: Timestamp::from_ms(0),
            heartbeat_ms: 25_000,
            limits: Limits::default(),
        };
        let ready = Envelope::passing(None, Event::Ready(ready));
        says.send(serde_json::to_string(&ready).unwrap()).ok();
        self.sockets.push((user, says));
    }

    fn tell(&mut self, to: Option<UserId>, envelope: &Envelope) {
        let text = serde_json::to_string(envelope).unwrap();
        self.sockets.retain(|(user, says)| {
            to.is_some_and(|to| to != *user) || says.send(text.clone()).is_ok()
        });
    }

    fn log(&mut self, id: ConversationId, event: Event) -> Seq {
        let log = self.logs.get_mut(&id).unwrap();
        let place = seq(log.len() as u64 + 1);
        let envelope = Envelope {
            conversation_id: Some(id),
            place: Place::Log(place),
            at: Some(Timestamp::from_ms(place.get().try_into().unwrap())),
            event,
        };
        log.push(envelope.clone());
        self.tell(None, &envelope);
        place
    }

    pub(crate) fn say(
        &mut self,
        sender: UserId,
        id: ConversationId,
        client_id: &str,
        content: &str,
    ) -> Value {
        let client_id = ClientId::try_from(client_id.to_owned()).unwrap();
        let is_it = |m: &&Message| {
            (m.conversation_id, m.sender.id, &m.client_id) == (id, sender, &client_id)
        };
        if let Some(known) = self.messages.iter().find(is_it) {
            self.duplicates += 1;
            return ack(known, true);
        }
        let place = seq(self.logs[&id].len() as u64 + 1);
        let message = Message {
            id: MessageId::new(Uuid::from_u128(1 + self.messages.len() as u128)),
            conversation_id: id,
            seq: place,
            client_id,
            sender: user(sender),
            kind: MessageKind::Text,
            content: content.into(),
            extras: Extras::default(),
            created_at: Timestamp::from_ms(0),
            expires_at: None,
            edited_at: None,
            pinned_at: None,
            deleted_at: None,
            deleted_by: None,
        };
        self.messages.push(message.clone());
        let answer = ack(&message, false);
        self.log(id, Event::MessageNew(message));
        answer
    }

    fn change(&mut self, id: &Value, event: impl FnOnce(&Message) -> Event) -> Value {
        let id: MessageId = serde_json::from_value(id.clone()).unwrap();
        let known = self
            .messages
            .iter()
            .find(|message| message.id == id)
            .unwrap();
        let (conversation, event) = (known.conversation_id, event(known));
        self.messages
            .iter_mut()
            .for_each(|message| message.take(&event));
        self.log(conversation, event);
        json!({})
    }

    pub(crate) fn my(&self, user: UserId, id: ConversationId) -> My {
        let read_seq = self.reads.get(&(user, id)).copied().unwrap_or_default();
        let unread = self.messages.iter().filter(|m| m.conversation_id == id);
        let unread = unread.filter(|m| m.seq > read_seq && m.counts_for(user));
        My {
            role: MemberRole::Member,
            read_seq,
            delivered_seq: Seq::ZERO,
            unread_count: u32::try_from(unread.count()).unwrap(),
            mention_count: 0,
            counted_seq: seq(self.logs[&id].len() as u64),
            prefs: Prefs::default(),
        }
    }

    /// Tells a user of a conversation as if it were new.
    pub(crate) fn tell_again(&mut self, user: UserId, id: ConversationId) {
        let new = Event::ConversationNew(self.snapshot(user, id));
        self.tell_own(user, new);
    }

    fn tell_own(&mut self, user: UserId, event: Event) {
        let inbox = self.inboxes.entry(user).or_default();
        let envelope = Envelope {
            conversation_id: None,
            place: Place::Inbox(seq(inbox.len() as u64 + 1)),
            at: None,
            event,
        };
        inbox.push(envelope.clone());
        self.tell(Some(user), &envelope);
    }

    fn read(&mut self, user: UserId, id: ConversationId, to: Seq) -> Value {
        let mark = self.reads.entry((user, id)).or_default();
        *mark = to.max(*mark);
        let my = self.my(user, id);
        let event = Event::MyChanged(MyChanged {
            conversation_id: id,
            my: my.clone(),
        });
        self.tell_own(user, event);
        json!({"read_seq": my.read_seq, "delivered_seq": 0, "unread_count": my.unread_count})
    }

    /// Takes a frame of a client, and says the answer behind what came of it.
    pub(crate) fn frame(&mut self, from: UserId, text: &str, says: &Says) {
        let frame: Value = serde_json::from_str(text).unwrap();
        let data = &frame["data"];
        let here = || serde_json::from_value(data["conversation_id"].clone()).unwrap();
        let at = Timestamp::from_ms(7);
        let ok = match frame["type"].as_str().unwrap() {
            "message.send" => {
                let text = |key: &str| data[key].as_str().unwrap().to_owned();
                self.say(from, here(), &text("client_id"), &text("content"))
            }
            "message.edit" => self.change(&data["message_id"], |message| {
                Event::MessageEdited(MessageEdited {
                    id: message.id,
                    content: data["content"].as_str().unwrap().to_owned(),
                    edited_at: at,
                    mentions: Vec::new(),
                })
            }),
            "message.delete" => self.change(&data["message_id"], |message| {
                Event::MessageDeleted(MessageDeleted {
                    id: message.id,
                    deleted_at: at,
                    deleted_by: Some(from),
                })
            }),
            "reaction.add" => self.change(&data["message_id"], |message| {
                let emoji: Emoji = serde_json::from_value(data["emoji"].clone()).unwrap();
                Event::ReactionAdded(ReactionChange {
                    message_id: message.id,
                    emoji: emoji.as_str().to_owned(),
                    user_id: from,
                    reaction: Some(Reaction {
                        emoji: emoji.as_str().to_owned(),
                        count: 1,
                        user_ids: vec![from],
                        first_at: at,
                    }),
                })
            }),
            "read" => {
                let to = serde_json::from_value(data["seq"].clone()).unwrap();
                self.read(from, here(), to)
            }
            "delivered" => {
                self.delivered += 1;
                json!({})
            }
            "presence.watch" => {
                self.watched = data["user_ids"].clone();
                json!({"items": []})
            }
            _ => json!({}),
        };
        if let Some(id) = frame["id"].as_u64() {
            says.send(format!(r#"{{"id":{id},"ok":{ok}}}"#)).ok();
        }
    }

    pub(crate) fn call(&mut self, from: UserId, call: &HttpCall) -> HttpAnswer {
        let body: Value = match &call.body {
            HttpBody::Json(body) => serde_json::from_slice(body).unwrap(),
            _ => Value::Null,
        };
        let path = call.url.path().to_owned();
        let answer = match path.strip_suffix("/messages") {
            Some(path) => {
                let id = path.rsplit('/').next().unwrap().parse().unwrap();
                let query: BTreeMap<_, _> = call.url.query_pairs().into_owned().collect();
                self.history(id, &query)
            }
            None => self.sync(from, &body),
        };
        HttpAnswer {
            status: 200,
            retry_after_ms: None,
            body: serde_json::to_vec(&answer).unwrap(),
        }
    }

    fn history(&self, id: ConversationId, query: &BTreeMap<String, String>) -> Value {
        let all: Vec<_> = self
            .messages
            .iter()
            .filter(|m| m.conversation_id == id)
            .collect();
        let number = |key: &str| query.get(key).map(|text| text.parse::<u64>().unwrap());
        let limit = usize::try_from(number("limit").unwrap_or(50)).unwrap();
        let until = |seq: u64| all.iter().filter(|m| m.seq.get() < seq).count();
        let (begin, end) = match (number("after"), number("around")) {
            (Some(after), _) => (until(after + 1), until(after + 1) + limit),
            (_, Some(around)) => {
                let middle = until(around);
                (middle.saturating_sub(limit / 2), middle + limit / 2)
            }
            (None, None) => {
                let end = number("before").map_or(all.len(), until);
                (end.saturating_sub(limit), end)
            }
        };
        let end = end.min(all.len());
        json!({"items": all[begin..end], "has_before": begin > 0, "has_after": end < all.len()})
    }

    fn sync(&self, from: UserId, asked: &Value) -> Value {
        let mut stretches = Vec::new();
        let mut new = Vec::new();
        for (id, log) in &self.logs {
            let head = seq(log.len() as u64);
            match asked["positions"][id.to_string()]["seq"].as_u64() {
                Some(after) => stretches.push(json!({
                    "conversation_id": id, "epoch": Epoch::new(1), "from": after, "to": head,
                    "events": log[usize::try_from(after).unwrap()..], "head": head,
                    "marks": [], "my": self.my(from, *id),
                })),
                None => new.push(self.snapshot(from, *id)),
            }
        }
        let empty = Vec::new();
        let inbox = self.inboxes.get(&from).unwrap_or(&empty);
        let after = asked["inbox"]["seq"].as_u64().unwrap_or(inbox.len() as u64);
        json!({
            "inbox": {
                "epoch": Epoch::new(9), "from": after, "to": inbox.len(),
                "events": inbox[usize::try_from(after).unwrap()..],
            },
            "conversations": stretches, "reset": [], "gone": [], "new": new,
            "users": [], "more": false, "server_time": Timestamp::from_ms(0),
        })
    }

    fn snapshot(&self, from: UserId, id: ConversationId) -> Conversation {
        let mut newest = self.messages.iter().rev();
        Conversation {
            id,
            kind: ConversationKind::Group,
            title: None,
            description: None,
            avatar_url: None,
            message_ttl_s: None,
            created_at: Timestamp::from_ms(0),
            updated_at: Timestamp::from_ms(0),
            epoch: Epoch::new(1),
            last_seq: seq(self.logs[&id].len() as u64),
            last_message: newest.find(|m| m.conversation_id == id).cloned(),
            members: Vec::new(),
            member_count: 2,
            my: self.my(from, id),
        }
    }
}

fn ack(message: &Message, duplicate: bool) -> Value {
    json!({
        "message_id": message.id, "seq": message.seq, "created_at": message.created_at,
        "duplicate": duplicate,
    })
}
