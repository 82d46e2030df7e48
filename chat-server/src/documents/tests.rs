//! Holds the documents against the tables they are made from.

use super::{NOUNS, asyncapi, noun, openapi, page};
use chat_core::{Access, Close, Code, Event, Operation};
use serde_json::Value;
use std::collections::BTreeSet;

/// Calls `seen` with every reference in a document.
fn each_reference(document: &Value, seen: &mut impl FnMut(&str)) {
    match document {
        Value::Array(items) => items.iter().for_each(|item| each_reference(item, seen)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str() {
                    Some(to) if key == "$ref" => seen(to),
                    _ => each_reference(value, seen),
                }
            }
        }
        _ => {}
    }
}

/// The call of the table in the OpenAPI document.
fn call<'a>(document: &'a Value, name: &str) -> &'a Value {
    let operation = Operation::ALL.iter().find(|call| call.name == name);
    let (method, path) = operation.and_then(|call| call.rest).unwrap();
    &document["paths"][format!("/api/v1{path}")][method.as_str().to_lowercase()]
}

fn field_names(schema: &Value) -> Vec<&str> {
    let fields = schema["properties"].as_object().unwrap();
    fields.keys().map(String::as_str).collect()
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    for document in [openapi("/chat"), asyncapi("/chat")] {
        let mut referred = BTreeSet::new();

        each_reference(&document, &mut |to| {
            let pointer = to.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{to}");
            referred.insert(to.to_owned());
        });

        let schemas = document["components"]["schemas"].as_object().unwrap();
        for name in schemas.keys() {
            assert!(
                referred.contains(&format!("#/components/schemas/{name}")),
                "{name}"
            );
        }
        assert!(!document.to_string().contains("$defs"));
    }
}

#[test]
fn http_calls_are_those_of_the_table() {
    let document = openapi("");
    let paths = document["paths"].as_object().unwrap();
    let described: BTreeSet<String> = paths
        .iter()
        .filter_map(|(path, item)| Some((path.strip_prefix("/api/v1")?, item)))
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .keys()
                .map(move |m| format!("{m} {path}"))
        })
        .collect();
    let table: BTreeSet<String> = Operation::ALL
        .iter()
        .filter_map(|operation| operation.rest)
        .map(|(method, path)| format!("{} {path}", method.as_str().to_lowercase()))
        .collect();

    assert_eq!(described, table);
    for path in ["/health/live", "/health/ready", "/metrics"] {
        assert!(paths[path]["get"]["responses"]["200"].is_object(), "{path}");
    }
}

#[test]
fn every_call_has_its_name_its_statuses_and_its_access() {
    let document = openapi("");

    for operation in Operation::ALL
        .iter()
        .filter(|operation| operation.rest.is_some())
    {
        let call = call(&document, operation.name);
        let answers = &call["responses"];

        assert_eq!(call["operationId"], operation.name);
        assert_eq!(
            answers[operation.status.to_string()]["content"].is_object(),
            operation.status != 204,
            "{operation:?}"
        );
        assert!(answers["default"].is_object());
        assert_eq!(
            call["x-access"] == "admin",
            operation.access == Access::Admin
        );
        assert_eq!(
            call["security"].is_array(),
            operation.access == Access::Anonymous
        );
    }
}

