//! People, messages and a conversation to lay.

use chat_core::*;
use uuid::Uuid;

pub(super) fn seq(n: u64) -> Seq {
    Seq::try_from(n).unwrap()
}

pub(super) fn here() -> ConversationId {
    ConversationId::new(Uuid::from_u128(77))
}

pub(super) fn person(n: u128, times: usize) -> User {
    let name = format!("user{n} {times}");
    User::new(UserId::new(Uuid::from_u128(n)), format!("user{n}"), name)
}

pub(super) fn member(n: u128, times: usize) -> Member {
    Member {
        user: person(n, times),
        role: MemberRole::Member,
        joined_at: Timestamp::from_ms(0),
        read_seq: Seq::ZERO,
        delivered_seq: Seq::ZERO,
    }
}

pub(super) fn id(place: u64) -> MessageId {
    MessageId::new(Uuid::from_u128(place.into()))
}

/// Five a day. Some have a file and no words: whoever answers that sees what the file is called.
pub(super) fn message(place: u64, by: User, answered: Option<&Message>) -> Message {
    let file = Attachment {
        id: AttachmentId::new(Uuid::nil()),
        file_name: format!("{place}.pdf"),
        size: 1,
        mime_type: "application/pdf".to_owned(),
        width: None,
        height: None,
        duration_ms: None,
        waveform: Vec::new(),
        blurhash: None,
        has_thumbnail: false,
    };
    let is_file = place.is_multiple_of(3);
    let reply_to = answered.map(|answered| ReplyTo {
        id: answered.id,
        seq: answered.seq,
        sender_id: answered.sender.id,
        excerpt: answered.content.clone(),
    });
    Message {
        id: id(place),
        conversation_id: here(),
        seq: seq(place),
        client_id: ClientId::try_from(format!("c{place}")).unwrap(),
        sender: by,
        kind: MessageKind::Text,
        content: if is_file {
            String::new()
        } else {
            format!("message {place}")
        },
        extras: Extras {
            reply_to,
            attachments: is_file.then_some(file).into_iter().collect(),
            mentions_all: place.is_multiple_of(7),
            ..Extras::default()
        },
        created_at: Timestamp::from_ms(i64::try_from(place).unwrap() * 5 * 3_600_000),
        expires_at: None,
        edited_at: None,
        pinned_at: None,
        deleted_at: None,
        deleted_by: None,
    }
}

pub(super) fn conversation(last: Message) -> Conversation {
    Conversation {
        id: here(),
        kind: ConversationKind::Group,
        title: None,
        description: None,
        avatar_url: None,
        message_ttl_s: None,
        created_at: Timestamp::from_ms(0),
        updated_at: Timestamp::from_ms(0),
        epoch: Epoch::new(1),
        last_seq: last.seq,
        last_message: Some(last),
        members: (1..4).map(|n| member(n, 0)).collect(),
        member_count: 3,
        my: My {
            role: MemberRole::Member,
            read_seq: Seq::ZERO,
            delivered_seq: Seq::ZERO,
            unread_count: 0,
            mention_count: 0,
            counted_seq: Seq::ZERO,
            prefs: Prefs::default(),
        },
    }
}
