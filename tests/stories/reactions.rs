//! Reactions: everybody gives and takes back their own, everybody sees them, and there is an end to how many there are.

use chat_core::{ConversationId, MessageId};
use chat_tests::{Device, Person, Server};
use serde_json::{Value, json};

fn path(message: MessageId, emoji: &str) -> String {
    format!("/messages/{message}/reactions/{emoji}")
}

async fn react(who: &Person, message: MessageId, emoji: &str) -> u16 {
    who.put(&path(message, emoji), json!({})).await.status
}

/// The nth of many emoji.
fn nth(nth: u32) -> String {
    char::from_u32(0x1_f600 + nth).unwrap().to_string()
}

async fn shown(who: &Person, message: MessageId) -> Value {
    who.get(&format!("/messages/{message}")).await.ok()["reactions"].clone()
}

async fn world() -> (Server, Person, Person, ConversationId, MessageId) {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let message = ann.say(group, "hello").await.id;
    (server, ann, bob, group, message)
}

#[tokio::test]
async fn everybody_sees_who_gave_what_in_the_order_it_came() {
    let (_server, ann, bob, _, message) = world().await;
    let mut socket = ann.socket().await;
    let mut other = bob.socket().await;

    react(&ann, message, "👍").await;
    let frame = json!({"message_id": message, "emoji": "❤️"});
    other.call("reaction.add", frame).await.unwrap();
    react(&bob, message, "👍").await;

    let told = [(); 3].map(|()| "reaction.added");
    let mut last = Value::Null;
    for kind in told {
        last = socket.next_event(kind).await["data"].clone();
    }
    assert_eq!(last["reaction"]["count"], 2);
    assert_eq!(last["reaction"]["user_ids"], json!([ann.id, bob.id]));
    let shown = shown(&ann, message).await;
    assert_eq!(
        (&shown[0]["emoji"], &shown[1]["emoji"]),
        (&json!("👍"), &json!("❤️"))
    );
}

#[tokio::test]
async fn again_changes_nothing_and_taking_back_takes_it_away() {
    let (_server, ann, bob, group, message) = world().await;
    assert_eq!(react(&bob, message, "👍").await, 204);
    let before = ann.look(group).await.last_seq;

    assert_eq!(react(&bob, message, "👍").await, 204);
    assert_eq!(
        ann.delete(&path(message, "👍")).await.status,
        204,
        "ann gave none"
    );
    assert_eq!(ann.look(group).await.last_seq, before);

    assert_eq!(bob.delete(&path(message, "👍")).await.status, 204);
    assert_eq!(bob.delete(&path(message, "👍")).await.status, 204);
    assert_eq!(shown(&ann, message).await, Value::Null);
    assert_eq!(ann.look(group).await.last_seq, before.next());
}

#[tokio::test]
async fn twenty_are_shown_and_all_are_listed_by_pages() {
    let (server, ann, _bob, group, message) = world().await;
    let mut everybody = Vec::new();
    for nth in 0..23 {
        let one = server.person(&format!("person{nth:02}")).await;
        ann.add(group, &one).await.ok();
        assert_eq!(react(&one, message, "👍").await, 204);
        everybody.push(json!(one.id));
    }

    let seen = shown(&ann, message).await;
    assert_eq!(seen[0]["count"], 23);
    assert_eq!(seen[0]["user_ids"], json!(everybody[..20]));
    let mut listed = Vec::new();
    let mut query = "?limit=10".to_owned();
    loop {
        let page = ann.get(&(path(message, "👍") + &query)).await.ok();
        listed.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["id"].clone()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        query = format!("?limit=10&cursor={cursor}");
    }
    assert_eq!(listed, everybody);
}

