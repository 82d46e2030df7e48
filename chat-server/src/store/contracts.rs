//! What the store promises, held against every engine. A contract that is left out of the list is dead code, and dead
//! code does not compile here.
//!
//! PostgreSQL is where `CHAT_TEST_POSTGRES` says (`postgres://USER@HOST:PORT/`); without it, only SQLite is held to it.

mod place;

use super::{
    Conn, Db, Duty, Kind,
    conversation::{self, NewConversation},
    head,
    key::{self, Key, KeyUse},
    lock::{self, Rows},
    media,
    member::{self, Move, NewMember},
    message::{self, NewMessage},
    presence,
    search::{self, Phrase, Wanted},
    sql,
    user::{self, NewAccount},
};
use chat_core::{
    ClientId, ConversationId, ConversationKind, Epoch, Extras, MemberRole, Message, MessageId,
    MessageKind, Seq, Timestamp, User, UserId, UserRole, Username,
};
use place::Place;
use std::time::Duration;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_ms(1_000);

/// Each contract twice: a test for each engine.
macro_rules! contracts {
    ($($contract:ident,)*) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $contract() {
                let place = super::Place::file();
                super::$contract(place.open().await).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $contract() {
                let Some(place) = super::Place::on_server().await else { return };
                let db = place.open().await;
                super::$contract(db.clone()).await;
                db.close().await;
                place.drop_database().await;
            })*
        }
    };
}

contracts![
    places_in_a_log_are_dense,
    a_send_is_known_by_its_name,
    what_is_undone_leaves_nothing,
    a_snapshot_sees_one_moment,
    a_taken_name_is_a_unique_violation,
    a_batch_of_any_size_is_stored_whole,
    words_are_found_until_they_are_forgotten,
    unread_messages_are_counted,
    locks_find_the_rows_of_messages,
    heads_say_how_far_logs_reach,
    a_duty_is_done_by_one_process_at_a_time,
    when_people_were_last_seen_only_moves_forward,
    keys_are_those_that_were_kept_last,
    files_have_one_mark,
];

async fn insert_user(conn: &mut Conn, name: &str) -> sqlx::Result<UserId> {
    let id = UserId::new(Uuid::now_v7());
    let account = NewAccount {
        id,
        username: &Username::parse(name).unwrap(),
        display_name: name,
        email: None,
        pending_email: None,
        avatar_url: None,
        role: UserRole::User,
        password_hash: None,
        outside_id: None,
        created_at: NOW,
        inbox_epoch: u64::MAX,
    };
    user::insert(conn, &account).await.map(|()| id)
}

/// A group of some people.
async fn insert_group(conn: &mut Conn, people: &[UserId]) -> ConversationId {
    let id = ConversationId::new(Uuid::now_v7());
    let new = NewConversation {
        id,
        kind: ConversationKind::Group,
        title: Some("A group"),
        description: None,
        created_at: NOW,
        epoch: Epoch::new(u64::MAX),
        member_count: u32::try_from(people.len()).unwrap(),
        pair: None,
        message_ttl_s: None,
    };
    conversation::insert(conn, new).await.unwrap();
    let member = |user_id: &UserId| NewMember {
        user_id: *user_id,
        role: MemberRole::Member,
        joined_seq: Seq::ZERO,
    };
    let members: Vec<_> = people.iter().map(member).collect();
    member::insert(conn, id, &members, NOW).await.unwrap();
    id
}

