//! HTTP, plainly: a method, a path, a body; out come status, headers and JSON.

use crate::{Traffic, TrafficLog, within};
use reqwest::{
    Client, Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};

/// Where a server is reached, and as whom.
#[derive(Clone)]
pub struct Door {
    address: SocketAddr,
    prefix: String,
    client: Client,
    headers: HeaderMap,
    traffic: TrafficLog,
}

/// An answer over HTTP.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The JSON in the body; a string where it is no JSON; null where there is none.
    pub body: Value,
}

impl Door {
    pub(crate) fn new(address: SocketAddr, traffic: TrafficLog) -> Self {
        // Whoever was first has installed it; there is only one kind here.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Shorter than the 5 s that a server lets a connection rest: none is used in the moment in which it is closed.
        let rest = Duration::from_secs(3);
        let client = Client::builder().no_proxy().pool_idle_timeout(rest).build();
        Self {
            address,
            prefix: String::new(),
            client: client.expect("a plain client builds"),
            headers: HeaderMap::new(),
            traffic,
        }
    }

    /// A server that is mounted under a prefix, wherever it listens.
    pub fn mounted(address: SocketAddr, prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            ..Self::new(address, TrafficLog::default())
        }
    }

    /// The same door with one more header on every call.
    ///
    /// # Panics
    /// When it is no header.
    #[must_use]
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut door = self.clone();
        let value = HeaderValue::from_str(value).expect("a header's value");
        door.headers.insert(HeaderName::from_static(name), value);
        door
    }

    /// The same door for the holder of an access token.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What went through it.
    pub fn traffic(&self) -> &TrafficLog {
        &self.traffic
    }

    /// Makes a call below `/api/v1`.
    pub async fn call(&self, method: &'static str, path: &str, body: Option<Value>) -> Answer {
        self.send(method, &format!("/api/v1{path}"), body).await
    }

    /// Gets what stands beside `/api/v1`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    async fn send(&self, method: &'static str, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string());
        self.send_text(method, path, body).await
    }

    /// Sends any text as a body of JSON, to a whole path.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn send_text(
        &self,
        method: &'static str,
        path: &str,
        body: Option<String>,
    ) -> Answer {
        let url = format!("http://{}{}{path}", self.address, self.prefix);
        let verb = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.client.request(verb, url).headers(self.headers.clone());
        if let Some(body) = body {
            if !self.headers.contains_key("content-type") {
                request = request.header("content-type", "application/json");
            }
            request = request.body(body);
        }
        let what = format!("{method} {path} is answered");
        let response = within(&what, request.send())
            .await
            .expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = within(&what, response.text())
            .await
            .expect("the body arrives");
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        };
        let kind = headers
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        self.traffic.note(Traffic::Answer {
            method,
            path: path.to_owned(),
            status,
            kind: kind.map(str::to_owned),
            body: body.clone(),
        });
        Answer {
            status,
            headers,
            body,
        }
    }
}

impl Answer {
    /// The body of a success.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "no success: {self:?}");
        self.body
    }

    /// The code of a problem.
    ///
    /// # Panics
    /// When it is none, or not told as one.
    #[track_caller]
    pub fn code(&self) -> &str {
        let kind = self
            .headers
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        assert_eq!(kind, Some("application/problem+json"), "{self:?}");
        assert_eq!(self.body["status"], self.status, "{self:?}");
        assert_eq!(
            Some(self.body["request_id"].as_str().unwrap_or_default()),
            self.header("x-request-id"),
            "{self:?}"
        );
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Status and code of a problem.
    #[track_caller]
    pub fn problem(&self) -> (u16, &str) {
        (self.status, self.code())
    }

    /// The names of the fields that are wrong.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_object();
        errors
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body without what is different in every answer.
    pub fn without_id(&self) -> (u16, Value) {
        let mut body = self.body.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("request_id");
        }
        (self.status, body)
    }
}
