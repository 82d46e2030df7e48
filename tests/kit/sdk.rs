//! People with the SDK in their hands.

use crate::DEADLINE;
use chat_client::{Client, Status};
use chat_core::{
    ConversationId, ConversationKind, CreateConversation, Email, MessageBody, MessageKind,
    NewPassword, Register, State, Title, UserId, Username,
};
use url::Url;

/// The password of everybody who registers here.
pub const PASSWORD: &str = "correct horse battery";

/// A client of a server, signed in as nobody.
///
/// # Panics
/// When the address is none.
pub fn client(server: &str) -> Client {
    let url: Url = server.parse().expect("an address");
    Client::builder(url)
        .device_name("kit")
        .build()
        .expect("a plain client builds")
}

/// A client of somebody new.
///
/// # Panics
/// When the name is taken.
pub async fn registered(server: &str, name: &str) -> Client {
    let client = client(server);
    let register = Register {
        username: Username::parse(name).expect("a good username"),
        email: Email::parse(format!("{name}@example.org")).expect("a good address"),
        password: NewPassword::try_from(PASSWORD.to_owned()).expect("a good password"),
        display_name: None,
        device_name: None,
    };
    client.register(register).await.expect("the name is free");
    client
}

/// Opens a group.
///
/// # Panics
/// When the server refuses.
pub async fn group(owner: &Client, others: &[UserId]) -> ConversationId {
    let create = CreateConversation {
        kind: ConversationKind::Group,
        title: Title::parse("The group").ok(),
        description: None,
        message_ttl_s: None,
        member_ids: others.to_vec(),
    };
    owner.call(create).await.expect("a group").conversation.id
}

/// Text as a message.
///
/// # Panics
/// When it can be none.
pub fn body(text: &str) -> MessageBody {
    MessageBody::parse(text).expect("a message")
}

/// What people have said in a conversation, as far as it is known.
pub fn said(state: &State, id: ConversationId) -> Vec<String> {
    let messages = state
        .conversation(id)
        .into_iter()
        .flat_map(|known| known.messages());
    messages
        .filter(|message| message.kind != MessageKind::System)
        .map(|message| message.content.clone())
        .collect()
}

/// Waits until the state is as wanted.
///
/// # Panics
/// When it never is.
pub async fn knows<T>(client: &Client, what: &str, look: impl Fn(&State) -> Option<T>) -> T {
    let mut updates = client.updates();
    let found = async {
        loop {
            if let Some(found) = client.read(&look) {
                return Some(found);
            }
            updates.next().await?;
        }
    };
    match tokio::time::timeout(DEADLINE, found).await {
        Ok(Some(found)) => found,
        _ => panic!(
            "{what}: did not happen; {:?}; {:#?}",
            client.status().borrow(),
            client.read(State::clone)
        ),
    }
}

/// Waits for a status.
///
/// # Panics
/// When it never comes.
pub async fn status(client: &Client, wanted: impl Fn(&Status) -> bool) -> Status {
    let mut status = client.status();
    let found = tokio::time::timeout(DEADLINE, status.wait_for(wanted)).await;
    match found {
        Ok(Ok(found)) => found.clone(),
        _ => panic!("the status stays {:?}", client.status().borrow()),
    }
}

/// Starts a client, and waits until everything is there.
pub async fn online(client: &Client) {
    client.start();
    status(client, |status| *status == Status::Online).await;
}
