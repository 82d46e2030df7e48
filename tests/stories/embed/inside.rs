//! What an embedder is promised, in its own process: mounting, identities, hooks, calls and events.

use async_trait::async_trait;
use axum::{Router, body::Body, extract::Request, http::HeaderMap};
use chat_core::{
    Code, ConversationId, ConversationKind, CreateConversation, EditMessage, Envelope, Event,
    MessageBody, Place, SendMessage, ShowMe, Title, UserId, UserRole, Username,
};
use chat_server::{ChatServer, Config, Draft, Hooks, Host, Identity, NewUser, Refusal};
use chat_tests::{Door, Opening, within};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tower::ServiceExt;

/// Believes what a header says, puts flowers for weeds, and remembers what happened.
#[derive(Clone, Default)]
struct Garden(Arc<Mutex<Vec<Envelope>>>);

#[async_trait]
impl Hooks for Garden {
    async fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        let id = headers.get("x-gardener")?.to_str().ok()?.to_owned();
        let name = headers
            .get("x-name")
            .and_then(|name| name.to_str().ok())
            .unwrap_or(&id);
        Some(Identity {
            username: name.to_owned(),
            display_name: format!("The {name}"),
            avatar_url: None,
            id,
        })
    }

    async fn before_send(&self, draft: &mut Draft) -> Result<(), Refusal> {
        if let Some(said) = &draft.content {
            if said.as_str().contains("slugs") {
                return Err(Refusal("there are no slugs here".to_owned()));
            }
            let text = said.as_str().replace("weeds", "flowers");
            let better = MessageBody::parse(text).map_err(|rule| Refusal(rule.to_owned()))?;
            draft.content = Some(better);
        }
        Ok(())
    }

    fn on_event(&self, event: &Envelope) {
        self.0
            .lock()
            .expect("nobody panics with it")
            .push(event.clone());
    }
}

async fn garden() -> (ChatServer, Garden) {
    let hooks = Garden::default();
    let config = Config {
        database: "sqlite::memory:".to_owned(),
        ..Config::default()
    };
    let chat = ChatServer::builder()
        .config(config)
        .hooks(hooks.clone())
        .build()
        .await;
    (chat.expect("the server builds"), hooks)
}

/// Serves a router on a port of its own, and returns the chat's door below a prefix.
async fn served(app: Router, prefix: &str) -> Door {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    Door::mounted(address, prefix)
}

async fn user(host: &Host, name: &str) -> UserId {
    let new = NewUser {
        username: Username::parse(name).expect("a good username"),
        email: None,
        password: None,
        display_name: None,
        role: UserRole::User,
    };
    host.create_user(new)
        .await
        .expect("the name is free")
        .user
        .id
}

async fn group(host: &Host, owner: UserId, others: &[UserId]) -> ConversationId {
    let create = CreateConversation {
        kind: ConversationKind::Group,
        title: Title::parse("Beds").ok(),
        description: None,
        message_ttl_s: None,
        member_ids: others.to_vec(),
    };
    host.call(owner, create)
        .await
        .expect("a group")
        .conversation
        .id
}

fn say(conversation_id: ConversationId, text: &str) -> SendMessage {
    SendMessage::text(
        conversation_id,
        MessageBody::parse(text).expect("a message"),
    )
}

async fn me(door: &Door, id: &str, name: &str) -> Value {
    let door = door.with("x-gardener", id).with("x-name", name);
    door.call("GET", "/users/me", None).await.ok()
}

#[tokio::test]
async fn the_router_works_below_any_prefix() {
    let (chat, _) = garden().await;
    let door = served(Router::new().nest("/a/b", chat.router()), "/a/b").await;
    let rose = door.with("x-gardener", "rose");

    let user = rose.call("GET", "/users/me", None).await.ok();
    let socket = Opening::new(&rose).open().await;
    let group = json!({"kind": "group", "title": "Beds", "member_ids": []});
    let made = rose.call("POST", "/conversations", Some(group)).await.ok();
    let shown = rose
        .call(
            "GET",
            &format!("/conversations/{}", made["id"].as_str().expect("an id")),
            None,
        )
        .await;

    assert_eq!(socket.ready["user"]["id"], user["id"]);
    assert_eq!(shown.ok()["id"], made["id"]);
    super::expect_documents(&door).await;
}

