//! From what is known to records.

use super::*;
use chat_core::{ClientId, Code};

const ANN: &str = "01890a5d-ac96-774b-bcce-b302099a8001";
const HALL: &str = "01890a5d-ac96-774b-bcce-b302099a8002";
const NOON: &str = "2026-11-21T09:30:00.000Z";

fn snapshot() -> serde_json::Value {
    let user = serde_json::json!({
        "id": "01890a5d-ac96-774b-bcce-b302099a8009", "username": "bob", "display_name": "Bob B.",
    });
    serde_json::json!({
        "id": HALL, "kind": "direct", "created_at": NOON, "updated_at": NOON, "epoch": "0000000000000002",
        "last_seq": 3, "member_count": 2,
        "my": {"role": "owner", "read_seq": 1, "delivered_seq": 1, "unread_count": 2, "counted_seq": 3},
        "members": [{"user": user, "role": "owner", "joined_at": NOON, "read_seq": 0, "delivered_seq": 0}],
        "last_message": {"id": HALL, "conversation_id": HALL, "seq": 3, "client_id": "n1", "sender": user,
            "content": "hello", "created_at": "1970-01-01T00:00:00.007Z"},
    })
}

fn known(conversation: serde_json::Value) -> State {
    let synced = serde_json::json!({
        "inbox": {"epoch": "0000000000000001", "from": 0, "to": 0, "events": []}, "conversations": [],
        "reset": [], "gone": [], "more": false, "server_time": NOON, "new": [conversation],
    });
    let mut state = State::new(ANN.parse().unwrap());
    state.apply_sync(serde_json::from_value(synced).unwrap());
    state
}

fn state() -> State {
    known(snapshot())
}

fn hall() -> ConversationId {
    HALL.parse().unwrap()
}

#[test]
fn a_direct_conversation_is_called_after_the_other() {
    let list = conversations(&state());

    let item = &list[0];
    assert_eq!((item.title.as_str(), item.unread_count), ("Bob B.", 2));
    assert_eq!(
        (item.kind, item.role),
        (ConversationType::Direct, Role::Owner)
    );
    let last = item.last.as_ref().unwrap();
    assert_eq!((last.seq, last.sent_at_ms), (Some(3), 7));
    assert!(item.has_older && !last.is_mine);
}

#[test]
fn an_echo_comes_last_and_keeps_its_key_and_tells_how_it_failed() {
    let mut state = state();
    let client_id = ClientId::try_from("n2".to_owned()).unwrap();
    state.echo(Echo {
        client_id: client_id.clone(),
        conversation_id: hall(),
        content: "hi".into(),
        created_at: Timestamp::from_ms(9),
        status: EchoStatus::Pending,
    });

    let item = messages(&state, hall()).pop().unwrap();
    assert_eq!(item.key, format!("{ANN}/n2"));
    assert_eq!(
        (item.send_state, item.message_id),
        (SendState::Pending, None)
    );

    state.fail_echo(hall(), &client_id, Code::Forbidden, "no".into());
    let item = messages(&state, hall()).pop().unwrap();
    let failed = SendState::Failed {
        code: "forbidden".into(),
        detail: "no".into(),
    };
    assert_eq!(item.send_state, failed);
    assert_eq!(messages(&state, hall()).len(), 2);
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
    channel["my"]["prefs"] = serde_json::json!({
        "muted_until": "1970-01-01T00:00:00.005Z", "pinned": true, "archived": true,
        "nickname": "n", "draft": "d",
    });

    let item = &conversations(&known(channel))[0];

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
        draft: Some("d".into()),
    };
    assert_eq!(item.prefs, prefs);
}

#[test]
fn what_belongs_to_a_message_is_carried_over() {
    let mut direct = snapshot();
    let last = direct["last_message"].as_object_mut().unwrap();
    last.extend(extras());

    let item = messages(&known(direct), hall()).pop().unwrap();

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
}

/// Everything that may belong to a message.
fn extras() -> serde_json::Map<String, serde_json::Value> {
    let json = serde_json::json!({
        "kind": "voice",
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
