//! Every word that can be told and every one that can be asked for, with one that nobody knows in its place.

use crate::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

const TIME: &str = "2026-11-21T09:30:00.000Z";
const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn user() -> Value {
    json!({"id": ID, "username": "ann", "display_name": "Ann", "presence": "sparkling", "sparkles": 7})
}

fn message() -> Value {
    json!({
        "id": ID, "conversation_id": ID, "seq": 1, "client_id": "x".repeat(200), "sender": user(), "kind": "sparkling",
        "content": "hello", "created_at": TIME, "metadata": {"long": "x".repeat(5_000)},
        "system": {"action": "sparkling"},
    })
}

fn conversation() -> Value {
    let member = json!({"user": user(), "role": "sparkling", "joined_at": TIME, "read_seq": 0, "delivered_seq": 0});
    json!({
        "id": ID, "kind": "sparkling", "created_at": TIME, "updated_at": TIME, "epoch": "0000000000000001", "last_seq": 1,
        "last_message": message(), "members": [member], "member_count": 1,
        "my": {"role": "sparkling", "read_seq": 0, "delivered_seq": 0, "unread_count": 0, "counted_seq": 1},
    })
}

fn me() -> Value {
    let mut me = user();
    me["role"] = json!("sparkling");
    me["created_at"] = json!(TIME);
    me["settings"] =
        json!({"presence": "sparkling", "last_seen": "sparkling", "notify": "sparkling"});
    me
}

fn read<T: DeserializeOwned>(told: Value) -> T {
    serde_json::from_value(told).unwrap()
}

#[test]
fn a_conversation_with_words_of_tomorrow_can_be_read() {
    let read: Conversation = read(conversation());

    assert_eq!(read.kind, ConversationKind::Unknown);
    assert_eq!(read.my.role, MemberRole::Unknown);
    assert_eq!(read.members[0].role, MemberRole::Unknown);
    assert_eq!(read.members[0].user.presence, Some(PresenceState::Unknown));
    let said = read.last_message.unwrap();
    assert_eq!(said.kind, MessageKind::Unknown);
    assert_eq!(said.content, "hello");
    assert_eq!(said.extras.system.unwrap().action, SystemAction::Unknown);
}

#[test]
fn everything_else_with_words_of_tomorrow_can_be_read() {
    let me: Me = read(me());
    assert_eq!(me.role, UserRole::Unknown);
    assert_eq!(me.settings.presence, Visibility::Unknown);
    assert_eq!(me.settings.last_seen, Visibility::Unknown);
    assert_eq!(me.settings.notify, Notify::Unknown);
    let presence: Presence = read(json!({"user_id": ID, "state": "sparkling"}));
    assert_eq!(presence.state, PresenceState::Unknown);
    let gone: Gone = read(json!({"conversation_id": ID, "reason": "sparkling"}));
    assert_eq!(gone.reason, GoneReason::Unknown);
    let reset = json!({"conversation_id": ID, "epoch": "0000000000000001", "head": 1, "reason": "sparkling"});
    assert_eq!(read::<Reset>(reset).reason, ResetReason::Unknown);
    let session = json!({"id": ID, "created_at": TIME, "last_used_at": TIME, "current": true, "scope": "sparkling"});
    assert_eq!(read::<Session>(session).scope, Some(TokenScope::Unknown));
    let preview = json!({"conversation_id": ID, "kind": "sparkling", "member_count": 1});
    assert_eq!(
        read::<InvitePreview>(preview).kind,
        ConversationKind::Unknown
    );
    let info = json!({
        "id": ID, "kind": "sparkling", "created_at": TIME, "updated_at": TIME, "member_count": 1, "message_count": 1,
        "owner_ids": [],
    });
    assert_eq!(
        read::<ConversationInfo>(info).kind,
        ConversationKind::Unknown
    );
    let copy = json!({
        "id": ID, "conversation_id": ID, "sender": user(), "content": "", "attachments": [], "created_at": TIME,
    });
    let report = json!({
        "id": ID, "message": copy, "reporter": user(), "reason": "", "created_at": TIME, "state": "sparkling",
    });
    assert_eq!(read::<Report>(report).state, ReportState::Unknown);
}

