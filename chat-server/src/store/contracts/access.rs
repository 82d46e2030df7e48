//! Sessions, answers that are given once, and mailed links.

use super::{NOW, insert_user};
use crate::store::{
    Conn, Db,
    mail_token::{self, NewToken, Purpose},
    once::{self, Once},
    session, sql,
};
use chat_core::{SessionId, Timestamp, TokenScope, UserId};
use std::collections::BTreeSet;
use uuid::Uuid;

const LATER: Timestamp = Timestamp::from_ms(90_000);

async fn insert_session(conn: &mut Conn, user: UserId, expires_at: Timestamp) -> SessionId {
    let id = SessionId::new(Uuid::now_v7());
    let inserted = session::insert(conn, id, user, Some("a device"), NOW, expires_at);
    inserted.await.unwrap();
    id
}

pub(super) async fn a_session_ends_once_and_only_by_its_user(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let eve = insert_user(&mut conn, "eve").await.unwrap();
    let mut hers = Vec::new();
    for expires_at in [LATER, LATER, NOW] {
        hers.push(insert_session(&mut conn, ann, expires_at).await);
    }
    let theirs = insert_session(&mut conn, eve, LATER).await;

    let foreign = session::end(&mut conn, ann, Some(theirs), NOW).await;
    let others = session::end_others(&mut conn, ann, Some(hers[1]), NOW).await;
    let again = session::end(&mut conn, ann, Some(hers[0]), LATER).await;
    let left = session::list(&mut conn, ann, NOW).await.unwrap();

    assert_eq!(foreign.unwrap(), []);
    let mut others = others.unwrap();
    others.sort_unstable();
    assert_eq!(others, [hers[0], hers[2]]);
    assert_eq!(again.unwrap(), []);
    assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [hers[1]]);
    for (id, goes_on) in [(hers[0], false), (hers[1], true), (theirs, true)] {
        assert_eq!(session::goes_on(&mut conn, id).await.unwrap(), goes_on);
    }
}

pub(super) async fn only_the_newest_refresh_token_is_good_and_ended_sessions_are_forgotten_late(
    db: Db,
) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let id = insert_session(&mut conn, ann, LATER).await;
    let far = LATER.plus_ms(1);

    session::rotate(&mut conn, id, 7, LATER, far).await.unwrap();
    let known = session::refreshable(&mut conn, id).await.unwrap().unwrap();
    session::end(&mut conn, ann, None, LATER).await.unwrap();
    let early = session::delete_ended_before(&mut conn, LATER).await;
    let ended = session::refreshable(&mut conn, id).await.unwrap().unwrap();
    let late = session::delete_ended_before(&mut conn, far).await;

    assert_eq!((known.user_id, known.generation), (ann, 7));
    assert_eq!((known.rotated_at, known.expires_at), (LATER, far));
    assert!(!known.ended && !known.disabled && ended.ended);
    assert_eq!((early.unwrap(), late.unwrap()), (0, 1));
    assert!(session::refreshable(&mut conn, id).await.unwrap().is_none());
}

pub(super) async fn a_token_has_its_scope_and_tells_when_it_was_used_last(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let device = insert_session(&mut conn, ann, LATER).await;
    for scope in [TokenScope::Read, TokenScope::Write, TokenScope::Admin] {
        let id = SessionId::new(Uuid::now_v7());
        let made = session::insert_token(&mut conn, id, ann, "bot", scope, NOW, LATER);
        made.await.unwrap();
        let new = session::refreshable(&mut conn, id).await.unwrap().unwrap();
        assert_eq!(new.last_used_at, None);

        session::touch(&mut conn, id, LATER).await.unwrap();
        session::touch(&mut conn, id, NOW).await.unwrap();

        let known = session::refreshable(&mut conn, id).await.unwrap().unwrap();
        assert_eq!((known.scope, known.generation), (Some(scope), 0));
        assert_eq!(known.last_used_at, Some(LATER));
    }
    let known = session::refreshable(&mut conn, device).await.unwrap();
    assert_eq!(known.unwrap().scope, None);
    assert_eq!(session::count_tokens(&mut conn, ann, NOW).await.unwrap(), 3);
    let listed = session::list(&mut conn, ann, NOW).await.unwrap();
    let scopes = listed.iter().filter(|one| one.scope.is_some()).count();
    assert_eq!((listed.len(), scopes), (4, 3));
    assert_eq!(
        listed.iter().filter(|one| one.expires_at.is_some()).count(),
        3
    );
}