/// Says so many things, each with its number.
async fn say(conn: &mut Conn, place: ConversationId, who: UserId, count: usize) -> Vec<Message> {
    let wanted = [(place, i64::try_from(count).unwrap(), NOW)];
    let last = conversation::take_message_seqs(conn, &wanted)
        .await
        .unwrap()[&place];
    let first = last.get() + 1 - count as u64;
    let message = |nth: u64| NewMessage {
        content_hash: 7,
        message: Message {
            id: MessageId::new(Uuid::now_v7()),
            conversation_id: place,
            seq: Seq::try_from(first + nth).unwrap(),
            client_id: ClientId::try_from(format!("c{}", first + nth)).unwrap(),
            sender: User {
                id: who,
                username: String::new(),
                display_name: String::new(),
                avatar_url: None,
                is_bot: false,
                presence: None,
                last_seen_at: None,
            },
            kind: MessageKind::Text,
            content: format!("number {}", first + nth),
            extras: Extras::default(),
            created_at: NOW,
            expires_at: None,
            edited_at: None,
            pinned_at: None,
            deleted_at: None,
            deleted_by: None,
        },
    };
    let new: Vec<_> = (0..count as u64).map(message).collect();
    message::insert(conn, &new).await.unwrap();
    new.into_iter().map(|new| new.message).collect()
}

async fn keys_are_those_that_were_kept_last(db: Db) {
    let key = |id: &str, used_for| Key {
        id: id.to_owned(),
        secret: format!("secret {id}"),
        used_for,
    };
    let from = |ms| KeyUse::Signing(Timestamp::from_ms(ms));
    let mut conn = db.begin().await.unwrap();
    let old = [key("a", from(7)), key("refresh", KeyUse::Refreshing)];
    key::replace(&mut conn, &old).await.unwrap();
    let new = [key("c", from(2)), key("b", from(9)), old[1].clone()];

    key::replace(&mut conn, &new).await.unwrap();

    let mut kept = key::all(&mut conn).await.unwrap();
    kept.retain(|key| key.used_for != KeyUse::Refreshing);
    assert_eq!(kept, new[..2]);
}

async fn files_have_one_mark(db: Db) {
    let mut conn = db.begin().await.unwrap();
    assert_eq!(media::mark(&mut conn).await.unwrap(), None);

    for mark in ["one", "two"] {
        media::set_mark(&mut conn, mark).await.unwrap();
    }

    assert_eq!(media::mark(&mut conn).await.unwrap().unwrap(), "two");
    assert!(!media::is_any_file(&mut conn).await.unwrap());
}

async fn places_in_a_log_are_dense(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let (here, there) = (
        insert_group(&mut conn, &[ann]).await,
        insert_group(&mut conn, &[ann]).await,
    );

    let wanted = [(here, 3, NOW), (there, 1, NOW)];
    let first = conversation::take_message_seqs(&mut conn, &wanted)
        .await
        .unwrap();
    let entry = conversation::take_seq(&mut conn, here, NOW).await.unwrap();

    assert_eq!((first[&here].get(), first[&there].get()), (3, 1));
    assert_eq!(entry.get(), 4);
}

async fn a_send_is_known_by_its_name(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let [ann, eve] = ["ann", "eve"];
    let ann = insert_user(&mut conn, ann).await.unwrap();
    let eve = insert_user(&mut conn, eve).await.unwrap();
    let group = insert_group(&mut conn, &[ann]).await;
    let said = say(&mut conn, group, ann, 1).await.remove(0);
    let key = |who, name: &str| (group, who, ClientId::try_from(name.to_owned()).unwrap());

    let keys = [key(ann, "c1"), key(ann, "c2"), key(eve, "c1")];
    let found = message::sendable(&mut conn, &keys).await.unwrap();

    assert_eq!(found[&keys[0]].stored, Some((said.id, Some(7))));
    assert_eq!(found[&keys[1]].stored, None);
    assert!(
        !found.contains_key(&keys[2]),
        "who is no member learns nothing"
    );
    assert!(message::is_stored(&mut conn, &keys[0]).await.unwrap());
}