#[test]
fn a_field_is_in_one_place_only() {
    let document = openapi("");

    let history = call(&document, "history");
    let places: Vec<_> = history["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (&p["name"], &p["in"]))
        .collect();
    assert!(history["requestBody"].is_null());
    assert!(
        places
            .iter()
            .any(|(name, place)| *name == "conversation_id" && *place == "path")
    );
    assert!(
        places
            .iter()
            .any(|(name, place)| *name == "before" && *place == "query")
    );

    let send = call(&document, "message.send");
    let body = &send["requestBody"]["content"]["application/json"]["schema"];
    let fields = field_names(body);
    assert!(fields.contains(&"client_id") && !fields.contains(&"conversation_id"));
    assert_eq!(body["anyOf"][0]["required"], serde_json::json!(["content"]));
    assert!(send["responses"]["200"].is_object() && send["responses"]["201"].is_object());

    let leave = call(&document, "conversation.leave");
    assert!(leave["requestBody"].is_null());
}

#[test]
fn what_may_be_absent_on_the_way_in_is_always_there_on_the_way_out() {
    let document = openapi("");
    let schemas = &document["components"]["schemas"];

    let ask = schemas["CreateConversation"]["required"]
        .as_array()
        .unwrap();
    let answer = schemas["Created"]["required"].as_array().unwrap();

    assert!(!ask.contains(&"title".into()));
    assert!(answer.contains(&"title".into()));
}

#[test]
fn frames_and_their_answers_are_those_of_the_table() {
    let document = asyncapi("");
    let (messages, operations) = (&document["components"]["messages"], &document["operations"]);

    for operation in Operation::ALL {
        let (call, ok) = (
            format!("call.{}", operation.name),
            format!("ok.{}", operation.name),
        );
        assert_eq!(
            messages[&call].is_object(),
            operation.frame,
            "{operation:?}"
        );
        if operation.frame {
            assert_eq!(
                messages[&call]["payload"]["properties"]["type"]["const"],
                operation.name
            );
            assert_eq!(operations[&call]["action"], "send");
            assert!(messages[&ok]["payload"]["properties"]["ok"].is_object());
        }
    }
    let sent = &messages["ok.message.send"]["payload"]["properties"]["ok"];
    assert_eq!(sent["$ref"], "#/components/schemas/Ack");
}

#[test]
fn events_are_those_of_the_table_with_their_class() {
    let document = asyncapi("");
    let mut generator = schemars::SchemaGenerator::default();

    for (kind, class, sentence, _) in Event::schemas(&mut generator) {
        let message = &document["components"]["messages"][format!("event.{kind}")];
        let fields = &message["payload"]["properties"];

        assert_eq!(fields["type"]["const"], kind);
        assert_eq!(message["summary"], sentence);
        let has_place = fields["seq"].is_object() || fields["inbox_seq"].is_object();
        assert_eq!(has_place, class == chat_core::Class::Durable, "{kind}");
        assert_eq!(
            fields["inbox_seq"].is_object(),
            sentence.contains("inbox") || kind == "unreadable",
            "{kind}"
        );
        assert_eq!(
            document["operations"][format!("event.{kind}")]["action"],
            "receive"
        );
    }
}

#[test]
fn every_code_is_told() {
    let (http, socket) = (openapi(""), asyncapi(""));
    let about = socket["channels"]["socket"]["description"]
        .as_str()
        .unwrap();

    for close in Close::ALL {
        assert!(about.contains(&format!("| {} | {} |", close.code(), close.reason())));
    }
    assert_eq!(
        socket["x-closing-codes"].as_array().unwrap().len(),
        Close::ALL.len()
    );
    assert_eq!(
        http["x-error-codes"].as_array().unwrap().len(),
        Code::ALL.len()
    );
}

#[test]
fn what_happens_once_under_a_key_is_told_at_the_beginning() {
    let document = openapi("");
    let about = document["info"]["description"].as_str().unwrap();

    for operation in Operation::ALL {
        let is_told = about.contains(&format!("`{}`", operation.name));
        assert!(is_told || !operation.happens_once(), "{operation:?}");
    }
    assert!(!about.contains('{') || about.contains("{items, next_cursor}"));
}

#[test]
fn every_call_has_a_noun_that_is_explained() {
    for operation in Operation::ALL {
        assert!(
            NOUNS.iter().any(|(name, _)| *name == noun(operation.name)),
            "{operation:?}"
        );
    }
}

#[test]
fn documents_follow_the_prefix() {
    assert_eq!(openapi("")["servers"][0]["url"], "/");
    assert_eq!(openapi("/chat/")["servers"][0]["url"], "/chat");
    assert_eq!(asyncapi("/chat")["servers"]["tls"]["pathname"], "/chat");
    assert!(asyncapi("/")["servers"]["tls"]["pathname"].is_null());
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let page = page();

    for foreign in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    for text in ["innerHTML", "insertAdjacentHTML", "document.write"] {
        assert!(!page.contains(text), "documents are shown as text: {text}");
    }
    assert_eq!(page.matches("</script>").count(), 1);
    assert_eq!(page.matches("</style>").count(), 1);
}

#[test]
fn the_names_of_fields_are_those_of_the_protocol() {
    let names = super::field_names();

    for name in ["id", "username", "deleted_at", "session_count"] {
        assert!(names.contains(name), "{name}");
    }
    assert!(!names.contains("properties") && !names.contains("nope"));
}
