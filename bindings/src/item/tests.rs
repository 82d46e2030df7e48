//! From what is known to records.

use super::*;
use chat_client::{Queued, Said, TimelineMessage};
use chat_core::{Conversation, Presence, PresenceState};
use serde_json::json;

const ANN: &str = "01890a5d-ac96-774b-bcce-b302099a8001";
const HALL: &str = "01890a5d-ac96-774b-bcce-b302099a8002";
const NOON: &str = "2026-11-21T09:30:00.000Z";

fn snapshot() -> serde_json::Value {
    let user = json!({
        "id": "01890a5d-ac96-774b-bcce-b302099a8009", "username": "bob", "display_name": "Bob B.",
        "avatar_url": "avatars/2",
    });
    json!({
        "id": HALL, "kind": "direct", "created_at": NOON, "updated_at": NOON, "epoch": "0000000000000002",
        "last_seq": 3, "member_count": 2,
        "my": {"role": "owner", "read_seq": 1, "delivered_seq": 1, "unread_count": 2, "counted_seq": 3},
        "members": [{"user": user, "role": "owner", "joined_at": NOON, "read_seq": 2, "delivered_seq": 3}],
        "last_message": {"id": HALL, "conversation_id": HALL, "seq": 3, "client_id": "n1", "sender": user,
            "content": "hello", "created_at": "1970-01-01T00:00:00.007Z"},
    })
}

fn me() -> UserId {
    ANN.parse().unwrap()
}

fn row(conversation: serde_json::Value) -> ConversationItem {
    let conversation: Conversation = serde_json::from_value(conversation).unwrap();
    let row = ListItem {
        unread_count: conversation.my.unread_count,
        mention_count: conversation.my.mention_count,
        draft: Some("d".into()),
        typing: vec!["bob".into()],
        presence: Some(Presence {
            user_id: me(),
            state: PresenceState::Away,
            last_seen_at: None,
        }),
        last_queued: Some("q".into()),
        failed_count: 1,
        conversation,
    };
    super::conversation(&row, me())
}

fn shown(said: Said) -> MessageItem {
    super::shown(&TimelineMessage {
        key: format!("{ANN}/n2"),
        me: me(),
        said,
        edited_at: None,
        is_deleted: false,
        reactions: Vec::new(),
        waiting: vec!["w".to_owned().try_into().unwrap()],
        failed: vec!["f".to_owned().try_into().unwrap()],
    })
}

#[test]
fn a_direct_conversation_is_called_after_the_other_and_looks_like_them() {
    let item = row(snapshot());

    assert_eq!((item.title.as_str(), item.unread_count), ("Bob B.", 2));
    assert_eq!(item.avatar_url.as_deref(), Some("avatars/2"));
    assert_eq!(
        (item.kind, item.role),
        (ConversationType::Direct, Role::Owner)
    );
    let last = item.last.as_ref().unwrap();
    assert_eq!((last.seq, last.sent_at_ms), (Some(3), 7));
    assert!(!last.is_mine);
    let bob = &item.members[0];
    assert_eq!((bob.read_seq, bob.delivered_seq), (2, 3));
    assert_eq!(
        (item.draft.as_deref(), item.last_queued.as_deref()),
        (Some("d"), Some("q"))
    );
    assert_eq!((item.failed_count, item.typing), (1, vec!["bob".into()]));
    let presence = item.presence.unwrap();
    assert_eq!(
        (presence.user_id.as_str(), presence.status),
        (ANN, crate::PresenceStatus::Away)
    );
}

#[test]
fn a_message_that_waits_keeps_its_key_and_tells_how_it_failed() {
    let queued = json!({
        "key": "n2", "conversation_id": HALL, "place": 1, "created_at": "1970-01-01T00:00:00.009Z",
        "task": {"send": {"content": "hi", "reply_to": {"queued": "n1"}, "files": [{"queued": "u1"}]}},
        "progress": "waiting",
    });
    let mut queued: Queued = serde_json::from_value(queued).unwrap();

    let item = shown(Said::Queued(queued.clone()));
    assert_eq!(item.key, format!("{ANN}/n2"));
    assert_eq!(
        (item.send_state, item.message_id),
        (SendState::Queued, None)
    );
    let target = crate::MessageTarget::Queued {
        client_id: "n1".into(),
    };
    assert_eq!((item.reply_target, item.sent_at_ms), (Some(target), 9));
    assert_eq!(
        (item.uploads, item.text.as_str()),
        (vec!["u1".into()], "hi")
    );

    queued.progress = chat_client::Progress::Failed {
        code: chat_core::Code::Forbidden,
        detail: "no".into(),
    };
    let failed = SendState::Failed {
        code: "forbidden".into(),
        detail: "no".into(),
    };
    assert_eq!(shown(Said::Queued(queued)).send_state, failed);
}

