//! Looking after the server: each of its calls, once.

use chat_tests::{Person, Server, unknown_id};
use serde_json::json;

/// What an admin does with accounts.
async fn accounts(server: &Server, keeper: &Person) {
    let asked = json!({"username": "made", "email": "made@example.org", "is_bot": true});
    let made = keeper.post("/admin/users", asked).await.ok();
    let path = format!("/admin/users/{}", made["id"].as_str().unwrap());
    for path in ["/admin/users?limit=1", &path, &format!("{path}/sessions")] {
        keeper.get(path).await.ok();
    }
    keeper
        .patch(&path, json!({"disabled": true, "reason": "sells shoes"}))
        .await
        .ok();
    keeper.get(&path).await.ok();
    keeper.patch(&path, json!({"disabled": false})).await.ok();
    keeper.delete(&format!("{path}/sessions")).await.ok();
    let link = keeper.post(&format!("{path}/reset"), json!({})).await.ok();
    let reset = json!({"token": link["token"], "new_password": "battery staple"});
    server
        .post("/auth/password/reset/confirm", reset)
        .await
        .ok();
    keeper.delete(&path).await.ok();
    keeper.get(&format!("/admin/users/{}", unknown_id())).await;
}

/// A file that somebody has reported, as it is kept for those who decide.
async fn a_reported_file(keeper: &Person, ann: &Person, bob: &Person) {
    let group = ann.group(&[bob]).await;
    let file = ann.file("c.txt", "rude").await.id;
    let shown = json!({"attachment_ids": [file]});
    let shown = ann.send(group, shown).await.ok_message().id;
    let path = format!("/messages/{shown}/report");
    let reported = bob.post(&path, json!({"reason": "rude"})).await.ok();
    let report = reported["report_id"].as_str().unwrap();
    keeper
        .get(&format!("/admin/reports/{report}/attachments/{file}"))
        .await
        .ok();
}

/// What an admin does, well and badly. Somebody has reported a message before.
pub(super) async fn a_server(server: &Server, ann: &Person, bob: &Person) {
    let keeper = server.admin("keeper").await;
    accounts(server, &keeper).await;
    a_reported_file(&keeper, ann, bob).await;
    let group = ann.group(&[bob]).await;
    let message = ann.say(group, "rude").await.id;
    let path = format!("/admin/conversations/{group}");
    keeper.get("/admin/conversations?limit=1").await.ok();
    keeper.get(&path).await.ok();
    keeper
        .delete(&format!("/admin/messages/{message}"))
        .await
        .ok();
    keeper.delete(&path).await.ok();
    let reports = keeper.get("/admin/reports").await.ok();
    let report = format!(
        "/admin/reports/{}",
        reports["items"][0]["id"].as_str().unwrap()
    );
    keeper.get(&report).await.ok();
    keeper
        .patch(
            &report,
            json!({"state": "resolved", "note": "spoke to them"}),
        )
        .await
        .ok();
    keeper.get("/admin/audit?limit=3").await.ok();
    keeper.get("/admin/stats").await.ok();
    ann.get("/admin/stats").await;
}
