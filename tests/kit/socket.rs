//! A socket without an SDK: calls, events, and how it ends.

use crate::{DEADLINE, Door, Traffic, TrafficLog, within};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message as WsMessage,
        client::IntoClientRequest,
        http::{HeaderName, HeaderValue, Response},
        protocol::Message,
    },
};

/// How a socket is opened.
#[derive(Clone)]
pub struct Opening {
    door: Door,
    path: String,
    headers: Vec<(&'static str, String)>,
}

impl Opening {
    /// `GET /ws` with whatever the door sends.
    pub fn new(door: &Door) -> Self {
        Self {
            door: door.clone(),
            path: "/ws".to_owned(),
            headers: Vec::new(),
        }
    }

    /// Another path, with its query.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// One more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Opens it, and waits for `ready`.
    pub async fn open(self) -> Socket {
        let mut socket = self.open_silent().await;
        socket.ready = socket.next_event("ready").await["data"].clone();
        socket
    }

    /// Opens it, and waits for nothing.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn open_silent(self) -> Socket {
        match self.try_open().await {
            Ok(socket) => socket,
            Err(refusal) => panic!("the socket was refused: {refusal:?}"),
        }
    }

    /// Opens it, or returns the status and body of the refusal.
    ///
    /// # Errors
    /// The status and the problem.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn try_open(self) -> Result<Socket, (u16, Value)> {
        let traffic = self.door.traffic().clone();
        let url = format!(
            "ws://{}{}{}",
            self.door.address(),
            self.door.prefix(),
            self.path
        );
        let mut request = url.into_client_request().expect("a good address");
        let of_door = self.door.headers().iter();
        request
            .headers_mut()
            .extend(of_door.map(|(name, value)| (name.clone(), value.clone())));
        for (name, value) in &self.headers {
            let value = HeaderValue::from_str(value).expect("a header's value");
            request
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
        let stream = TcpStream::connect(self.door.address())
            .await
            .expect("the server listens");
        match within("the upgrade", client_async(request, stream)).await {
            Ok((stream, answer)) => Ok(Socket::new(stream, answer.map(drop), traffic)),
            Err(Error::Http(answer)) => {
                let body = answer.body().clone().unwrap_or_default();
                Err((
                    answer.status().as_u16(),
                    serde_json::from_slice(&body).unwrap_or_default(),
                ))
            }
            Err(error) => panic!("no answer to the upgrade: {error}"),
        }
    }
}

/// An open socket.
pub struct Socket {
    /// The data of its `ready` frame.
    pub ready: Value,
    /// The answer to the upgrade.
    pub upgrade: Response<()>,
    stream: WebSocketStream<TcpStream>,
    /// Frames that came and were not asked for yet.
    waiting: VecDeque<Value>,
    /// Everything that came, for when a test fails.
    seen: Vec<String>,
    /// How many calls have been given a number.
    begun: u64,
    /// What was sent and may be answered, by its number.
    asked: HashMap<u64, Value>,
    hello: Option<Value>,
    traffic: TrafficLog,
}

impl Socket {
    fn new(stream: WebSocketStream<TcpStream>, upgrade: Response<()>, traffic: TrafficLog) -> Self {
        Self {
            ready: Value::Null,
            upgrade,
            stream,
            waiting: VecDeque::new(),
            seen: Vec::new(),
            begun: 0,
            asked: HashMap::new(),
            hello: None,
            traffic,
        }
    }

    /// Sends a call without waiting. Returns its number.
    pub async fn begin(&mut self, kind: &str, data: Value) -> u64 {
        self.begun += 1;
        let id = self.begun;
        self.send(json!({"id": id, "type": kind, "data": data}))
            .await;
        id
    }

