//! From a request to the call that carries it: fields named in the path go there, those of calls that read or bring a
//! file into the query, the rest into a JSON body. Absent fields go nowhere.

use crate::{Error, HttpBody, HttpCall};
use chat_core::{Body, Method, Operation};
use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

/// Below this everything REST is.
const API: &[&str] = &["api", "v1"];

/// Makes the call of a request, without a token.
pub(crate) fn http_call(
    server: &Url,
    operation: &Operation,
    request: &impl Serialize,
) -> Result<HttpCall, Error> {
    let Some((method, path)) = operation.rest else {
        return Err(Error::Invalid(format!(
            "{} can only be asked over the socket",
            operation.name
        )));
    };
    let mut fields = match serde_json::to_value(request) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(Error::Invalid("a request must be an object".into())),
        // Only a word that this version does not know is not written.
        Err(error) => return Err(Error::Invalid(format!("ask for a known word: {error}"))),
    };
    fields.retain(|_, value| !value.is_null());
    let mut url = server.clone();
    fill_path(&mut url, path, &mut fields)?;
    let mut body = HttpBody::Empty;
    if method.uses_query() || operation.body != Body::Json {
        fill_query(&mut url, &fields);
    } else if method != Method::Delete || !fields.is_empty() {
        // A DELETE mostly has no body, and some things in between do not like it to have one.
        body = HttpBody::Json(Value::Object(fields).to_string().into_bytes());
    }
    Ok(HttpCall {
        once: None,
        method,
        url,
        token: None,
        range: None,
        body,
    })
}

/// Where the socket of a server is.
pub(crate) fn socket_url(server: &Url) -> Url {
    let mut url = server.clone();
    let scheme = if server.scheme() == "https" {
        "wss"
    } else {
        "ws"
    };
    url.set_scheme(scheme)
        .expect("http and https may become ws and wss");
    extend(&mut url, ["ws"]);
    url
}

fn fill_path(url: &mut Url, path: &str, fields: &mut Map<String, Value>) -> Result<(), Error> {
    extend(url, API);
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let Some(name) = Operation::path_fields(part).next() else {
            extend(url, [part]);
            continue;
        };
        let value = fields
            .remove(name)
            .ok_or_else(|| Error::Invalid(format!("{name} is required")))?;
        extend(url, [text(&value).as_str()]);
    }
    Ok(())
}

fn fill_query(url: &mut Url, fields: &Map<String, Value>) {
    if fields.is_empty() {
        return;
    }
    let mut query = url.query_pairs_mut();
    for (name, value) in fields {
        query.append_pair(name, &text(value));
    }
}

fn extend<'a>(url: &mut Url, parts: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>) {
    let mut segments = url
        .path_segments_mut()
        .expect("the builder takes http and https only, and those have paths");
    segments
        .pop_if_empty()
        .extend(parts.into_iter().map(AsRef::as_ref));
}

