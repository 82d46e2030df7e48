//! Drafts of several devices: what is taken away here stays away, and what is begun anew elsewhere is seen.

use crate::kit::online;
use chat_client::{
    Client, MemoryDisk,
    test_kit::{TestServer, knows},
};
use chat_core::{ChangePrefs, ConversationId, Draft};

/// A life of ann's phone.
async fn life(server: &TestServer, disk: &MemoryDisk) -> Client {
    let builder = Client::builder(server.url()).session(server.session("ann").await);
    builder.store(disk.clone()).open().await.unwrap()
}

/// Another device of hers begins to write, and her phone hears of it.
async fn begun_elsewhere(phone: &Client, id: ConversationId, text: &str) {
    let change = ChangePrefs {
        conversation_id: id,
        muted_until: None,
        pinned: None,
        archived: None,
        nickname: None,
        draft: Some(Draft::parse(text).unwrap()),
    };
    phone.call(change).await.unwrap();
    let wanted = Some(text.to_owned()).filter(|text| !text.is_empty());
    knows(phone, "what was begun elsewhere", |state| {
        let draft = &state.conversation(id)?.conversation().my.prefs.draft;
        (*draft == wanted).then_some(())
    })
    .await;
}

/// What is begun there, as the list and a conversation show it.
fn draft(client: &Client, id: ConversationId) -> Option<String> {
    let here = client.conversation(id);
    assert_eq!(here.row().unwrap().draft, here.draft());
    here.draft()
}

#[tokio::test]
async fn what_another_device_began_stays_away_where_it_was_taken_away() {
    let (server, disk) = (TestServer::start().await, MemoryDisk::default());
    let phone = life(&server, &disk).await;
    online(&phone).await;
    let id = server.group(&[&phone]).await;
    begun_elsewhere(&phone, id, "Dear").await;
    assert_eq!(draft(&phone, id).as_deref(), Some("Dear"));

    let here = phone.conversation(id);
    here.set_draft(Some("Hello".to_owned()))
        .kept()
        .await
        .unwrap();
    here.set_draft(None).kept().await.unwrap();

    assert_eq!(draft(&phone, id), None);
    phone.shutdown().await;
    let again = life(&server, &disk).await;
    assert_eq!(draft(&again, id), None);
    online(&again).await;
    assert_eq!(draft(&again, id), None);
}

#[tokio::test]
async fn what_another_device_begins_anew_is_seen_where_the_last_was_taken_away() {
    let (server, disk) = (TestServer::start().await, MemoryDisk::default());
    let phone = life(&server, &disk).await;
    online(&phone).await;
    let id = server.group(&[&phone]).await;
    for told in ["Dear", "Dear", "Dear all"] {
        begun_elsewhere(&phone, id, "").await;
        begun_elsewhere(&phone, id, told).await;
        assert_eq!(draft(&phone, id).as_deref(), Some(told));
        phone.conversation(id).set_draft(None).kept().await.unwrap();
        assert_eq!(draft(&phone, id), None);
    }
    begun_elsewhere(&phone, id, "Dear").await;
    phone.shutdown().await;

    let again = life(&server, &disk).await;

    assert_eq!(draft(&again, id).as_deref(), Some("Dear"));
}
