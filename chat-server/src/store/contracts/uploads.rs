//! Files that come in parts.

use super::{NOW, insert_user};
use crate::store::{
    Conn, Db,
    upload::{self, KeptPiece, NewUpload, Unfinished},
};
use chat_core::{AttachmentId, Timestamp, UploadId, UserId};
use uuid::Uuid;

const BEFORE: Timestamp = Timestamp::from_ms(0);
const LATER: Timestamp = Timestamp::from_ms(90_000);

async fn insert(conn: &mut Conn, owner: UserId, client_id: &str) -> UploadId {
    let new = NewUpload {
        id: UploadId::new(Uuid::now_v7()),
        owner,
        client_id,
        length: 10,
        fingerprint: Some("f"),
        file_name: None,
        mime_type: Some("text/plain"),
        duration_ms: Some(7),
        waveform: &[1, 2],
    };
    upload::insert(conn, &new, NOW).await.unwrap();
    new.id
}

async fn add(conn: &mut Conn, id: UploadId, from: u64, piece: KeptPiece) -> bool {
    let added = upload::add_piece(conn, id, from, piece, LATER).await;
    added.unwrap()
}

pub(super) async fn an_upload_grows_only_from_where_it_is_and_is_its_owners(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let eve = insert_user(&mut conn, "eve").await.unwrap();
    let id = insert(&mut conn, ann, "c1").await;
    let [one, two, three] = [4, 6, 1].map(|bytes| KeptPiece {
        bytes,
        object: Uuid::now_v7(),
    });

    assert!(
        !add(&mut conn, id, 4, two).await,
        "there is a gap before it"
    );
    assert!(add(&mut conn, id, 0, one).await);
    assert!(!add(&mut conn, id, 0, two).await, "somebody was quicker");
    assert!(add(&mut conn, id, 4, two).await);
    assert!(!add(&mut conn, id, 10, three).await, "it is whole");

    let seen = upload::find(&mut conn, ann, id, BEFORE).await.unwrap();
    let (seen, kept) = (seen.unwrap(), upload::pieces(&mut conn, id).await.unwrap());
    assert_eq!((seen.came, seen.pieces, kept), (10, 2, vec![one, two]));
    assert_eq!((seen.duration_ms, seen.waveform), (Some(7), vec![1, 2]));
    let hidden = upload::find(&mut conn, eve, id, BEFORE).await.unwrap();
    let over = upload::find(&mut conn, ann, id, NOW).await.unwrap();
    assert!(hidden.is_none() && over.is_none());
    let file = AttachmentId::new(Uuid::now_v7());
    upload::finish(&mut conn, id, file, LATER).await.unwrap();
    let finished = upload::named(&mut conn, ann, "c1").await.unwrap().unwrap();
    assert_eq!(finished.attachment_id, Some(file));
    assert!(upload::pieces(&mut conn, id).await.unwrap().is_empty());
    let made = upload::made(&mut conn, ann, &finished).await.unwrap();
    assert!(made.is_none(), "there is no such file");
}

pub(super) async fn a_piece_takes_the_place_of_the_one_before_it_only_at_the_end(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let id = insert(&mut conn, ann, "c1").await;
    let [one, two, both, more, large] = [2, 1, 3, 4, 9].map(|bytes| KeptPiece {
        bytes,
        object: Uuid::now_v7(),
    });
    assert!(add(&mut conn, id, 0, one).await && add(&mut conn, id, 2, two).await);
    let mut lengthen = async |from, last, piece| {
        let lengthened = upload::lengthen_piece(&mut conn, id, from, last, piece, LATER);
        lengthened.await.unwrap()
    };

    let behind = lengthen(2, one, both).await;
    let too_long = lengthen(3, two, large).await;
    let lengthened = lengthen(3, two, more).await;

    assert_eq!((behind, too_long, lengthened), (false, false, true));
    let seen = upload::find(&mut conn, ann, id, BEFORE).await.unwrap();
    let seen = seen.unwrap();
    assert_eq!((seen.came, seen.pieces), (6, 2));
    let kept = upload::pieces(&mut conn, id).await.unwrap();
    assert_eq!(kept, [one, more]);
    let last = upload::last_piece(&mut conn, id).await.unwrap();
    assert_eq!(last, Some((2, more)));
}

pub(super) async fn uploads_that_are_over_go_with_their_pieces(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let ann = insert_user(&mut conn, "ann").await.unwrap();
    let [first, second] = [
        insert(&mut conn, ann, "c1").await,
        insert(&mut conn, ann, "c2").await,
    ];
    let piece = KeptPiece {
        bytes: 3,
        object: Uuid::now_v7(),
    };
    assert!(add(&mut conn, second, 0, piece).await);

    let counted = upload::unfinished(&mut conn, ann, BEFORE).await.unwrap();
    let none = upload::unfinished(&mut conn, ann, NOW).await.unwrap();
    let idle = upload::idle(&mut conn, ann, LATER).await.unwrap();
    let busy = upload::idle(&mut conn, ann, NOW).await.unwrap();

    let both = Unfinished {
        bytes: 20,
        count: 2,
    };
    assert_eq!((counted, none), (both, Unfinished::default()));
    assert_eq!((idle, busy), (Some(first), None));
    upload::touch(&mut conn, first, LATER).await.unwrap();
    let touched = upload::idle(&mut conn, ann, LATER).await.unwrap();
    assert_eq!(touched, None, "somebody goes on with it");
    assert!(!upload::is_any_over(&mut conn, BEFORE).await.unwrap());
    assert!(upload::is_any_over(&mut conn, NOW).await.unwrap());
    let left = upload::delete(&mut conn, first).await.unwrap();
    assert!(left.is_empty());
    let left = upload::delete_over(&mut conn, NOW, 9).await.unwrap();
    assert_eq!(left, [piece.object]);
    assert!(upload::named(&mut conn, ann, "c2").await.unwrap().is_none());
}
