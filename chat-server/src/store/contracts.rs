//! What the store promises, held against every engine. A contract that is left out of the list is dead code, and dead
//! code does not compile here.
//!
//! PostgreSQL is where `CHAT_TEST_POSTGRES` says (`postgres://USER@HOST:PORT/`); without it, only SQLite is held to it.

mod access;
mod keeping;
mod place;
mod rooms;
mod together;
mod uploads;

use super::{
    Conn, Db, Kind, Scope,
    conversation::{self, NewConversation},
    head,
    lock::{self, Rows},
    member::{self, Move, NewMember},
    message::{self, NewMessage},
    search::{self, Phrase, Wanted},
    sql,
    user::{self, NewAccount},
};
use access::*;
use chat_core::{
    ClientId, ConversationId, ConversationKind, Epoch, Extras, MemberRole, Message, MessageId,
    MessageKind, Seq, Timestamp, User, UserId, UserRole, Username,
};
use keeping::*;
use place::Place;
use rooms::*;
use together::*;
use uploads::*;
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
    who_lost_its_connection_is_here_again_when_it_asks,
    when_people_were_last_seen_only_moves_forward,
    keys_are_those_that_were_kept_last,
    files_have_one_mark,
    a_session_ends_once_and_only_by_its_user,
    only_the_newest_refresh_token_is_good_and_ended_sessions_are_forgotten_late,
    a_token_has_its_scope_and_tells_when_it_was_used_last,
    a_token_of_a_newer_server_is_listed_and_good_for_nothing,
    the_end_of_a_session_is_seen_however_late_it_is_committed,
    an_answer_is_kept_once_for_each_user_and_key,
    of_mailed_links_the_newest_is_good_for_its_purpose_and_its_time,
    an_invite_holds_until_it_is_used_up_runs_out_or_is_taken_back,
    pages_of_invites_have_each_once_the_newest_first,
    who_is_banned_is_so_once_and_in_one_conversation,
    an_emoji_is_there_once_for_each_and_they_keep_their_order,
    every_log_gets_another_life_and_keeps_its_places,
    a_file_is_seen_where_it_is_shown_and_goes_with_the_last_message,
    files_that_nobody_shows_are_counted_paged_and_held_in_order,
    a_message_is_reported_once_by_each_and_decided_for_all_to_see,
    files_of_a_report_stay_until_long_after_it_is_decided,
    the_audit_log_only_grows_and_is_read_from_its_end,
    an_upload_grows_only_from_where_it_is_and_is_its_owners,
    a_piece_takes_the_place_of_the_one_before_it_only_at_the_end,
    uploads_that_are_over_go_with_their_pieces,
    what_was_carried_away_takes_no_more_writes_until_it_is_forgotten,
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
    let (mut rows, of_message) = (Rows::default(), Scope::Message(said.id));
    rows.add(&of_message);
    let nobody = UserId::new(Uuid::now_v7());
    rows.add(&Scope::User(nobody));

    let mut conn = db.begin().await.unwrap();
    let waits = lock::beside(&mut conn, &rows, lock::Held::Awaited);
    waits.await.unwrap();

    // Beginning to write has locked a file.
    if conn.kind() == Kind::Postgres {
        let mut other = db.begin().await.unwrap();
        let skips = lock::beside(&mut other, &rows, lock::Held::Skipped);
        let locked = skips.await.unwrap();
        assert_eq!(locked.busy().collect::<Vec<_>>(), [group]);
        assert!(locked.is_busy(&of_message));
        assert!(!locked.is_busy(&Scope::User(nobody)), "who is not there");
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
