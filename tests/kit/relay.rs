//! A server of another release: a way to a real one on which whatever is told passes through a change. As the network of an
//! SDK, and for programs as an address, where there is HTTP only.

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header},
    response::Response,
};
use chat_client::{
    Error, HttpAnswer, HttpCall, HttpFile, Incoming, NetTransport, Socket, SocketRequest, Transport,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Says something otherwise; `null` is not said at all.
pub type Change = fn(&mut Value);

/// A network to such a server.
#[derive(Debug, Clone)]
pub struct Relay {
    net: NetTransport,
    change: Change,
}

impl Relay {
    /// One that says everything so.
    ///
    /// # Panics
    /// When there is no network to be had.
    pub fn new(change: Change) -> Self {
        let net = NetTransport::new().expect("TLS can be set up");
        Self { net, change }
    }

    /// An address at which a server says everything so. It is there for as long as the runtime.
    ///
    /// # Panics
    /// Without a free port.
    pub async fn listen(server: &str, change: Change) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let server = server.trim_end_matches('/').to_owned();
        let pass = move |asked: Request| pass(server.clone(), change, asked);
        let serve = axum::serve(listener, Router::new().fallback(pass)).into_future();
        tokio::spawn(serve);
        format!("http://{address}")
    }
}

#[async_trait]
impl Transport for Relay {
    async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Error> {
        let answer = self.net.call(call).await?;
        Ok(HttpAnswer {
            body: changed(&answer.body, self.change).unwrap_or_default(),
            ..answer
        })
    }

    async fn fetch(&self, call: HttpCall) -> Result<HttpFile, Error> {
        self.net.fetch(call).await
    }

    async fn connect(&self, request: SocketRequest) -> Result<Socket, Error> {
        let (frames, mut said) = self.net.connect(request).await?.into_parts();
        let (socket, mut peer) = Socket::pair();
        tokio::spawn(async move {
            while let Some(frame) = peer.frames.recv().await {
                if frames.send(frame).await.is_err() {
                    return;
                }
            }
        });
        let change = self.change;
        tokio::spawn(async move {
            while let Some(incoming) = said.recv().await {
                let incoming = match incoming {
                    Incoming::Text(text) => match changed(text.as_bytes(), change) {
                        Some(bytes) => {
                            Incoming::Text(String::from_utf8(bytes).expect("JSON is text"))
                        }
                        None => continue,
                    },
                    other => other,
                };
                if peer.says.send(incoming).await.is_err() {
                    return;
                }
            }
        });
        Ok(socket)
    }
}

/// What is said instead; nothing at all for what is not said.
fn changed(said: &[u8], change: Change) -> Option<Vec<u8>> {
    let Ok(mut value) = serde_json::from_slice::<Value>(said) else {
        return Some(said.to_owned());
    };
    change(&mut value);
    (!value.is_null()).then(|| value.to_string().into_bytes())
}

async fn pass(server: String, change: Change, asked: Request) -> Response {
    let (head, body) = asked.into_parts();
    let url = format!("{server}{}", head.uri);
    let body = to_bytes(body, usize::MAX).await.expect("a request ends");
    let mut request = reqwest::Client::new().request(head.method, url).body(body);
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
        if let Some(value) = head.headers.get(&name) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.expect("the server answers");
    let status = StatusCode::from_u16(answer.status().as_u16()).expect("it is one");
    let said = answer.bytes().await.expect("an answer ends");
    let said = changed(&said, change).unwrap_or_default();
    let response = Response::builder().status(status);
    let response = response.header(header::CONTENT_TYPE, "application/json");
    response.body(Body::from(said)).expect("it is a response")
}

/// Fields that have a word in them, wherever they are.
const WORDS: &[&str] = &[
    "action",
    "kind",
    "last_seen",
    "notify",
    "presence",
    "reason",
    "role",
    "scope",
    "state",
];

/// Objects whose names are not the protocol's.
const FREE: &[&str] = &["errors", "metadata"];

/// Says every word as one that nobody knows, and more about everything.
pub fn newer(told: &mut Value) {
    match told {
        Value::Array(items) => items.iter_mut().for_each(newer),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match value {
                    Value::String(word) if WORDS.contains(&name.as_str()) => {
                        *word = "sparkling".to_owned();
                    }
                    _ if FREE.contains(&name.as_str()) => {}
                    value => newer(value),
                }
            }
            fields.insert("sparkles".to_owned(), json!({"bright": [7]}));
        }
        _ => {}
    }
}

/// Fields that an older server may not tell.
const OPTIONAL: &[&str] = &[
    "avatar_url",
    "email_verified",
    "has_thumbnail",
    "is_bot",
    "last_seen_at",
    "mention_count",
    "mentions",
    "prefs",
    "presence",
    "reactions",
    "settings",
    "system",
    "users",
];

/// Events that an older server may not know.
const LATER: &[&str] = &["presence", "typing", "user.changed"];

/// Says nothing that need not be said.
pub fn older(told: &mut Value) {
    if LATER.contains(&told["type"].as_str().unwrap_or_default()) {
        *told = Value::Null;
        return;
    }
    match told {
        Value::Array(items) => items.iter_mut().for_each(older),
        Value::Object(fields) => {
            fields.retain(|name, _| !OPTIONAL.contains(&name.as_str()));
            if let Some(limits) = fields.get_mut("limits") {
                *limits = json!({});
            }
            if fields.contains_key("content") {
                fields.remove("kind");
            }
            fields.values_mut().for_each(older);
        }
        _ => {}
    }
}