#[tokio::test]
async fn the_service_answers_without_a_connection() {
    let (chat, _) = garden().await;
    let request = |path: &str| {
        Request::builder()
            .uri(path)
            .header("x-gardener", "rose")
            .body(Body::empty())
    };

    let me = chat
        .service()
        .oneshot(request("/api/v1/users/me").expect("a request"))
        .await
        .expect("an answer");
    let nothing = chat
        .service()
        .oneshot(request("/nothing").expect("a request"))
        .await
        .expect("an answer");

    assert_eq!(
        (me.status(), nothing.status()),
        (200.try_into().expect("one"), 404.try_into().expect("one"))
    );
    let body = axum::body::to_bytes(me.into_body(), 10_000)
        .await
        .expect("a body");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(body["username"], "rose");
}

#[tokio::test]
async fn the_host_calls_as_any_user_and_within_their_rights() {
    let (chat, _) = garden().await;
    let host = chat.host();
    let (rose, thorn) = (user(&host, "rose").await, user(&host, "thorn").await);
    let beds = group(&host, rose, &[]).await;

    let said = host
        .call(rose, say(beds, "it rains"))
        .await
        .expect("a member may");
    let refused = host
        .call(thorn, say(beds, "no"))
        .await
        .expect_err("a stranger may not");

    assert_eq!((said.message.sender.id, said.message.seq.get()), (rose, 1));
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(
        host.call(thorn, ShowMe {})
            .await
            .expect("they exist")
            .user
            .username,
        "thorn"
    );
}

#[tokio::test]
async fn the_host_may_call_more_often_than_anybody_outside() {
    let hooks = Garden::default();
    let mut config = Config {
        database: "sqlite::memory:".to_owned(),
        ..Config::default()
    };
    config.limits.sends_per_minute = 4;
    let chat = ChatServer::builder()
        .config(config)
        .hooks(hooks)
        .build()
        .await
        .expect("the server builds");
    let host = chat.host();
    let rose = user(&host, "rose").await;
    let beds = group(&host, rose, &[]).await;

    for nth in 0..20 {
        let sent = host.call(rose, say(beds, &format!("leaf {nth}"))).await;
        assert_eq!(sent.expect("no limit").message.seq.get(), nth + 1);
    }
}

