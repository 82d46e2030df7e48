//! A disabled account: who knows the password is told so; everybody else learns nothing, and all access ends.

use super::{PASSWORD, login, registered};
use chat_tests::{Answer, Opening, Person, Server};
use serde_json::json;

async fn disable(admin: &Person, person: &Person, disabled: bool) -> Answer {
    let path = format!("/admin/users/{}", person.id);
    admin.patch(&path, json!({"disabled": disabled})).await
}

#[tokio::test]
async fn only_the_right_password_is_told_that_an_account_is_disabled() {
    let server = Server::start().await;
    let (boss, ann) = (server.admin("boss").await, registered(&server, "ann").await);

    disable(&boss, &ann, true).await.ok();

    assert_eq!(
        login(&server, "ann", PASSWORD).await.problem(),
        (403, "account_disabled")
    );
    let wrong = login(&server, "ann", "wrong horse").await;
    let nobody = login(&server, "nobody", "wrong horse").await;
    assert_eq!(wrong.without_id(), nobody.without_id());
    disable(&boss, &ann, false).await.ok();
    assert_eq!(login(&server, "ann", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn sockets_calls_tickets_and_tokens_of_a_disabled_account_end_at_once() {
    let server = Server::start().await;
    let (boss, ann) = (server.admin("boss").await, registered(&server, "ann").await);
    let ticket = ann.post("/auth/ticket", json!({})).await.ok()["ticket"].clone();
    let mut socket = ann.socket().await;

    disable(&boss, &ann, true).await.ok();

    assert_eq!(socket.expect_close().await.0, 4504);
    assert_eq!(ann.get("/users/me").await.status, 401);
    let body = json!({"refresh_token": ann.refresh_token});
    let refreshed = server.post("/auth/refresh", body).await;
    assert_eq!(refreshed.problem(), (403, "account_disabled"));
    let path = format!("/ws?ticket={}", ticket.as_str().unwrap());
    assert!(
        Opening::new(&server.door)
            .at(&path)
            .try_open()
            .await
            .is_err()
    );
    assert!(server.host().session(ann.id, None).await.is_err());
}

#[tokio::test]
async fn a_link_from_an_admin_sets_a_password_once() {
    let server = Server::start().await;
    let (boss, ann) = (server.admin("boss").await, registered(&server, "ann").await);

    let path = format!("/admin/users/{}/reset", ann.id);
    let by_herself = ann.post(&path, json!({})).await;
    let made = boss.post(&path, json!({})).await.ok();
    let body = json!({"token": made["token"], "new_password": "another battery"});
    let first = server
        .post("/auth/password/reset/confirm", body.clone())
        .await;
    let second = server.post("/auth/password/reset/confirm", body).await;

    assert_eq!(by_herself.problem(), (403, "forbidden"));
    let (link, token) = (
        made["link"].as_str().unwrap(),
        made["token"].as_str().unwrap(),
    );
    assert!(link.ends_with(&format!("/reset#token={token}")), "{link}");
    assert_eq!((first.status, second.status), (204, 422));
    assert_eq!(login(&server, "ann", "another battery").await.status, 200);
}
