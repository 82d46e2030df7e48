//! What belongs to conversations and messages: invites, bans, reactions, lives of logs.

use super::{NOW, insert_group, insert_user, say};
use crate::store::{
    Conn, Db, ban, conversation,
    epoch::{self, NewEpochs},
    invite, message, reaction, user,
};
use chat_core::{ConversationId, Invite, Seq, Timestamp, UserId};

const LATER: Timestamp = Timestamp::from_ms(90_000);

async fn insert_people(conn: &mut Conn) -> [UserId; 3] {
    [
        insert_user(conn, "ann").await.unwrap(),
        insert_user(conn, "ben").await.unwrap(),
        insert_user(conn, "eve").await.unwrap(),
    ]
}

fn invite_of(code: &str, conversation_id: ConversationId, created_by: UserId) -> Invite {
    Invite {
        code: code.to_owned(),
        conversation_id,
        created_by,
        created_at: NOW,
        expires_at: None,
        max_uses: None,
        uses: 0,
    }
}

pub(super) async fn an_invite_holds_until_it_is_used_up_runs_out_or_is_taken_back(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let [ann, ..] = insert_people(&mut conn).await;
    let group = insert_group(&mut conn, &[ann]).await;
    let other = insert_group(&mut conn, &[ann]).await;
    let mut invites = ["a", "b", "c"].map(|code| invite_of(code, group, ann));
    invites[1].max_uses = Some(1);
    invites[2].expires_at = Some(LATER);
    for new in &invites {
        invite::insert(&mut conn, new).await.unwrap();
    }
    let mut holds = async |code: &str, now| {
        let holding = invite::holding(&mut conn, code, now).await.unwrap();
        assert!(holding.is_none_or(|id| id == group));
        holding.is_some()
    };
    assert!(holds("b", NOW).await && holds("c", NOW).await);
    assert!(!holds("c", LATER).await && !holds("d", NOW).await);

    invite::use_up(&mut conn, "b").await.unwrap();
    let foreign = invite::delete(&mut conn, other, "a").await.unwrap();
    invite::delete_ended(&mut conn, group, LATER).await.unwrap();

    assert!(!foreign, "it is another conversation's");
    let left = invite::page(&mut conn, group, NOW, None, 9).await.unwrap();
    assert_eq!(left, [invites[0].clone()]);
    assert!(invite::delete(&mut conn, group, "a").await.unwrap());
    assert!(!invite::delete(&mut conn, group, "a").await.unwrap());
}

pub(super) async fn pages_of_invites_have_each_once_the_newest_first(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let [ann, ..] = insert_people(&mut conn).await;
    let group = insert_group(&mut conn, &[ann]).await;
    // Two of one moment are in the order of their codes, by their bytes.
    for (code, ms) in [("Z", 5), ("a", 5), ("b", 9), ("c", 1)] {
        let mut new = invite_of(code, group, ann);
        new.created_at = Timestamp::from_ms(ms);
        invite::insert(&mut conn, &new).await.unwrap();
    }

    let (mut codes, mut after) = (Vec::new(), None);
    loop {
        let page = invite::page(&mut conn, group, NOW, after, 1).await.unwrap();
        let [one] = &page[..] else { break };
        codes.push(one.code.clone());
        after = Some((one.created_at, one.code.clone()));
    }

    assert_eq!(codes, ["b", "a", "Z", "c"]);
    let preview = invite::preview(&mut conn, group).await.unwrap().unwrap();
    assert_eq!((preview.conversation_id, preview.member_count), (group, 1));
}

pub(super) async fn who_is_banned_is_so_once_and_in_one_conversation(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let [ann, ben, eve] = insert_people(&mut conn).await;
    let group = insert_group(&mut conn, &[ann]).await;
    let other = insert_group(&mut conn, &[ann]).await;
    for (who, reason, at) in [
        (eve, "first", NOW),
        (ben, "him", LATER),
        (eve, "then", LATER),
    ] {
        let banned = ban::insert(&mut conn, group, who, ann, Some(reason), at);
        banned.await.unwrap();
    }

    let first = ban::page(&mut conn, group, None, 1).await.unwrap();
    let place = (first[0].created_at, first[0].user.id);
    let rest = ban::page(&mut conn, group, Some(place), 9).await.unwrap();
    let any = ban::any(&mut conn, group, &[ann, eve]).await.unwrap();
    let elsewhere = ban::any(&mut conn, other, &[ben, eve]).await.unwrap();

    assert_eq!((first[0].user.id, rest.len()), (ben, 1));
    assert_eq!((rest[0].user.id, rest[0].created_at), (eve, NOW));
    assert_eq!(rest[0].reason.as_deref(), Some("then"), "it says why anew");
    assert_eq!((any, elsewhere), (Some(eve), None));
    assert!(ban::find(&mut conn, group, eve).await.unwrap().is_some());
    assert!(ban::delete(&mut conn, group, eve).await.unwrap());
    assert!(!ban::delete(&mut conn, group, eve).await.unwrap());
    assert_eq!(ban::find(&mut conn, group, eve).await.unwrap(), None);
}