#[tokio::test]
async fn there_is_an_end_to_how_many_there_are() {
    let (server, ann, bob, group, message) = world().await;
    let eve = server.person("eve").await;
    ann.add(group, &eve).await.ok();

    for n in 0..20 {
        assert_eq!(react(&ann, message, &nth(n)).await, 204);
        assert_eq!(react(&bob, message, &nth(20 + n)).await, 204);
    }
    let too_many = ann.put(&path(message, &nth(20)), json!({})).await;
    assert_eq!(too_many.problem(), (409, "conflict"));
    for n in 40..50 {
        assert_eq!(react(&eve, message, &nth(n)).await, 204);
    }
    assert_eq!(
        react(&eve, message, &nth(50)).await,
        409,
        "fifty are all there can be"
    );
    assert_eq!(
        react(&eve, message, &nth(0)).await,
        204,
        "one that is there already"
    );
    let seen = shown(&ann, message).await;
    assert_eq!(
        seen.as_array().map(Vec::len),
        Some(50),
        "a refusal leaves nothing behind"
    );
}

#[tokio::test]
async fn tombstones_and_notes_of_the_system_have_none() {
    let (_server, ann, bob, group, message) = world().await;
    react(&bob, message, "👍").await;
    ann.patch(&format!("/conversations/{group}"), json!({"title": "New"}))
        .await
        .ok();
    let note = ann.look(group).await.last_message.unwrap();

    ann.unsay(message).await.ok();

    assert_eq!(shown(&bob, message).await, Value::Null);
    assert_eq!(react(&bob, message, "👍").await, 409);
    assert_eq!(react(&bob, note.id, "👍").await, 409);
}

#[tokio::test]
async fn only_one_emoji_is_one() {
    let (_server, ann, _bob, _, message) = world().await;

    let many = "👍👍👍👍👍👍👍👍👍👍👍";
    for bad in [
        "a",
        "1",
        many,
        "%E2%80%8D",
        "👍👎",
        "€",
        "…",
        "«",
        "%CC%81",
        "🇫🇷🇩🇪",
    ] {
        let refused = ann.put(&path(message, bad), json!({})).await;
        assert_eq!(
            (refused.status, refused.fields()),
            (422, vec!["emoji"]),
            "{bad}"
        );
    }
    for good in ["%23%EF%B8%8F%E2%83%A3", "👩‍🚀", "👋🏽"] {
        assert_eq!(react(&ann, message, good).await, 204, "{good}");
    }
}

#[tokio::test]
async fn one_emoji_in_two_spellings_is_one_reaction() {
    let (_server, ann, bob, _, message) = world().await;

    react(&ann, message, "%E2%9D%A4").await;
    react(&bob, message, "%E2%9D%A4%EF%B8%8F").await;

    let seen = shown(&ann, message).await;
    assert_eq!(seen.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&seen[0]["emoji"], &seen[0]["count"]),
        (&json!("❤️"), &json!(2))
    );
    assert_eq!(ann.delete(&path(message, "%E2%9D%A4")).await.status, 204);
    assert_eq!(shown(&ann, message).await[0]["user_ids"], json!([bob.id]));
}

#[tokio::test]
async fn strangers_and_former_members_find_nothing() {
    let (server, ann, bob, group, message) = world().await;
    let eve = server.person("eve").await;
    react(&bob, message, "👍").await;
    ann.remove(group, &bob).await.ok();

    for who in [&eve, &bob] {
        assert_eq!(react(who, message, "👍").await, 404);
        assert_eq!(who.delete(&path(message, "👍")).await.status, 404);
        assert_eq!(who.get(&path(message, "👍")).await.status, 404);
        let mut socket = who.socket().await;
        let frame = json!({"message_id": message, "emoji": "👍"});
        let refused = socket.call("reaction.add", frame).await.unwrap_err();
        assert_eq!(refused["code"], "not_found");
    }
    assert_eq!(shown(&ann, message).await[0]["count"], 1);
}

#[tokio::test]
async fn every_device_is_fresh_after_reactions() {
    let (_server, ann, bob, group, message) = world().await;
    let later = ann.say(group, "later").await.id;
    let mut devices = [Device::live(&bob).await, Device::away(&bob).await];

    react(&ann, message, "👍").await;
    react(&bob, later, "👍").await;
    react(&bob, message, "👍").await;
    react(&bob, message, "🎉").await;
    ann.delete(&path(message, "👍")).await.ok();
    bob.delete(&path(later, "👍")).await.ok();

    for device in &mut devices {
        device.expect_fresh().await;
    }
}
