//! People with a client in their hands: two who chat, and waiting for what they must come to know. Nothing here sleeps, and
//! whoever waits in vain panics with what there was to see.

use super::TestServer;
use crate::{Client, Status};
use chat_core::{
    ConversationId, ConversationKind, CreateConversation, MessageBody, MessageKind, State, Title,
    UserId,
};
use std::time::Duration;

/// Whatever must happen happens within this time by the runtime's clock, or the test fails.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A picture of one pixel (a GIF), for what takes pictures.
pub const PICTURE: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// Runs a story of ann and ben, who are connected to a server of their own and have a group.
///
/// ```
/// use chat_client::test_kit::{between_two, knows, said};
/// use chat_core::MessageBody;
///
/// between_two(async |ann, ben, group| {
///     ann.conversation(group).send(MessageBody::parse("hello")?);
///     knows(&ben, "ben hears it", |state| (said(state, group) == ["hello"]).then_some(())).await;
///     Ok(())
/// });
/// ```
///
/// # Panics
/// When the story fails, or no server can be started here. Not from within a runtime.
pub fn between_two(
    story: impl AsyncFnOnce(Client, Client, ConversationId) -> Result<(), Box<dyn std::error::Error>>,
) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime can be made");
    runtime.block_on(async {
        let server = TestServer::start().await;
        let (ann, ben) = (server.client("ann").await, server.client("ben").await);
        let group = server.group(&[&ann, &ben]).await;
        online(&ann).await;
        online(&ben).await;
        if let Err(error) = story(ann, ben, group).await {
            panic!("the story ended with: {error}");
        }
    });
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

/// What people have said in a conversation, as far as it is known; not what the server notes there.
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
/// When it never is; `what` says what was wanted.
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
///
/// # Panics
/// When it does not get there.
pub async fn online(client: &Client) {
    client.start();
    status(client, |status| *status == Status::Online).await;
}
