//! What is kept: files, reports, the audit log, and a file of SQLite that was carried away.

use super::{NOW, insert_group, insert_user, say};
use crate::{
    audit::{Deed, Way},
    store::{
        self, Conn, Db, Kind, attachment, audit,
        moved::{self, Moved},
        report, sql,
    },
};
use chat_core::{
    Attachment, AttachmentId, ListAudit, MessageId, ReportId, ReportState, Timestamp, UserId,
};
use std::collections::BTreeSet;
use uuid::Uuid;

const LATER: Timestamp = Timestamp::from_ms(90_000);

async fn insert_file(conn: &mut Conn, owner: UserId) -> Attachment {
    let file = Attachment {
        id: AttachmentId::new(Uuid::now_v7()),
        file_name: "a.txt".to_owned(),
        size: 7,
        mime_type: "text/plain".to_owned(),
        width: None,
        height: None,
        duration_ms: None,
        waveform: Vec::new(),
        blurhash: None,
        has_thumbnail: false,
    };
    attachment::insert(conn, owner, &file, NOW).await.unwrap();
    file
}

/// Whether somebody may see a file.
async fn sees(conn: &mut Conn, file: &Attachment, who: UserId) -> bool {
    let seen = attachment::seen_by(conn, file.id, who, NOW).await.unwrap();
    seen.is_some_and(|seen| seen.file == *file)
}

pub(super) async fn a_file_is_seen_where_it_is_shown_and_goes_with_the_last_message(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let ben = insert_user(&mut conn, "ben").await.unwrap();
    let eve = insert_user(&mut conn, "eve").await.unwrap();
    let group = insert_group(&mut conn, &[ann, ben]).await;
    let file = insert_file(&mut conn, ann).await;
    assert!(sees(&mut conn, &file, ann).await && !sees(&mut conn, &file, ben).await);
    let said: Vec<MessageId> = {
        let hers = say(&mut conn, group, ann, 1).await;
        let his = say(&mut conn, group, ben, 1).await;
        hers.into_iter().chain(his).map(|said| said.id).collect()
    };
    for id in &said {
        let shown = attachment::refer(&mut conn, *id, std::slice::from_ref(&file));
        shown.await.unwrap();
    }

    assert!(sees(&mut conn, &file, ben).await && !sees(&mut conn, &file, eve).await);
    assert!(
        !attachment::delete(&mut conn, file.id).await.unwrap(),
        "it is shown"
    );
    attachment::release(&mut conn, said[0], NOW).await.unwrap();
    let owner = attachment::find(&mut conn, file.id)
        .await
        .unwrap()
        .unwrap()
        .1;
    assert_eq!(owner, ben, "only his message shows it now");
    attachment::release(&mut conn, said[1], NOW).await.unwrap();
    assert!(!sees(&mut conn, &file, ben).await && !sees(&mut conn, &file, ann).await);
    assert!(attachment::is_any_unused(&mut conn, NOW).await.unwrap());
    let collected = attachment::delete_unused(&mut conn, NOW, 9).await.unwrap();
    assert_eq!(collected, [file.id.uuid()]);
}

pub(super) async fn files_that_nobody_shows_are_counted_paged_and_held_in_order(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let eve = insert_user(&mut conn, "eve").await.unwrap();
    let mut files = Vec::new();
    for _ in 0..3 {
        files.push(insert_file(&mut conn, ann).await);
    }
    insert_file(&mut conn, eve).await;
    let unknown = Uuid::now_v7();
    let ids: BTreeSet<_> = files.iter().map(|file| file.id.uuid()).collect();
    let asked: BTreeSet<_> = ids.iter().copied().chain([unknown]).collect();

    let kept = attachment::kept(&mut conn, ann).await.unwrap();
    let first = attachment::unused(&mut conn, ann, None, 1).await.unwrap();
    let rest = attachment::unused(&mut conn, ann, Some(first[0].id), 9).await;
    let held = attachment::hold(&mut conn, &asked).await.unwrap();
    let known = attachment::existing(&mut conn, &asked).await.unwrap();

    assert_eq!((kept.bytes, kept.unused), (21, 3));
    assert_eq!(first, files[2..]);
    assert_eq!(rest.unwrap(), [files[1].clone(), files[0].clone()]);
    assert_eq!((&held, &known), (&ids, &ids));
    let young = attachment::delete_unused(&mut conn, NOW, 9).await.unwrap();
    assert!(young.is_empty(), "{young:?}");
    assert!(attachment::delete(&mut conn, files[0].id).await.unwrap());
    assert!(!attachment::delete(&mut conn, files[0].id).await.unwrap());
}

