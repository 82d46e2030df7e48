//! How each record and each enumeration becomes a value: every field by its name, a plain enumeration as its word, and a
//! case with fields as a map that begins with its `type`. Each is taken apart whole, so nothing new goes unnoticed.

use crate::value::Value;
use chat_bindings::*;

/// Something that becomes a value.
pub(crate) trait Wire {
    /// The words of all cases, of an enumeration.
    const CASES: &'static [&'static str] = &[];

    fn wire(&self) -> Value;
}

impl Wire for bool {
    fn wire(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Wire for String {
    fn wire(&self) -> Value {
        Value::Text(self.clone())
    }
}

macro_rules! whole {
    ($($number:ty)*) => { $(impl Wire for $number {
        fn wire(&self) -> Value {
            Value::Int((*self).try_into().expect("a sample is small"))
        }
    })* };
}
whole!(u16 u32 u64 i32 i64);

impl<T: Wire> Wire for Option<T> {
    fn wire(&self) -> Value {
        self.as_ref().map_or(Value::Null, Wire::wire)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn wire(&self) -> Value {
        Value::List(self.iter().map(Wire::wire).collect())
    }
}

/// Not one number each.
impl Wire for Vec<u8> {
    fn wire(&self) -> Value {
        Value::Bytes(self.clone())
    }
}

/// `sent_at_ms` and `SentAtMs` as `sentAtMs`.
fn camel(name: &str) -> String {
    let mut upper = false;
    let mut text = String::new();
    for letter in name.chars() {
        match letter {
            '_' => upper = true,
            _ if upper => {
                text.extend(letter.to_uppercase());
                upper = false;
            }
            _ if text.is_empty() => text.extend(letter.to_lowercase()),
            _ => text.push(letter),
        }
    }
    text
}

macro_rules! records {
    ($($name:ident { $($field:ident)* })*) => { $(impl Wire for $name {
        fn wire(&self) -> Value {
            let Self { $($field),* } = self;
            Value::Map(vec![$((camel(stringify!($field)), $field.wire())),*])
        }
    })* };
}

macro_rules! words {
    ($($name:ident { $($case:ident = $word:literal)* })*) => { $(impl Wire for $name {
        const CASES: &'static [&'static str] = &[$($word),*];

        fn wire(&self) -> Value {
            let case = match self { $(Self::$case => $word),* };
            Value::Text(case.to_owned())
        }
    })* };
}

macro_rules! cases {
    ($($name:ident { $($case:ident = $word:literal { $($field:ident)* })* })*) => { $(impl Wire for $name {
        const CASES: &'static [&'static str] = &[$($word),*];

        fn wire(&self) -> Value {
            match self { $(Self::$case { $($field),* } => Value::Map(vec![
                ("type".to_owned(), Value::Text($word.to_owned())),
                $((camel(stringify!($field)), $field.wire())),*
            ])),* }
        }
    })* };
}

records! {
    AttachmentItem { id file_name size mime_type width height duration_ms waveform blurhash has_thumbnail }
    ClientConfig { server_url store_path store_key device_name user_id }
    ConversationFilter { unread archived name }
    ConversationItem {
        id kind title description avatar_url message_ttl_s member_count members role can_send unread_count
        mention_count read_seq last draft last_queued failed_count typing presence updated_at_ms prefs
    }
    FieldProblem { field details }
    ForwardItem { sender_id sender_name sent_at_ms }
    MemberItem { user_id username display_name avatar_url role read_seq delivered_seq }
    MemberPageItem { items next_cursor }
    MessageItem {
        key conversation_id client_id message_id seq sender_id sender_name sender_avatar_url is_mine kind text
        reply_to reply_target forwarded_from attachments uploads mentions mentions_all names_me reactions
        sent_at_ms edited_at_ms pinned_at_ms expires_at_ms is_deleted send_state waiting failed metadata
    }
    OutgoingMessage { text reply_to uploads attachment_ids mentions is_voice metadata }
    PersonItem { user_id username display_name avatar_url is_bot }
    PersonPage { items next_cursor }
    PrefsChange { muted_until_ms is_pinned is_archived nickname }
    PrefsItem { muted_until_ms is_pinned is_archived nickname }
    PresenceItem { user_id status last_seen_at_ms }
    QueuedItem { key conversation_id created_at_ms action state }
    ReactionItem { emoji count user_ids }
    ReceiptItem { person is_delivered delivered_at_ms is_read read_at_ms }
    ReplyItem { message_id seq sender_id excerpt }
    SearchQuery { text conversation_id sender_id before_ms after_ms limit cursor }
    SearchResult { item highlights }
    SearchResultPage { items next_cursor }
    StoredMessage { message_id seq sent_at_ms }
    TimelineSettings { limit utc_offset_s }
    TransferProgress { done total }
    WakeUpResult { is_caught_up queued }
}

words! {
    ConversationType { Direct = "direct" Group = "group" Channel = "channel" Unknown = "unknown" }
    MessageType { Text = "text" Voice = "voice" System = "system" Unknown = "unknown" }
    PresenceStatus { Online = "online" Away = "away" Offline = "offline" Unknown = "unknown" }
    Role { Unknown = "unknown" Member = "member" Admin = "admin" Owner = "owner" }
    StopCause {
        SignedOut = "signedOut" AccountDisabled = "accountDisabled" UpgradeNeeded = "upgradeNeeded"
        ShutDown = "shutDown" Refused = "refused"
    }
    TokenCause { Initial = "initial" Refused = "refused" }
}

cases! {
    ChatError {
        Api = "api" { code detail retry status request_id fields }
        Network = "network" { code detail retry }
        SignedOut = "signedOut" { code detail retry }
        InvalidInput = "invalidInput" { code detail retry field }
        Store = "store" { code detail retry }
        ShutDown = "shutDown" { code detail retry }
        Internal = "internal" { code detail retry }
    }
    ConnectionState {
        Idle = "idle" {}
        WaitingForNetwork = "waitingForNetwork" {}
        Connecting = "connecting" { attempt }
        CatchingUp = "catchingUp" {}
        Online = "online" {}
        BackingOff = "backingOff" { retry_in_ms reason }
        Stopped = "stopped" { cause detail }
    }
    ConversationDiff {
        Reset = "reset" { items }
        Append = "append" { items }
        Insert = "insert" { index item }
        Set = "set" { index item }
        Remove = "remove" { index }
        Truncate = "truncate" { length }
    }
    MessageTarget {
        Stored = "stored" { message_id }
        Queued = "queued" { client_id }
    }
    QueuedAction {
        Send = "send" { text }
        Edit = "edit" { target text }
        Delete = "delete" { target }
        React = "react" { target emoji is_on }
        Upload = "upload" { path file_name }
    }
    Retry {
        Never = "never" {}
        Later = "later" { after_ms }
        AfterSignIn = "afterSignIn" {}
    }
    SendState {
        Queued = "queued" {}
        Sending = "sending" {}
        Sent = "sent" {}
        Failed = "failed" { code detail }
    }
    TimelineDiff {
        Reset = "reset" { items }
        Append = "append" { items }
        Insert = "insert" { index item }
        Set = "set" { index item }
        Remove = "remove" { index }
        Truncate = "truncate" { length }
    }
    TimelineItem {
        Start = "start" { key }
        Date = "date" { key day_ms }
        Unread = "unread" { key }
        Gap = "gap" { key after through }
        Message = "message" { item }
    }
}
