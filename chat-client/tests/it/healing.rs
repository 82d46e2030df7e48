//! Files that are found damaged while a program uses them: what it holds in memory is in the new one.

use crate::{
    damage::{full, harm_page_of},
    kit::{ann, hall, seq},
    offline::{opened, world},
    store::{owner, queued},
};
use chat_client::{Queued, SqliteStore, Store, Task, Write, test_kit::body};
use tempfile::TempDir;

fn contents(outbox: &[Queued]) -> Vec<&str> {
    let texts = outbox.iter().map(|queued| match &queued.task {
        Task::Send(message) => message.content(),
        other => panic!("{other:?}"),
    });
    texts.collect()
}

#[tokio::test]
async fn an_outbox_that_cannot_be_read_any_more_is_kept_anew_by_the_program_that_has_it() {
    for table in ["outbox", "draft", "read_mark"] {
        let (world, dir) = (world(0), TempDir::new().unwrap());
        let path = dir.path().join("chat.db");
        let client = opened(&world, SqliteStore::open(&path).await.unwrap()).await;
        let here = client.conversation(hall());
        here.send(body("m1")).kept().await.unwrap();
        here.send(body("m2")).kept().await.unwrap();
        here.set_draft(Some("de".to_owned())).kept().await.unwrap();
        here.mark_read(seq(1)).kept().await.unwrap();
        harm_page_of(&path, table).await;

        here.send(body("m3")).kept().await.unwrap();
        here.set_draft(Some("dear".to_owned()))
            .kept()
            .await
            .unwrap();
        here.mark_read(seq(2)).kept().await.unwrap();

        // The program dies.
        drop((client, here));
        let store = SqliteStore::open(&path).await.unwrap();
        let loaded = store.load(&owner(ann())).await.unwrap();
        assert_eq!(contents(&loaded.outbox), ["m1", "m2", "m3"], "{table}");
        assert_eq!(loaded.drafts, [(hall(), "dear".to_owned())], "{table}");
        assert_eq!(
            (loaded.read_marks, loaded.lost),
            (vec![(hall(), seq(2))], 0)
        );
        assert!(dir.path().join("chat.db.aside").exists(), "{table}");
    }
}

#[tokio::test]
async fn a_new_file_that_could_not_be_made_is_made_at_the_next_commit() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    let store = full(&path).await;
    let in_the_way = dir.path().join("chat.db.new");
    std::fs::create_dir(&in_the_way).unwrap();
    harm_page_of(&path, "").await;
    let batch = [Write::Queue(queued("b", 2))];
    for _ in 0..2 {
        assert!(store.commit(&batch).await.is_err());
    }

    std::fs::remove_dir(&in_the_way).unwrap();

    store.commit(&batch).await.unwrap();
    assert_eq!(
        store.load(&owner(ann())).await.unwrap().outbox,
        [queued("b", 2)]
    );
}
