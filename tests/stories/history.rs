//! What was said: by pages, as it is after edits, and gone where it was deleted.

use chat_tests::{Server, is_about_sqlite_only, until};
use serde_json::{Value, json};

fn seqs(page: &Value) -> Vec<u64> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|message| message["seq"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn an_edit_is_told_and_kept_and_the_same_text_changes_nothing() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let message = ann.say(group, "helo").await;
    let mut socket = bob.socket().await;

    let edited = ann.edit(message.id, "hello").await.ok();
    ann.edit(message.id, "hello").await.ok();

    let event = socket.next_event("message.edited").await;
    assert_eq!(
        (&event["data"]["content"], &event["seq"]),
        (&json!("hello"), &json!(2))
    );
    assert_eq!(event["data"]["edited_at"], edited["edited_at"]);
    assert_eq!(
        bob.get(&format!("/messages/{}", message.id)).await.ok()["content"],
        "hello"
    );
    assert_eq!(ann.look(group).await.last_seq.get(), 2);
}

#[tokio::test]
async fn a_deleted_text_is_gone_from_everywhere() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let epoch = ann.look(group).await.epoch;
    let message = ann.say(group, "canary").await;
    ann.edit(message.id, "canary two").await.ok();

    let deleted = ann.unsay(message.id).await.ok();

    assert_eq!(
        (&deleted["content"], &deleted["deleted_by"]),
        (&json!(""), &json!(ann.id))
    );
    assert_eq!(deleted.get("edited_at"), None);
    let position = json!({"positions": {(group.to_string()): {"epoch": epoch, "seq": 0}}});
    for seen in [
        bob.get(&format!("/messages/{}", message.id)).await.ok(),
        bob.history(group, "").await,
        bob.get(&format!("/conversations/{group}")).await.ok(),
        bob.sync(position).await,
        bob.sync(json!({})).await,
    ] {
        assert!(!seen.to_string().contains("canary"), "{seen}");
    }
    assert_eq!(
        ann.edit(message.id, "back").await.problem(),
        (409, "conflict")
    );
    assert_eq!(
        ann.unsay(message.id).await.status,
        200,
        "again changes nothing"
    );
    assert_eq!(ann.look(group).await.last_seq.get(), 3);
}

/// Whether a file beside the database has the word.
fn is_in(server: &Server, end: &str, word: &str) -> bool {
    let mut path = server.database_file().into_os_string();
    path.push(end);
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes
        .windows(word.len())
        .any(|window| window == word.as_bytes())
}

#[tokio::test]
async fn a_deleted_text_is_not_left_in_the_database_file_or_its_log() {
    if is_about_sqlite_only("a server overwrites what is deleted when it vacuums") {
        return;
    }
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    let mut said = Vec::new();
    for nth in 0..60 {
        said.push(
            ann.say(group, &format!("canary {nth} in the file"))
                .await
                .id,
        );
    }
    ann.edit(said[0], "canary twice in the file").await.ok();

    for id in said.iter().step_by(2) {
        ann.unsay(*id).await.ok();
    }

    until("it is gone from both", async || {
        let left = { (0..60).step_by(2) }.map(|nth| format!("canary {nth} in"));
        let left = left.chain(["canary twice in".to_owned()]);
        let left: Vec<_> = left
            .filter(|word| is_in(&server, "", word) || is_in(&server, "-wal", word))
            .collect();
        match left.as_slice() {
            [] => Ok(()),
            left => Err(format!("{left:?}")),
        }
    })
    .await;
    assert!(is_in(&server, "", "canary 59 in"), "the others are there");
}

#[tokio::test]
async fn history_goes_back_and_forth_and_says_whether_there_is_more() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;
    for nth in 0..10 {
        ann.say(group, &format!("{nth}")).await;
    }
    let ask = async |query: &str| {
        let page = ann.history(group, query).await;
        (
            seqs(&page),
            page["has_before"].as_bool().unwrap(),
            page["has_after"].as_bool().unwrap(),
        )
    };

    assert_eq!(ask("?limit=3").await, (vec![8, 9, 10], true, false));
    assert_eq!(ask("?before=8&limit=3").await, (vec![5, 6, 7], true, true));
    assert_eq!(ask("?before=3&limit=3").await, (vec![1, 2], false, true));
    assert_eq!(ask("?after=0&limit=3").await, (vec![1, 2, 3], false, true));
    assert_eq!(ask("?after=7&limit=3").await, (vec![8, 9, 10], true, false));
    assert_eq!(ask("?after=10").await, (vec![], true, false));
    assert_eq!(ask("?before=1").await, (vec![], false, true));
    assert_eq!(
        ask("?around=5&limit=4").await,
        (vec![3, 4, 5, 6], true, true)
    );
    assert_eq!(ask("?around=1&limit=4").await, (vec![1, 2], false, true));
    assert_eq!(
        ask("?around=10&limit=20").await,
        ((1..=10).collect(), false, false)
    );
}

#[tokio::test]
async fn history_takes_one_place_at_most() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let group = ann.group(&[]).await;

    let answer = ann
        .get(&format!("/conversations/{group}/messages?before=3&after=1"))
        .await;

    assert_eq!(answer.problem(), (422, "invalid"));
}

#[tokio::test]
async fn history_of_a_log_with_other_entries_has_only_messages() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[]).await;
    let first = ann.say(group, "1").await;
    ann.edit(first.id, "one").await.ok();
    ann.add(group, &bob).await.ok();
    ann.say(group, "2").await;

    let page = bob.history(group, "?limit=3").await;

    // At 2 is the edit, at 3 that bob joined, at 4 what is said of that.
    assert_eq!(
        (seqs(&page), &page["has_before"]),
        (vec![1, 4, 5], &json!(false))
    );
}