pub(super) async fn a_token_of_a_newer_server_is_listed_and_good_for_nothing(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let device = insert_session(&mut conn, ann, LATER).await;
    let id = SessionId::new(Uuid::now_v7());
    let made = session::insert_token(&mut conn, id, ann, "bot", TokenScope::Read, NOW, LATER);
    made.await.unwrap();
    let newer = "update sessions set scope = 'paint' where id = $1";
    sql!(conn, execute, newer, id.uuid()).unwrap();

    let known = session::refreshable(&mut conn, id).await.unwrap().unwrap();
    let listed = session::list(&mut conn, ann, NOW).await.unwrap();
    let ended = session::end(&mut conn, ann, Some(id), NOW).await.unwrap();

    assert_eq!((known.is_token, known.scope), (true, None));
    let listed: BTreeSet<_> = listed.iter().map(|one| one.id).collect();
    assert_eq!(listed, BTreeSet::from([id, device]));
    assert_eq!(ended, [id]);
}

pub(super) async fn the_end_of_a_session_is_seen_however_late_it_is_committed(db: Db) {
    let mut tx = db.begin().await.unwrap();
    let now = tx.now();
    let ann = insert_user(&mut tx, "ann").await.unwrap();
    let id = insert_session(&mut tx, ann, now.plus_ms(90_000)).await;
    tx.commit().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    session::end(&mut tx, ann, Some(id), now).await.unwrap();
    let mut conn = db.read().await.unwrap();
    let long_ago = now.plus_ms(-60_000);
    // Whoever looks now cannot see it, and must find it the next time.
    let before = session::sight(&mut conn).await.unwrap();
    let unseen = session::ended(&mut conn, None, long_ago).await.unwrap();

    tx.commit().await.unwrap();

    let found = session::ended(&mut conn, Some(before), long_ago).await;
    assert_eq!((unseen, found.unwrap()), (vec![], vec![id]));
    let old = session::ended(&mut conn, None, now).await.unwrap();
    assert_eq!(old, []);
}

pub(super) async fn an_answer_is_kept_once_for_each_user_and_key(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let eve = insert_user(&mut conn, "eve").await.unwrap();
    let call = |user_id, hash| Once {
        user_id,
        key: "key".to_owned(),
        request_hash: hash,
    };
    let reply = format!("to {ann}");
    for (once, reply) in [(call(ann, 7), "first"), (call(eve, 8), &reply)] {
        once::insert(&mut conn, &once, reply, NOW).await.unwrap();
    }
    conn.commit().await.unwrap();

    let mut conn = db.begin().await.unwrap();
    let taken = once::insert(&mut conn, &call(ann, 9), "second", NOW).await;
    assert!(
        taken
            .unwrap_err()
            .into_database_error()
            .unwrap()
            .is_unique_violation()
    );
    drop(conn);

    let mut conn = db.begin().await.unwrap();
    let kept = once::find(&mut conn, ann, "key").await.unwrap();
    assert_eq!(kept, Some((7, "first".to_owned())));
    let showing = once::showing(&mut conn, ann).await.unwrap();
    assert_eq!(showing, [(eve, "key".to_owned())]);
    once::delete(&mut conn, eve, "key").await.unwrap();
    assert_eq!(once::find(&mut conn, eve, "key").await.unwrap(), None);
    assert_eq!(once::delete_before(&mut conn, NOW).await.unwrap(), 0);
    assert_eq!(once::delete_before(&mut conn, LATER).await.unwrap(), 1);
}

pub(super) async fn of_mailed_links_the_newest_is_good_for_its_purpose_and_its_time(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    for (byte, purpose) in [
        (1, Purpose::Reset),
        (2, Purpose::Verify),
        (3, Purpose::Reset),
    ] {
        let new = NewToken {
            hash: [byte; 32],
            user_id: ann,
            purpose,
            email: Some("ann@example.org"),
            expires_at: LATER,
        };
        mail_token::insert(&mut conn, &new).await.unwrap();
    }
    let mut is_good = async |byte, purpose, now| {
        let found = mail_token::find(&mut conn, [byte; 32], purpose, now).await;
        let found = found.unwrap();
        let whose = (ann, Some("ann@example.org".to_owned()));
        assert!(found.is_none() || found == Some(whose));
        found.is_some()
    };

    assert!(!is_good(1, Purpose::Reset, NOW).await, "the one before");
    assert!(is_good(3, Purpose::Reset, NOW).await);
    assert!(is_good(2, Purpose::Verify, NOW).await);
    assert!(
        !is_good(3, Purpose::Verify, NOW).await,
        "for something else"
    );
    assert!(!is_good(3, Purpose::Reset, LATER).await, "too late");
    let late = LATER.plus_ms(1);
    assert_eq!(
        mail_token::delete_before(&mut conn, LATER).await.unwrap(),
        0
    );
    mail_token::delete_of(&mut conn, ann).await.unwrap();
    assert_eq!(mail_token::delete_before(&mut conn, late).await.unwrap(), 0);
}
