//! How often somebody may call: each figure on its own, over HTTP and sockets together, with a time to wait that is true.
//! The clock is held, so that nothing refills while a story is told.

mod all;
mod preset;

use chat_core::Limits;
use chat_tests::{Answer, HeldClock, Opening, Person, RawConnection, Server, within};
use serde_json::{Value, json};

/// A server that allows everything as often as the kit does, but for what is changed; all of it at once.
async fn server(clock: &HeldClock, change: impl FnOnce(&mut Limits)) -> Server {
    Server::held(clock, |config| {
        config.limits.burst_s = 60;
        change(&mut config.limits);
    })
    .await
}

/// A refusal over HTTP that names the limit. Returns how long to wait, in milliseconds.
#[track_caller]
fn over(answer: &Answer, limit: &str) -> i64 {
    assert_eq!(answer.problem(), (429, "rate_limited"), "{answer:?}");
    let wait = wait_of(&answer.body, limit);
    let seconds = answer.header("retry-after").map(str::parse);
    assert_eq!(seconds, Some(Ok((wait + 999) / 1_000)), "{answer:?}");
    wait
}

/// A refusal over a socket that names the limit.
#[track_caller]
fn over_frame(answer: Result<Value, Value>, limit: &str) -> i64 {
    let error = answer.expect_err("over the limit");
    assert_eq!(error["code"], "rate_limited", "{error}");
    wait_of(&error, limit)
}

#[track_caller]
fn wait_of(problem: &Value, limit: &str) -> i64 {
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.contains(limit), "{problem}");
    let wait = problem["retry_after_ms"].as_i64();
    wait.filter(|wait| (1..=60_000).contains(wait))
        .unwrap_or_else(|| panic!("no good time to wait in {problem}"))
}

fn text(words: &str) -> Value {
    json!({"content": words})
}

#[tokio::test]
async fn the_time_to_wait_is_true() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| limits.reads_per_minute = 7).await;
    let ann = server.person("ann").await;
    let history = format!("/conversations/{}/messages", ann.group(&[]).await);
    for _ in 0..7 {
        ann.get(&history).await.ok();
    }

    let wait = over(&ann.get(&history).await, "reads_per_minute");
    clock.move_by_ms(wait - 1);
    assert_eq!(over(&ann.get(&history).await, "reads_per_minute"), 1);
    clock.move_by_ms(1);

    ann.get(&history).await.ok();
    over(&ann.get(&history).await, "reads_per_minute");
}

#[tokio::test]
async fn messages_in_a_conversation_are_counted_whoever_sends_them_and_however() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| limits.conversation_sends_per_minute = 4).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (group, other) = (ann.group(&[&bob]).await, ann.group(&[&bob]).await);
    let (limit, mut socket) = ("conversation_sends_per_minute", bob.socket().await);
    for nth in 0..2 {
        ann.say(group, &format!("ann {nth}")).await;
        let send = json!({"conversation_id": group, "content": format!("bob {nth}")});
        socket
            .call("message.send", send)
            .await
            .expect("there is room");
    }

    let wait = over(&ann.send(group, text("5")).await, limit);
    let send = json!({"conversation_id": group, "content": "6"});
    over_frame(socket.call("message.send", send).await, limit);

    ann.say(other, "elsewhere there is room").await;
    assert_eq!(
        ann.history(group, "").await["items"]
            .as_array()
            .map(Vec::len),
        Some(4)
    );
    clock.move_by_ms(wait);
    bob.say(group, "now").await;
}

#[tokio::test]
async fn a_full_conversation_still_answers_retries_and_tells_strangers_nothing() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| limits.conversation_sends_per_minute = 1).await;
    let [ann, eve] = server.people(["ann", "eve"]).await;
    let group = ann.group(&[]).await;
    for nth in 0..5 {
        let knock = eve.send(group, text(&format!("{nth}"))).await;
        assert_eq!(knock.problem(), (404, "not_found"));
    }
    let body = json!({"content": "one", "client_id": "1"});

    assert_eq!(
        ann.send(group, body.clone()).await.status,
        201,
        "eve took nothing"
    );
    assert_eq!(ann.send(group, body).await.status, 200);

    over(
        &ann.send(group, text("two")).await,
        "conversation_sends_per_minute",
    );
    assert_eq!(eve.send(group, text("three")).await.status, 404);
}

