//! A server in a few lines: one conversation with a log, tokens that run out, and what it was asked.

use crate::kit::{hall, me, seq, user};
use chat_client::{Error, HttpBody, HttpCall, HttpFile};
use chat_core::{
    ClientId, Code, Conversation, ConversationKind, Envelope, Epoch, Event, Extras, MemberRole,
    Message, MessageId, MessageKind, My, Place, Prefs, Problem, Secret, Seq, Timestamp, User,
    UserId,
};
use futures_util::{StreamExt, stream};
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
    /// With which status something in between answers uploads, and does not pass them on.
    pub(crate) foreign_uploads: Vec<u16>,
    /// Under which name each upload was to be carried out once.
    pub(crate) once: Vec<Option<String>>,
    /// Profiles that changed, for the next sync.
    pub(crate) changed_users: Vec<User>,
    /// What was uploaded: what it was called, and what was in it.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// What every file here has in it.
pub(crate) const FILE: &[u8] = b"0123456789";

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
            mention_count: 0,
            counted_seq: self.head(),
            prefs: Prefs::default(),
        }
    }

    pub(crate) fn snapshot(&self) -> Conversation {
        Conversation {
            id: hall(),
            kind: ConversationKind::Group,
            title: None,
            description: None,
            avatar_url: None,
            message_ttl_s: None,
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
            HttpBody::Json(body) => serde_json::from_slice(body).unwrap(),
            HttpBody::Empty | HttpBody::File { .. } => Value::Null,
        };
        if call.url.path() == "/api/v1/auth/refresh" {
            return self.refresh(&body);
        }
        self.admit(call.token.as_ref())?;
        match call.url.path() {
            "/api/v1/sync" => Ok(self.sync(&body)),
            "/api/v1/attachments" => Ok(json!({
                "id": hall(), "file_name": "f", "size": FILE.len(), "mime_type": "text/plain",
            })),
            "/api/v1/users/me" => Ok(serde_json::to_value(me()).unwrap()),
            path => Err(Problem::new(Code::NotFound, path).into()),
        }
    }

    /// Hands a file out, or the part that is asked for.
    pub(crate) fn serve(&self, call: &HttpCall) -> HttpFile {
        let (status, body) = match self.admit(call.token.as_ref()) {
            Err(Error::Api(problem)) => (problem.status, serde_json::to_vec(&problem).unwrap()),
            Err(error) => panic!("{error}"),
            Ok(()) => match call.range.as_deref() {
                None => (200, FILE.to_vec()),
                Some("bytes=0-0") => (206, FILE[..1].to_vec()),
                Some("bytes=4-") => (206, FILE[4..].to_vec()),
                Some("bytes=10-" | "bytes=99-") => {
                    let problem = Problem::new(Code::NoSuchRange, "it is shorter");
                    (problem.status, serde_json::to_vec(&problem).unwrap())
                }
                Some(other) => panic!("{other}"),
            },
        };
        HttpFile {
            status,
            retry_after_ms: None,
            mime_type: Some("text/plain".into()),
            length: Some(body.len() as u64),
            range: (status == 206).then(|| match call.range.as_deref() {
                Some("bytes=0-0") => "bytes 0-0/10".to_owned(),
                _ => "bytes 4-9/10".to_owned(),
            }),
            chunks: stream::iter(body.into_iter().map(|byte| Ok(vec![byte].into()))).boxed(),
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