/// A scalar as a path or query has it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::{
        AddReaction, ConversationId, CreateAttachment, DeleteMe, DeleteMessage, EditMessage, Emoji,
        Endpoint, FileName, History, ListUsers, MessageBody, MessageId, Ping, Secret, Seq,
    };

    const NIL: &str = "00000000-0000-0000-0000-000000000000";

    fn call<E: Endpoint>(server: &str, request: &E) -> HttpCall {
        http_call(&server.parse().unwrap(), E::operation(), request).unwrap()
    }

    fn json(call: &HttpCall) -> Option<&str> {
        match &call.body {
            HttpBody::Json(json) => Some(std::str::from_utf8(json).unwrap()),
            _ => None,
        }
    }

    #[test]
    fn path_fields_go_into_the_path_and_the_rest_into_the_query() {
        let history = History {
            conversation_id: ConversationId::new(uuid::Uuid::nil()),
            before: Some(Seq::try_from(9).unwrap()),
            after: None,
            around: None,
            limit: Some(20),
        };

        let call = call("http://127.0.0.1:8000", &history);

        assert_eq!(
            call.url.as_str(),
            format!("http://127.0.0.1:8000/api/v1/conversations/{NIL}/messages?before=9&limit=20")
        );
        assert!(json(&call).is_none() && call.method == Method::Get);
    }

    #[test]
    fn a_body_has_what_is_not_in_the_path() {
        let edit = EditMessage {
            message_id: MessageId::new(uuid::Uuid::nil()),
            content: MessageBody::parse("new").unwrap(),
            mentions: None,
            client_id: None,
        };

        let call = call("https://example.org/chat/", &edit);

        assert_eq!(
            call.url.as_str(),
            format!("https://example.org/chat/api/v1/messages/{NIL}")
        );
        assert_eq!(json(&call), Some(r#"{"content":"new"}"#));
    }

    #[test]
    fn a_deletion_has_a_body_only_where_it_says_something() {
        let leave = DeleteMe {
            password: Some(Secret::new("as typed")),
            delete_messages: None,
        };
        let delete = DeleteMessage::new(MessageId::new(uuid::Uuid::nil()));

        let (leave, delete) = (call("http://h", &leave), call("http://h", &delete));

        assert_eq!(leave.url.as_str(), "http://h/api/v1/users/me");
        assert_eq!(json(&leave), Some(r#"{"password":"as typed"}"#));
        assert_eq!(json(&delete), None);
    }

    #[test]
    fn an_emoji_in_a_path_is_one_part_of_it() {
        for (emoji, part) in [
            ("👍", "%F0%9F%91%8D"),
            ("#\u{fe0f}\u{20e3}", "%23%EF%B8%8F%E2%83%A3"),
            ("❤\u{fe0f}", "%E2%9D%A4%EF%B8%8F"),
        ] {
            let react = AddReaction::new(
                MessageId::new(uuid::Uuid::nil()),
                Emoji::parse(emoji).unwrap(),
            );

            let path = format!("/api/v1/messages/{NIL}/reactions/{part}");
            assert_eq!(call("http://h", &react).url.path(), path);
        }
    }

    #[test]
    fn what_is_said_about_a_file_is_in_the_query() {
        let about = CreateAttachment {
            file_name: Some(FileName::parse("a&b ж.png").unwrap()),
            duration_ms: Some(5),
            waveform: None,
        };

        let call = call("http://h", &about);

        let said: Vec<_> = call.url.query_pairs().collect();
        let expected = [("duration_ms", "5"), ("file_name", "a&b ж.png")];
        assert_eq!(
            said,
            expected.map(|(name, value)| (name.into(), value.into()))
        );
        assert!(json(&call).is_none());
    }

    #[test]
    fn what_a_query_says_cannot_break_out_of_it() {
        let users = ListUsers {
            q: Some("a&limit=1#?/../é".into()),
            limit: None,
            cursor: None,
        };

        let url = call("http://h", &users).url;

        assert_eq!(url.path(), "/api/v1/users");
        assert_eq!(
            url.query_pairs().collect::<Vec<_>>(),
            [("q".into(), "a&limit=1#?/../é".into())]
        );
    }

    #[test]
    fn the_socket_keeps_the_prefix() {
        for (server, socket) in [
            ("http://127.0.0.1:1", "ws://127.0.0.1:1/ws"),
            ("https://h/a/b", "wss://h/a/b/ws"),
            ("https://h/a/", "wss://h/a/ws"),
        ] {
            assert_eq!(socket_url(&server.parse().unwrap()).as_str(), socket);
        }
    }

    #[test]
    fn what_only_a_socket_can_ask_is_refused() {
        let error =
            http_call(&"http://h".parse().unwrap(), Ping::operation(), &Ping {}).unwrap_err();

        assert!(matches!(error, Error::Invalid(_)), "{error}");
    }
}
