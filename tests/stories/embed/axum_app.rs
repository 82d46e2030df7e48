//! The example `axum_app`: a program with its own login and the chat below `/chat`.

use super::{door, example, expect_documents, expect_goodbye};
use chat_tests::{Door, Home, Opening, Serving};
use reqwest::{Client, StatusCode, header, redirect::Policy};
use serde_json::json;

/// Signs in at the shop, and returns the shop's cookie.
async fn sign_in(shop: &Serving, name: &str, password: &str) -> Result<String, StatusCode> {
    // Whoever was first has installed it; there is only one kind here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .expect("a plain client");
    let request = client
        .post(format!("{}/login", shop.url()))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("name={name}&password={password}"));
    let answer = request.send().await.expect("the shop answers");
    let cookie = answer
        .headers()
        .get(header::SET_COOKIE)
        .and_then(|cookie| cookie.to_str().ok());
    let cookie = cookie.and_then(|cookie| cookie.split(';').next());
    cookie.map(str::to_owned).ok_or(answer.status())
}

/// The chat's door for somebody with the shop's cookie, beside a cookie that means nothing to it.
fn chat(shop: &Serving, cookie: &str) -> Door {
    door(shop, "/chat").with("cookie", &format!("theme=dark; {cookie}"))
}

async fn customer(shop: &Serving, name: &str, password: &str) -> Door {
    chat(
        shop,
        &sign_in(shop, name, password).await.expect("a cookie"),
    )
}

#[tokio::test]
async fn a_customer_of_the_shop_is_a_user_of_the_chat() {
    let home = Home::new();
    let shop = example(&home, "axum_app").await;
    let stranger = door(&shop, "/chat");
    assert_eq!(
        stranger.call("GET", "/users/me", None).await.problem(),
        (401, "unauthenticated")
    );

    let ann = customer(&shop, "ann", "tulips").await;
    let first = ann.call("GET", "/users/me", None).await.ok();
    let again = customer(&shop, "ann", "tulips")
        .await
        .call("GET", "/users/me", None)
        .await
        .ok();
    let ben = customer(&shop, "ben", "daffodils")
        .await
        .call("GET", "/users/me", None)
        .await
        .ok();

    assert_eq!(
        (first["username"].as_str(), first["display_name"].as_str()),
        (Some("ann"), Some("Ann Lee"))
    );
    assert_eq!(first, again);
    assert_ne!(first["id"], ben["id"]);
}

#[tokio::test]
async fn a_wrong_password_or_cookie_is_nobody() {
    let home = Home::new();
    let shop = example(&home, "axum_app").await;

    assert_eq!(
        sign_in(&shop, "ann", "roses").await,
        Err(StatusCode::UNAUTHORIZED)
    );
    let forged = chat(&shop, "shop_session=00000000000000000000000000000000");
    assert_eq!(
        forged.call("GET", "/users/me", None).await.problem(),
        (401, "unauthenticated")
    );
}

#[tokio::test]
async fn signed_out_of_the_shop_is_signed_out_of_the_chat() {
    let home = Home::new();
    let shop = example(&home, "axum_app").await;
    let cookie = sign_in(&shop, "ann", "tulips").await.expect("a cookie");
    chat(&shop, &cookie)
        .call("GET", "/users/me", None)
        .await
        .ok();

    let out = door(&shop, "")
        .with("cookie", &cookie)
        .send_text("POST", "/logout", None)
        .await;

    assert_eq!(out.status, 200, "{out:?}");
    assert_eq!(
        chat(&shop, &cookie)
            .call("GET", "/users/me", None)
            .await
            .problem(),
        (401, "unauthenticated")
    );
}

#[tokio::test]
async fn customers_talk_over_sockets_with_the_shops_cookie() {
    let home = Home::new();
    let shop = example(&home, "axum_app").await;
    let (ann, ben) = (
        customer(&shop, "ann", "tulips").await,
        customer(&shop, "ben", "daffodils").await,
    );
    let ben_id = ben.call("GET", "/users/me", None).await.ok()["id"].clone();
    let (mut hers, mut his) = (
        Opening::new(&ann).open().await,
        Opening::new(&ben).open().await,
    );

    let made = hers
        .call(
            "conversation.create",
            json!({"kind": "direct", "member_ids": [ben_id]}),
        )
        .await;
    let id = made.expect("a conversation")["id"].clone();
    his.next_event("conversation.new").await;
    let sent = hers
        .call(
            "message.send",
            json!({"conversation_id": id, "content": "red ones?"}),
        )
        .await;
    let heard = his.next_event("message.new").await;
    let answer = his
        .call(
            "message.send",
            json!({"conversation_id": id, "content": "yellow"}),
        )
        .await;

    assert_eq!(
        (&heard["data"]["content"], &heard["seq"]),
        (&json!("red ones?"), &sent.expect("stored")["seq"])
    );
    assert!(answer.is_ok(), "{answer:?}");
    hers.next_event("message.new").await;
    assert_eq!(
        hers.next_event("message.new").await["data"]["content"],
        "yellow"
    );
}

#[tokio::test]
async fn a_socket_of_another_page_is_refused() {
    let home = Home::new();
    let shop = example(&home, "axum_app").await;
    let ann = customer(&shop, "ann", "tulips").await;

    let own = Opening::new(&ann)
        .with("origin", &shop.url())
        .try_open()
        .await;
    let foreign = Opening::new(&ann)
        .with("origin", "https://evil.example")
        .try_open()
        .await;

    assert!(own.is_ok());
    assert_eq!(foreign.err().map(|(status, _)| status), Some(403));
}

#[tokio::test]
async fn the_shop_refuses_a_word_and_greets_with_its_own_voice() {
    let home = Home::new();
    let shop = example(&home, "axum_app").await;
    let ann = customer(&shop, "ann", "tulips").await;
    let found = ann.call("GET", "/users?q=concierge", None).await.ok();
    let mut socket = Opening::new(&ann).open().await;

    let create = json!({"kind": "direct", "member_ids": [found["items"][0]["id"]]});
    let id = ann.call("POST", "/conversations", Some(create)).await.ok()["id"].clone();
    let greeting = socket.next_event("message.new").await;
    let path = format!("/conversations/{}/messages", id.as_str().expect("an id"));
    let refused = ann
        .call(
            "POST",
            &path,
            Some(json!({"content": "best CASINO in town"})),
        )
        .await;
    let fine = ann
        .call("POST", &path, Some(json!({"content": "tulips, please"})))
        .await;

    assert_eq!(greeting["data"]["sender"]["username"], "concierge");
    assert_eq!(refused.problem(), (422, "refused"));
    assert_eq!(refused.body["detail"], "advertising is not welcome here");
    // Said once, though two inboxes told of the conversation; and what was refused took no place.
    assert_eq!(
        (&greeting["seq"], &fine.ok()["seq"]),
        (&json!(1), &json!(2))
    );
}

#[tokio::test]
async fn its_documents_name_addresses_below_the_prefix() {
    let home = Home::new();
    let shop = example(&home, "axum_app").await;

    expect_documents(&door(&shop, "/chat")).await;
    let home_page = door(&shop, "").get("/").await;

    assert!(
        home_page
            .body
            .as_str()
            .is_some_and(|text| text.starts_with("Tulips!")),
        "{home_page:?}"
    );
}

#[tokio::test]
async fn it_says_goodbye_when_it_is_told_to_stop() {
    let home = Home::new();
    let shop = example(&home, "axum_app").await;
    let ann = customer(&shop, "ann", "tulips").await;

    expect_goodbye(shop, &ann).await;
}
