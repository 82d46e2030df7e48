//! The example `plain_hyper`: hyper's own connection loop with the chat below `/chat`.

use super::{door, example, expect_documents, expect_goodbye};
use chat_core::SignedIn;
use chat_tests::{Door, Home, Opening, Person, sdk};
use serde_json::json;

async fn register(chat: &Door, name: &str) -> Person {
    let body = json!({"username": name, "email": format!("{name}@example.org"), "password": sdk::PASSWORD});
    let signed_in = chat.call("POST", "/auth/register", Some(body)).await.ok();
    let signed_in: SignedIn = serde_json::from_value(signed_in).expect("the answer to a sign-up");
    Person::new(chat.clone(), &signed_in)
}

#[tokio::test]
async fn people_talk_over_http_and_sockets_below_the_prefix() {
    let home = Home::new();
    let program = example(&home, "plain_hyper").await;
    let chat = door(&program, "/chat");
    let (ann, ben) = (register(&chat, "ann").await, register(&chat, "ben").await);
    let group = ann.group(&[&ben]).await;
    let mut socket = ben.socket().await;

    let said = ann.say(group, "hello").await;
    let heard = socket.next_event("message.new").await;
    let answer = socket
        .call(
            "message.send",
            json!({"conversation_id": group, "content": "hi"}),
        )
        .await;

    assert_eq!(
        (&heard["data"]["id"], &heard["data"]["content"]),
        (&json!(said.id), &json!("hello"))
    );
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(ann.history(group, "").await["items"][1]["content"], "hi");
}

#[tokio::test]
async fn the_sdk_finds_the_chat_below_the_prefix() {
    let home = Home::new();
    let program = example(&home, "plain_hyper").await;
    let server = format!("{}/chat", program.url());
    let (ann, ben) = (
        sdk::registered(&server, "ann").await,
        sdk::registered(&server, "ben").await,
    );
    let group = sdk::group(&ann, &[ben.me().expect("signed in")]).await;
    sdk::online(&ann).await;
    sdk::online(&ben).await;

    ann.conversation(group).send(sdk::body("hello"));

    sdk::knows(&ben, "ben hears it", |state| {
        (sdk::said(state, group) == ["hello"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn its_own_paths_are_its_own_and_the_others_the_chats() {
    let home = Home::new();
    let program = example(&home, "plain_hyper").await;

    let own = door(&program, "").get("/").await;
    let ready = door(&program, "/chat").get("/health/ready").await;
    let missing = door(&program, "/chat").get("/nothing").await;
    let outside = door(&program, "").get("/api/v1/users/me").await;

    assert!(
        own.body
            .as_str()
            .is_some_and(|text| text.starts_with("This is my program")),
        "{own:?}"
    );
    assert_eq!(ready.status, 200);
    assert_eq!(missing.problem(), (404, "not_found"));
    assert_eq!(outside.status, 404);
    expect_documents(&door(&program, "/chat")).await;
}

#[tokio::test]
async fn a_ticket_opens_one_socket_below_the_prefix() {
    let home = Home::new();
    let program = example(&home, "plain_hyper").await;
    let chat = door(&program, "/chat");
    let ann = register(&chat, "ann").await;

    let ticket = ann.post("/auth/ticket", json!({})).await.ok()["ticket"].clone();
    let path = format!("/ws?ticket={}", ticket.as_str().expect("a ticket"));
    let opened = Opening::new(&chat).at(&path).open().await;
    let again = Opening::new(&chat).at(&path).try_open().await;

    assert_eq!(opened.ready["user"]["username"], "ann");
    assert_eq!(again.err().map(|(status, _)| status), Some(401));
}

#[tokio::test]
async fn it_says_goodbye_when_it_is_told_to_stop() {
    let home = Home::new();
    let program = example(&home, "plain_hyper").await;
    let ann = register(&door(&program, "/chat"), "ann").await;

    expect_goodbye(program, &ann.door).await;
}
