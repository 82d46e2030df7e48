//! Somebody with an account and a device, and what people do.

use crate::{Answer, Door, Opening, Socket, until};
use chat_core::{
    Conversation, ConversationId, Endpoint, Message, MessageId, Problem, SessionId, SignedIn,
    UserId,
};
use serde_json::{Value, json};

/// Somebody, signed in on one device.
#[derive(Clone)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// Their username.
    pub name: String,
    /// The device's session.
    pub session_id: SessionId,
    /// Its access token.
    pub token: String,
    /// Its refresh token.
    pub refresh_token: String,
    /// The server, with their token on every call.
    pub door: Door,
}

impl Person {
    /// Somebody from the answer to a sign-in.
    pub fn new(door: Door, signed_in: &SignedIn) -> Self {
        // Exposed to be sent.
        let token = signed_in.tokens.access_token.expose().to_owned();
        Self {
            id: signed_in.user.user.id,
            name: signed_in.user.user.username.clone(),
            session_id: signed_in.session_id,
            refresh_token: signed_in.tokens.refresh_token.expose().to_owned(),
            door: door.bearer(&token),
            token,
        }
    }

    /// The same, with the same session, at another server of the same house.
    #[must_use]
    pub fn at(&self, door: &Door) -> Self {
        Self {
            door: door.bearer(&self.token),
            ..self.clone()
        }
    }

    /// GET below `/api/v1`.
    pub async fn get(&self, path: &str) -> Answer {
        self.door.call("GET", path, None).await
    }

    /// POST below `/api/v1`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.door.call("POST", path, Some(body)).await
    }

    /// PUT below `/api/v1`.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.door.call("PUT", path, Some(body)).await
    }

    /// PATCH below `/api/v1`.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.door.call("PATCH", path, Some(body)).await
    }

    /// DELETE below `/api/v1`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.door.call("DELETE", path, None).await
    }

    /// A typed call over HTTP; only for calls without fields in their path or query.
    ///
    /// # Errors
    /// The problem that the server answers with.
    ///
    /// # Panics
    /// For a call that has no such route, and for an answer of another shape.
    pub async fn call<E: Endpoint>(&self, request: E) -> Result<E::Reply, Problem> {
        let (method, path) = E::operation().rest.expect("a call over HTTP");
        let body = serde_json::to_value(&request).expect("a request is JSON");
        let answer = self.door.call(method.as_str(), path, Some(body)).await;
        match answer.status {
            200..300 => Ok(serde_json::from_value(answer.body).expect("the answer's type")),
            _ => Err(serde_json::from_value(answer.body).expect("a problem")),
        }
    }

    /// Opens a socket, and waits until it is ready.
    pub async fn socket(&self) -> Socket {
        Opening::new(&self.door).open().await
    }

    /// Opens a group with others.
    pub async fn group(&self, others: &[&Person]) -> ConversationId {
        let ids: Vec<_> = others.iter().map(|other| other.id).collect();
        let body = json!({"kind": "group", "title": "The group", "member_ids": ids});
        let made = self.post("/conversations", body).await;
        assert_eq!(made.status, 201, "{made:?}");
        conversation(made.body).id
    }

    /// Opens the direct conversation with somebody, or finds it again.
    pub async fn direct(&self, other: &Person) -> ConversationId {
        let body = json!({"kind": "direct", "member_ids": [other.id]});
        conversation(self.post("/conversations", body).await.ok()).id
    }

    /// Looks at a conversation.
    pub async fn look(&self, id: ConversationId) -> Conversation {
        conversation(self.get(&format!("/conversations/{id}")).await.ok())
    }

    /// Says something.
    pub async fn say(&self, id: ConversationId, content: &str) -> Message {
        self.send(id, json!({"content": content}))
            .await
            .ok_message()
    }

    /// Says something in so many words.
    pub async fn send(&self, id: ConversationId, body: Value) -> Answer {
        self.post(&format!("/conversations/{id}/messages"), body)
            .await
    }

    /// A page of history.
    pub async fn history(&self, id: ConversationId, query: &str) -> Value {
        self.get(&format!("/conversations/{id}/messages{query}"))
            .await
            .ok()
    }

    /// Changes a message.
    pub async fn edit(&self, id: MessageId, content: &str) -> Answer {
        self.patch(&format!("/messages/{id}"), json!({"content": content}))
            .await
    }

    /// Deletes a message.
    pub async fn unsay(&self, id: MessageId) -> Answer {
        self.delete(&format!("/messages/{id}")).await
    }

    /// Reads up to a place.
    pub async fn read(&self, id: ConversationId, seq: u64) -> Value {
        self.put(&format!("/conversations/{id}/read"), json!({"seq": seq}))
            .await
            .ok()
    }

    /// Gives somebody a role.
    pub async fn promote(&self, id: ConversationId, other: &Person, role: &str) -> Answer {
        let path = format!("/conversations/{id}/members/{}", other.id);
        self.patch(&path, json!({"role": role})).await
    }

    /// Brings somebody in.
    pub async fn add(&self, id: ConversationId, other: &Person) -> Answer {
        let body = json!({"user_ids": [other.id]});
        self.post(&format!("/conversations/{id}/members"), body)
            .await
    }

    /// Takes somebody out.
    pub async fn remove(&self, id: ConversationId, other: &Person) -> Answer {
        self.delete(&format!("/conversations/{id}/members/{}", other.id))
            .await
    }

    /// Leaves.
    pub async fn leave(&self, id: ConversationId) -> Answer {
        self.post(&format!("/conversations/{id}/leave"), json!({}))
            .await
    }

    /// One answer to a sync.
    pub async fn sync(&self, body: Value) -> Value {
        self.post("/sync", body).await.ok()
    }

    /// Waits until the log says that a message is deleted. One whose time is up is read as deleted before that.
    ///
    /// # Panics
    /// When it is not deleted in time.
    pub async fn told_gone(&self, message: &Message) {
        let place = message.conversation_id;
        let epoch = self.look(place).await.epoch;
        let from = json!({"epoch": epoch, "seq": message.seq});
        let positions = json!({"positions": {(place.to_string()): from}});
        until("the message is gone", async || {
            let told = self.sync(positions.clone()).await;
            let log = told["conversations"][0]["events"].as_array().cloned();
            let is_its_end = |event: &Value| {
                event["type"] == "message.deleted" && event["data"]["id"] == json!(message.id)
            };
            match log.unwrap_or_default().iter().any(is_its_end) {
                true => Ok(()),
                false => Err(told.to_string()),
            }
        })
        .await;
    }
}

fn conversation(body: Value) -> Conversation {
    serde_json::from_value(body).expect("a conversation")
}

impl Answer {
    /// The message of a success.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn ok_message(self) -> Message {
        serde_json::from_value(self.ok()).expect("a message")
    }
}