#[test]
fn a_message_that_waits_shows_its_files_and_what_it_is() {
    let queued = json!({
        "key": "n2", "conversation_id": HALL, "place": 1, "created_at": "1970-01-01T00:00:00.009Z",
        "task": {"send": {
            "kind": "voice", "files": [{"stored": HALL}, {"stored": ANN}], "mentions": [ANN],
            "metadata": {"a": 1},
            "stored": [{"id": HALL, "file_name": "map.png", "size": 3, "mime_type": "image/png"}],
        }},
        "progress": "asked",
    });

    let item = shown(Said::Queued(serde_json::from_value(queued).unwrap()));

    assert_eq!(item.kind, MessageType::Voice);
    let [known, unknown] = &item.attachments[..] else {
        panic!("{:?}", item.attachments);
    };
    assert_eq!(
        (known.id.as_str(), known.file_name.as_str(), known.size),
        (HALL, "map.png", 3)
    );
    assert_eq!((unknown.id.as_str(), unknown.size), (ANN, 0));
    assert_eq!((item.mentions, item.uploads), (vec![ANN.into()], vec![]));
    assert_eq!(item.metadata.as_deref(), Some(r#"{"a":1}"#));
}

#[test]
fn a_channel_says_who_is_named_who_may_write_and_what_one_has_set() {
    let mut channel = snapshot();
    channel["kind"] = "channel".into();
    channel["title"] = "news".into();
    channel["avatar_url"] = "avatars/1".into();
    channel["message_ttl_s"] = 60.into();
    channel["my"]["role"] = "member".into();
    channel["my"]["mention_count"] = 1.into();
    channel["my"]["prefs"] = json!({
        "muted_until": "1970-01-01T00:00:00.005Z", "pinned": true, "archived": true,
        "nickname": "n", "draft": "d",
    });

    let item = row(channel);

    assert_eq!(
        (item.kind, item.can_send),
        (ConversationType::Channel, false)
    );
    assert_eq!((item.title.as_str(), item.mention_count), ("news", 1));
    assert_eq!(
        (item.avatar_url.as_deref(), item.message_ttl_s),
        (Some("avatars/1"), Some(60))
    );
    let prefs = PrefsItem {
        muted_until_ms: Some(5),
        is_pinned: true,
        is_archived: true,
        nickname: Some("n".into()),
    };
    assert_eq!(item.prefs, prefs);
}

#[test]
fn what_belongs_to_a_message_is_carried_over() {
    let mut direct = snapshot();
    let last = direct["last_message"].as_object_mut().unwrap();
    last.extend(extras());
    let last = serde_json::from_value(direct["last_message"].take()).unwrap();

    let item = shown(Said::Stored(last));

    assert_eq!(
        (item.kind, item.names_me, item.mentions_all),
        (MessageType::Voice, true, false)
    );
    assert_eq!(
        (item.mentions, item.pinned_at_ms),
        (vec![ANN.to_owned()], Some(1))
    );
    assert_eq!((item.expires_at_ms, item.edited_at_ms), (Some(3), Some(2)));
    let reply = item.reply_to.unwrap();
    assert_eq!((reply.seq, reply.excerpt.as_str()), (1, "how"));
    let from = item.forwarded_from.unwrap();
    assert_eq!((from.sender_name.as_str(), from.sent_at_ms), ("Cy", 4));
    let file = &item.attachments[0];
    assert_eq!(
        (file.file_name.as_str(), file.size, file.duration_ms),
        ("a.ogg", 9, Some(12))
    );
    assert_eq!(
        (file.waveform.as_slice(), file.has_thumbnail),
        (&[0, 255][..], false)
    );
    let reaction = &item.reactions[0];
    assert_eq!((reaction.emoji.as_str(), reaction.count), ("👍", 2));
    assert_eq!(reaction.user_ids, [ANN]);
    assert_eq!(item.metadata.as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(
        (item.waiting, item.failed),
        (vec!["w".into()], vec!["f".into()])
    );
}

/// Everything that may belong to a message.
fn extras() -> serde_json::Map<String, serde_json::Value> {
    let json = json!({
        "kind": "voice",
        "metadata": {"a": 1},
        "mentions": [ANN],
        "reply_to": {"id": HALL, "seq": 1, "sender_id": ANN, "excerpt": "how"},
        "forwarded_from": {"sender_id": ANN, "display_name": "Cy", "sent_at": "1970-01-01T00:00:00.004Z"},
        "attachments": [{"id": HALL, "file_name": "a.ogg", "size": 9, "mime_type": "audio/ogg",
            "duration_ms": 12, "waveform": [0, 255]}],
        "reactions": [{"emoji": "👍", "count": 2, "user_ids": [ANN], "first_at": "1970-01-01T00:00:00.000Z"}],
        "pinned_at": "1970-01-01T00:00:00.001Z",
        "edited_at": "1970-01-01T00:00:00.002Z",
        "expires_at": "1970-01-01T00:00:00.003Z",
    });
    json.as_object().unwrap().clone()
}
