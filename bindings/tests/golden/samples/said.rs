//! Messages and what belongs to them.

use super::*;

pub(crate) fn attachment() -> AttachmentItem {
    AttachmentItem {
        id: FILE.into(),
        file_name: "höhe.png".into(),
        size: 5_000_000_000,
        mime_type: "image/png".into(),
        width: Some(640),
        height: Some(480),
        duration_ms: Some(1500),
        waveform: vec![0, 127, 128, 255],
        blurhash: Some("LEHV6n".into()),
        has_thumbnail: true,
    }
}

pub(crate) fn bare_attachment() -> AttachmentItem {
    AttachmentItem {
        id: FILE.into(),
        file_name: "a".into(),
        size: 1,
        mime_type: "text/plain".into(),
        width: None,
        height: None,
        duration_ms: None,
        waveform: vec![],
        blurhash: None,
        has_thumbnail: false,
    }
}

pub(crate) fn forward() -> ForwardItem {
    ForwardItem {
        sender_id: BOB.into(),
        sender_name: "Bob B.".into(),
        sent_at_ms: NOON,
    }
}

pub(crate) fn message() -> MessageItem {
    MessageItem {
        key: format!("{BOB}/n1"),
        conversation_id: HALL.into(),
        client_id: "n1".into(),
        message_id: Some(SAID.into()),
        seq: Some(7),
        sender_id: BOB.into(),
        sender_name: "Bob B.".into(),
        sender_avatar_url: Some("avatars/2".into()),
        is_mine: false,
        kind: MessageType::Voice,
        text: "tea ☕ at five, and more than a byte counts: ".repeat(6),
        reply_to: Some(reply()),
        reply_target: Some(queued()),
        forwarded_from: Some(forward()),
        attachments: vec![attachment(), bare_attachment()],
        uploads: vec!["u1".into()],
        mentions: vec![ANN.into()],
        mentions_all: true,
        names_me: true,
        reactions: vec![reaction()],
        sent_at_ms: NOON,
        edited_at_ms: Some(NOON + 1),
        pinned_at_ms: Some(NOON + 2),
        expires_at_ms: Some(NOON + 3),
        is_deleted: false,
        send_state: SendState::Sent,
        waiting: vec!["w1".into()],
        failed: vec!["f1".into(), "f2".into()],
        metadata: Some("{\"kind\":\"order\"}".into()),
    }
}

pub(crate) fn bare_message() -> MessageItem {
    MessageItem {
        key: format!("{ANN}/n2"),
        conversation_id: HALL.into(),
        client_id: "n2".into(),
        message_id: None,
        seq: None,
        sender_id: ANN.into(),
        sender_name: String::new(),
        sender_avatar_url: None,
        is_mine: true,
        kind: MessageType::Text,
        text: "hello".into(),
        reply_to: None,
        reply_target: None,
        forwarded_from: None,
        attachments: vec![],
        uploads: vec![],
        mentions: vec![],
        mentions_all: false,
        names_me: false,
        reactions: vec![],
        sent_at_ms: NOON,
        edited_at_ms: None,
        pinned_at_ms: None,
        expires_at_ms: None,
        is_deleted: true,
        send_state: refused(),
        waiting: vec![],
        failed: vec![],
        metadata: None,
    }
}

pub(crate) fn stored() -> MessageTarget {
    MessageTarget::Stored {
        message_id: SAID.into(),
    }
}

pub(crate) fn queued() -> MessageTarget {
    MessageTarget::Queued {
        client_id: "n2".into(),
    }
}

pub(crate) fn outgoing() -> OutgoingMessage {
    OutgoingMessage {
        text: Some("hello".into()),
        reply_to: Some(stored()),
        uploads: vec!["u1".into()],
        attachment_ids: vec![FILE.into()],
        mentions: vec![BOB.into()],
        is_voice: true,
        metadata: Some("{}".into()),
    }
}

pub(crate) fn actions() -> Vec<QueuedAction> {
    vec![
        QueuedAction::Send {
            text: "hello".into(),
        },
        QueuedAction::Edit {
            target: stored(),
            text: "hello!".into(),
        },
        QueuedAction::Delete { target: queued() },
        QueuedAction::React {
            target: stored(),
            emoji: "👍".into(),
            is_on: true,
        },
        QueuedAction::Upload {
            path: "/data/a.png".into(),
            file_name: "a.png".into(),
        },
    ]
}

pub(crate) fn waiting(action: QueuedAction) -> QueuedItem {
    QueuedItem {
        key: "n2".into(),
        conversation_id: HALL.into(),
        created_at_ms: NOON,
        action,
        state: SendState::Sending,
    }
}

pub(crate) fn reaction() -> ReactionItem {
    ReactionItem {
        emoji: "👍".into(),
        count: 2,
        user_ids: vec![ANN.into(), BOB.into()],
    }
}

pub(crate) fn reply() -> ReplyItem {
    ReplyItem {
        message_id: SAID.into(),
        seq: 3,
        sender_id: ANN.into(),
        excerpt: "tea?".into(),
    }
}

pub(crate) fn found() -> SearchResult {
    SearchResult {
        item: message(),
        highlights: vec![0, 3],
    }
}

pub(crate) fn refused() -> SendState {
    SendState::Failed {
        code: "forbidden".into(),
        detail: "not a member any more".into(),
    }
}

pub(crate) fn rows() -> Vec<TimelineItem> {
    vec![
        TimelineItem::Start {
            key: "start".into(),
        },
        TimelineItem::Date {
            key: "date/1".into(),
            day_ms: NOON,
        },
        TimelineItem::Unread {
            key: "unread".into(),
        },
        TimelineItem::Gap {
            key: "gap/4".into(),
            after: 4,
            through: 70_000,
        },
        TimelineItem::Message { item: message() },
    ]
}

pub(crate) fn timeline_steps() -> Vec<TimelineDiff> {
    let row = || TimelineItem::Message {
        item: bare_message(),
    };
    vec![
        TimelineDiff::Reset { items: rows() },
        TimelineDiff::Append { items: vec![row()] },
        TimelineDiff::Insert {
            index: 1,
            item: row(),
        },
        TimelineDiff::Set {
            index: 0,
            item: row(),
        },
        TimelineDiff::Remove { index: 300 },
        TimelineDiff::Truncate { length: 0 },
    ]
}
