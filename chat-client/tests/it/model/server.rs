//! A server as a client sees it: one log for each conversation, one copy of each message, and an inbox for each user.

mod calls;

use crate::kit::{me, seq, user};
use chat_core::{
    Attachment, ClientId, ConversationId, Emoji, Envelope, Event, Extras, Limits, MemberRole,
    Message, MessageDeleted, MessageEdited, MessageId, MessageKind, My, MyChanged, Place, Prefs,
    Reaction, ReactionChange, Ready, Seq, Timestamp, Typing, User, UserId,
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
    /// What was uploaded, by what it was to be stored under once.
    pub(crate) files: BTreeMap<String, (Attachment, Vec<u8>)>,
    /// What was sent under each client id.
    sent: BTreeMap<ClientId, Value>,
    /// What was done to messages, by the client's own id for it.
    done: BTreeMap<String, Value>,
    /// What another device makes of a message as soon as this user has edited it, before the answer is out.
    pub(crate) edited_elsewhere: Option<String>,
    /// Which time it lives in: it is another once it was restored.
    pub(crate) epoch: u64,
    /// How often a device said that it has something.
    pub(crate) delivered: usize,
    /// With whom this user is in those of two people; all others are groups.
    pub(crate) others: BTreeMap<ConversationId, User>,
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
            files: BTreeMap::new(),
            sent: BTreeMap::new(),
            done: BTreeMap::new(),
            edited_elsewhere: None,
            epoch: 9,
            others: BTreeMap::new(),
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

    /// Somebody writes.
    pub(crate) fn types(&mut self, who: &User, id: ConversationId) {
        let typing = Event::Typing(Typing {
            user_id: who.id,
            username: who.username.clone(),
            is_typing: true,
        });
        self.tell(None, &Envelope::passing(Some(id), typing));
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
        self.say_with(sender, id, client_id, content, Extras::default())
    }

    fn say_with(
        &mut self,
        sender: UserId,
        id: ConversationId,
        client_id: &str,
        content: &str,
        extras: Extras,
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
            extras,
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

    /// Stores a message as a client sent it, once for each client id.
    fn send(&mut self, from: UserId, id: ConversationId, data: &Value) -> Result<Value, Value> {
        let text = |key: &str| data[key].as_str().unwrap().to_owned();
        let client_id = ClientId::try_from(text("client_id")).unwrap();
        if self.sent.get(&client_id).is_some_and(|sent| sent != data) {
            let is_it = |m: &&Message| (m.conversation_id, &m.client_id) == (id, &client_id);
            let there = self.messages.iter().find(is_it).map(|m| m.id);
            return Err(conflict(there));
        }
        self.sent.insert(client_id, data.clone());
        let ids = data["attachment_ids"].as_array().into_iter().flatten();
        let files = ids.map(|id| {
            let mut files = self.files.values().map(|(file, _)| file);
            let file = files.find(|file| json!(file.id) == *id);
            file.expect("a message comes behind its file").clone()
        });
        let extras = Extras {
            attachments: files.collect(),
            ..Extras::default()
        };
        Ok(self.say_with(from, id, &text("client_id"), &text("content"), extras))
    }

    /// An emoji comes or goes under a message.
    fn react(&mut self, from: UserId, data: &Value, is_on: bool) -> Value {
        let emoji: Emoji = serde_json::from_value(data["emoji"].clone()).unwrap();
        self.change(&data["message_id"], |message| {
            let reaction = Reaction {
                emoji: emoji.as_str().to_owned(),
                count: 1,
                user_ids: vec![from],
                first_at: Timestamp::from_ms(7),
            };
            let change = ReactionChange {
                message_id: message.id,
                emoji: emoji.as_str().to_owned(),
                user_id: from,
                reaction: is_on.then_some(reaction),
            };
            match is_on {
                true => Event::ReactionAdded(change),
                false => Event::ReactionRemoved(change),
            }
        })
    }

    /// Does something to a message, once under each of the client's own ids.
    fn once(
        &mut self,
        data: &Value,
        work: impl FnOnce(&mut Self, &Value) -> Value,
    ) -> Result<Value, Value> {
        let name = format!("{} {}", data["message_id"], data["client_id"]);
        match self.done.get(&name) {
            Some(done) if done == data => return Ok(json!({})),
            Some(_) => return Err(conflict(None)),
            None => self.done.insert(name, data.clone()),
        };
        Ok(work(self, data))
    }

    fn edit(&mut self, data: &Value) -> Value {
        let mine = data["content"].as_str().unwrap().to_owned();
        let elsewhere = self.edited_elsewhere.take();
        for content in [mine].into_iter().chain(elsewhere) {
            self.change(&data["message_id"], |message| {
                Event::MessageEdited(MessageEdited {
                    id: message.id,
                    content,
                    edited_at: Timestamp::from_ms(7),
                    mentions: Vec::new(),
                })
            });
        }
        json!({})
    }

    /// The texts that messages were given, in the order in which they were.
    pub(crate) fn texts_given(&self) -> Vec<&str> {
        let events = self.logs.values().flatten().map(|told| &told.event);
        let edits = events.filter_map(|event| match event {
            Event::MessageEdited(edit) => Some(edit.content.as_str()),
            _ => None,
        });
        edits.collect()
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
        let answer = match frame["type"].as_str().unwrap() {
            "message.send" => self.send(from, here(), data),
            "message.edit" => self.once(data, Self::edit),
            "message.delete" => self.once(data, |server, data| {
                server.change(&data["message_id"], |message| {
                    Event::MessageDeleted(MessageDeleted {
                        id: message.id,
                        deleted_at: Timestamp::from_ms(7),
                        deleted_by: Some(from),
                    })
                })
            }),
            "reaction.add" => self.once(data, |server, data| server.react(from, data, true)),
            "reaction.remove" => self.once(data, |server, data| server.react(from, data, false)),
            "read" => {
                let to = serde_json::from_value(data["seq"].clone()).unwrap();
                Ok(self.read(from, here(), to))
            }
            "delivered" => {
                self.delivered += 1;
                Ok(json!({}))
            }
            "presence.watch" => {
                self.watched = data["user_ids"].clone();
                let here = |id: &Value| json!({"user_id": id, "state": "online"});
                let watched = self.watched.as_array().into_iter().flatten();
                Ok(json!({"items": watched.map(here).collect::<Vec<_>>()}))
            }
            _ => Ok(json!({})),
        };
        if let Some(id) = frame["id"].as_u64() {
            let text = match answer {
                Ok(ok) => format!(r#"{{"id":{id},"ok":{ok}}}"#),
                Err(error) => format!(r#"{{"id":{id},"error":{error}}}"#),
            };
            says.send(text).ok();
        }
    }
}

fn conflict(there: Option<MessageId>) -> Value {
    let detail = "the same client id was used with another content";
    json!({"code": "idempotency_conflict", "detail": detail, "message_id": there})
}

fn ack(message: &Message, duplicate: bool) -> Value {
    json!({
        "message_id": message.id, "seq": message.seq, "created_at": message.created_at,
        "duplicate": duplicate,
    })
}