#[tokio::test]
async fn a_message_forwarded_to_many_counts_as_many() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| limits.sends_per_minute = 4).await;
    let ann = server.person("ann").await;
    let mut places = Vec::new();
    for _ in 0..5 {
        places.push(ann.group(&[]).await);
    }
    let message = ann.say(places[0], "hello").await;
    let path = format!("/messages/{}/forward", message.id);
    let to = |count: usize| json!({"conversation_ids": places[..count]});

    let never = ann.post(&path, to(5)).await;
    assert_eq!(
        (never.problem(), never.fields()),
        ((422, "invalid"), vec!["conversation_ids"])
    );
    over(&ann.post(&path, to(4)).await, "sends_per_minute");
    ann.post(&path, to(3)).await.ok();
    over(
        &ann.send(places[0], text("no more")).await,
        "sends_per_minute",
    );
}

#[tokio::test]
async fn a_message_that_one_place_has_no_room_for_is_forwarded_nowhere() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| limits.conversation_sends_per_minute = 1).await;
    let ann = server.person("ann").await;
    let (full, free) = (ann.group(&[]).await, ann.group(&[]).await);
    let message = ann.say(full, "hello").await;

    let path = format!("/messages/{}/forward", message.id);
    let refused = ann
        .post(&path, json!({"conversation_ids": [free, full]}))
        .await;

    over(&refused, "conversation_sends_per_minute");
    assert_eq!(ann.look(free).await.last_seq.get(), 0);
}

#[tokio::test]
async fn files_are_counted_by_user_or_by_the_address_of_nobody() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| {
        limits.uploads_per_minute = 1;
        limits.downloads_per_minute = 1;
    })
    .await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let upload = async |who: &Person| {
        let door = who.door.with("content-type", "text/plain");
        let file = Some("some text".to_owned());
        door.send_text("POST", "/api/v1/attachments?file_name=a.txt", file)
            .await
    };
    assert_ne!(upload(&ann).await.status, 429);
    over(&upload(&ann).await, "uploads_per_minute");
    assert_ne!(upload(&bob).await.status, 429);

    let path = format!("/avatars/{}", ann.id);
    assert_ne!(server.get(&path).await.status, 429);
    over(&server.get(&path).await, "downloads_per_minute");
}

#[tokio::test]
async fn what_is_refused_for_other_reasons_is_counted_too() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| limits.calls_per_minute = 5).await;
    let ann = server.person("ann").await;
    let mut socket = ann.socket().await;

    for _ in 0..2 {
        let made = ann.post("/conversations", json!({"kind": "no such"})).await;
        assert_eq!(made.status, 422);
        let frame = socket.call("no such call", json!({})).await.unwrap_err();
        assert_ne!(frame["code"], "rate_limited");
    }

    let made = ann.post("/conversations", json!({"kind": "no such"})).await;
    over(&made, "calls_per_minute");
    over_frame(
        socket.call("no such call", json!({})).await,
        "calls_per_minute",
    );
    over_frame(socket.call("ping", json!({})).await, "calls_per_minute");
}

#[tokio::test]
async fn ready_publishes_the_figures_and_the_metrics_count_refusals_by_them() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| limits.searches_per_minute = 1).await;
    let ann = server.person("ann").await;
    let limits: Limits =
        serde_json::from_value(ann.socket().await.ready["limits"].clone()).unwrap();
    assert_eq!((limits.searches_per_minute, limits.burst_s), (1, 60));

    assert_ne!(ann.get("/search?q=hello").await.status, 429);
    for _ in 0..3 {
        over(&ann.get("/search?q=hello").await, "searches_per_minute");
    }

    let metrics = within("the metrics come", server.door.get("/metrics")).await;
    let text = metrics.body.as_str().unwrap_or_default();
    assert!(
        text.contains("chat_limited_total{limit=\"searches_per_minute\"} 3\n"),
        "{text}"
    );
}

