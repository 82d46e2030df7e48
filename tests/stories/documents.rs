//! The documents that the server gives of itself, held against what it really says.

mod life;

use chat_core::{Event, Operation};
use chat_tests::{Door, Opening, Schemas, Server, Setup, Traffic};
use life::lived;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Events that nothing in this story makes happen, and why.
const NOT_PROVOKED: &[(&str, &str)] = &[("resync", "needs a slow reader: see sockets")];

async fn document(server: &Server, name: &str) -> Schemas {
    Schemas::new(server.door.get(&format!("/api/{name}.json")).await.ok())
}

/// The operation behind a path, and the path as the table has it.
fn route(method: &str, path: &str) -> Option<(&'static Operation, &'static str)> {
    let path = path.strip_prefix("/api/v1")?.split('?').next()?;
    let parts: Vec<_> = path.split('/').collect();
    let matches = |template: &str| {
        let template: Vec<_> = template.split('/').collect();
        template.len() == parts.len()
            && template
                .iter()
                .zip(&parts)
                .all(|(a, b)| a == b || a.starts_with('{'))
    };
    let found = Operation::ALL.iter().filter_map(|operation| {
        operation
            .rest
            .map(|(verb, template)| (operation, verb, template))
    });
    let mut found: Vec<_> = found
        .filter(|(_, verb, template)| verb.as_str() == method && matches(template))
        .collect();
    found.sort_by_key(|(.., template)| template.contains('{'));
    found
        .first()
        .map(|(operation, _, template)| (*operation, *template))
}

/// Where the schema of a message is.
fn payload(message: &str) -> String {
    format!("/components/messages/{message}/payload")
}

#[tokio::test]
async fn every_answer_over_http_is_as_openapi_says() {
    let (server, traffic) = lived().await;
    let mut openapi = document(&server, "openapi").await;
    let (mut wrong, mut succeeded) = (Vec::new(), BTreeSet::new());

    for traffic in traffic {
        let Traffic::Answer {
            method,
            path,
            status,
            kind,
            body,
        } = traffic
        else {
            continue;
        };
        let Some((operation, template)) = route(method, &path) else {
            continue;
        };
        if status < 300 {
            succeeded.insert(operation.name);
        }
        let call = format!(
            "/paths/{}/{}",
            format!("/api/v1{template}").replace('/', "~1"),
            method.to_lowercase()
        );
        let responses = format!("{call}/responses");
        let mut place = format!("{responses}/{status}");
        if openapi.document.pointer(&place).is_none() {
            place = format!("{responses}/default");
            if status < 400 {
                wrong.push(format!("{}: {status} is not described", operation.name));
            }
        }
        let response = openapi.document.pointer(&place);
        if let Some(reference) = response.and_then(|response| response["$ref"].as_str()) {
            place = reference.trim_start_matches('#').to_owned();
        }
        match kind {
            Some(kind) => {
                let content = format!("{place}/content");
                let described =
                    |kind: &str| format!("{content}/{}/schema", kind.replace('/', "~1"));
                // A file may be of any kind.
                let place = match openapi.document.pointer(&described("*/*")) {
                    Some(_) => described("*/*"),
                    None => described(&kind),
                };
                wrong.extend(openapi.errors(&place, &body));
            }
            None if matches!(status, 204 | 304) => {}
            None => wrong.push(format!("{}: {status} without a type", operation.name)),
        }
    }

    assert_eq!(wrong, Vec::<String>::new());
    let over_http = Operation::ALL.iter().filter(|call| call.rest.is_some());
    assert_eq!(
        succeeded,
        over_http.map(|call| call.name).collect(),
        "each call has succeeded once: say above how a new one is made"
    );
}

