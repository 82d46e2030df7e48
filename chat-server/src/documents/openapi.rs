//! The OpenAPI 3.1 document: every call that HTTP can make.

mod answers;

use super::{NEWER, NOUNS, codes, noun, schemas::Schemas};
use chat_core::{Access, Body, Endpoint, Method, Operation, Problem, SendMessage};
use serde_json::{Map, Value, json};

/// What holds for every call.
const ABOUT: &str = "\
Everything is JSON in UTF-8 with `snake_case` names; unknown fields are ignored, absent and null mean the same. Times \
are RFC 3339 in UTC with milliseconds, ids are UUIDs. A trailing slash is accepted.

**Access.** `Authorization: Bearer <access token>`, from `auth.register` or `auth.login`; `auth.refresh` gives the next \
pair before it runs out.

**Errors** are `application/problem+json` (RFC 9457). `code` is the stable word to decide by; `errors` names every field \
that is wrong; `retry_after_ms` (and the header `Retry-After`) says how long to wait; `request_id` (also the header \
`X-Request-Id`) finds the server's log.

**Pages.** `limit` and an opaque `cursor`; the answer is `{items, next_cursor}`. Messages page by their place: `before`, \
`after` or `around`.

**Repeating.** A send can be repeated with the same `client_id` for ever: it answers with the message that is there \
(200), and never stores a second one. The same `client_id` with another content is `idempotency_conflict`, and \
`message_id` is the message that is there. \
`message.edit`, `message.delete`, `reaction.add` and `reaction.remove` take a `client_id`, too: asked again within a day, \
they change nothing, whatever became of the message in between, and answer with the message as it is. Under an \
`Idempotency-Key` these calls happen once: {once}. The others may be made again as they are: each leaves what the first \
has left, or does once more what was asked for (a sign-in, a mail).

**Live.** Events come over the socket at `/ws`: see the AsyncAPI document at `/api/asyncapi.json`.";

/// What a send promises, beyond its sentence.
const SEND: &str = "\
201: stored and flushed. 200: the same `client_id` was sent before by the same sender in this conversation; this is the \
message of that time. No answer means unknown: send again with the same `client_id`. The same `client_id` with another \
content is `idempotency_conflict` (409), and `message_id` is the message of that time.";

/// Makes the document; `base` has no trailing slash.
pub(super) fn document(base: &str) -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for operation in Operation::ALL {
        if let Some((method, path)) = operation.rest {
            let call = describe(operation, method, path, &mut schemas);
            let item = paths
                .entry(format!("/api/v1{path}"))
                .or_insert_with(|| json!({}));
            item[method.as_str().to_ascii_lowercase()] = call;
        }
    }
    paths.extend(answers::beside());
    let problem = schemas.output::<Problem>();
    let tags = NOUNS
        .iter()
        .map(|(name, about)| json!({"name": name, "description": about}));
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Chat",
            "version": env!("CARGO_PKG_VERSION"),
            "description": about(),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": if base.is_empty() { "/" } else { base }}],
        "security": [{"bearer": []}],
        "tags": tags.collect::<Value>(),
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An access token, or what the embedding program accepts in its place.",
            }},
            "headers": answers::headers(),
            "responses": answers::problems(&problem),
            "schemas": schemas.into_definitions(),
        },
        "x-error-codes": codes(),
    })
}

fn about() -> String {
    let once = Operation::ALL.iter().filter(|call| call.happens_once());
    let once: Vec<_> = once.map(|call| format!("`{}`", call.name)).collect();
    let about = ABOUT.replace("{once}", &once.join(", "));
    format!("{about}\n\n{NEWER}")
}

