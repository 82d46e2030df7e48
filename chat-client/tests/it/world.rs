//! A server in a few lines: one conversation with a log, tokens that run out, and what it was asked.

use crate::kit::{hall, me, seq, user};
use chat_client::{Error, HttpCall};
use chat_core::{
    ClientId, Code, Conversation, ConversationKind, Envelope, Epoch, Event, MemberRole, Message,
    MessageId, My, Place, Problem, Secret, Seq, Timestamp, User, UserId,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// What the server holds.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) log: Vec<Envelope>,
    /// The number in the tokens that are good now.
    pub(crate) generation: u32,
    pub(crate) refreshes: u32,
    pub(crate) syncs: u32,
    pub(crate) is_session_over: bool,
    /// Answers to a refresh that get lost on the way.
    pub(crate) lost_refreshes: u32,
    /// The status of a page that something in between answers a refresh with; 0 swallows it.
    pub(crate) portal: Option<u16>,
    /// Profiles that changed, for the next sync.
    pub(crate) changed_users: Vec<User>,
}

impl World {
    /// Stores a message, once for each client id. Its event, and whether it was there before.
    pub(crate) fn store(&mut self, sender: UserId, id: &str, content: &str) -> (Envelope, bool) {
        let known = self
            .log
            .iter()
            .find(|e| matches!(&e.event, Event::MessageNew(m) if m.client_id.as_str() == id));
        if let Some(known) = known {
            return (known.clone(), true);
        }
        let number = self.log.len() as u64 + 1;
        let message = Message {
            id: MessageId::new(Uuid::from_u128(u128::from(number))),
            conversation_id: hall(),
            seq: seq(number),
            client_id: ClientId::try_from(id.to_owned()).unwrap(),
            sender: user(sender),
            content: content.into(),
            created_at: Timestamp::from_ms(0),
            edited_at: None,
            deleted_at: None,
            deleted_by: None,
        };
        let envelope = Envelope {
            conversation_id: Some(hall()),
            place: Place::Log(seq(number)),
            at: Some(Timestamp::from_ms(0)),
            event: Event::MessageNew(message),
        };
        self.log.push(envelope.clone());
        (envelope, false)
    }

    fn head(&self) -> Seq {
        seq(self.log.len() as u64)
    }

    fn my(&self) -> My {
        My {
            role: MemberRole::Member,
            read_seq: Seq::ZERO,
            delivered_seq: Seq::ZERO,
            unread_count: 0,
            counted_seq: self.head(),
        }
    }

    fn snapshot(&self) -> Conversation {
        Conversation {
            id: hall(),
            kind: ConversationKind::Group,
            title: None,
            description: None,
            created_at: Timestamp::from_ms(0),
            updated_at: Timestamp::from_ms(0),
            epoch: Epoch::new(1),
            last_seq: self.head(),
            last_message: self.log.last().map(|envelope| match &envelope.event {
                Event::MessageNew(message) => message.clone(),
                other => panic!("{other:?}"),
            }),
            members: Vec::new(),
            member_count: 2,
            my: self.my(),
        }
    }

    fn sync(&mut self, asked: &Value) -> Value {
        self.syncs += 1;
        let from = asked["positions"][hall().to_string()]["seq"].as_u64();
        let stretch = from.map(|from| {
            json!({
                "conversation_id": hall(), "epoch": Epoch::new(1), "from": from, "to": self.head(),
                "events": self.log[usize::try_from(from).unwrap()..], "head": self.head(),
                "marks": [], "my": self.my(),
            })
        });
        json!({
            "inbox": {"epoch": Epoch::new(9), "from": 0, "to": 0, "events": []},
            "conversations": Vec::from_iter(stretch), "reset": [], "gone": [],
            "new": if from.is_none() { vec![self.snapshot()] } else { Vec::new() },
            "users": std::mem::take(&mut self.changed_users),
            "more": false, "server_time": Timestamp::from_ms(0),
        })
    }

    fn refresh(&mut self, asked: &Value) -> Result<Value, Error> {
        if self.is_session_over || asked["refresh_token"] != format!("refresh-{}", self.generation)
        {
            return Err(Problem::new(Code::SessionEnded, "it is over").into());
        }
        self.refreshes += 1;
        self.generation += 1;
        let number = self.generation;
        Ok(json!({
            "access_token": format!("access-{number}"), "refresh_token": format!("refresh-{number}"),
            "expires_at": Timestamp::from_ms(0), "expires_in": 900,
        }))
    }

    pub(crate) fn answer(&mut self, call: &HttpCall) -> Result<Value, Error> {
        let body: Value = match &call.body {
            Some(body) => serde_json::from_slice(body).unwrap(),
            None => Value::Null,
        };
        if call.url.path() == "/api/v1/auth/refresh" {
            return self.refresh(&body);
        }
        self.admit(call.token.as_ref())?;
        match call.url.path() {
            "/api/v1/sync" => Ok(self.sync(&body)),
            "/api/v1/users/me" => Ok(serde_json::to_value(me()).unwrap()),
            path => Err(Problem::new(Code::NotFound, path).into()),
        }
    }

    pub(crate) fn admit(&self, token: Option<&Secret>) -> Result<(), Error> {
        let good = format!("access-{}", self.generation);
        match token.map(Secret::expose) {
            _ if self.is_session_over => Err(Problem::new(Code::SessionEnded, "it is over").into()),
            Some(token) if token == good => Ok(()),
            _ => Err(Problem::new(Code::TokenExpired, "it has run out").into()),
        }
    }
}
