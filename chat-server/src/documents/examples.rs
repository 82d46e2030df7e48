//! Examples for the documents, made from their schemas: what is required, and little else.
//!
//! A story holds each of them against its schema. They are for reading; nothing in a server has these ids.

use super::schemas::PLACE;
use serde_json::{Map, Value, json};

const ID: &str = "0198f2a4-6c1e-7b3a-9d52-4e8f7a6b5c01";
const MOMENT: &str = "2026-01-31T12:00:00.000Z";

/// What stands in a field of this name, where a text of any kind would do.
const TEXTS: &[(&str, &str)] = &[
    ("access_token", "eyJhbGciOi…"),
    ("action", "admin.user.change"),
    ("client_id", "send-1"),
    ("code", "J7mK2x"),
    ("content", "hello"),
    ("current_password", "correct horse"),
    ("display_name", "Ann Lee"),
    ("email", "ann@example.org"),
    ("emoji", "👍"),
    ("epoch", "00f1e2d3c4b5a697"),
    ("excerpt", "hello"),
    ("file_name", "picture.png"),
    ("identifier", "ann"),
    ("link", "https://chat.example.org/reset#token"),
    ("mime_type", "image/png"),
    ("new_password", "battery staple"),
    ("password", "correct horse"),
    ("q", "ann"),
    ("reason", "sells shoes"),
    ("title", "Climbing on Friday"),
    ("url", "attachments/0198f2a4-6c1e-7b3a-9d52-4e8f7a6b5c01"),
    ("username", "ann"),
    ("waveform", "AAECAw=="),
];

/// Adds examples to every call of an OpenAPI document.
pub(super) fn to_openapi(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let calls = paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for (_, call) in calls {
        for parameter in call
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            // What may be left out is mostly left out.
            if parameter["required"] == true {
                parameter["example"] = sample(&parameter["schema"], &name, &schemas, 0);
            }
        }
        let asked = call.pointer_mut("/requestBody/content/application~1json");
        asked.into_iter().for_each(|body| add(body, &schemas));
        let answers = call
            .get_mut("responses")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten();
        for (_, answer) in answers.filter(|(status, _)| status.starts_with('2')) {
            let body = answer.pointer_mut("/content/application~1json");
            body.into_iter().for_each(|body| add(body, &schemas));
        }
    }
}

/// Adds an example to every message of an AsyncAPI document.
pub(super) fn to_asyncapi(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let messages = document["components"]["messages"].as_object_mut();
    for (_, message) in messages.into_iter().flatten() {
        let mut payload = sample(&message["payload"], "", &schemas, 0);
        // A call without a number gets no answer.
        if message["payload"]["properties"]["id"].is_object() {
            payload["id"] = json!(7);
        }
        message["examples"] = json!([{"payload": payload}]);
    }
}

fn add(body: &mut Value, schemas: &Value) {
    body["example"] = sample(&body["schema"], "", schemas, 0);
}

/// A value that a schema allows, for a field of this name.
fn sample(schema: &Value, name: &str, schemas: &Value, depth: usize) -> Value {
    if let Some(reference) = schema["$ref"]
        .as_str()
        .and_then(|to| to.strip_prefix(PLACE))
    {
        return sample(&schemas[reference], name, schemas, depth);
    }
    let fixed = schema.get("const").or_else(|| schema["enum"].get(0));
    if let Some(value) = fixed {
        return value.clone();
    }
    let kind = &schema["type"];
    match kind.as_str().or_else(|| kind[0].as_str()) {
        Some("object") => object(schema, schemas, depth),
        // Deep inside, and what is not required to have anything, stays empty.
        Some("array") if depth > 4 => json!([]),
        Some("array") => json!([sample(&schema["items"], name, schemas, depth + 1)]),
        Some("integer" | "number") => {
            let least = schema["minimum"].as_u64().unwrap_or_default();
            json!(least.max(1))
        }
        Some("boolean") => json!(true),
        Some("string") => text(schema, name).into(),
        _ => {
            let choices = ["oneOf", "anyOf"]
                .iter()
                .find_map(|word| schema[word].get(0));
            choices.map_or(Value::Null, |first| sample(first, name, schemas, depth))
        }
    }
}

fn text(schema: &Value, name: &str) -> String {
    let known = TEXTS.iter().find(|(field, _)| *field == name);
    match (schema["format"].as_str(), known) {
        (Some("uuid"), _) => ID.to_owned(),
        (Some("date-time"), _) => MOMENT.to_owned(),
        (_, Some((_, text))) => (*text).to_owned(),
        _ => name.replace('_', " "),
    }
}

/// All that is required; where nothing is, the first field that there is.
fn object(schema: &Value, schemas: &Value, depth: usize) -> Value {
    let fields = schema["properties"].as_object();
    let required = [&schema["required"], &schema["anyOf"][0]["required"]];
    let mut wanted: Vec<&str> = required
        .iter()
        .flat_map(|names| names.as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    if wanted.is_empty() && depth == 0 {
        wanted.extend(
            fields
                .and_then(|fields| fields.keys().next())
                .map(String::as_str),
        );
    }
    let mut made = Map::new();
    for name in wanted {
        let field = fields.and_then(|fields| fields.get(name));
        let value = field.map_or(Value::Null, |field| sample(field, name, schemas, depth + 1));
        made.insert(name.to_owned(), value);
    }
    made.into()
}
