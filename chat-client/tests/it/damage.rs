//! Files of a store that cannot be used any more, or not all of them: what is saved, what is counted as lost.

use crate::{
    kit::{ann, bob, hall, seq},
    store::{KEY, owner, queued},
    world::World,
};
use chat_client::{
    Client, Error, SqliteStore, Store, StoreError, Write, store::From, test_kit::TestServer,
};
use chat_core::{
    Email, Event, MessageEdited, NewPassword, Register, Secret, Seq, Stretch, Timestamp, Username,
};
use sqlx::SqlitePool;
use std::{
    io::{Seek, SeekFrom, Write as _},
    path::Path,
};
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

pub(crate) async fn direct(path: &Path) -> SqlitePool {
    let address = format!("sqlite://{}", path.display());
    SqlitePool::connect(&address).await.unwrap()
}

/// Writes nonsense over the page with which a table begins; over the first of the file for none.
pub(crate) async fn harm_page_of(path: &Path, table: &str) {
    let file = direct(path).await;
    let log = sqlx::raw_sql("pragma wal_checkpoint(truncate)");
    log.execute(&file).await.unwrap();
    let text = "select coalesce(max(rootpage), 1) from sqlite_master where name = $1";
    let page = sqlx::query_scalar(text).bind(table);
    let page: i64 = page.fetch_one(&file).await.unwrap();
    let size: i64 = sqlx::query_scalar("pragma page_size")
        .fetch_one(&file)
        .await
        .unwrap();
    file.close().await;
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    let begin = u64::try_from((page - 1) * size).unwrap();
    file.seek(SeekFrom::Start(begin)).unwrap();
    file.write_all(&[0xff; 100]).unwrap();
}

/// A file with a conversation, a message and something queued, closed.
pub(crate) async fn full(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(path).await.unwrap();
    store.load(&owner(ann())).await.unwrap();
    let Event::MessageNew(message) = World::default().store(bob(), "c1", "m1").0.event else {
        panic!("it is new");
    };
    let rows = [
        Write::Conversation(World::default().snapshot()),
        Write::Message(message),
        Write::Queue(queued("a", 1)),
    ];
    store.commit(&rows).await.unwrap();
    store
}

#[tokio::test]
async fn a_page_that_cannot_be_read_costs_the_file_and_not_the_outbox() {
    for table in ["conversation", "user", "meta"] {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("chat.db");
        drop(full(&path).await);
        harm_page_of(&path, table).await;

        let store = SqliteStore::open(&path).await.unwrap();
        let loaded = store.load(&owner(ann())).await.unwrap();

        assert!(store.aside().unwrap().path.exists(), "{table}");
        let (rows, lost) = match table {
            // Whose it is stands there: nobody else may get it.
            "meta" => (vec![], 1),
            _ => (vec![queued("a", 1)], 0),
        };
        assert_eq!((loaded.outbox, loaded.lost), (rows, lost), "{table}");
        store.commit(&[Write::Queue(queued("b", 2))]).await.unwrap();
    }
}

#[tokio::test]
async fn a_page_that_no_load_reads_heals_when_it_is_written_to() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    drop(full(&path).await);
    harm_page_of(&path, "message").await;
    let store = SqliteStore::open(&path).await.unwrap();
    store.load(&owner(ann())).await.unwrap();
    assert_eq!(store.aside(), None);
    let Event::MessageNew(message) = World::default().store(bob(), "c1", "m1").0.event else {
        panic!("it is new");
    };
    let batch = [Write::Message(message)];

    let refused = store.commit(&batch).await;

    assert!(
        matches!(refused, Err(StoreError::Damaged(_))),
        "{refused:?}"
    );
    store.commit(&batch).await.unwrap();
    let loaded = store.load(&owner(ann())).await.unwrap();
    assert_eq!((loaded.outbox, loaded.lost), (vec![queued("a", 1)], 0));
}

#[tokio::test]
async fn a_file_that_somebody_else_writes_or_that_cannot_be_opened_stays_where_it_is() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    drop(full(&path).await);
    let other = direct(&path).await;
    let writes = other.begin_with("begin immediate").await.unwrap();

    let refused = SqliteStore::open(&path).await;

    assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
    drop(writes);
    other.close().await;
    let store = SqliteStore::open(&path).await.unwrap();
    let loaded = store.load(&owner(ann())).await.unwrap();
    assert_eq!((store.aside(), loaded.outbox.len()), (None, 1));

    let closed = dir.path().join("closed.db");
    std::fs::create_dir(&closed).unwrap();
    let refused = SqliteStore::open(&closed).await;
    assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
    assert!(closed.is_dir(), "nothing was put aside");
}

#[tokio::test]
async fn what_the_old_file_has_left_in_its_place_goes_to_it_and_a_deleted_file_gets_nothing_back() {
    // Each in a place of its own: SQLite takes the log away while it lets go of a file, and nobody waits for that.
    let [made, died, deleted] = [(); 3].map(|()| TempDir::new().unwrap());
    let file = |dir: &TempDir, end: &str| dir.path().join(format!("chat.db{end}"));
    drop(full(&file(&made, "")).await);
    drop(SqliteStore::rebuild(file(&made, "")).await.unwrap());
    // The program died between the file and its log.
    std::fs::copy(file(&made, ".aside"), file(&died, ".aside")).unwrap();
    std::fs::copy(file(&made, ""), file(&died, ".new")).unwrap();
    std::fs::write(file(&died, "-wal"), "the newest of it").unwrap();

    drop(SqliteStore::open(file(&died, "")).await.unwrap());

    let log = std::fs::read_to_string(file(&died, ".aside-wal"));
    assert_eq!(log.unwrap(), "the newest of it");

    // Somebody deleted all of it but what a try had left.
    let left = file(&deleted, ".new");
    std::fs::copy(file(&made, ""), &left).unwrap();
    let path = file(&deleted, "");
    SqliteStore::open_encrypted(&path, &KEY).await.unwrap();
    assert!(!left.exists());
}

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) fn cleo() -> Register {
    Register {
        username: Username::parse("cleo").unwrap(),
        email: Email::parse("cleo@example.org").unwrap(),
        password: NewPassword::try_from(PASSWORD.to_owned()).unwrap(),
        display_name: None,
        device_name: None,
    }
}

#[tokio::test]
async fn who_signs_in_on_a_damaged_file_gets_in() {
    let (server, dir) = (TestServer::start().await, TempDir::new().unwrap());
    let path = dir.path().join("chat.db");
    drop(full(&path).await);
    harm_page_of(&path, "conversation").await;
    let store = SqliteStore::open(&path).await.unwrap();
    let client = Client::builder(server.url())
        .store(store)
        .open()
        .await
        .unwrap();

    let signed_in = client.register(cleo()).await.unwrap();

    assert_eq!(client.me(), Some(signed_in.user.user.id));
    assert_eq!(client.lost(), 1, "it was another's, and is told");
}

#[tokio::test]
async fn who_signs_in_on_a_file_that_cannot_be_read_now_is_not_signed_in() {
    let (server, dir) = (TestServer::start().await, TempDir::new().unwrap());
    let path = dir.path().join("chat.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let client = Client::builder(server.url())
        .store(store)
        .open()
        .await
        .unwrap();
    let other = direct(&path).await;
    let writes = other.begin_with("begin immediate").await.unwrap();

    let refused = client.register(cleo()).await;

    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
    assert!(client.session().is_none() && client.me().is_none());
    drop(writes);
    other.close().await;
    client.login("cleo", Secret::new(PASSWORD)).await.unwrap();
    assert!(client.me().is_some());
}
