//! What every store promises, asked of each of them.

use crate::{
    kit::{ann, bob, hall, seq, user},
    world::World,
};
use chat_client::{
    MemoryDisk, NewMessage, Owner, Progress, Queued, SqliteStore, Store, StoreError, Task, Write,
    store::From,
};
use chat_core::{
    ClientId, Epoch, Event, Message, MessageBody, MessageEdited, MessageId, Position, Stretch,
    Timestamp, UserId,
};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const KEY: [u8; 32] = [7; 32];

pub(crate) fn owner(user_id: UserId) -> Owner {
    Owner {
        server: "http://chat.test/".parse().unwrap(),
        user_id,
    }
}

fn stretch(after: u64, through: u64) -> Stretch {
    Stretch {
        after: seq(after),
        through: seq(through),
    }
}

/// Messages `m1` to `m<count>` of bob.
fn messages(count: u64) -> Vec<Message> {
    let mut world = World::default();
    (1..=count)
        .map(|nth| {
            match world
                .store(bob(), &format!("c{nth}"), &format!("m{nth}"))
                .0
                .event
            {
                Event::MessageNew(message) => message,
                other => panic!("{other:?}"),
            }
        })
        .collect()
}

pub(crate) fn queued(key: &str, place: u64) -> Queued {
    Queued {
        key: ClientId::try_from(key.to_owned()).unwrap(),
        conversation_id: hall(),
        place,
        created_at: Timestamp::from_ms(5),
        task: Task::Send(NewMessage::text(
            MessageBody::parse("said offline").unwrap(),
        )),
        progress: Progress::Waiting,
    }
}

fn contents(messages: &[Message]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.content.as_str())
        .collect()
}

/// Asks a store of each kind, made by ann.
async fn on_every_store<F: AsyncFn(&dyn Store)>(ask: F) {
    let dir = TempDir::new().unwrap();
    let plain = SqliteStore::open(dir.path().join("plain.db"))
        .await
        .unwrap();
    let sealed = SqliteStore::open_encrypted(dir.path().join("sealed.db"), &KEY)
        .await
        .unwrap();
    let memory = MemoryDisk::default();
    for store in [&memory as &dyn Store, &plain, &sealed] {
        store.load(&owner(ann())).await.unwrap();
        ask(store).await;
    }
}

#[tokio::test]
async fn what_was_committed_is_loaded() {
    on_every_store(async |store| {
        let world = World::default();
        let inbox = Some(Position {
            epoch: Epoch::new(3),
            seq: seq(9),
        });
        let batch = [
            Write::Inbox(inbox),
            Write::Since(Some(Timestamp::from_ms(4))),
            Write::Skew(-5_000),
            Write::User(user(bob())),
            Write::Blocked(vec![bob()]),
            Write::Conversation(world.snapshot()),
            Write::Queue(queued("b", 2)),
            Write::Queue(queued("a", 1)),
            Write::ReadMark(hall(), Some(seq(3))),
            Write::Draft(hall(), Some("dear".into())),
        ];
        store.commit(&batch).await.unwrap();

        let loaded = store.load(&owner(ann())).await.unwrap();
        assert_eq!(
            (loaded.state.inbox, loaded.since, loaded.skew_ms),
            (inbox, Some(Timestamp::from_ms(4)), Some(-5_000))
        );
        assert_eq!(loaded.state.conversations, [world.snapshot()]);
        assert_eq!(
            (loaded.state.users, loaded.state.blocked),
            (vec![user(bob())], vec![bob()])
        );
        assert_eq!(loaded.outbox, [queued("a", 1), queued("b", 2)]);
        assert_eq!(loaded.read_marks, [(hall(), seq(3))]);
        assert_eq!(
            (loaded.drafts, loaded.lost),
            (vec![(hall(), "dear".into())], 0)
        );
    })
    .await;
}

#[tokio::test]
async fn a_page_is_whole_within_its_stretch_and_ends_at_a_gap() {
    on_every_store(async |store| {
        let all = messages(20);
        let mut batch: Vec<_> = all.iter().cloned().map(Write::Message).collect();
        batch.push(Write::Known(hall(), stretch(0, 8)));
        batch.push(Write::Known(hall(), stretch(10, 15)));
        batch.push(Write::Known(hall(), stretch(15, 20)));
        store.commit(&batch).await.unwrap();
        let page = async |from, limit| store.page(hall(), from, limit).await.unwrap();

        let newest = page(From::Before(seq(21)), 4).await.unwrap();
        assert_eq!(contents(&newest.items), ["m17", "m18", "m19", "m20"]);
        assert_eq!(newest.stretch, stretch(16, 20));
        let rest = page(From::Before(seq(17)), 50).await.unwrap();
        assert_eq!((rest.items.len(), rest.stretch), (6, stretch(10, 16)));
        assert_eq!(page(From::Before(seq(11)), 50).await, None);
        let after = page(From::After(seq(2)), 3).await.unwrap();
        assert_eq!(contents(&after.items), ["m3", "m4", "m5"]);
        assert_eq!(after.stretch, stretch(2, 5));
        assert_eq!(page(From::After(seq(8)), 3).await, None);
    })
    .await;
}