#[test]
fn what_was_kept_is_read_again_and_says_that_it_is_not_known() {
    let read: Conversation = read(conversation());

    let kept = serde_json::to_value(&read).unwrap();

    assert_eq!(kept["kind"], "unknown");
    assert_eq!(serde_json::from_value::<Conversation>(kept).unwrap(), read);
}

#[test]
fn a_word_that_is_absent_is_not_an_unknown_one() {
    let user: User = read(json!({"id": ID, "username": "ann", "display_name": "Ann"}));
    let null: User =
        read(json!({"id": ID, "username": "ann", "display_name": "Ann", "presence": null}));

    assert_eq!((user.presence, null.presence), (None, None));
    assert!(
        serde_json::to_value(user)
            .unwrap()
            .get("presence")
            .is_none()
    );
}

/// Every field of a call that takes a word: the call, the field and the words.
const ASKED: &[(&str, &str, &[&str])] = &[
    (
        "conversation.create",
        "kind",
        &["direct", "group", "channel"],
    ),
    ("member.add", "role", &["member", "admin", "owner"]),
    ("member.change", "role", &["member", "admin", "owner"]),
    ("presence.set", "state", &["online", "away"]),
    (
        "settings.change",
        "presence",
        &["everyone", "contacts", "nobody"],
    ),
    (
        "settings.change",
        "last_seen",
        &["everyone", "contacts", "nobody"],
    ),
    ("settings.change", "notify", &["all", "mentions", "nothing"]),
    ("token.create", "scope", &["read", "write", "admin"]),
    ("report.list", "state", &["open", "resolved", "dismissed"]),
    ("report.decide", "state", &["open", "resolved", "dismissed"]),
    ("message.send", "kind", &["text", "voice"]),
    ("admin.user.list", "role", &["user", "admin"]),
    ("admin.user.create", "role", &["user", "admin"]),
    ("admin.user.change", "role", &["user", "admin"]),
];

/// What is wrong with a field of a call that has this in it.
fn wrong(call: &str, field: &str, word: &str) -> Option<Vec<String>> {
    let operation = Operation::ALL.iter().find(|one| one.name == call);
    let operation = operation.unwrap_or_else(|| panic!("there is no call {call}"));
    let input = Input::from_value(json!({ field: word })).unwrap();
    let problem = operation.parse(input).err()?;
    problem.errors.0.get(field).cloned()
}

#[test]
fn only_known_words_can_be_asked_for() {
    for (call, field, words) in ASKED {
        for word in *words {
            assert_eq!(wrong(call, field, word), None, "{call} {field}");
        }
        for word in ["sparkling", "unknown", "Unknown", ""] {
            let wrong =
                wrong(call, field, word).unwrap_or_else(|| panic!("{call} {field}: {word}"));
            let listed = words.iter().all(|known| wrong[0].contains(known));
            assert!(listed, "{call} {field}: {wrong:?}");
            assert!(!wrong[0].contains("sparkling"), "{call} {field}: {wrong:?}");
        }
    }
}

#[test]
fn what_is_not_known_cannot_be_asked_for() {
    fn is_refused(call: &impl Serialize) -> bool {
        serde_json::to_string(call).is_err()
    }
    let (conversation_id, user_id) = (ID.parse().unwrap(), ID.parse().unwrap());

    assert!(is_refused(&ChangeMember {
        conversation_id,
        user_id,
        role: MemberRole::Unknown,
    }));
    assert!(is_refused(&ChangeSettings {
        presence: None,
        last_seen: Some(Visibility::Unknown),
        read_marks: None,
        found_by_email: None,
        notify: None,
        notify_content: None,
    }));
}

#[test]
fn a_role_of_tomorrow_is_offered_what_every_member_may() {
    let may = |kind| {
        let rights = Right::ALL.iter();
        let rights = rights.filter(|right| MemberRole::Unknown.may(**right, kind));
        rights.copied().collect::<Vec<_>>()
    };

    assert_eq!(may(ConversationKind::Group), [Right::Send, Right::React]);
    assert_eq!(may(ConversationKind::Channel), [Right::React]);
    assert_eq!(may(ConversationKind::Unknown), [Right::Send, Right::React]);
}

#[test]
fn in_a_kind_of_tomorrow_nobody_is_offered_more_than_to_write_and_react() {
    let rights = Right::ALL.iter();
    let may = rights.filter(|right| MemberRole::Owner.may(**right, ConversationKind::Unknown));

    assert!(may.eq(&[Right::Send, Right::React]));
}
