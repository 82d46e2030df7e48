//! People, messages and conversations to test with.

use chat_core::*;
use uuid::Uuid;

pub(crate) const ME: u128 = 1;
pub(crate) const BO: u128 = 2;
pub(crate) const CY: u128 = 3;

/// 21 November 2026, 09:30 UTC.
pub(super) const NOON: i64 = 1_795_253_400_000;

pub(crate) fn room(n: u128) -> ConversationId {
    ConversationId::new(Uuid::from_u128((1 << 100) + n))
}

pub(crate) fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

pub(crate) fn message_id(place: u64) -> MessageId {
    MessageId::new(Uuid::from_u128(u128::from(place) + (7 << 100)))
}

pub(crate) fn user(n: u128) -> User {
    let name = match n {
        ME => "ana",
        BO => "bo",
        CY => "cy",
        _ => "somebody",
    };
    User::new(UserId::new(Uuid::from_u128(n)), name, name)
}

fn member(n: u128) -> Member {
    Member {
        user: user(n),
        role: MemberRole::Member,
        joined_at: Timestamp::from_ms(0),
        read_seq: Seq::ZERO,
        delivered_seq: Seq::ZERO,
    }
}

pub(crate) fn message(here: ConversationId, place: u64, by: u128, text: &str) -> Message {
    Message {
        id: message_id(place),
        conversation_id: here,
        seq: seq(place),
        client_id: ClientId::try_from(format!("c{place}")).unwrap(),
        sender: user(by),
        kind: MessageKind::Text,
        content: text.to_owned(),
        extras: Extras::default(),
        created_at: at(place),
        expires_at: None,
        edited_at: None,
        pinned_at: None,
        deleted_at: None,
        deleted_by: None,
    }
}

/// Every message a minute after the one before.
pub(crate) fn at(place: u64) -> Timestamp {
    Timestamp::from_ms(NOON - 3_600_000).plus_ms(i64::try_from(place).unwrap() * 60_000)
}

/// A conversation of the given people, in which `said` was said, of which the last `unread` are unread.
pub(crate) fn conversation(
    n: u128,
    title: Option<&str>,
    people: &[u128],
    said: &[(u128, &str)],
    unread: u32,
) -> Conversation {
    let here = room(n);
    let last = said.len() as u64;
    Conversation {
        id: here,
        kind: match title {
            Some(_) => ConversationKind::Group,
            None => ConversationKind::Direct,
        },
        title: title.map(str::to_owned),
        description: None,
        avatar_url: None,
        message_ttl_s: None,
        created_at: Timestamp::from_ms(0),
        updated_at: at(last).plus_ms(-i64::try_from(n).unwrap()),
        epoch: Epoch::new(7),
        last_seq: seq(last),
        last_message: said.last().map(|(by, text)| message(here, last, *by, text)),
        members: people.iter().map(|n| member(*n)).collect(),
        member_count: people.len() as u32,
        my: My {
            role: MemberRole::Member,
            read_seq: seq(last - u64::from(unread)),
            delivered_seq: seq(last),
            unread_count: unread,
            mention_count: 0,
            counted_seq: seq(last),
            prefs: Prefs::default(),
        },
    }
}

/// A stored file.
pub(crate) fn file(name: &str, size: u64) -> Attachment {
    Attachment {
        id: AttachmentId::new(Uuid::from_u128(9)),
        file_name: name.to_owned(),
        size,
        mime_type: "application/pdf".to_owned(),
        width: None,
        height: None,
        duration_ms: None,
        waveform: Vec::new(),
        blurhash: None,
        has_thumbnail: false,
    }
}