#[tokio::test]
async fn an_event_reaches_a_kept_message_and_what_answers_it() {
    on_every_store(async |store| {
        let mut all = messages(2);
        all[1].extras.reply_to = Some(chat_core::ReplyTo {
            id: all[0].id,
            seq: all[0].seq,
            sender_id: bob(),
            excerpt: "m1".into(),
        });
        let edit = Event::MessageEdited(MessageEdited {
            id: all[0].id,
            content: "new".into(),
            edited_at: Timestamp::from_ms(9),
            mentions: Vec::new(),
        });
        let mut batch: Vec<_> = all.into_iter().map(Write::Message).collect();
        batch.extend([Write::Known(hall(), stretch(0, 2)), Write::Changed(edit)]);
        store.commit(&batch).await.unwrap();

        let page = store
            .page(hall(), From::Before(seq(3)), 9)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(contents(&page.items), ["new", "m2"]);
        assert_eq!(
            page.items[1].extras.reply_to.as_ref().unwrap().excerpt,
            "new"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_gone_or_forgotten_is_away_and_the_outbox_stays() {
    on_every_store(async |store| {
        let all = messages(2);
        let keep = [
            Write::Conversation(World::default().snapshot()),
            Write::Message(all[0].clone()),
            Write::Known(hall(), stretch(0, 1)),
            Write::Queue(queued("a", 1)),
            Write::Skew(7),
        ];
        for away in [Write::Gone(hall()), Write::Forget] {
            store.commit(&keep).await.unwrap();
            store.commit(&[away]).await.unwrap();

            let loaded = store.load(&owner(ann())).await.unwrap();
            assert!(loaded.state.conversations.is_empty());
            assert_eq!(
                store.page(hall(), From::Before(seq(2)), 9).await.unwrap(),
                None
            );
            assert_eq!(store.place(all[0].id).await.unwrap(), None);
            assert_eq!(
                (loaded.outbox, loaded.skew_ms),
                (vec![queued("a", 1)], Some(7))
            );
        }
        let done = Write::Done(queued("a", 1).key);
        store.commit(&[done]).await.unwrap();
        assert!(store.load(&owner(ann())).await.unwrap().outbox.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_message_is_found_by_its_id_and_its_words() {
    on_every_store(async |store| {
        let all = messages(3);
        let batch: Vec<_> = all.iter().cloned().map(Write::Message).collect();
        store.commit(&batch).await.unwrap();

        assert_eq!(
            store.place(all[1].id).await.unwrap(),
            Some((hall(), seq(2)))
        );
        assert_eq!(
            store.place(MessageId::new(Uuid::nil())).await.unwrap(),
            None
        );
        let words = |word: &str| vec![word.to_owned()];
        let found = store.search(&words("m2"), None, 9).await.unwrap();
        assert_eq!(contents(&found), ["m2"]);
        assert_eq!(
            store
                .search(&words("m"), Some(hall()), 2)
                .await
                .unwrap()
                .len(),
            2
        );
        assert!(
            store
                .search(&words("nothing"), None, 9)
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_is_shown_what_is_kept_of_another_and_the_loss_is_told() {
    on_every_store(async |store| {
        let conversation = Write::Conversation(World::default().snapshot());
        store
            .commit(&[conversation, Write::Queue(queued("a", 1))])
            .await
            .unwrap();

        let loaded = store.load(&owner(bob())).await.unwrap();

        assert!(loaded.state.conversations.is_empty() && loaded.outbox.is_empty());
        assert_eq!(loaded.lost, 1);
        assert_eq!(store.load(&owner(bob())).await.unwrap().lost, 0);
    })
    .await;
}

#[tokio::test]
async fn a_sealed_file_opens_with_its_own_key_only_and_shows_nothing() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("chat.db");
    let store = SqliteStore::open_encrypted(&path, &KEY).await.unwrap();
    store.load(&owner(ann())).await.unwrap();
    store
        .commit(&[Write::Queue(queued("a", 1)), Write::User(user(bob()))])
        .await
        .unwrap();
    drop(store);

    for refused in [
        SqliteStore::open(&path).await,
        SqliteStore::open_encrypted(&path, &[8; 32]).await,
    ] {
        assert!(matches!(refused, Err(StoreError::WrongKey)), "{refused:?}");
    }
    let again = SqliteStore::open_encrypted(&path, &KEY).await.unwrap();
    assert_eq!(
        again.load(&owner(ann())).await.unwrap().outbox,
        [queued("a", 1)]
    );
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in ["said offline", "Somebody"] {
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes())
            );
        }
    }
}

#[tokio::test]
async fn what_was_queued_by_nobody_is_nobodys_and_the_loss_is_told() {
    let dir = TempDir::new().unwrap();
    let file = SqliteStore::open(dir.path().join("chat.db")).await.unwrap();
    let memory = MemoryDisk::default();
    for store in [&file as &dyn Store, &memory] {
        store.commit(&[Write::Queue(queued("a", 1))]).await.unwrap();

        let loaded = store.load(&owner(ann())).await.unwrap();

        assert_eq!((loaded.outbox.len(), loaded.lost), (0, 1));
    }
}
