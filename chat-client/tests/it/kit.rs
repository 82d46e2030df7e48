//! A network that the test holds: calls go to a [`World`], sockets are answered by hand.

use crate::world::World;
use async_trait::async_trait;
use chat_client::{
    Error, HttpAnswer, HttpBody, HttpCall, HttpFile, Incoming, Peer, SavedSession, Socket,
    SocketRequest, Transport, Update, Updates, test_kit::RuntimeClock,
};
use chat_core::{
    Close, ConversationId, Envelope, Event, Limits, Me, MessageId, Place, Ready, Secret, Seq,
    SessionId, Settings, Timestamp, User, UserId, UserRole,
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::mpsc;
use uuid::Uuid;

pub(crate) use chat_client::test_kit::{online, status};

pub(crate) const SERVER: &str = "http://chat.test/";

pub(crate) fn ann() -> UserId {
    UserId::new(Uuid::from_u128(1))
}

pub(crate) fn bob() -> UserId {
    UserId::new(Uuid::from_u128(2))
}

pub(crate) fn hall() -> ConversationId {
    ConversationId::new(Uuid::from_u128(77))
}

/// A second conversation.
pub(crate) fn cellar() -> ConversationId {
    ConversationId::new(Uuid::from_u128(78))
}

pub(crate) fn seq(number: u64) -> Seq {
    Seq::try_from(number).unwrap()
}

pub(crate) fn session() -> SavedSession {
    SavedSession {
        server: SERVER.parse().unwrap(),
        user_id: ann(),
        username: "ann".into(),
        session_id: SessionId::new(Uuid::from_u128(5)),
        access_token: Secret::new("access-0"),
        refresh_token: Secret::new("refresh-0"),
        expires_at: Timestamp::from_ms(4_000_000_000_000),
    }
}

pub(crate) fn user(id: UserId) -> User {
    User::new(id, if id == ann() { "ann" } else { "bob" }, "Somebody")
}

pub(crate) fn me() -> Me {
    Me {
        user: user(ann()),
        bio: None,
        status_text: None,
        email: None,
        email_verified: false,
        settings: Settings::default(),
        role: UserRole::User,
        created_at: Timestamp::from_ms(0),
    }
}

/// The network.
#[derive(Clone)]
pub(crate) struct Net {
    world: Arc<Mutex<World>>,
    sockets: mpsc::UnboundedSender<Far>,
}

impl Net {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Far>) {
        let (sockets, opened) = mpsc::unbounded_channel();
        let world = Arc::default();
        (Self { world, sockets }, opened)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

#[async_trait]
impl Transport for Net {
    async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Error> {
        // Long enough for calls to overlap.
        tokio::time::sleep(Duration::from_millis(20)).await;
        if call.url.path().ends_with("/refresh") {
            let portal = self.world().portal;
            match portal {
                Some(0) => std::future::pending().await,
                Some(status) => {
                    return Ok(HttpAnswer {
                        status,
                        retry_after_ms: None,
                        body: b"<html>pay for the network here</html>".into(),
                    });
                }
                None => {}
            }
        }
        if call.url.path().ends_with("/attachments") {
            let mut world = self.world();
            world.once.push(call.once.clone());
            if let Some(status) = world.foreign_uploads.pop() {
                return Ok(HttpAnswer {
                    status,
                    retry_after_ms: None,
                    body: b"<html>no such page</html>".into(),
                });
            }
        }
        let file = match &call.body {
            HttpBody::File { mime_type, content } => {
                let pieces: Vec<_> = content.open().map(Result::unwrap).collect().await;
                Some((mime_type.clone(), pieces.concat()))
            }
            _ => None,
        };
        let mut world = self.world();
        world.files.extend(file);
        let (status, body) = match world.answer(&call) {
            Ok(value) => (200, serde_json::to_vec(&value).unwrap()),
            Err(Error::Api(problem)) => (problem.status, serde_json::to_vec(&problem).unwrap()),
            Err(error) => return Err(error),
        };
        if call.url.path().ends_with("/refresh") && world.lost_refreshes > 0 {
            world.lost_refreshes -= 1;
            // Within a few seconds the server takes the token again whose successor got lost.
            world.generation -= 1;
            return Err(Error::disconnected("cut"));
        }
        Ok(HttpAnswer {
            status,
            retry_after_ms: None,
            body,
        })
    }

    async fn fetch(&self, call: HttpCall) -> Result<HttpFile, Error> {
        Ok(self.world().serve(&call))
    }

    async fn connect(&self, request: SocketRequest) -> Result<Socket, Error> {
        assert_eq!(request.url.as_str(), "ws://chat.test/ws");
        self.world().admit(Some(&request.token))?;
        let (socket, peer) = Socket::pair();
        let far = Far {
            token: request.token.expose().to_owned(),
            peer,
        };
        self.sockets.send(far).map_err(|_| Error::Stopped)?;
        Ok(socket)
    }
}

/// The server's end of a socket.
pub(crate) struct Far {
    pub(crate) token: String,
    peer: Peer,
}

/// A frame of the client.
#[derive(Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) id: u64,
    pub(crate) data: Value,
}

impl Frame {
    pub(crate) fn client_id(&self) -> &str {
        self.data["client_id"].as_str().unwrap()
    }
}

impl Far {
    /// The next socket, greeted.
    pub(crate) async fn accept(opened: &mut mpsc::UnboundedReceiver<Self>) -> Self {
        Self::accept_with(opened, |_| {}).await
    }

    /// The same, greeted by a server that says it otherwise.
    pub(crate) async fn accept_with(
        opened: &mut mpsc::UnboundedReceiver<Self>,
        change: impl FnOnce(&mut Value),
    ) -> Self {
        let far = opened.recv().await.unwrap();
        let ready = Ready {
            user: me(),
            session_id: None,
            server_time: Timestamp::from_ms(0),
            heartbeat_ms: 25_000,
            limits: Limits::default(),
        };
        let ready = Envelope::passing(None, Event::Ready(ready));
        let mut ready = serde_json::to_value(ready).unwrap();
        change(&mut ready["data"]);
        far.say(ready).await;
        far
    }

    pub(crate) async fn tell(&self, envelope: &Envelope) {
        self.say(serde_json::to_value(envelope).unwrap()).await;
    }

    pub(crate) async fn answer(&self, frame: &Frame, stored: &(Envelope, bool)) {
        let Place::Log(seq) = stored.0.place else {
            panic!("{stored:?}");
        };
        let ok = json!({
            "message_id": MessageId::new(Uuid::from_u128(u128::from(seq.get()))), "seq": seq,
            "created_at": Timestamp::from_ms(0), "duplicate": stored.1,
        });
        self.answer_with(frame, "ok", &ok).await;
    }

    /// Answers a call; text, because a reader may expect the number first.
    pub(crate) async fn answer_with(&self, frame: &Frame, key: &str, value: &Value) {
        let text = format!(r#"{{"id":{},"{key}":{value}}}"#, frame.id);
        self.peer.says.send(Incoming::Text(text)).await.unwrap();
    }

    pub(crate) async fn say(&self, frame: Value) {
        let incoming = Incoming::Text(frame.to_string());
        self.peer.says.send(incoming).await.unwrap();
    }

    pub(crate) async fn close(self, close: Close, reason: &str) {
        let closed = Incoming::Closed {
            code: Some(close.code()),
            reason: reason.into(),
        };
        self.peer.says.send(closed).await.unwrap();
    }

    /// The next frame of this type; pings are answered, others are let go.
    pub(crate) async fn hear(&mut self, kind: &str) -> Frame {
        loop {
            let text = self.peer.frames.recv().await.unwrap();
            let mut frame: Value = serde_json::from_str(&text).unwrap();
            let id = frame["id"].as_u64().unwrap_or_default();
            if frame["type"] == kind {
                let data = frame["data"].take();
                return Frame { id, data };
            }
            if frame["type"] == "ping" {
                self.peer.says.send(Incoming::Alive).await.unwrap();
            }
        }
    }

    /// Whether the client has let go of this socket. Takes what it said before.
    pub(crate) async fn is_dropped(&mut self) -> bool {
        while self.peer.frames.recv().await.is_some() {}
        true
    }

    /// Frames of this type that have been sent already.
    pub(crate) fn heard(&mut self, kind: &str) -> usize {
        std::iter::from_fn(|| self.peer.frames.try_recv().ok())
            .filter(|text| serde_json::from_str::<Value>(text).unwrap()["type"] == kind)
            .count()
    }
}

/// A client of this network, signed in as ann.
pub(crate) fn client(net: &Net) -> chat_client::Client {
    signed_in(net, session())
}

/// A client of this network that comes back to this session.
pub(crate) fn signed_in(net: &Net, session: SavedSession) -> chat_client::Client {
    chat_client::Client::builder(SERVER.parse().unwrap())
        .session(session)
        .transport(net.clone())
        .clock(RuntimeClock::default())
        .build()
        .unwrap()
}

/// Waits until the state is as wanted.
pub(crate) async fn until(
    client: &chat_client::Client,
    updates: &mut Updates,
    wanted: impl Fn(&chat_core::State) -> bool,
) -> Vec<Update> {
    let mut seen = Vec::new();
    while !client.read(&wanted) {
        seen.push(updates.next().await.unwrap());
    }
    seen
}

/// What is said in the hall, as this client knows it.
pub(crate) fn said(state: &chat_core::State) -> Vec<String> {
    chat_client::test_kit::said(state, hall())
}