async fn what_is_undone_leaves_nothing(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    sql!(conn, execute, "savepoint one").unwrap();
    insert_user(&mut conn, "ann").await.unwrap_err();
    sql!(conn, execute, "rollback to one").unwrap();
    sql!(conn, execute, "release one").unwrap();
    conn.commit().await.unwrap();
    let mut conn = db.begin().await.unwrap();
    insert_user(&mut conn, "bob").await.unwrap();
    drop(conn);

    let mut conn = db.read().await.unwrap();
    let (count,) = sql!(conn, fetch_one as (i64,), "select count(*) from users").unwrap();

    assert_eq!(count, 1);
    assert!(user::find(&mut conn, ann).await.unwrap().is_some());
}

async fn a_snapshot_sees_one_moment(db: Db) {
    let mut conn = db.snapshot().await.unwrap();
    let count = "select count(*) from users";
    let (before,) = sql!(conn, fetch_one as (i64,), count).unwrap();
    let mut other = db.begin().await.unwrap();
    insert_user(&mut other, "ann").await.unwrap();
    other.commit().await.unwrap();

    let (after,) = sql!(conn, fetch_one as (i64,), count).unwrap();

    assert_eq!((before, after), (0, 0));
}

async fn a_taken_name_is_a_unique_violation(db: Db) {
    let mut conn = db.begin().await.unwrap();
    insert_user(&mut conn, "ann").await.unwrap();

    let taken = insert_user(&mut conn, "ann").await.unwrap_err();

    assert!(taken.as_database_error().unwrap().is_unique_violation());
    assert!(!super::is_broken(&taken));
}

async fn a_batch_of_any_size_is_stored_whole(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let group = insert_group(&mut conn, &[ann]).await;
    for count in [1, 2, 3, 100] {
        say(&mut conn, group, ann, count).await;
    }

    let all = message::after(&mut conn, group, Seq::ZERO, 1_000)
        .await
        .unwrap();

    let places: Vec<_> = all.iter().map(|message| message.seq.get()).collect();
    assert!(places.iter().copied().eq(1..=106), "{places:?}");
    assert_eq!(all[105].content, "number 106");
}

async fn words_are_found_until_they_are_forgotten(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let group = insert_group(&mut conn, &[ann]).await;
    let said = say(&mut conn, group, ann, 12).await;
    assert_eq!(search::behind(&mut conn).await.unwrap(), [group]);
    let more = search::index(&mut conn, &[group], 100).await.unwrap();
    assert!(more.is_empty());
    let phrases = [Phrase {
        words: "number 1",
        is_unfinished: true,
    }];
    let wanted = Wanted {
        user: ann,
        upto: i64::MAX,
        from: 0,
        sender: Some(ann),
        before: None,
        after: None,
        now: NOW,
        limit: 10,
    };

    let found = search::candidates(&mut conn, &phrases, &[], &wanted)
        .await
        .unwrap();
    search::forget(&mut conn, &[said[0].id]).await.unwrap();
    let left = search::candidates(&mut conn, &phrases, &[], &wanted)
        .await
        .unwrap();

    let texts: Vec<_> = found.iter().map(|found| found.content.as_str()).collect();
    assert_eq!(texts, ["number 12", "number 11", "number 10", "number 1"]);
    assert_eq!(left.len(), 3);
}

async fn unread_messages_are_counted(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let bob = insert_user(&mut conn, "bob").await.unwrap();
    let group = insert_group(&mut conn, &[ann, bob]).await;
    say(&mut conn, group, ann, 3).await;

    let mine = conversation::my(&mut conn, group, ann)
        .await
        .unwrap()
        .unwrap();
    let theirs = conversation::snapshots(&mut conn, bob, &[group])
        .await
        .unwrap();

    assert_eq!((mine.unread_count, theirs[0].my.unread_count), (0, 3));
    assert_eq!(theirs[0].members.len(), 2);
    assert_eq!(theirs[0].last_message.as_ref().unwrap().content, "number 3");
}