#[tokio::test]
async fn every_frame_is_as_asyncapi_says() {
    let (server, traffic) = lived().await;
    let mut asyncapi = document(&server, "asyncapi").await;
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());

    for traffic in traffic {
        let (name, frame) = match traffic {
            Traffic::Frame { asked, frame } => match (asked, frame.get("ok")) {
                (Some(asked), Some(_)) => {
                    (format!("ok.{}", asked["type"].as_str().unwrap()), frame)
                }
                _ if frame.get("error").is_some() => ("error".to_owned(), frame),
                _ => (format!("event.{}", frame["type"].as_str().unwrap()), frame),
            },
            Traffic::Answer { path, body, .. } => {
                // The events in the answer to a sync are the frames that were missed.
                if path.ends_with("/sync") {
                    for event in missed(&body) {
                        let name = format!("event.{}", event["type"].as_str().unwrap());
                        wrong.extend(asyncapi.errors(&payload(&name), event));
                        seen.insert(name);
                    }
                }
                continue;
            }
        };
        wrong.extend(asyncapi.errors(&payload(&name), &frame));
        seen.insert(name);
    }

    assert_eq!(wrong, Vec::<String>::new());
    let messages = asyncapi.document["components"]["messages"]
        .as_object()
        .unwrap();
    let from_server = messages.keys().filter(|name| !name.starts_with("call."));
    let not_provoked: BTreeSet<_> = NOT_PROVOKED
        .iter()
        .map(|(kind, _)| format!("event.{kind}"))
        .collect();
    let missing: Vec<_> = from_server
        .filter(|name| !seen.contains(*name) && !not_provoked.contains(*name))
        .collect();
    assert_eq!(
        missing,
        Vec::<&String>::new(),
        "each was seen once: say above how a new one happens"
    );
}

#[tokio::test]
async fn every_call_that_is_accepted_is_as_asyncapi_says() {
    let (server, traffic) = lived().await;
    let mut asyncapi = document(&server, "asyncapi").await;
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());

    for traffic in traffic {
        if let Traffic::Frame {
            asked: Some(asked),
            frame,
        } = traffic
            && frame.get("error").is_none()
        {
            let name = format!("call.{}", asked["type"].as_str().unwrap());
            wrong.extend(asyncapi.errors(&payload(&name), &asked));
            seen.insert(name);
        }
    }

    assert_eq!(wrong, Vec::<String>::new());
    let messages = asyncapi.document["components"]["messages"].as_object();
    let calls = messages
        .unwrap()
        .keys()
        .filter(|name| name.starts_with("call."));
    assert_eq!(
        seen,
        calls.cloned().collect(),
        "each was sent once: say above how a new one is"
    );
}

/// The events in the answer to a sync.
fn missed(synced: &Value) -> impl Iterator<Item = &Value> {
    let stretches = synced["conversations"].as_array().into_iter().flatten();
    stretches
        .chain([&synced["inbox"]])
        .flat_map(|stretch| stretch["events"].as_array().into_iter().flatten())
}

#[tokio::test]
async fn the_comparison_notices_what_is_missing_strange_or_undescribed() {
    let server = Server::start().await;
    let mut asyncapi = document(&server, "asyncapi").await;
    let typing = |data: Value| json!({"type": "typing", "conversation_id": chat_tests::unknown_id(), "data": data});
    let good = json!({"user_id": chat_tests::unknown_id(), "username": "ann", "is_typing": true});
    let mut errors = |frame: Value| {
        asyncapi
            .errors("/components/messages/event.typing/payload", &frame)
            .len()
    };

    assert_eq!(errors(typing(good.clone())), 0);
    for (field, value) in [
        ("is_typing", json!("yes")),
        ("user_id", json!("nobody")),
        ("moon", json!(1)),
        ("username", Value::Null),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        assert!(errors(typing(bad)) > 0, "{field}");
    }
    assert!(errors(typing(json!({}))) > 0);
}

#[tokio::test]
async fn an_event_of_every_type_is_known_to_the_clients() {
    let (_, told) = lived().await;

    for traffic in told {
        if let Traffic::Frame { frame, .. } = traffic
            && frame.get("type").is_some()
        {
            let envelope: chat_core::Envelope = serde_json::from_value(frame.clone()).unwrap();
            assert!(!matches!(envelope.event, Event::Unknown { .. }), "{frame}");
            assert_eq!(
                serde_json::to_value(&envelope).unwrap(),
                frame,
                "it reads back what was written"
            );
        }
    }
}

