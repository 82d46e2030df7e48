//! A program around a server can write down words that nobody can send: a server of this version keeps none of them.

use chat_core::{
    ChangeMember, ChangeSettings, Code, ConversationKind, CreateConversation, Endpoint, MemberRole,
    Notify, Title, UserId, UserRole, Username, Visibility,
};
use chat_server::{ChatServer, Config, Error, Host, NewUser};

async fn host() -> Host {
    let config = Config {
        database: "sqlite::memory:".to_owned(),
        ..Config::default()
    };
    let chat = ChatServer::builder().config(config).build().await;
    chat.expect("the server builds").host()
}

async fn made(host: &Host, name: &str, role: UserRole) -> Result<UserId, Error> {
    let new = NewUser {
        username: Username::parse(name).expect("a good name"),
        email: None,
        password: None,
        display_name: None,
        role,
    };
    Ok(host.create_user(new).await?.user.id)
}

async fn refused<E: Endpoint>(host: &Host, user: UserId, call: E) {
    let answer = host.call(user, call).await;
    let code = answer.err().map(|error| error.code());
    assert_eq!(code, Some(Code::Invalid));
}

fn room(kind: ConversationKind) -> CreateConversation {
    CreateConversation {
        kind,
        title: Title::parse("Climbing").ok(),
        description: None,
        message_ttl_s: None,
        member_ids: Vec::new(),
    }
}

fn settings(presence: Option<Visibility>, notify: Option<Notify>) -> ChangeSettings {
    ChangeSettings {
        presence,
        last_seen: None,
        read_marks: None,
        found_by_email: None,
        notify,
        notify_content: None,
    }
}

#[tokio::test]
async fn what_no_call_can_ask_for_a_program_cannot_either() {
    let host = host().await;
    let ann = made(&host, "ann", UserRole::User).await.expect("made");
    let group = host.call(ann, room(ConversationKind::Group)).await;
    let change = ChangeMember {
        conversation_id: group.expect("a group").conversation.id,
        user_id: ann,
        role: MemberRole::Unknown,
    };

    let nobody = made(&host, "ben", UserRole::Unknown).await;

    assert_eq!(nobody.err().map(|error| error.code()), Some(Code::Invalid));
    refused(&host, ann, room(ConversationKind::Unknown)).await;
    refused(&host, ann, change).await;
    refused(&host, ann, settings(Some(Visibility::Unknown), None)).await;
    refused(&host, ann, settings(None, Some(Notify::Unknown))).await;
}
