//! Pictures of people and groups: made anew out of pixels, told to those who see them, gone when there is another.

use chat_tests::{Device, FileAnswer, Person, Server, files};
use serde_json::{Value, json};

const MINE: &str = "/users/me/avatar";

async fn put(person: &Person, path: &str, bytes: Vec<u8>) -> chat_tests::Answer {
    person
        .door
        .bytes("PUT", path, &[], Some(bytes))
        .await
        .json()
}

/// Looks at a picture as nobody.
async fn look(server: &Server, url: &Value, query: &str) -> FileAnswer {
    let path = format!("/{}{query}", url.as_str().unwrap());
    server.door.bytes("GET", &path, &[], None).await
}

fn picture() -> Vec<u8> {
    let chunks: [(&[u8; 4], &[u8]); 1] = [(b"tEXt", b"Place\0GPSMARK")];
    files::png(600, 400, &chunks)
}

#[tokio::test]
async fn a_picture_is_kept_in_three_sizes_without_what_was_beside_it() {
    let server = Server::start().await;
    let ann = server.person("ann").await;

    let me = put(&ann, MINE, picture()).await.ok();

    let url = &me["avatar_url"];
    assert!(url.as_str().unwrap().starts_with("avatars/"), "{me}");
    for query in ["", "?size=64", "?size=256", "?size=512"] {
        let got = look(&server, url, query).await;
        assert_eq!(
            (got.status, got.header("content-type")),
            (200, "image/webp")
        );
        assert!(got.header("cache-control").starts_with("public"));
        assert_eq!(&got.bytes[8..12], b"WEBP");
        assert!(!got.bytes.windows(7).any(|part| part == b"GPSMARK"));
    }
    assert_eq!(
        look(&server, url, "?size=65").await.json().fields(),
        ["size"]
    );
    let unknown = json!(format!("avatars/{}", chat_tests::unknown_id()));
    assert_eq!(
        look(&server, &unknown, "").await.json().problem(),
        (404, "not_found")
    );
}

#[tokio::test]
async fn a_new_picture_is_told_to_those_who_see_it_and_ends_the_old_one() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    ann.group(&[&bob]).await;
    let old = put(&ann, MINE, picture()).await.ok()["avatar_url"].clone();
    let mut own = server.another_device(&ann).await.socket().await;
    let mut other = bob.socket().await;

    let new = put(&ann, MINE, picture()).await.ok()["avatar_url"].clone();

    assert_eq!(
        own.next_event("me.changed").await["data"]["avatar_url"],
        new
    );
    assert_eq!(
        other.next_event("user.changed").await["data"]["avatar_url"],
        new
    );
    assert_eq!(
        bob.get(&format!("/users/{}", ann.id)).await.ok()["avatar_url"],
        new
    );
    assert_eq!(
        (
            look(&server, &old, "").await.status,
            look(&server, &new, "").await.status
        ),
        (404, 200)
    );
}

#[tokio::test]
async fn a_picture_that_the_embedding_program_replaces_is_gone() {
    let server = Server::start().await;
    let mut identity = chat_server::Identity {
        id: "outside-1".to_owned(),
        username: "zoya".to_owned(),
        display_name: "Zoya".to_owned(),
        avatar_url: None,
    };
    let host = server.host();
    let zoya = host.identify(&identity).await.unwrap();
    let signed_in = host.session(zoya, None).await.unwrap();
    let zoya = Person::new(server.door.clone(), &signed_in);
    let own = put(&zoya, MINE, picture()).await.ok()["avatar_url"].clone();
    host.identify(&identity).await.unwrap();
    assert_eq!(look(&server, &own, "").await.status, 200);

    identity.avatar_url = Some("https://example.org/zoya.png".to_owned());
    host.identify(&identity).await.unwrap();

    let me = zoya.get("/users/me").await.ok();
    assert_eq!(me["avatar_url"], "https://example.org/zoya.png");
    assert_eq!(look(&server, &own, "").await.status, 404);
}