#[tokio::test]
async fn the_page_and_the_documents_need_nothing_from_elsewhere() {
    let server = Server::start().await;

    let page = server.door.get("/docs").await;

    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let text = page.body.as_str().unwrap();
    assert!(
        text.contains("openapi.json") && text.contains("asyncapi.json"),
        "{text}"
    );
    assert!(
        !text.contains("src=\"http") && !text.contains("href=\"http") && !text.contains("@import")
    );
    assert_eq!(
        document(&server, "openapi").await.document["openapi"],
        "3.1.0"
    );
    assert_eq!(
        document(&server, "asyncapi").await.document["asyncapi"],
        "3.0.0"
    );
}

#[tokio::test]
async fn under_a_prefix_everything_is_served_there_and_says_so() {
    let setup = Setup::new();
    let chat = chat_server::ChatServer::builder()
        .config(setup.config.clone())
        .build()
        .await
        .unwrap();
    let app = axum::Router::new().nest("/deep/chat", chat.router());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let door = Door::mounted(listener.local_addr().unwrap(), "/deep/chat");
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });

    let openapi = door.get("/api/openapi.json").await.ok();
    let asyncapi = door.get("/api/asyncapi.json").await.ok();
    let account =
        json!({"username": "ann", "email": "ann@example.org", "password": "correct horse"});
    let signed_in = door
        .call("POST", "/auth/register", Some(account))
        .await
        .ok();

    assert_eq!(openapi["servers"][0]["url"], "/deep/chat");
    assert_eq!(asyncapi["servers"]["plain"]["pathname"], "/deep/chat");
    assert_eq!(door.get("/docs").await.status, 200);
    assert_eq!(door.get("/docs/").await.status, 200, "by way of a redirect");
    for page in ["/reset", "/verify", "/reset/"] {
        assert_eq!(door.get(page).await.status, 200, "{page}");
    }
    assert_eq!(door.get("/moon").await.problem(), (404, "not_found"));
    let bearer = door.bearer(signed_in["access_token"].as_str().unwrap());
    assert_eq!(
        Opening::new(&bearer).open().await.ready["user"]["username"],
        "ann"
    );
    serving.abort();
}

#[tokio::test]
async fn every_example_is_as_its_schema_says() {
    let server = Server::start().await;
    let mut wrong = Vec::new();

    for (name, example) in [("openapi", "example"), ("asyncapi", "examples")] {
        let mut schemas = document(&server, name).await;
        let mut places = Vec::new();
        each_example(&schemas.document, example, String::new(), &mut places);
        let messages = schemas.document["components"]["messages"].as_object();
        // In AsyncAPI each message has one; in OpenAPI each call has one or more.
        let least = messages.map_or(Operation::ALL.len(), serde_json::Map::len);
        assert!(places.len() >= least, "{name}: {}", places.len());
        for (place, value) in places {
            let schema = if name == "openapi" {
                "schema"
            } else {
                "payload"
            };
            wrong.extend(schemas.errors(&format!("{place}/{schema}"), &value));
        }
    }

    assert_eq!(wrong, Vec::<String>::new());
}

/// Where there is an example, and which.
fn each_example(at: &Value, word: &str, place: String, found: &mut Vec<(String, Value)>) {
    let Some(fields) = at.as_object() else {
        return;
    };
    match &fields.get(word) {
        Some(Value::Array(examples)) => found.push((place.clone(), examples[0]["payload"].clone())),
        Some(example) => found.push((place.clone(), (*example).clone())),
        None => {}
    }
    for (key, value) in fields {
        let place = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
        match value {
            Value::Array(items) => {
                for (nth, item) in items.iter().enumerate() {
                    each_example(item, word, format!("{place}/{nth}"), found);
                }
            }
            _ => each_example(value, word, place, found),
        }
    }
}
