//! What HTTP answers: the success of a call, the problems it may end with, and what stands beside the calls.

use crate::documents::schemas::Schemas;
use chat_core::{
    Access, BeginUpload, Body, Code, CreateConversation, Endpoint, ExportMe, Method, Operation,
    SendMessage,
};
use serde_json::{Map, Value, json};

/// The statuses that are told apart; any other problem is the default answer.
const STATUSES: &[u16] = &[400, 401, 403, 404, 409, 413, 415, 416, 422, 429, 503];

/// The answers of a call. `asks` says whether it has any fields.
pub(super) fn of_call(
    operation: &Operation,
    method: Method,
    path: &str,
    asks: bool,
    schemas: &mut Schemas,
) -> Value {
    let mut responses = Map::new();
    if operation.body == Body::FileOut {
        responses = file(operation);
    } else if operation.status == 204 {
        responses.insert(
            "204".to_owned(),
            json!({
            "description": "Done.",
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
            }),
        );
    } else {
        let (schema, about) = schemas.reply(operation);
        let answer = |about: &str| {
            json!({
                "description": about,
                "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
                "content": {"application/json": {"schema": schema}},
            })
        };
        responses.insert(operation.status.to_string(), answer(&about));
        if is_found_again(operation) {
            responses.insert(
                "200".to_owned(),
                answer("It was there already; nothing new was made."),
            );
        }
    }
    let brings_bytes = matches!(operation.body, Body::FileIn | Body::PieceIn);
    for status in STATUSES {
        let can_happen = match status {
            400 => !method.uses_query() && asks,
            // Making an account needs no proof of who one is.
            401 => operation.access != Access::Anonymous || operation.status != 201,
            403 => method != Method::Get || operation.access == Access::Admin,
            404 => Operation::path_fields(path).next().is_some(),
            409 => {
                let changes = matches!(method, Method::Post | Method::Patch);
                operation.status == 201
                    || (changes && Operation::path_fields(path).next().is_some())
            }
            413 => brings_bytes || (asks && !method.uses_query()),
            415 => brings_bytes || (asks && !method.uses_query()),
            416 => operation.body == Body::FileOut,
            422 => asks || brings_bytes,
            _ => true,
        };
        if can_happen {
            let problem = json!({"$ref": format!("#/components/responses/Problem{status}")});
            responses.insert(status.to_string(), problem);
        }
    }
    responses.insert(
        "default".to_owned(),
        json!({"$ref": "#/components/responses/Problem"}),
    );
    responses.into()
}

/// Whether the call answers with what is there already.
fn is_found_again(operation: &Operation) -> bool {
    let calls = [
        SendMessage::operation().name,
        CreateConversation::operation().name,
        BeginUpload::operation().name,
    ];
    calls.contains(&operation.name)
}

/// A file, a part of it, or that the caller has it already.
fn file(operation: &Operation) -> Map<String, Value> {
    let id = json!({"X-Request-Id": {"$ref": "#/components/headers/RequestId"}});
    if operation.name == ExportMe::operation().name {
        let lines = json!({
            "description": "One JSON value a line.",
            "headers": id,
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        });
        return Map::from_iter([("200".to_owned(), lines)]);
    }
    let bytes = json!({"*/*": {"schema": {"type": "string", "format": "binary"}}});
    Map::from_iter([
        (
            "200".to_owned(),
            json!({"description": "The file.", "headers": id, "content": bytes}),
        ),
        (
            "206".to_owned(),
            json!({"description": "The part that `Range` asks for.", "headers": id, "content": bytes}),
        ),
        (
            "304".to_owned(),
            json!({"description": "The caller has it already, by `If-None-Match`.", "headers": id}),
        ),
    ])
}

/// The answers that are problems: one for each status that is told apart, and one for any.
pub(super) fn problems(schema: &Value) -> Value {
    let response = |about: String, waits: bool| {
        let mut response = json!({
            "description": about,
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}},
            "content": {"application/problem+json": {"schema": schema}},
        });
        if waits {
            response["headers"]["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
        }
        response
    };
    let mut responses = Map::new();
    for status in STATUSES {
        let codes: Vec<String> = Code::ALL
            .iter()
            .filter(|code| code.status() == *status)
            .map(|code| format!("`{}`: {}", code.as_str(), code.title()))
            .collect();
        let about = format!("{}.", codes.join("; "));
        responses.insert(
            format!("Problem{status}"),
            response(about, matches!(status, 429 | 503)),
        );
    }
    responses.insert(
        "Problem".to_owned(),
        response("Any other problem.".to_owned(), false),
    );
    responses.into()
}

/// The headers that answers share.
pub(super) fn headers() -> Value {
    json!({
        "RequestId": {
            "description": "Under this id the server's log has more.",
            "schema": {"type": "string"},
        },
        "RetryAfter": {
            "description": "Seconds to wait before the same call.",
            "schema": {"type": "integer", "minimum": 0},
        },
    })
}

/// What stands beside `/api/v1`.
pub(super) fn beside() -> Map<String, Value> {
    let get = |id: &str, summary: &str, responses: Value| {
        json!({"get": {
            "operationId": id,
            "tags": ["server"],
            "summary": summary,
            "security": [],
            "responses": responses,
        }})
    };
    let unavailable = json!({"$ref": "#/components/responses/Problem503"});
    let metrics = json!({"schema": {"type": "string"}});
    Map::from_iter([
        (
            "/health/live".to_owned(),
            get(
                "health.live",
                "Says whether the process answers.",
                json!({"200": {"description": "It does."}}),
            ),
        ),
        (
            "/health/ready".to_owned(),
            get(
                "health.ready",
                "Says whether the server can serve: its database answers, and it is not going away.",
                json!({"200": {"description": "It can."}, "503": unavailable}),
            ),
        ),
        (
            "/metrics".to_owned(),
            get(
                "metrics",
                "Figures about the server, for Prometheus.",
                json!({"200": {
                    "description": "OpenMetrics text.",
                    "content": {"application/openmetrics-text; version=1.0.0; charset=utf-8": metrics},
                }}),
            ),
        ),
    ])
}
