//! The AsyncAPI 3.0 document: what goes over the socket, as a client sees it. It sends calls and receives events.

mod frames;

use super::{NEWER, closings, noun, schemas::Schemas};
use chat_core::{Ack, Class, Close, Endpoint, ErrorFrame, Operation, SUBPROTOCOL, SendMessage};
use serde_json::{Map, Value, json};

/// What holds for every frame.
const ABOUT: &str = "\
One socket carries all of a user's conversations. This document is written from the client's side: it *sends* calls and \
*receives* answers and events. Every frame is a text frame with one JSON object.

    -> {\"id\": 7, \"type\": \"message.send\", \"data\": {\"conversation_id\": \"…\", \"client_id\": \"…\", \"content\": \"hello\"}}
    <- {\"id\": 7, \"ok\": {\"message_id\": \"…\", \"seq\": 42, \"created_at\": \"…\", \"duplicate\": false}}
    <- {\"id\": 7, \"error\": {\"code\": \"not_found\", \"detail\": \"…\"}}
    <- {\"type\": \"message.new\", \"conversation_id\": \"…\", \"seq\": 42, \"at\": \"…\", \"data\": {…}}

`id` is the client's own number; a call without one gets no answer. An `ok` means committed and flushed. No answer means \
unknown: send again, with the same `client_id`. Edits, deletions and reactions take one, too: asked again within a day, \
they are not done over what another device did since.

**Who one is:** the header `Authorization: Bearer <access token>`; or `?ticket=` with a ticket from `ticket.create`, for \
browsers; or the first frame `hello`, within 5 s. Nobody signed in is 401 before the upgrade, or closing code 4501.

**Events.** *Durable* events are part of a log: `seq` counts a conversation's, `inbox_seq` the user's own. Apply an event \
when its number is the next one, ignore one that is there already, and on a jump ask `sync` for what is missing. \
*Latest-wins* events are not kept: only the newest of its kind matters. *Control* events steer the socket. A type that a \
client does not know is to be ignored, but keeps its place in the log.

**Heartbeat.** The server pings every `heartbeat_ms` (told in `ready`) and drops a peer that is silent for two of them; \
any frame counts.";

/// Messages and operations, collected by their names in the document.
#[derive(Default)]
struct Parts {
    messages: Map<String, Value>,
    operations: Map<String, Value>,
}

/// Makes the document; `base` has no trailing slash.
pub(super) fn document(base: &str) -> Value {
    let mut schemas = Schemas::new();
    let mut parts = Parts::default();
    parts.hello();
    for operation in Operation::ALL.iter().filter(|operation| operation.frame) {
        parts.call(operation, &mut schemas);
    }
    let error = schemas.output::<ErrorFrame>();
    parts.messages.insert(
        "error".to_owned(),
        frames::answer("error", "The call failed.", "error", &error),
    );
    for (kind, class, sentence, data) in schemas.events() {
        let envelope = frames::envelope(kind, class, &data, &mut schemas);
        parts.event(kind, class, sentence, &envelope);
    }
    parts.narrowed();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chat",
            "version": env!("CARGO_PKG_VERSION"),
            "description": format!("{ABOUT}\n\n{NEWER}\n\n{}", closing_table()),
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"tls": server(base, "wss"), "plain": server(base, "ws")},
        "channels": channels(&parts.messages),
        "operations": parts.operations,
        "components": {
            "messages": parts.messages,
            "schemas": schemas.into_definitions(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An access token, for native clients."},
                "ticket": {
                    "type": "httpApiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": "A ticket from `POST /api/v1/auth/ticket`, for browsers: opens one socket, once, within its seconds.",
                },
            },
        },
        "x-closing-codes": closings(),
    })
}

impl Parts {
    /// The first frame of a client that has neither header nor ticket.
    fn hello(&mut self) {
        self.messages.insert(
            "call.hello".to_owned(),
            json!({
                "name": "hello",
                "summary": "Says who one is, where neither header nor ticket did. The first frame, within 5 s.",
                "payload": {
                    "type": "object",
                    "required": ["type", "data"],
                    "properties": {
                        "type": {"type": "string", "const": "hello"},
                        "data": {
                            "type": "object",
                            "required": ["token"],
                            "properties": {"token": {"type": "string", "description": "An access token."}},
                        },
                    },
                },
            }),
        );
        self.operate("call.hello", "send", "Says who one is.", &["call.hello"]);
        self.operations["call.hello"]["reply"] = json!({
            "channel": {"$ref": "#/channels/socket"},
            "messages": [{"$ref": "#/channels/socket/messages/event.ready"}],
        });
    }

    /// A call and its answers.
    fn call(&mut self, operation: &Operation, schemas: &mut Schemas) {
        let name = operation.name;
        let (call, ok) = (format!("call.{name}"), format!("ok.{name}"));
        let fields = schemas.request_object(operation);
        let needs_data = fields.contains_key("required");
        let payload = json!({
            "type": "object",
            "required": if needs_data { json!(["type", "data"]) } else { json!(["type"]) },
            "properties": {
                "id": {
                    "type": "integer",
                    "minimum": 0,
                    "description": "The client's own number; without one there is no answer.",
                },
                "type": {"type": "string", "const": name},
                "data": schemas.request(operation),
            },
        });
        self.messages.insert(
            call.clone(),
            json!({
                "name": name,
                "summary": operation.summary,
                "correlationId": {"location": "$message.payload#/id"},
                "payload": payload,
            }),
        );
        // A send is only acknowledged: the message itself comes to its sender as to everyone.
        let reply = match name == SendMessage::operation().name {
            true => schemas.output::<Ack>(),
            false => schemas.reply(operation).0,
        };
        self.messages.insert(
            ok.clone(),
            frames::answer(&format!("{name} ok"), "The call succeeded.", "ok", &reply),
        );
        self.operate(&call, "send", operation.summary, &[call.as_str()]);
        self.operations[&call]["tags"] = json!([{"name": noun(name)}]);
        self.operations[&call]["x-rate-limit"] = operation.rate().figure().into();
        self.operations[&call]["reply"] = json!({
            "channel": {"$ref": "#/channels/socket"},
            "messages": [
                {"$ref": format!("#/channels/socket/messages/{ok}")},
                {"$ref": "#/channels/socket/messages/error"},
            ],
        });
    }

    fn event(&mut self, kind: &str, class: Class, sentence: &str, envelope: &Value) {
        let key = format!("event.{kind}");
        let message = json!({
            "name": kind,
            "summary": sentence,
            "description": format!("{sentence} {}", frames::treatment(class)),
            "payload": envelope,
            "x-class": frames::word(class),
        });
        self.messages.insert(key.clone(), message);
        self.operate(&key, "receive", sentence, &[key.as_str()]);
        self.operations[&key]["description"] =
            format!("{sentence} {}", frames::treatment(class)).into();
    }

    fn operate(&mut self, key: &str, action: &str, summary: &str, messages: &[&str]) {
        let messages = messages
            .iter()
            .map(|name| json!({"$ref": format!("#/channels/socket/messages/{name}")}));
        let operation = json!({
            "action": action,
            "channel": {"$ref": "#/channels/socket"},
            "summary": summary,
            "messages": messages.collect::<Value>(),
        });
        self.operations.insert(key.to_owned(), operation);
    }

    /// The socket of one conversation: the same frames, in one operation each way.
    fn narrowed(&mut self) {
        for (name, action, calls) in [
            ("conversation.calls", "send", true),
            ("conversation.events", "receive", false),
        ] {
            let messages = self
                .messages
                .keys()
                .filter(|key| key.starts_with("call.") == calls)
                .map(|key| json!({"$ref": format!("#/channels/conversation/messages/{key}")}));
            let operation = json!({
                "action": action,
                "channel": {"$ref": "#/channels/conversation"},
                "summary": "The same over the socket of one conversation.",
                "messages": messages.collect::<Value>(),
            });
            self.operations.insert(name.to_owned(), operation);
        }
    }
}

fn server(base: &str, protocol: &str) -> Value {
    let mut server = json!({
        "host": "{host}",
        "protocol": protocol,
        "variables": {"host": {"default": "127.0.0.1:8000", "description": "Where this document came from."}},
        "security": [
            {"$ref": "#/components/securitySchemes/bearer"},
            {"$ref": "#/components/securitySchemes/ticket"},
        ],
    });
    if !base.is_empty() {
        server["pathname"] = base.into();
    }
    server
}

fn channels(messages: &Map<String, Value>) -> Value {
    let carried: Map<String, Value> = messages
        .keys()
        .map(|key| {
            (
                key.clone(),
                json!({"$ref": format!("#/components/messages/{key}")}),
            )
        })
        .collect();
    let bindings = json!({"ws": {
        "method": "GET",
        "headers": {
            "type": "object",
            "properties": {
                "Authorization": {"type": "string", "description": "`Bearer <access token>`"},
                "Sec-WebSocket-Protocol": {"type": "string", "const": SUBPROTOCOL},
            },
        },
        "query": {
            "type": "object",
            "properties": {"ticket": {"type": "string", "description": "In place of the header."}},
        },
        "bindingVersion": "0.1.0",
    }});
    let about = format!("The subprotocol is `{SUBPROTOCOL}`.\n\n{}", closing_table());
    json!({
        "socket": {
            "address": "/ws",
            "summary": "All of a user's conversations.",
            "description": about,
            "messages": carried,
            "bindings": bindings,
        },
        "conversation": {
            "address": "/ws/conversations/{conversation_id}",
            "summary": "The same, narrowed to one conversation, for simple clients.",
            "description": about,
            "parameters": {"conversation_id": {"description": "Which conversation."}},
            "messages": carried,
            "bindings": bindings,
        },
    })
}

fn closing_table() -> String {
    let mut table = "Closing codes: 4000 to 4499 come back, 4500 to 4999 do not without changing something first.\n\n\
        | code | reason | come back |\n|---|---|---|\n"
        .to_owned();
    for close in Close::ALL {
        let back = if Close::comes_back(close.code()) {
            "yes"
        } else {
            "no"
        };
        table.push_str(&format!(
            "| {} | {} | {back} |\n",
            close.code(),
            close.reason()
        ));
    }
    table
}