pub(super) async fn an_emoji_is_there_once_for_each_and_they_keep_their_order(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let people = insert_people(&mut conn).await;
    let [ann, ben, eve] = people;
    let group = insert_group(&mut conn, &people).await;
    let said = say(&mut conn, group, ann, 2).await;
    let id = said[0].id;
    let given = [
        (ben, "b", 1),
        (ann, "a", 2),
        (ann, "b", 3),
        (eve, "b", 3),
        (ben, "b", 9),
    ];
    let mut is_new = Vec::new();
    for (who, emoji, ms) in given {
        let at = Timestamp::from_ms(ms);
        is_new.push(
            reaction::insert(&mut conn, id, emoji, who, at)
                .await
                .unwrap(),
        );
    }

    let all = reaction::of_messages(&mut conn, &[id, said[1].id, id]).await;
    let all = all.unwrap();
    let page = reaction::page(&mut conn, id, "b", Some((Timestamp::from_ms(1), ben)), 9).await;

    assert_eq!(is_new, [true, true, true, true, false]);
    let emoji: Vec<_> = all[&id]
        .iter()
        .map(|one| (&*one.emoji, one.count))
        .collect();
    assert_eq!((emoji, all.len()), (vec![("b", 3), ("a", 1)], 1));
    assert_eq!(all[&id][0].user_ids, [ben, ann, eve]);
    assert_eq!(
        reaction::find(&mut conn, id, "b").await.unwrap().as_ref(),
        all[&id].first()
    );
    let behind: Vec<_> = page.unwrap().into_iter().map(|(_, who)| who.id).collect();
    assert_eq!(behind, [ann, eve]);
    assert_eq!(reaction::count(&mut conn, id, ann).await.unwrap(), (2, 2));
    assert!(reaction::delete(&mut conn, id, "a", ann).await.unwrap());
    assert!(!reaction::delete(&mut conn, id, "a", ann).await.unwrap());
    assert_eq!(reaction::find(&mut conn, id, "a").await.unwrap(), None);
}

pub(super) async fn every_log_gets_another_life_and_keeps_its_places(db: Db) {
    let mut conn = db.begin().await.unwrap();
    let [ann, ..] = insert_people(&mut conn).await;
    let group = insert_group(&mut conn, &[ann]).await;
    insert_group(&mut conn, &[ann]).await;
    say(&mut conn, group, ann, 3).await;
    let lives = async |conn: &mut Conn| {
        let heads = conversation::heads(conn, ann).await.unwrap();
        let head = heads.into_iter().find(|(id, _)| *id == group).unwrap().1;
        let inbox = user::inbox_head(conn, ann).await.unwrap().unwrap();
        (head, inbox)
    };
    let before = lives(&mut conn).await;

    let renewed = epoch::renew(&mut conn, 1 << 63).await.unwrap();

    let after = lives(&mut conn).await;
    let (conversations, inboxes) = (2, 3);
    assert_eq!(
        renewed,
        NewEpochs {
            conversations,
            inboxes
        }
    );
    assert_ne!(after.0.epoch, before.0.epoch);
    assert_ne!(after.1.epoch, before.1.epoch);
    assert_eq!((after.0.seq, after.1.seq), (before.0.seq, before.1.seq));
    // The same word makes the lives of before again: it is random, so that this is not to be had.
    epoch::renew(&mut conn, 1 << 63).await.unwrap();
    assert_eq!(lives(&mut conn).await, before);
    let all = message::after(&mut conn, group, Seq::ZERO, 9)
        .await
        .unwrap();
    assert_eq!(all.len(), 3);
}