    /// Waits for the answer to a call.
    ///
    /// # Errors
    /// The error of the answer.
    pub async fn answer(&mut self, id: u64) -> Result<Value, Value> {
        let wanted = |frame: &Value| frame["id"] == id;
        let frame = self.find(&format!("the answer {id}"), wanted).await;
        match frame.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(frame["ok"].clone()),
        }
    }

    /// Makes a call and waits for its answer. Events that come meanwhile are kept.
    ///
    /// # Errors
    /// The error of the answer.
    pub async fn call(&mut self, kind: &str, data: Value) -> Result<Value, Value> {
        let id = self.begin(kind, data).await;
        self.answer(id).await
    }

    /// The next event of a type; events of other types before it are kept.
    pub async fn next_event(&mut self, kind: &str) -> Value {
        self.find(&format!("the event {kind}"), |frame| frame["type"] == kind)
            .await
    }

    /// The next event of any type.
    pub async fn next_any(&mut self) -> Value {
        self.find("any event", |frame| frame.get("type").is_some())
            .await
    }

    /// All events that have come: a ping is sent, and whatever was told before it comes before its answer.
    pub async fn settle(&mut self) -> Vec<Value> {
        self.call("ping", json!({}))
            .await
            .expect("a ping is answered");
        let (events, rest) = self
            .waiting
            .drain(..)
            .partition(|frame| frame.get("type").is_some());
        self.waiting = rest;
        Vec::from_iter::<VecDeque<Value>>(events)
    }

    /// Sends any JSON.
    pub async fn send(&mut self, frame: Value) {
        let text = frame.to_string();
        if let Some(id) = frame["id"].as_u64() {
            self.asked.insert(id, frame);
        } else if frame["type"] == "hello" {
            self.hello = Some(frame);
        }
        self.send_message(WsMessage::Text(text.into())).await;
    }

    /// Sends any message.
    ///
    /// # Panics
    /// When the socket is gone.
    pub async fn send_message(&mut self, message: Message) {
        let sent = self.try_send(message).await;
        assert!(sent, "the socket is gone; seen: {:#?}", self.seen);
    }

    /// Sends any message; false when the socket is gone.
    pub async fn try_send(&mut self, message: Message) -> bool {
        within("a frame is sent", self.stream.send(message))
            .await
            .is_ok()
    }

    /// How the server closes the socket: code and reason. 1006 for a connection that just ends.
    ///
    /// # Panics
    /// When it stays open.
    pub async fn expect_close(&mut self) -> (u16, String) {
        let end = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(WsMessage::Close(Some(frame)))) => {
                        return (frame.code.into(), frame.reason.to_string());
                    }
                    Some(Ok(WsMessage::Close(None))) => return (1005, String::new()),
                    Some(Ok(message)) => self.seen.push(message.to_string()),
                    Some(Err(_)) | None => return (1006, String::new()),
                }
            }
        };
        match tokio::time::timeout(DEADLINE, end).await {
            Ok(ending) => ending,
            Err(_) => panic!("the socket stays open; seen: {:#?}", self.seen),
        }
    }

    /// Says goodbye, and waits until the server has let go.
    pub async fn close(mut self) {
        if self.stream.close(None).await.is_ok() {
            self.expect_close().await;
        }
    }

    async fn find(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(place).unwrap_or_default();
        }
        let search = async {
            loop {
                let text = match self.stream.next().await {
                    Some(Ok(WsMessage::Text(text))) => text,
                    Some(Ok(WsMessage::Close(frame))) => {
                        panic!("{what}: closed with {frame:?}; seen: {:#?}", self.seen)
                    }
                    Some(Ok(_)) => continue,
                    ended => panic!("{what}: ended with {ended:?}; seen: {:#?}", self.seen),
                };
                self.seen.push(text.to_string());
                let frame: Value = serde_json::from_str(&text).expect("frames are JSON");
                let asked = match frame["id"].as_u64() {
                    Some(id) => self.asked.get(&id).cloned(),
                    None if frame["type"] == "ready" => self.hello.take(),
                    None => None,
                };
                self.traffic.note(Traffic::Frame {
                    asked,
                    frame: frame.clone(),
                });
                if wanted(&frame) {
                    return frame;
                }
                self.waiting.push_back(frame);
            }
        };
        match tokio::time::timeout(DEADLINE, search).await {
            Ok(frame) => frame,
            Err(_) => panic!("{what}: did not come; seen: {:#?}", self.seen),
        }
    }
}