fn describe(operation: &Operation, method: Method, path: &str, schemas: &mut Schemas) -> Value {
    let mut fields = schemas.request_object(operation);
    let asks = fields.get("properties").is_some();
    let mut parameters = parameters(&mut fields, "path", Operation::path_fields(path), schemas);
    if method.uses_query() || matches!(operation.body, Body::FileIn | Body::PieceIn) {
        let rest: Vec<String> = names(&fields);
        parameters.extend(self::parameters(
            &mut fields,
            "query",
            rest.iter().map(String::as_str),
            schemas,
        ));
    }
    let mut call = json!({
        "operationId": operation.name,
        "tags": [noun(operation.name)],
        "summary": operation.summary,
        "x-rate-limit": operation.rate().figure(),
        "responses": answers::of_call(operation, method, path, asks, schemas),
    });
    if operation.access == Access::Admin {
        call["x-access"] = "admin".into();
    }
    if let Some(text) = description(operation) {
        call["description"] = text.into();
    }
    match (operation.access, operation.body) {
        // A file is for who may see it, or for whoever has a link to it.
        (Access::Anonymous, Body::FileOut) => call["security"] = json!([{}, {"bearer": []}]),
        (Access::Anonymous, _) => call["security"] = json!([]),
        _ => {}
    }
    if operation.happens_once() {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "A call under a key happens once: made again within a day, it gets the answer of the first. \
                            Another call under the same key is `idempotency_conflict`. Sends, and what is done to messages, have their `client_id` for this.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 128},
        }));
    }
    if !parameters.is_empty() {
        call["parameters"] = parameters.into();
    }
    if operation.body == Body::FileIn {
        call["requestBody"] = file();
    } else if operation.body == Body::PieceIn {
        call["requestBody"] = piece();
    } else if !names(&fields).is_empty() {
        let schema = match Operation::path_fields(path).next() {
            // What is in the path is not in the body: a shape of its own.
            Some(_) => schemas.keep_input(fields.clone().into()),
            None => schemas.request(operation),
        };
        call["requestBody"] = json!({
            "required": fields.get("required").and_then(Value::as_array).is_some_and(|all| !all.is_empty()),
            "content": {"application/json": {"schema": schema}},
        });
    }
    call
}

/// A file on its way in.
fn file() -> Value {
    json!({
        "required": true,
        "description": "The file itself, or a form with it in the part `file`. What it is is told by its content.",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 1}},
            "multipart/form-data": {"schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary", "minLength": 1}},
            }},
        },
    })
}

/// A part of a file on its way in. It may have no byte.
fn piece() -> Value {
    json!({
        "required": false,
        "description": "Bytes of the file, as they are.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    })
}

fn description(operation: &Operation) -> Option<String> {
    let admin = (operation.access == Access::Admin).then(|| {
        "For admins of the server; for everybody else it is `forbidden` (403).".to_owned()
    });
    let frame = operation.frame.then(|| {
        format!(
            "Also a call over the socket: the frame `{}`.",
            operation.name
        )
    });
    let send = (operation.name == SendMessage::operation().name).then(|| SEND.to_owned());
    let parts: Vec<String> = send.into_iter().chain(admin).chain(frame).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn names(fields: &Map<String, Value>) -> Vec<String> {
    let properties = fields.get("properties").and_then(Value::as_object);
    properties.map_or_else(Vec::new, |all| all.keys().cloned().collect())
}

/// Moves fields out of the body.
fn parameters<'a>(
    fields: &mut Map<String, Value>,
    place: &str,
    moved: impl Iterator<Item = &'a str>,
    schemas: &mut Schemas,
) -> Vec<Value> {
    let mut parameters = Vec::new();
    for name in moved {
        let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
        let mut schema = properties
            .and_then(|all| all.remove(name))
            .expect("a path names fields of its request");
        let required = take_required(fields, name);
        let about = schema
            .as_object_mut()
            .and_then(|schema| schema.remove("description"));
        parameters.push(json!({
            "name": name,
            "in": place,
            "required": required,
            "description": about,
            "schema": schemas.keep_input(without_null(schema)),
        }));
    }
    parameters
}

fn take_required(fields: &mut Map<String, Value>, name: &str) -> bool {
    let Some(required) = fields.get_mut("required").and_then(Value::as_array_mut) else {
        return false;
    };
    let before = required.len();
    required.retain(|field| field != name);
    let found = required.len() < before;
    if required.is_empty() {
        fields.remove("required");
    }
    found
}

/// In a URL a field is absent, never null.
fn without_null(mut schema: Value) -> Value {
    if let Some([some, null]) = schema["anyOf"].as_array().map(Vec::as_slice)
        && null["type"] == "null"
    {
        return some.clone();
    }
    if let Some([some, null]) = schema["type"].as_array().map(Vec::as_slice)
        && null == "null"
    {
        schema["type"] = some.clone();
    }
    schema
}
