//! Two releases beside each other: a server that says words nobody here knows, wherever it has one to say, and one that says
//! nothing that need not be said. What the SDK itself makes of single words is in its own tests.

use super::url;
use chat_client::{Client, NetTransport, SavedSession, SqliteStore, Ticket, Transport};
use chat_core::{
    Ack, ChangeSettings, Conversation, ConversationId, ConversationKind, CreateToken, DisplayName,
    Emoji, LeaveConversation, ListSessions, MemberRole, MessageKind, Notify, Prefs, PresenceState,
    Secret, ShowSettings, TokenScope, UserId, UserRole, Visibility,
};
use chat_tests::{
    Server,
    relay::{Relay, newer, older},
    sdk,
};
use std::path::Path;

/// Another device of ann's, to whom whatever her server says comes by this way.
async fn device(server: &Server, way: impl Transport) -> Client {
    let builder = Client::builder(url(server).parse().expect("an address"));
    let device = builder.transport(way).build().expect("a client builds");
    let password = Secret::new(sdk::PASSWORD);
    device.login("ann", password).await.expect("ann signs in");
    device
}

/// A device of ann's on such a way, ben on the plain one, and a group of theirs where ben said hello.
async fn ann_and_ben(server: &Server, way: impl Transport) -> (Client, Client, ConversationId) {
    let plain = sdk::registered(&url(server), "ann").await;
    let ben = sdk::registered(&url(server), "ben").await;
    let group = sdk::group(&ben, &[plain.me().expect("signed in")]).await;
    sdk::online(&ben).await;
    let hello = ben.conversation(group).send(sdk::body("hello"));
    hello.stored().await.expect("stored");
    let ann = device(server, way).await;
    sdk::online(&ann).await;
    (ann, ben, group)
}

/// Says something and knows that it is stored.
async fn say(client: &Client, group: ConversationId, text: &str) -> Ack {
    let said = client.conversation(group).send(sdk::body(text));
    said.stored().await.expect("stored")
}

/// Waits until somebody knows what was said last.
async fn hears(client: &Client, group: ConversationId, last: &str) {
    sdk::knows(client, last, |state| {
        let said = state.conversation(group)?.messages().next_back()?;
        (said.content == last).then_some(())
    })
    .await;
}

fn known(client: &Client, group: ConversationId) -> Conversation {
    let known = client.read(|state| Some(state.conversation(group)?.conversation().clone()));
    known.expect("it is known")
}

fn id(client: &Client) -> UserId {
    client.me().expect("signed in")
}

fn settings(presence: Option<Visibility>, read_marks: Option<bool>) -> ChangeSettings {
    ChangeSettings {
        presence,
        last_seen: None,
        read_marks,
        found_by_email: None,
        notify: None,
        notify_content: None,
    }
}

#[tokio::test]
async fn a_conversation_in_words_that_nobody_knows_is_shown_with_the_rest_of_it() {
    let server = Server::start().await;
    let (ann, _, group) = ann_and_ben(&server, Relay::new(newer)).await;

    let known = known(&ann, group);

    assert_eq!(known.kind, ConversationKind::Unknown);
    assert_eq!(known.my.role, MemberRole::Unknown);
    assert!(known.members.iter().all(|m| m.role == MemberRole::Unknown));
    assert_eq!(known.title.as_deref(), Some("The group"));
    assert_eq!(known.my.unread_count, 1);
    let last = known.last_message.expect("ben said something");
    assert_eq!(
        (last.kind, &last.content[..]),
        (MessageKind::Unknown, "hello")
    );
}

#[tokio::test]
async fn an_account_and_a_presence_in_words_that_nobody_knows_are_told_as_such() {
    let server = Server::start().await;
    let (ann, ben, _) = ann_and_ben(&server, Relay::new(newer)).await;

    let me = ann.read(|state| state.account().cloned());
    ann.watch_presence(vec![id(&ben)]);

    let me = me.expect("it was told");
    assert_eq!(me.role, UserRole::Unknown);
    assert_eq!(me.settings.presence, Visibility::Unknown);
    assert_eq!(me.settings.notify, Notify::Unknown);
    sdk::knows(&ann, "ben is somewhere", |state| {
        (state.presence(id(&ben))?.state == PresenceState::Unknown).then_some(())
    })
    .await;
}

async fn done(ticket: Ticket) {
    ticket.done().await.expect("the server does it");
}