#[tokio::test]
async fn a_picture_that_is_taken_away_is_gone() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let url = put(&ann, MINE, picture()).await.ok()["avatar_url"].clone();

    assert_eq!(ann.delete(MINE).await.status, 204);

    assert!(ann.get("/users/me").await.ok()["avatar_url"].is_null());
    assert_eq!(look(&server, &url, "").await.status, 404);
    assert_eq!(ann.delete(MINE).await.status, 204, "again changes nothing");
}

#[tokio::test]
async fn pictures_come_and_go_on_every_device() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    ann.say(group, "hello").await;
    let contact = format!("/users/{}/contact", ann.id);
    bob.put(&contact, json!({})).await.ok();
    let of_group = format!("/conversations/{group}/avatar");
    let mut devices = [
        Device::live(&bob).await,
        Device::away(&bob).await,
        Device::live(&ann).await,
    ];

    for deed in ["set", "changed", "taken away"] {
        for path in [MINE, of_group.as_str()] {
            match deed {
                "taken away" => assert_eq!(ann.delete(path).await.status, 204),
                _ => drop(put(&ann, path, picture()).await.ok()),
            }
        }
        let wanted = deed != "taken away";
        for device in &mut devices {
            device.expect_fresh().await;
            let known = device.state.conversation(group).unwrap().conversation();
            let shown = known.members[0].user.avatar_url.is_some();
            assert_eq!((known.avatar_url.is_some(), shown), (wanted, wanted));
        }
    }
}

#[tokio::test]
async fn what_is_no_picture_changes_nothing() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let url = put(&ann, MINE, picture()).await.ok()["avatar_url"].clone();

    let text = put(&ann, MINE, b"hello".to_vec()).await;
    let bomb = put(&ann, MINE, files::bomb(30_000)).await;
    let large = put(&ann, MINE, vec![0; 10 * 1_048_576 + 1]).await;

    assert_eq!(text.problem(), (415, "unsupported_media_type"));
    assert_eq!(bomb.problem(), (422, "invalid"));
    assert_eq!(large.problem(), (413, "too_large"));
    assert_eq!(ann.get("/users/me").await.ok()["avatar_url"], url);
    assert_eq!(look(&server, &url, "").await.status, 200);
}

#[tokio::test]
async fn a_group_has_a_picture_by_whom_may_change_it() {
    let server = Server::start().await;
    let [ann, bob, eve] = server.people(["ann", "bob", "eve"]).await;
    let group = ann.group(&[&bob]).await;
    let path = format!("/conversations/{group}/avatar");
    let mut socket = bob.socket().await;

    let url = put(&ann, &path, picture()).await.ok()["avatar_url"].clone();

    let told = socket.next_event("conversation.changed").await;
    assert_eq!(told["data"]["avatar_url"], url);
    assert_eq!(
        socket.next_event("message.new").await["data"]["kind"],
        "system"
    );
    assert_eq!(look(&server, &url, "?size=64").await.status, 200);
    assert_eq!(
        put(&bob, &path, picture()).await.problem(),
        (403, "forbidden")
    );
    assert_eq!(
        put(&eve, &path, picture()).await.problem(),
        (404, "not_found")
    );
    assert_eq!(bob.delete(&path).await.problem(), (403, "forbidden"));
    assert_eq!(ann.delete(&path).await.status, 204);
    assert_eq!(look(&server, &url, "").await.status, 404);
}

#[tokio::test]
async fn two_people_have_no_picture_together_and_a_deleted_group_has_none() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let (direct, group) = (ann.direct(&bob).await, ann.group(&[]).await);
    let path = |id| format!("/conversations/{id}/avatar");
    let url = put(&ann, &path(group), picture()).await.ok()["avatar_url"].clone();

    let refused = put(&ann, &path(direct), picture()).await;
    ann.delete(&format!("/conversations/{group}")).await.ok();

    assert_eq!(refused.problem(), (403, "forbidden"));
    assert_eq!(look(&server, &url, "").await.status, 404);
}
