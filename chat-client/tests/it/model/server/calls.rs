//! What the server of the model answers to calls over HTTP: syncs, history, files.

use super::Server;
use crate::kit::seq;
use chat_client::{HttpAnswer, HttpBody, HttpCall};
use chat_core::{
    Attachment, AttachmentId, Code, Conversation, ConversationId, ConversationKind, Epoch, Member,
    MemberRole, Problem, Seq, Timestamp, UserId,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

impl Server {
    /// Takes a whole file, once for each name.
    pub(crate) fn store(&mut self, once: &str, bytes: Vec<u8>) -> HttpAnswer {
        let next = Uuid::from_u128(9_000 + self.files.len() as u128);
        let new = Attachment {
            id: AttachmentId::new(next),
            file_name: "lock".into(),
            size: bytes.len() as u64,
            mime_type: "text/plain".into(),
            width: None,
            height: None,
            duration_ms: None,
            waveform: Vec::new(),
            blurhash: None,
            has_thumbnail: false,
        };
        let known = self.files.entry(once.to_owned());
        answer(&json!(known.or_insert((new, bytes)).0))
    }

    pub(crate) fn call(&mut self, from: UserId, call: &HttpCall) -> HttpAnswer {
        let body: Value = match &call.body {
            HttpBody::Json(body) => serde_json::from_slice(body).unwrap(),
            _ => Value::Null,
        };
        let path = call.url.path().to_owned();
        if let Some((_, id)) = path.split_once("/messages/") {
            return self.show(id);
        }
        answer(&match path.strip_suffix("/messages") {
            Some(path) => {
                let id = path.rsplit('/').next().unwrap().parse().unwrap();
                let query: BTreeMap<_, _> = call.url.query_pairs().into_owned().collect();
                self.history(id, &query)
            }
            None => self.sync(from, &body),
        })
    }

    fn show(&self, id: &str) -> HttpAnswer {
        match self.messages.iter().find(|m| m.id.to_string() == id) {
            Some(message) => answer(&json!(message)),
            None => HttpAnswer {
                status: 404,
                ..answer(&json!(Problem::new(Code::NotFound, "there is none")))
            },
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
        let epoch = json!(Epoch::new(self.epoch));
        let inbox = &asked["inbox"];
        let asked = match inbox.is_null() || inbox["epoch"] == epoch {
            true => asked,
            // Nothing that a device knows of another time counts.
            false => &Value::Null,
        };
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
                "epoch": epoch, "from": after, "to": inbox.len(),
                "events": inbox[usize::try_from(after).unwrap()..],
            },
            "conversations": stretches, "reset": [], "gone": [], "new": new,
            "users": [], "more": false, "server_time": Timestamp::from_ms(0),
        })
    }

    pub(super) fn snapshot(&self, from: UserId, id: ConversationId) -> Conversation {
        let mut newest = self.messages.iter().rev();
        let other = self.others.get(&id).map(|other| Member {
            user: other.clone(),
            role: MemberRole::Member,
            joined_at: Timestamp::from_ms(0),
            read_seq: Seq::ZERO,
            delivered_seq: Seq::ZERO,
        });
        Conversation {
            id,
            kind: match other {
                Some(_) => ConversationKind::Direct,
                None => ConversationKind::Group,
            },
            title: None,
            description: None,
            avatar_url: None,
            message_ttl_s: None,
            created_at: Timestamp::from_ms(0),
            updated_at: Timestamp::from_ms(0),
            epoch: Epoch::new(1),
            last_seq: seq(self.logs[&id].len() as u64),
            last_message: newest.find(|m| m.conversation_id == id).cloned(),
            members: Vec::from_iter(other),
            member_count: 2,
            my: self.my(from, id),
        }
    }
}

fn answer(value: &Value) -> HttpAnswer {
    HttpAnswer {
        status: 200,
        retry_after_ms: None,
        body: serde_json::to_vec(value).unwrap(),
    }
}