#[tokio::test]
async fn with_words_that_nobody_knows_one_writes_reacts_edits_and_hears() {
    let server = Server::start().await;
    let (ann, ben, group) = ann_and_ben(&server, Relay::new(newer)).await;
    let here = ann.conversation(group);

    let hi = say(&ann, group, "hi").await.message_id;
    hears(&ben, group, "hi").await;
    done(here.react(hi, Emoji::parse("❤️").expect("an emoji"))).await;
    done(here.edit(hi, sdk::body("hi, ben"))).await;
    hears(&ben, group, "hi, ben").await;
    say(&ben, group, "welcome").await;

    hears(&ann, group, "welcome").await;
    let reactions = ann.read(|state| {
        let hi = state.conversation(group)?.message(hi)?;
        Some(hi.extras.reactions.len())
    });
    assert_eq!(reactions, Some(1));
}

#[tokio::test]
async fn what_nobody_knows_the_kind_of_can_be_left() {
    let server = Server::start().await;
    let (ann, ben, group) = ann_and_ben(&server, Relay::new(newer)).await;

    let leave = LeaveConversation {
        conversation_id: group,
    };
    ann.call(leave).await.expect("whoever is in it may leave");

    sdk::knows(&ann, "it is gone", |state| {
        state.conversation(group).is_none().then_some(())
    })
    .await;
    sdk::knows(&ben, "ann has gone", |state| {
        (state.conversation(group)?.conversation().member_count == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_setting_that_nobody_knows_stays_when_another_is_changed() {
    let server = Server::start().await;
    let (ann, _, _) = ann_and_ben(&server, Relay::new(newer)).await;

    let told = ann.call(settings(None, Some(false))).await.expect("told");
    let refused = ann.call(settings(Some(told.presence), None)).await;

    assert_eq!(told.presence, Visibility::Unknown);
    assert!(refused.is_err(), "what is not known cannot be set");
    let plain = NetTransport::new().expect("a network");
    let kept = device(&server, plain).await.call(ShowSettings {}).await;
    let kept = kept.expect("they are there");
    assert_eq!(kept.presence, Visibility::Everyone);
    assert!(!kept.read_marks);
}

#[tokio::test]
async fn a_token_of_a_scope_that_nobody_knows_is_listed() {
    let server = Server::start().await;
    let (ann, _, _) = ann_and_ben(&server, Relay::new(newer)).await;
    let token = CreateToken {
        name: DisplayName::parse("builds").expect("a name"),
        scope: TokenScope::Read,
        expires_in_s: None,
    };

    ann.call(token).await.expect("made");

    let sessions = ann.call(ListSessions {}).await.expect("listed").items;
    let scopes: Vec<_> = sessions.iter().filter_map(|one| one.scope).collect();
    assert_eq!(scopes, [TokenScope::Unknown]);
}

/// A client with its store in this directory, and a server that says words nobody knows.
async fn kept(place: &Path, session: &SavedSession) -> Client {
    let store = SqliteStore::open(place.join("chat.db"))
        .await
        .expect("a store");
    let builder = Client::builder(session.server.clone()).session(session.clone());
    let builder = builder.transport(Relay::new(newer)).store(store);
    builder.open().await.expect("it opens")
}

#[tokio::test]
async fn words_that_nobody_knows_are_kept_for_the_next_start() {
    let server = Server::start().await;
    let (first, _, group) = ann_and_ben(&server, Relay::new(newer)).await;
    let place = tempfile::tempdir().expect("a directory");
    let session = first.session().expect("signed in");
    first.shutdown().await;
    let ann = kept(place.path(), &session).await;
    sdk::online(&ann).await;
    ann.shutdown().await;
    drop(ann);

    let again = kept(place.path(), &session).await;

    assert_eq!(known(&again, group).kind, ConversationKind::Unknown);
    assert_eq!(again.read(|state| sdk::said(state, group)), ["hello"]);
}

#[tokio::test]
async fn with_a_server_that_says_only_what_it_must_one_writes_and_hears() {
    let server = Server::start().await;
    let (ann, ben, group) = ann_and_ben(&server, Relay::new(older)).await;

    let hi = say(&ann, group, "hi").await.message_id;
    done(ann.conversation(group).edit(hi, sdk::body("hi, ben"))).await;
    hears(&ben, group, "hi, ben").await;
    say(&ben, group, "welcome").await;
    hears(&ann, group, "welcome").await;

    let known = known(&ann, group);
    assert_eq!(
        (known.kind, known.my.prefs),
        (ConversationKind::Group, Prefs::default())
    );
    let last = known.last_message.expect("something was said");
    assert_eq!((last.kind, last.sender.presence), (MessageKind::Text, None));
    assert!(ann.read(|state| state.presence(id(&ben)).is_none()));
}
