//! Conversations, people, and how the client is doing.

use super::*;

pub(crate) fn errors() -> Vec<ChatError> {
    let (code, detail) = (|| "unavailable".to_owned(), || "try again".to_owned());
    let retry = Retry::Later { after_ms: None };
    vec![
        ChatError::Api {
            code: "rate_limited".into(),
            detail: "slowly".into(),
            retry: Retry::Later {
                after_ms: Some(900),
            },
            status: 429,
            request_id: Some(SAID.into()),
            fields: vec![problem()],
        },
        ChatError::Api {
            code: "forbidden".into(),
            detail: "not yours".into(),
            retry: Retry::Never,
            status: 403,
            request_id: None,
            fields: vec![],
        },
        ChatError::Network {
            code: code(),
            detail: detail(),
            retry,
        },
        ChatError::SignedOut {
            code: "unauthenticated".into(),
            detail: "sign in again".into(),
            retry: Retry::AfterSignIn,
        },
        ChatError::InvalidInput {
            code: "invalid".into(),
            detail: "seq must be a place".into(),
            retry: Retry::Never,
            field: "seq".into(),
        },
        ChatError::Store {
            code: "wrong_key".into(),
            detail: detail(),
            retry: Retry::Never,
        },
        ChatError::ShutDown {
            code: "shut_down".into(),
            detail: detail(),
            retry: Retry::Never,
        },
        ChatError::Internal {
            code: "internal".into(),
            detail: detail(),
            retry: Retry::Never,
        },
    ]
}

pub(crate) fn configs() -> Vec<ClientConfig> {
    vec![
        ClientConfig {
            server_url: "https://chat.example.org".into(),
            store_path: Some("/data/chat.db".into()),
            store_key: Some((0..32).collect()),
            device_name: Some("a phone".into()),
            user_id: Some(ANN.into()),
        },
        ClientConfig {
            server_url: "https://chat.example.org/of/ours".into(),
            store_path: None,
            store_key: None,
            device_name: None,
            user_id: None,
        },
    ]
}

pub(crate) fn connections() -> Vec<ConnectionState> {
    vec![
        ConnectionState::Idle,
        ConnectionState::WaitingForNetwork,
        ConnectionState::Connecting { attempt: 2 },
        ConnectionState::CatchingUp,
        ConnectionState::Online,
        ConnectionState::BackingOff {
            retry_in_ms: 1500,
            reason: "no route".into(),
        },
        ConnectionState::Stopped {
            cause: StopCause::SignedOut,
            detail: "signed out: sign in again".into(),
        },
    ]
}

pub(crate) fn conversation() -> ConversationItem {
    ConversationItem {
        id: HALL.into(),
        kind: ConversationType::Group,
        title: "hall".into(),
        description: Some("for all".into()),
        avatar_url: Some("avatars/1".into()),
        message_ttl_s: Some(3600),
        member_count: 2,
        members: vec![member(), bare_member()],
        role: Role::Admin,
        can_send: true,
        unread_count: 3,
        mention_count: 1,
        read_seq: 4,
        last: Some(message()),
        draft: Some("I th".into()),
        last_queued: Some("on its way".into()),
        failed_count: 1,
        typing: vec!["bob".into()],
        presence: Some(PresenceItem {
            user_id: BOB.into(),
            status: PresenceStatus::Away,
            last_seen_at_ms: Some(NOON),
        }),
        updated_at_ms: NOON,
        prefs: prefs(),
    }
}

pub(crate) fn bare_conversation() -> ConversationItem {
    ConversationItem {
        id: HALL.into(),
        kind: ConversationType::Direct,
        title: String::new(),
        description: None,
        avatar_url: None,
        message_ttl_s: None,
        member_count: 1,
        members: vec![],
        role: Role::Owner,
        can_send: false,
        unread_count: 0,
        mention_count: 0,
        read_seq: 0,
        last: None,
        draft: None,
        last_queued: None,
        failed_count: 0,
        typing: vec![],
        presence: None,
        updated_at_ms: 0,
        prefs: bare_prefs(),
    }
}

pub(crate) fn conversation_steps() -> Vec<ConversationDiff> {
    vec![
        ConversationDiff::Reset {
            items: vec![conversation(), bare_conversation()],
        },
        ConversationDiff::Append {
            items: vec![bare_conversation()],
        },
        ConversationDiff::Insert {
            index: 1,
            item: bare_conversation(),
        },
        ConversationDiff::Set {
            index: 0,
            item: bare_conversation(),
        },
        ConversationDiff::Remove { index: 300 },
        ConversationDiff::Truncate { length: 0 },
    ]
}

pub(crate) fn problem() -> FieldProblem {
    FieldProblem {
        field: "title".into(),
        details: vec!["must not be empty".into(), "must be one line".into()],
    }
}

pub(crate) fn member() -> MemberItem {
    MemberItem {
        user_id: BOB.into(),
        username: "bob".into(),
        display_name: "Bob B.".into(),
        avatar_url: Some("avatars/2".into()),
        role: Role::Owner,
        read_seq: 6,
        delivered_seq: 7,
    }
}

pub(crate) fn bare_member() -> MemberItem {
    MemberItem {
        user_id: ANN.into(),
        username: "ann".into(),
        display_name: "Ann".into(),
        avatar_url: None,
        role: Role::Member,
        read_seq: 0,
        delivered_seq: 0,
    }
}

pub(crate) fn person() -> PersonItem {
    PersonItem {
        user_id: BOB.into(),
        username: "bob".into(),
        display_name: "Bob B.".into(),
        avatar_url: Some("avatars/2".into()),
        is_bot: true,
    }
}

pub(crate) fn bare_person() -> PersonItem {
    PersonItem {
        user_id: ANN.into(),
        username: "ann".into(),
        display_name: "Ann".into(),
        avatar_url: None,
        is_bot: false,
    }
}

pub(crate) fn prefs() -> PrefsItem {
    PrefsItem {
        muted_until_ms: Some(NOON),
        is_pinned: true,
        is_archived: true,
        nickname: Some("the hall".into()),
    }
}

pub(crate) fn bare_prefs() -> PrefsItem {
    PrefsItem {
        muted_until_ms: None,
        is_pinned: false,
        is_archived: false,
        nickname: None,
    }
}
