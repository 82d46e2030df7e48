//! How each call is asked, so that nothing but who asks can be wrong with it.

use super::{beside, world::World};
use chat_core::{Body, Code, Operation};
use chat_tests::{Door, Person, Server, Socket, files, unknown_id};
use serde_json::{Value, json};

/// A status, and the answer without what is different in every answer.
pub(super) type Answered = (u16, Value);

/// What is asked, and over what.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question {
    Http(&'static Operation),
    Frame(&'static Operation),
    /// Something beside the calls, by its path.
    Beside(&'static str),
}

impl Question {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Http(call) | Self::Frame(call) => call.name,
            Self::Beside(path) => path,
        }
    }

    /// What somebody gets, and what they get who ask for a thing that does not exist.
    pub(super) async fn ask(
        self,
        server: &Server,
        world: &World,
        caller: Option<&Person>,
    ) -> (Answered, Answered) {
        let door = caller.map_or(&server.door, |caller| &caller.door);
        match (self, caller) {
            (Self::Http(call), _) => {
                let asked = Asked { call, world };
                let theirs = ask(door, &asked, false).await;
                (theirs, ask(door, &asked, true).await)
            }
            (Self::Frame(call), Some(caller)) => {
                let asked = Asked { call, world };
                let mut socket = caller.socket().await;
                let theirs = ask_over(&mut socket, &asked, false).await;
                (theirs, ask_over(&mut socket, &asked, true).await)
            }
            // Who is nobody gets no further than the handshake.
            (Self::Frame(_), None) => ((401, Value::Null), (401, Value::Null)),
            (Self::Beside(path), _) => {
                let place = world.conversation.uuid();
                let theirs = beside::ask(door, path, place, caller.is_some()).await;
                let unknown = beside::ask(door, path, unknown_id(), caller.is_some()).await;
                (theirs, unknown)
            }
        }
    }
}

/// A call in its world.
struct Asked<'a> {
    call: &'static Operation,
    world: &'a World,
}

impl Asked<'_> {
    /// What stands in the path; the first of it names nothing where an unknown thing is asked for.
    fn names(&self, unknown: bool) -> Vec<(&'static str, String)> {
        // What only a socket asks has no path, but its fields may name a thing as well.
        let path = self.call.rest.map_or("", |(_, path)| path);
        let mut names: Vec<_> = Operation::path_fields(path)
            .map(|field| (field, self.name(field)))
            .collect();
        if let (true, Some((field, value))) = (unknown, names.first_mut()) {
            *value = match *field {
                "code" => "unknown-code".to_owned(),
                _ => unknown_id().to_string(),
            };
        }
        names
    }

    fn name(&self, field: &str) -> String {
        let world = self.world;
        let of_members = ["member.", "ban."]
            .iter()
            .any(|noun| self.call.name.starts_with(noun));
        match field {
            "conversation_id" => world.conversation.to_string(),
            "message_id" => world.message.to_string(),
            "attachment_id" => world.file.to_string(),
            "avatar_id" => world.avatar.to_string(),
            "report_id" => world.report.to_string(),
            "upload_id" => world.upload.to_string(),
            "session_id" => world.member.session_id.to_string(),
            "user_id" if of_members => world.other.id.to_string(),
            "user_id" => world.target.id.to_string(),
            "code" => world.code.clone(),
            "emoji" => "👍".to_owned(),
            other => panic!("what is {other}?"),
        }
    }

    /// The fields beside the path.
    fn rest(&self) -> Value {
        let world = self.world;
        match self.call.name {
            "auth.register" => {
                let name = new_name();
                json!({"username": name, "email": format!("{name}@example.org"), "password": "correct horse"})
            }
            "auth.login" => json!({"identifier": new_name(), "password": "wrong horse"}),
            "auth.refresh" => json!({"refresh_token": "nonsense"}),
            "password.change" => {
                json!({"current_password": "wrong horse", "new_password": "battery staple"})
            }
            "password.reset" => json!({"email": format!("{}@example.org", new_name())}),
            "password.reset.confirm" => {
                json!({"token": "nonsense", "new_password": "battery staple"})
            }
            "email.verify" => json!({"token": "nonsense"}),
            "user.me.change" => json!({"bio": "hello"}),
            "settings.change" => json!({"read_marks": false}),
            "contact.set" => json!({"favorite": true}),
            "conversation.create" => json!({"kind": "group", "member_ids": [world.target.id]}),
            "conversation.change" => json!({"title": "Another"}),
            "prefs.change" => json!({"pinned": true}),
            "member.add" => json!({"user_ids": [world.target.id]}),
            "member.change" => json!({"role": "admin"}),
            "read" | "unread" | "delivered" => json!({"seq": 1}),
            "typing" => json!({"is_typing": true}),
            "message.send" | "message.edit" => json!({"content": "again"}),
            "message.forward" => json!({"conversation_ids": [world.conversation]}),
            "message.report" => json!({"reason": "rude"}),
            "search" => json!({"q": "hello"}),
            "upload.begin" => json!({"client_id": new_name(), "length": 10}),
            "presence.set" => json!({"state": "away"}),
            "presence.watch" => json!({"user_ids": [world.member.id]}),
            "admin.user.create" => json!({"username": new_name()}),
            "admin.user.change" => json!({"display_name": "Another"}),
            "token.create" => json!({"name": "a bot", "scope": "read"}),
            "report.decide" => json!({"state": "dismissed"}),
            _ => json!({}),
        }
    }
}

/// A name that nobody has.
fn new_name() -> String {
    format!("new{}", &unknown_id().simple().to_string()[16..])
}

/// Status and body over HTTP.
async fn ask(door: &Door, asked: &Asked<'_>, unknown: bool) -> Answered {
    let (method, path) = asked.call.rest.expect("a call over HTTP");
    let mut path = path.to_owned();
    for (field, value) in asked.names(unknown) {
        path = path.replace(&format!("{{{field}}}"), &value);
    }
    let rest = asked.rest();
    let answer = match asked.call.body {
        Body::FileIn => {
            let picture = Some(files::png(64, 64, &[]));
            door.bytes(method.as_str(), &path, &[], picture)
                .await
                .json()
        }
        Body::PieceIn => {
            path.push_str("?offset=0");
            let part = Some(b"hello".to_vec());
            door.bytes(method.as_str(), &path, &[], part).await.json()
        }
        _ if method.uses_query() => {
            for (field, value) in rest.as_object().into_iter().flatten() {
                path.push_str(&format!("?{field}={}", value.as_str().unwrap()));
            }
            door.call(method.as_str(), &path, None).await
        }
        _ => door.call(method.as_str(), &path, Some(rest)).await,
    };
    answer.without_id()
}

/// The status that HTTP would have, and the answer, over a socket.
async fn ask_over(socket: &mut Socket, asked: &Asked<'_>, unknown: bool) -> Answered {
    let mut data = asked.rest();
    for (field, value) in asked.names(unknown) {
        data[field] = value.into();
    }
    match socket.call(asked.call.name, data).await {
        Ok(answer) => (asked.call.status, answer),
        Err(error) => {
            let code = Code::ALL.iter().find(|code| error["code"] == code.as_str());
            (code.expect("a code of the table").status(), error)
        }
    }
}
