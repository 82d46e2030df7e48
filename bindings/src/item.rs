//! What is known, as records: copies of the moment, nothing to hold and nothing to give back.

use chat_core::{
    ConversationId, ConversationKind, ConversationState, Echo, EchoStatus, MemberRole, Message,
    State, UserId,
};

/// What a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ConversationType {
    /// Between two people.
    Direct,
    /// Among any number.
    Group,
}

/// What a member may do. Each role may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Role {
    /// Reads and writes.
    Member,
    /// Also looks after members and messages.
    Admin,
    /// Also gives roles and deletes the conversation.
    Owner,
}

/// How far a message is on its way.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum SendState {
    /// Stored.
    Sent,
    /// It waits or is being sent.
    Pending,
    /// Refused for good: it can be sent again, or dropped.
    Failed {
        /// Why, in a stable word.
        code: String,
        /// Why, in a sentence.
        detail: String,
    },
}

/// One row of the list of conversations.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ConversationItem {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: ConversationType,
    /// What a group is called; of a direct one, the name of the other.
    pub title: String,
    /// What it is about.
    pub description: Option<String>,
    /// How many are in it.
    pub member_count: u32,
    /// As what one is in it.
    pub role: Role,
    /// Messages of others that one has not read.
    pub unread_count: u32,
    /// One has read up to here.
    pub read_seq: u64,
    /// The newest message that is stored.
    pub last: Option<MessageItem>,
    /// Who writes at the moment, by username.
    pub typing: Vec<String>,
    /// When something last happened in it.
    pub updated_at_ms: i64,
    /// Whether there may be messages before the known ones.
    pub has_older: bool,
}

/// One row of a conversation.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct MessageItem {
    /// Stays the same from the moment it is sent: what a list is keyed by.
    pub key: String,
    /// The id of the send.
    pub client_id: String,
    /// Its id, once stored.
    pub message_id: Option<String>,
    /// Its place in the conversation, once stored.
    pub seq: Option<u64>,
    /// Who said it.
    pub sender_id: String,
    /// The name people see; empty for one's own that are not stored yet.
    pub sender_name: String,
    /// Whether one said it oneself.
    pub is_mine: bool,
    /// What was said, as it was written; empty once deleted.
    pub text: String,
    /// When it was stored; before that, when it was said.
    pub sent_at_ms: i64,
    /// When it was last changed.
    pub edited_at_ms: Option<i64>,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// How far it is.
    pub send_state: SendState,
}

/// All conversations, newest activity first.
pub(crate) fn conversations(state: &State) -> Vec<ConversationItem> {
    let known = state.conversations().into_iter();
    known.map(|known| conversation(known, state.me())).collect()
}

/// The known messages of a conversation, oldest first; what is on its way comes last.
pub(crate) fn messages(state: &State, id: ConversationId) -> Vec<MessageItem> {
    let me = state.me();
    let known = state.conversation(id).into_iter();
    let stored = known.flat_map(ConversationState::messages);
    let echoes = state.echoes(id).iter();
    stored
        .map(|stored| message(stored, me))
        .chain(echoes.map(|waiting| echo(waiting, me)))
        .collect()
}

fn conversation(known: &ConversationState, me: UserId) -> ConversationItem {
    let conversation = known.conversation();
    let other = conversation.members.iter().find(|m| m.user.id != me);
    let other = other.map(|member| member.user.display_name.clone());
    ConversationItem {
        id: conversation.id.to_string(),
        kind: match conversation.kind {
            ConversationKind::Direct => ConversationType::Direct,
            ConversationKind::Group => ConversationType::Group,
        },
        title: conversation.title.clone().or(other).unwrap_or_default(),
        description: conversation.description.clone(),
        member_count: conversation.member_count,
        role: match conversation.my.role {
            MemberRole::Member => Role::Member,
            MemberRole::Admin => Role::Admin,
            MemberRole::Owner => Role::Owner,
        },
        unread_count: conversation.my.unread_count,
        read_seq: conversation.my.read_seq.get(),
        last: conversation.last_message.as_ref().map(|m| message(m, me)),
        typing: known.typing().map(str::to_owned).collect(),
        updated_at_ms: conversation.updated_at.ms(),
        has_older: known.has_before(),
    }
}

fn message(message: &Message, me: UserId) -> MessageItem {
    MessageItem {
        key: key(message.sender.id, message.client_id.as_str()),
        client_id: message.client_id.to_string(),
        message_id: Some(message.id.to_string()),
        seq: Some(message.seq.get()),
        sender_id: message.sender.id.to_string(),
        sender_name: message.sender.display_name.clone(),
        is_mine: message.sender.id == me,
        text: message.content.clone(),
        sent_at_ms: message.created_at.ms(),
        edited_at_ms: message.edited_at.map(chat_core::Timestamp::ms),
        is_deleted: message.deleted_at.is_some(),
        send_state: SendState::Sent,
    }
}

fn echo(echo: &Echo, me: UserId) -> MessageItem {
    MessageItem {
        key: key(me, echo.client_id.as_str()),
        client_id: echo.client_id.to_string(),
        message_id: None,
        seq: None,
        sender_id: me.to_string(),
        sender_name: String::new(),
        is_mine: true,
        text: echo.content.clone(),
        sent_at_ms: echo.created_at.ms(),
        edited_at_ms: None,
        is_deleted: false,
        send_state: match &echo.status {
            EchoStatus::Pending => SendState::Pending,
            EchoStatus::Failed { code, detail } => SendState::Failed {
                code: code.as_str().to_owned(),
                detail: detail.clone(),
            },
        },
    }
}

/// Unique in a conversation, and the same before and after a message is stored.
fn key(sender: UserId, client_id: &str) -> String {
    format!("{sender}/{client_id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::{ClientId, Code, ConversationId, Timestamp};

    const ANN: &str = "01890a5d-ac96-774b-bcce-b302099a8001";
    const HALL: &str = "01890a5d-ac96-774b-bcce-b302099a8002";

    fn state() -> State {
        let synced = format!(
            r#"{{"inbox":{{"epoch":"0000000000000001","from":0,"to":0,"events":[]}},"conversations":[],"reset":[],
            "gone":[],"more":false,"server_time":"2026-11-21T09:30:00.000Z","new":[{{"id":"{HALL}","kind":"direct",
            "created_at":"2026-11-21T09:30:00.000Z","updated_at":"2026-11-21T09:30:00.000Z","epoch":"0000000000000002",
            "last_seq":3,"member_count":2,"my":{{"role":"owner","read_seq":1,"delivered_seq":1,"unread_count":2,
            "counted_seq":3}},"members":[{member}],"last_message":{{"id":"{HALL}","conversation_id":"{HALL}","seq":3,
            "client_id":"n1","sender":{user},"content":"hello","created_at":"1970-01-01T00:00:00.007Z"}}}}]}}"#,
            user = r#"{"id":"01890a5d-ac96-774b-bcce-b302099a8009","username":"bob","display_name":"Bob B."}"#,
            member = r#"{"user":{"id":"01890a5d-ac96-774b-bcce-b302099a8009","username":"bob","display_name":"Bob B."},
            "role":"owner","joined_at":"2026-11-21T09:30:00.000Z","read_seq":0,"delivered_seq":0}"#,
        );
        let mut state = State::new(ANN.parse().unwrap());
        state.apply_sync(serde_json::from_str(&synced).unwrap());
        state
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
}
