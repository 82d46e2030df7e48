//! A value of each kind and of each case: one with everything there is, and one with nothing that may be absent.

mod known;
mod said;

use crate::{
    shape::Wire,
    value::{Value, hex},
};
use chat_bindings::*;
use known::*;
use said::*;

const ANN: &str = "01890a5d-ac96-774b-bcce-b302099a8001";
const BOB: &str = "01890a5d-ac96-774b-bcce-b302099a8002";
const HALL: &str = "01890a5d-ac96-774b-bcce-b302099a8003";
const SAID: &str = "01890a5d-ac96-774b-bcce-b302099a8004";
const FILE: &str = "01890a5d-ac96-774b-bcce-b302099a8005";
/// Needs more than 32 bits, as every moment does.
const NOON: i64 = 1_795_253_400_000;

/// The golden file of one kind.
pub(crate) struct File {
    pub(crate) name: &'static str,
    pub(crate) cases: &'static [&'static str],
    pub(crate) samples: Vec<Value>,
}

impl File {
    /// What stands in it.
    pub(crate) fn text(&self) -> String {
        let sample = |value: &Value| {
            let mut bytes = Vec::new();
            value.write(&mut bytes);
            let bytes = Value::Text(hex(&bytes));
            Value::Map(vec![
                ("value".into(), value.clone()),
                ("bytes".into(), bytes),
            ])
        };
        let mut text = String::new();
        Value::Map(vec![
            ("type".into(), Value::Text(self.name.into())),
            (
                "samples".into(),
                Value::List(self.samples.iter().map(sample).collect()),
            ),
        ])
        .json(0, &mut text);
        text + "\n"
    }
}

macro_rules! files {
    ($($name:ident: $samples:expr;)*) => {
        /// All of them.
        pub(crate) fn all() -> Vec<File> {
            vec![$({
                let samples: Vec<$name> = $samples.into();
                File {
                    name: stringify!($name),
                    cases: $name::CASES,
                    samples: samples.iter().map(Wire::wire).collect(),
                }
            }),*]
        }
    };
}

files! {
    AttachmentItem: [attachment(), bare_attachment()];
    ChatError: errors();
    ClientConfig: configs();
    ConnectionState: connections();
    ConversationDiff: conversation_steps();
    ConversationFilter: [
        ConversationFilter { unread: true, archived: true, name: Some("ha".into()) },
        ConversationFilter::default(),
    ];
    ConversationItem: [conversation(), bare_conversation()];
    ConversationType: [ConversationType::Direct, ConversationType::Group, ConversationType::Channel, ConversationType::Unknown];
    FieldProblem: [problem(), FieldProblem { field: String::new(), details: vec![] }];
    ForwardItem: [forward()];
    MemberItem: [member(), bare_member()];
    MemberPageItem: [
        MemberPageItem { items: vec![member(), bare_member()], next_cursor: Some("next".into()) },
        MemberPageItem { items: vec![], next_cursor: None },
    ];
    MessageItem: [message(), bare_message()];
    MessageTarget: [stored(), queued()];
    MessageType: [MessageType::Text, MessageType::Voice, MessageType::System, MessageType::Unknown];
    OutgoingMessage: [outgoing(), OutgoingMessage::default()];
    PersonItem: [person(), bare_person()];
    PersonPage: [
        PersonPage { items: vec![person(), bare_person()], next_cursor: Some("next".into()) },
        PersonPage { items: vec![], next_cursor: None },
    ];
    PrefsChange: [
        PrefsChange {
            muted_until_ms: Some(NOON),
            is_pinned: Some(true),
            is_archived: Some(false),
            nickname: Some("the hall".into()),
        },
        PrefsChange::default(),
    ];
    PrefsItem: [prefs(), bare_prefs()];
    PresenceItem: [
        PresenceItem { user_id: ANN.into(), status: PresenceStatus::Offline, last_seen_at_ms: Some(NOON) },
        PresenceItem { user_id: BOB.into(), status: PresenceStatus::Online, last_seen_at_ms: None },
    ];
    PresenceStatus: [PresenceStatus::Online, PresenceStatus::Away, PresenceStatus::Offline, PresenceStatus::Unknown];
    QueuedAction: actions();
    QueuedItem: actions().into_iter().map(waiting).collect::<Vec<_>>();
    ReactionItem: [reaction()];
    ReceiptItem: [
        ReceiptItem {
            person: person(),
            is_delivered: true,
            delivered_at_ms: Some(NOON),
            is_read: true,
            read_at_ms: Some(NOON + 1),
        },
        ReceiptItem {
            person: bare_person(),
            is_delivered: false,
            delivered_at_ms: None,
            is_read: false,
            read_at_ms: None,
        },
    ];
    ReplyItem: [reply()];
    Retry: [Retry::Never, Retry::Later { after_ms: Some(900) }, Retry::Later { after_ms: None }, Retry::AfterSignIn];
    Role: [Role::Unknown, Role::Member, Role::Admin, Role::Owner];
    SearchQuery: [
        SearchQuery {
            text: Some("tea".into()),
            conversation_id: Some(HALL.into()),
            sender_id: Some(ANN.into()),
            before_ms: Some(NOON),
            after_ms: Some(-1),
            limit: 20,
            cursor: Some("next".into()),
        },
        SearchQuery { limit: 50, ..SearchQuery::default() },
    ];
    SearchResult: [found()];
    SearchResultPage: [
        SearchResultPage { items: vec![found()], next_cursor: Some("next".into()) },
        SearchResultPage { items: vec![], next_cursor: None },
    ];
    SendState: [SendState::Queued, SendState::Sending, SendState::Sent, refused()];
    StopCause: [
        StopCause::SignedOut,
        StopCause::AccountDisabled,
        StopCause::UpgradeNeeded,
        StopCause::ShutDown,
        StopCause::Refused,
    ];
    StoredMessage: [StoredMessage { message_id: SAID.into(), seq: 7, sent_at_ms: NOON }];
    TimelineDiff: timeline_steps();
    TimelineItem: rows();
    TimelineSettings: [TimelineSettings { limit: 20, utc_offset_s: -3600 }];
    TokenCause: [TokenCause::Initial, TokenCause::Refused];
    TransferProgress: [
        TransferProgress { done: 65_536, total: Some(5_000_000_000) },
        TransferProgress { done: 0, total: None },
    ];
    WakeUpResult: [
        WakeUpResult { is_caught_up: true, queued: 0 },
        WakeUpResult { is_caught_up: false, queued: 3 },
    ];
}
