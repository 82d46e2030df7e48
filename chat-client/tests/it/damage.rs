//! Files of a store that cannot be used any more, or not all of them: what is saved, what is counted as lost.

use crate::{
    kit::{ann, bob, hall, seq},
    store::{KEY, owner, queued},
    world::World,
};
use chat_client::{SqliteStore, Store, Write, store::From};
use chat_core::{Event, MessageEdited, Seq, Stretch, Timestamp};
use tempfile::TempDir;

#[tokio::test]
async fn a_file_of_something_else_is_put_aside() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    std::fs::write(
        &path,
        "these are somebody's notes, and no database at all".repeat(50),
    )
    .unwrap();

    let store = SqliteStore::open(&path).await.unwrap();

    let aside = store.aside().unwrap();
    assert_eq!(aside.saved, None);
    assert!(
        std::fs::read_to_string(&aside.path)
            .unwrap()
            .starts_with("these are")
    );
    assert_eq!(store.load(&owner(ann())).await.unwrap().lost, 1);
}

#[tokio::test]
async fn the_outbox_of_a_file_that_is_rebuilt_is_saved() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    let store = SqliteStore::open_encrypted(&path, &KEY).await.unwrap();
    store.load(&owner(ann())).await.unwrap();
    let conversation = Write::Conversation(World::default().snapshot());
    store
        .commit(&[conversation, Write::Queue(queued("a", 1))])
        .await
        .unwrap();
    drop(store);

    let store = SqliteStore::rebuild_encrypted(&path, &KEY).await.unwrap();

    assert_eq!(store.aside().unwrap().saved, Some(1));
    let loaded = store.load(&owner(ann())).await.unwrap();
    assert_eq!((loaded.outbox, loaded.lost), (vec![queued("a", 1)], 0));
    assert!(loaded.state.conversations.is_empty());
}

#[tokio::test]
async fn a_row_of_the_outbox_that_cannot_be_read_is_lost_alone_and_told_once() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.load(&owner(ann())).await.unwrap();
    let draft = Write::Draft(hall(), Some("dear".to_owned()));
    let rows = [
        Write::Queue(queued("a", 1)),
        Write::Queue(queued("b", 2)),
        draft,
    ];
    store.commit(&rows).await.unwrap();
    drop(store);
    let address = format!("sqlite://{}", path.display());
    let file = sqlx::SqlitePool::connect(&address).await.unwrap();
    let harm = "update outbox set body = x'00' where key = 'a'; update draft set body = x'00'";
    sqlx::raw_sql(harm).execute(&file).await.unwrap();
    file.close().await;

    let store = SqliteStore::open(&path).await.unwrap();
    let loaded = store.load(&owner(ann())).await.unwrap();

    assert_eq!((loaded.outbox, loaded.lost), (vec![queued("b", 2)], 1));
    assert!(loaded.drafts.is_empty());
    assert_eq!(store.load(&owner(ann())).await.unwrap().lost, 0);
}

#[tokio::test]
async fn a_rebuilding_that_was_killed_goes_on_and_each_file_put_aside_stays() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.load(&owner(ann())).await.unwrap();
    store.commit(&[Write::Queue(queued("a", 1))]).await.unwrap();
    drop(store);
    let first = SqliteStore::rebuild(&path).await.unwrap();
    let second = SqliteStore::rebuild(&path).await.unwrap();
    let asides = [&first, &second].map(|store| store.aside().unwrap().path.clone());
    assert!(asides[0] != asides[1] && asides.iter().all(|aside| aside.exists()));
    drop((first, second));

    // The program died when the old file was away and the new one was not in its place.
    std::fs::copy(&path, dir.path().join("chat.db.new")).unwrap();
    std::fs::remove_file(&path).unwrap();

    let store = SqliteStore::open(&path).await.unwrap();
    let loaded = store.load(&owner(ann())).await.unwrap();
    assert_eq!((loaded.outbox, loaded.lost), (vec![queued("a", 1)], 0));
}

#[tokio::test]
async fn nothing_is_lost_with_a_file_in_which_nobody_was_signed_in() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    drop(SqliteStore::open(&path).await.unwrap());

    let store = SqliteStore::rebuild(&path).await.unwrap();

    assert_eq!(store.aside().unwrap().saved, Some(0));
    assert_eq!(store.load(&owner(ann())).await.unwrap().lost, 0);
}

#[tokio::test]
async fn what_was_thrown_away_is_in_no_file_any_more_and_nobody_else_reads_them() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.load(&owner(ann())).await.unwrap();
    let rows = |nth| Write::Queue(queued(&format!("a{nth}"), nth));
    store
        .commit(&(1..200).map(rows).collect::<Vec<_>>())
        .await
        .unwrap();
    drop(store);
    let store = SqliteStore::rebuild(&path).await.unwrap();
    assert!(store.aside().unwrap().path.exists());
    store.load(&owner(ann())).await.unwrap();

    store.commit(&[Write::Wipe]).await.unwrap();

    let files = std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap);
    for file in files {
        let (name, bytes) = (file.file_name(), std::fs::read(file.path()).unwrap());
        let is_there = bytes.windows(12).any(|part| part == b"said offline");
        assert!(!is_there, "{name:?} still has it");
        assert!(!name.to_string_lossy().contains("aside"), "{name:?}");
        #[cfg(unix)]
        {
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{name:?}");
        }
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_costs_its_stretch_and_nothing_that_is_kept_with_it() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.load(&owner(ann())).await.unwrap();
    let mut world = World::default();
    let Event::MessageNew(message) = world.store(bob(), "c1", "m1").0.event else {
        panic!("it is new");
    };
    let whole = Stretch {
        after: Seq::ZERO,
        through: seq(1),
    };
    let rows = [Write::Message(message.clone()), Write::Known(hall(), whole)];
    store.commit(&rows).await.unwrap();
    let address = format!("sqlite://{}", path.display());
    let file = sqlx::SqlitePool::connect(&address).await.unwrap();
    let harm = sqlx::raw_sql("update message set body = x'00'");
    harm.execute(&file).await.unwrap();
    file.close().await;

    let edited = Event::MessageEdited(MessageEdited {
        id: message.id,
        content: "m2".to_owned(),
        edited_at: Timestamp::from_ms(1),
        mentions: Vec::new(),
    });
    let batch = [Write::Changed(edited), Write::Queue(queued("a", 1))];
    store.commit(&batch).await.unwrap();

    assert_eq!(store.load(&owner(ann())).await.unwrap().outbox.len(), 1);
    let page = store.page(hall(), From::Before(seq(2)), 9).await.unwrap();
    assert_eq!(page, None, "it is asked of the server");
}