#[tokio::test]
async fn a_figure_that_would_let_nobody_in_is_refused() {
    for change in [
        (|limits| limits.reads_per_minute = 0) as fn(&mut Limits),
        |limits| limits.conversation_sends_per_minute = 0,
        |limits| limits.burst_s = 0,
        |limits| limits.burst_s = 61,
    ] {
        let mut config = chat_server::Config {
            database: "sqlite::memory:".to_owned(),
            ..chat_server::Config::default()
        };
        change(&mut config.limits);

        let refused = chat_server::ChatServer::builder()
            .config(config)
            .build()
            .await;

        let said = refused.err().expect("it is refused").to_string();
        assert!(
            said.starts_with("limits.") && said.contains(" must be "),
            "{said}"
        );
    }
}

#[tokio::test]
async fn whoever_is_not_let_in_is_counted_by_address_over_every_door() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| limits.anonymous_calls_per_minute = 4).await;
    let ann = server.person("ann").await;
    let forged = server.door.bearer("nonsense");

    assert_eq!(server.get("/users/me").await.status, 401);
    assert_eq!(forged.call("GET", "/users/me", None).await.status, 401);
    let opened = Opening::new(&server.door).at("/ws?ticket=nonsense");
    assert_eq!(opened.try_open().await.err().unwrap().0, 401);
    assert_eq!(server.get("/users/me/export").await.status, 401);

    let limit = "anonymous_calls_per_minute";
    over(&server.get("/users/me").await, limit);
    over(&forged.call("GET", "/users/me", None).await, limit);
    let opened = Opening::new(&server.door).at("/ws?ticket=nonsense");
    assert_eq!(opened.try_open().await.err().unwrap().0, 429);
    ann.get("/users/me").await.ok();
}

#[tokio::test]
async fn the_documents_are_counted_as_files_are() {
    let clock = HeldClock::default();
    let server = server(&clock, |limits| limits.downloads_per_minute = 2).await;

    for document in ["/api/openapi.json", "/api/asyncapi.json"] {
        assert_eq!(server.door.get(document).await.status, 200);
    }

    over(
        &server.door.get("/api/openapi.json").await,
        "downloads_per_minute",
    );
}

#[tokio::test]
async fn who_guesses_at_a_password_does_not_keep_its_owner_out() {
    let clock = HeldClock::default();
    let server = Server::held(&clock, |config| {
        config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let ann = json!({"username": "ann", "email": "ann@example.org", "password": "correct horse"});
    let made = server.door.call("POST", "/auth/register", Some(ann)).await;
    made.ok();
    let from = |address: &str| server.door.with("x-forwarded-for", address);
    let sign_in = async |address: &str, password: &str| {
        let login = json!({"identifier": "ann", "password": password});
        let door = from(address);
        door.call("POST", "/auth/login", Some(login)).await
    };

    for nth in 0..10 {
        let guess = sign_in("192.0.2.1", &format!("guess {nth}")).await;
        assert_eq!(guess.status, 401);
    }
    over(&sign_in("192.0.2.1", "guess").await, "guesses_per_minute");

    for _ in 0..12 {
        let right = sign_in("192.0.2.2", "correct horse").await;
        assert_eq!(right.status, 200, "what is right is no guess");
    }
}

#[tokio::test]
async fn over_the_connections_of_one_address_comes_an_answer() {
    let server = Server::with(|config| config.sockets_per_address = 1).await;
    let mut open = Vec::new();
    for _ in 0..101 {
        open.push(RawConnection::open(server.door.address()).await);
    }

    let mut late = RawConnection::open(server.door.address()).await;

    let refused = late.rest_text().await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("\r\nRetry-After: 5\r\n"), "{refused}");
    assert!(refused.contains("\"code\":\"unavailable\""), "{refused}");
    drop(open);
}