async fn locks_find_the_rows_of_messages(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let group = insert_group(&mut conn, &[ann]).await;
    let said = say(&mut conn, group, ann, 1).await.remove(0);
    conn.commit().await.unwrap();
    let mut rows = Rows::default();
    assert!(rows.add(&super::Scope::Message(said.id)));
    assert!(!rows.add(&super::Scope::All));

    let mut conn = db.begin().await.unwrap();
    let held = lock::beside(&mut conn, &rows, lock::Held::Awaited)
        .await
        .unwrap();

    match conn.kind() {
        super::Kind::Sqlite => assert!(held.is_empty(), "beginning has locked everything"),
        super::Kind::Postgres => assert!(held.contains(&group.uuid())),
    }
}

async fn heads_say_how_far_logs_reach(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let (here, there) = (
        insert_group(&mut conn, &[ann]).await,
        insert_group(&mut conn, &[ann]).await,
    );
    say(&mut conn, here, ann, 3).await;
    let moved = member::insert_move(&mut conn, here, ann, Move::Read, Seq::ZERO, NOW);
    moved.await.unwrap();
    let unknown = Uuid::now_v7();

    let asked = [there, here, ConversationId::new(unknown)];
    let mut heads = head::of_conversations(&mut conn, &asked).await.unwrap();
    let people = [UserId::new(unknown), ann];
    let inboxes = head::of_inboxes(&mut conn, &people).await.unwrap();

    heads.sort_unstable_by_key(|(_, reach)| reach.get());
    assert_eq!(heads.len(), 2, "{heads:?}");
    assert_eq!((heads[0].0, heads[0].1.get()), (there, 0));
    assert_eq!((heads[1].0, heads[1].1.get()), (here, 3));
    assert_eq!(inboxes.len(), 1, "{inboxes:?}");
    assert_eq!((inboxes[0].user, inboxes[0].seq), (ann, Seq::ZERO));
    assert_eq!(
        (inboxes[0].is_disabled, inboxes[0].cut_off_at),
        (false, None)
    );
    for moment in [NOW, NOW.plus_ms(1)] {
        super::session::end(&mut conn, ann, None, NOW)
            .await
            .unwrap();
        let inboxes = head::of_inboxes(&mut conn, &[ann]).await.unwrap();
        assert_eq!(inboxes[0].cut_off_at, Some(moment), "another one each time");
    }
    let moved = async |conn: &mut Conn, since| head::marked_since(conn, since).await.unwrap();
    assert_eq!(moved(&mut conn, NOW).await, [(here, ann)]);
    assert_eq!(moved(&mut conn, NOW.plus_ms(1)).await, []);
}

async fn a_duty_is_done_by_one_process_at_a_time(db: Db) {
    let other = db.as_another_process();
    let on_duty = db.on_duty(Duty::Expire).await.unwrap();
    assert!(on_duty.is_some());

    let theirs = other.on_duty(Duty::Expire).await.unwrap();
    assert!(other.on_duty(Duty::Collect).await.unwrap().is_some());

    // A file belongs to one process, which has one task for each duty.
    assert_eq!(theirs.is_none(), db.kind() == Kind::Postgres);
    drop((on_duty, theirs));
    tokio::time::timeout(Duration::from_secs(5), async {
        while other.on_duty(Duty::Expire).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    other.close().await;
    assert!(db.kind() == Kind::Sqlite || other.on_duty(Duty::Expire).await.is_err());
}

async fn when_people_were_last_seen_only_moves_forward(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let ben = insert_user(&mut conn, "ben").await.unwrap();
    let (early, late) = (NOW.plus_ms(1), NOW.plus_ms(2));
    user::set_last_seen(&mut conn, ann, late).await.unwrap();
    let both = [ann, ben];

    let raised = presence::raise_last_seen(&mut conn, &both, early).await;

    raised.unwrap();
    for (who, seen) in [(ann, late), (ben, early)] {
        let row = sql!(
            conn,
            fetch_one as (Option<i64>,),
            "select last_seen_at from users where id = $1",
            who.uuid()
        );
        assert_eq!(row.unwrap().0, Some(seen.ms()));
    }
}
