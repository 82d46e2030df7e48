//! What processes have in common: keys, the place of files, duties, when people were last seen.

use super::{NOW, insert_user};
use crate::store::{
    Db, Duty, Kind,
    key::{self, Key, KeyUse},
    media, presence, sql, user,
};
use chat_core::Timestamp;
use std::time::Duration;

pub(super) async fn keys_are_those_that_were_kept_last(db: Db) {
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

pub(super) async fn files_have_one_mark(db: Db) {
    let mut conn = db.begin().await.unwrap();
    assert_eq!(media::mark(&mut conn).await.unwrap(), None);

    for mark in ["one", "two"] {
        media::set_mark(&mut conn, mark).await.unwrap();
    }

    assert_eq!(media::mark(&mut conn).await.unwrap().unwrap(), "two");
    assert!(!media::is_any_file(&mut conn).await.unwrap());
}

pub(super) async fn a_duty_is_done_by_one_process_at_a_time(db: Db) {
    let other = db.as_another_process();
    let on_duty = db.on_duty(Duty::Expire).await.unwrap();
    assert!(on_duty.is_some());

    let theirs = other.on_duty(Duty::Expire).await.unwrap();
    assert!(other.on_duty(Duty::Collect).await.unwrap().is_some());

    // A file belongs to one process, which has one task for each duty.
    assert_eq!(theirs.is_none(), db.kind() == Kind::Postgres);
    drop((on_duty, theirs));
    tokio::time::timeout(Duration::from_secs(60), async {
        while other.on_duty(Duty::Expire).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    other.close().await;
    assert!(db.kind() == Kind::Sqlite || other.on_duty(Duty::Expire).await.is_err());
}

pub(super) async fn who_lost_its_connection_is_here_again_when_it_asks(db: Db) {
    let other = db.as_another_process();
    let are_several = db.kind() == Kind::Postgres;
    assert_eq!(other.has_others().await.unwrap(), are_several);
    if are_several {
        let mut conn = db.begin().await.unwrap();
        // Waits until they have ended: one that has only been told to still says that its process is here.
        let ended = sql!(
            conn,
            fetch_all as (bool,),
            "select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and objsubid = 2
                 and database = (select oid from pg_database where datname = current_database())",
        );
        assert_eq!(ended.unwrap(), [(true,); 2]);
    }

    let first = other.has_others().await.unwrap();
    let second = db.has_others().await.unwrap();

    assert_eq!((first, second), (false, are_several));
    other.close().await;
    assert!(!are_several || other.has_others().await.is_err());
}

pub(super) async fn when_people_were_last_seen_only_moves_forward(db: Db) {
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