pub(super) async fn a_message_is_reported_once_by_each_and_decided_for_all_to_see(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let eve = insert_user(&mut conn, "eve").await.unwrap();
    let group = insert_group(&mut conn, &[ann, eve]).await;
    let said = say(&mut conn, group, eve, 2).await;
    let ids = [(); 3].map(|()| ReportId::new(Uuid::now_v7()));
    for (id, message) in [(ids[0], &said[0]), (ids[1], &said[1])] {
        let made = report::insert(&mut conn, id, ann, message, "spam", NOW);
        made.await.unwrap();
    }
    let first = report::page(&mut conn, ReportState::Open, None, 1).await;
    let first = first.unwrap();
    let place = Some((NOW, first[0].id));
    let rest = report::page(&mut conn, ReportState::Open, place, 9).await;

    let decided = report::decide(&mut conn, ids[0], "resolved", eve, Some("done"), LATER);
    decided.await.unwrap();

    let (first, rest) = (first[0].id, rest.unwrap()[0].id);
    assert_eq!((first, rest), (ids[1], ids[0]), "the latest first");
    let shown = report::find(&mut conn, ids[0]).await.unwrap().unwrap();
    assert_eq!(
        (shown.state, shown.decided_by),
        (ReportState::Resolved, Some(eve))
    );
    assert_eq!(
        (shown.message.id, shown.message.sender.id),
        (said[0].id, eve)
    );
    assert_eq!(
        report::by(&mut conn, said[0].id, ann).await.unwrap(),
        Some(ids[0])
    );
    assert_eq!(report::by(&mut conn, said[0].id, eve).await.unwrap(), None);
    conn.commit().await.unwrap();
    let mut conn = db.begin().await.unwrap();
    let twice = report::insert(&mut conn, ids[2], ann, &said[0], "spam", NOW).await;
    assert!(
        twice
            .unwrap_err()
            .into_database_error()
            .unwrap()
            .is_unique_violation()
    );
}

pub(super) async fn files_of_a_report_stay_until_long_after_it_is_decided(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let group = insert_group(&mut conn, &[ann]).await;
    let said = say(&mut conn, group, ann, 1).await.remove(0);
    let (file, other) = (
        insert_file(&mut conn, ann).await,
        insert_file(&mut conn, ann).await,
    );
    let id = ReportId::new(Uuid::now_v7());
    report::insert(&mut conn, id, ann, &said, "spam", NOW)
        .await
        .unwrap();
    for _ in 0..2 {
        let kept = attachment::keep_for_report(&mut conn, id, std::slice::from_ref(&file));
        kept.await.unwrap();
    }

    let unused = attachment::delete_unused(&mut conn, LATER, 9)
        .await
        .unwrap();
    let open = attachment::let_reported_go(&mut conn, LATER).await.unwrap();
    report::decide(&mut conn, id, "dismissed", ann, None, NOW)
        .await
        .unwrap();
    let early = attachment::is_any_reported(&mut conn, NOW).await.unwrap();

    assert_eq!((unused, open), (vec![other.id.uuid()], 0));
    assert!(!early && attachment::is_any_reported(&mut conn, LATER).await.unwrap());
    let kept = attachment::reported(&mut conn, id, file.id).await.unwrap();
    assert_eq!(kept.unwrap().file, file);
    assert!(
        attachment::reported(&mut conn, id, other.id)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        attachment::let_reported_go(&mut conn, LATER).await.unwrap(),
        1
    );
    let unused = attachment::delete_unused(&mut conn, LATER, 9)
        .await
        .unwrap();
    assert_eq!(unused, [file.id.uuid()]);
}

pub(super) async fn the_audit_log_only_grows_and_is_read_from_its_end(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let target = Uuid::now_v7();
    let deed = Deed {
        actor: Some(ann),
        address: Some("127.0.0.1".parse().unwrap()),
        at: NOW,
        way: Way::Itself,
    };
    for action in ["admin.user.disable", "admin.stats", "admin.user_x"] {
        let written = audit::insert(&mut conn, &deed, action, Some(target), None);
        written.await.unwrap();
    }
    conn.commit().await.unwrap();
    let mut conn = db.read().await.unwrap();
    let wanted = |action: &str| ListAudit {
        actor_id: Some(ann),
        target_id: Some(target),
        action: Some(action.to_owned()),
        limit: None,
        cursor: None,
    };

    let all = audit::page(&mut conn, &wanted("admin."), None, 9)
        .await
        .unwrap();
    let before = audit::page(&mut conn, &wanted("admin.user"), Some(all[0].id), 9).await;

    let actions: Vec<_> = all.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        ["admin.user_x", "admin.stats", "admin.user.disable"]
    );
    assert_eq!(before.unwrap(), all[2..]);
    assert_eq!(all[0].address.as_deref(), Some("127.0.0.1"));
    drop(conn);
    for change in ["update audit set detail = 'other'", "delete from audit"] {
        let mut conn = db.begin().await.unwrap();
        let refused = sql!(conn, execute, change).unwrap_err().to_string();
        assert!(refused.contains("can only be added to"), "{refused}");
    }
}

pub(super) async fn what_was_carried_away_takes_no_more_writes_until_it_is_forgotten(db: Db) {
    let mut conn = db.begin().await.unwrap();
    assert_eq!(moved::find(&mut conn).await.unwrap(), None);
    // A database on a server is not carried away.
    if conn.kind() == Kind::Postgres {
        return moved::require_here(&mut conn).await.unwrap();
    }
    insert_user(&mut conn, "ann").await.unwrap();
    let moved = Moved {
        database: "postgres://db.example.org/chat".to_owned(),
        at: NOW,
    };
    moved::mark(&mut conn, &moved).await.unwrap();
    conn.commit().await.unwrap();

    let mut conn = db.begin().await.unwrap();
    for refused in [
        insert_user(&mut conn, "ben").await.map(drop),
        sql!(conn, execute, "update users set role = role").map(drop),
        sql!(conn, execute, "delete from users").map(drop),
        db.ping().await,
    ] {
        assert!(store::is_moved(&refused.unwrap_err()));
    }
    assert_eq!(moved::find(&mut conn).await.unwrap(), Some(moved));
    moved::forget(&mut conn).await.unwrap();
    insert_user(&mut conn, "ben").await.unwrap();
    conn.commit().await.unwrap();
    db.ping().await.unwrap();
}