#[tokio::test]
async fn events_come_to_the_host_and_the_hook_in_the_order_of_the_log() {
    let (chat, hooks) = garden().await;
    let host = chat.host();
    let (rose, thorn) = (user(&host, "rose").await, user(&host, "thorn").await);
    let mut events = host.events();

    let beds = group(&host, rose, &[thorn]).await;
    for nth in 0..30 {
        let who = if nth % 3 == 0 { thorn } else { rose };
        host.call(who, say(beds, &format!("leaf {nth}")))
            .await
            .expect("stored");
    }

    let mut heard = Vec::new();
    while heard.len() < 32 {
        heard.push(
            within("an event", events.next())
                .await
                .expect("nothing is missed"),
        );
    }
    let of_the_log = heard
        .iter()
        .filter(|envelope| envelope.conversation_id == Some(beds));
    let places: Vec<_> = of_the_log
        .filter(|e| matches!(e.place, Place::Log(_)))
        .map(|e| e.place)
        .collect();
    let wanted: Vec<_> = (1..=30)
        .map(|seq| Place::Log(seq.try_into().expect("small")))
        .collect();
    assert_eq!(places, wanted);
    assert_eq!(
        heard
            .iter()
            .filter(|e| matches!(e.event, Event::ConversationNew(_)))
            .count(),
        2
    );
    let hooked = hooks.0.lock().expect("nobody panics with it").clone();
    assert_eq!(
        hooked,
        heard
            .iter()
            .map(|envelope| (**envelope).clone())
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_hook_changes_what_is_stored_and_told() {
    let (chat, _) = garden().await;
    let door = served(chat.router(), "").await;
    let rose = door.with("x-gardener", "rose");
    let mut socket = Opening::new(&rose).open().await;
    let group = json!({"kind": "group", "title": "Beds", "member_ids": []});
    let id = rose.call("POST", "/conversations", Some(group)).await.ok()["id"].clone();

    let send = json!({"conversation_id": id, "content": "weeds everywhere", "client_id": "n1"});
    let first = socket
        .call("message.send", send.clone())
        .await
        .expect("stored");
    let told = socket.next_event("message.new").await;
    let again = socket.call("message.send", send).await.expect("the same");

    assert_eq!(told["data"]["content"], "flowers everywhere");
    assert_eq!(
        (&again["message_id"], &again["duplicate"]),
        (&first["message_id"], &json!(true))
    );
}

#[tokio::test]
async fn what_may_not_be_said_may_not_be_put_into_an_old_message_either() {
    let (chat, _) = garden().await;
    let host = chat.host();
    let rose = user(&host, "rose").await;
    let beds = group(&host, rose, &[]).await;
    let said = host.call(rose, say(beds, "stones")).await.expect("stored");
    let edit = |text: &str| EditMessage {
        message_id: said.message.id,
        content: MessageBody::parse(text).expect("a message"),
        mentions: None,
        client_id: None,
    };

    let edited = host.call(rose, edit("weeds everywhere")).await;
    let refused = host.call(rose, edit("only slugs")).await;

    assert_eq!(edited.expect("changed").content, "flowers everywhere");
    assert_eq!(refused.expect_err("slugs").code(), Code::Refused);
    let refused = host.call(rose, say(beds, "slugs")).await;
    assert_eq!(refused.expect_err("slugs").code(), Code::Refused);
}

#[tokio::test]
async fn a_strange_username_becomes_a_valid_one_of_their_own() {
    let (chat, _) = garden().await;
    let door = served(chat.router(), "").await;

    let mut names = Vec::new();
    for (id, name) in [
        ("1", "Ann Lee"),
        ("2", "ann.lee"),
        ("3", "annlee"),
        ("4", "!!"),
        ("5", "admin"),
        ("6", "-_-"),
        ("7", &"x".repeat(180)),
        ("8", "x"),
    ] {
        let user = me(&door, id, name).await;
        let username = user["username"].as_str().expect("a name").to_owned();
        assert!(
            Username::parse(username.clone()).is_ok(),
            "{name} became {username}"
        );
        assert_eq!(me(&door, id, "renamed").await["id"], user["id"]);
        names.push(username);
    }

    assert_eq!(
        (names[0].as_str(), names[1].as_str(), names[2].as_str()),
        ("annlee", "ann.lee", "annlee2")
    );
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
}

#[tokio::test]
async fn two_first_calls_at_once_make_one_user() {
    let (chat, _) = garden().await;
    let door = served(chat.router(), "").await;

    for nth in 0..5 {
        let id = format!("gardener-{nth}");
        let calls = (0..8).map(|_| me(&door, &id, "rose"));
        let users = futures_util::future::join_all(calls).await;
        let ids: std::collections::BTreeSet<_> =
            users.iter().map(|user| user["id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "{users:?}");
    }

    let found = door
        .with("x-gardener", "gardener-0")
        .call("GET", "/users?q=rose", None)
        .await
        .ok();
    assert_eq!(
        found["items"].as_array().map(Vec::len),
        Some(5),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_changed_name_is_taken_over() {
    let (chat, _) = garden().await;
    let door = served(chat.router(), "").await;
    let before = me(&door, "1", "rose").await;

    let after = me(&door, "1", "rosa").await;

    assert_eq!(
        (&before["display_name"], &after["display_name"]),
        (&json!("The rose"), &json!("The rosa"))
    );
    // One is found by it: it stays.
    assert_eq!(before["username"], after["username"]);
}
