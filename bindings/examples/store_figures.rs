//! How fast a store is on this machine: the first list of a client with 1,000 conversations and 100,000 messages, and
//! sends that are queued without a network. One process fills the file and another opens it, as an app does that begins;
//! `bindings/run figures` runs both.

use async_trait::async_trait;
use chat_client::{
    Client, ConversationHandle, Error, HttpAnswer, HttpCall, HttpFile, ListFilter, Owner,
    SavedSession, Socket, SocketRequest, SqliteStore, Store, TimelineOptions, Transport, Write,
};
use chat_core::{
    ClientId, Conversation, ConversationId, ConversationKind, Epoch, Extras, MemberRole, Message,
    MessageBody, MessageId, MessageKind, My, Prefs, Secret, Seq, SessionId, Stretch, Timestamp,
    User, UserId,
};
use std::{path::Path, time::Instant};
use uuid::Uuid;

const CONVERSATIONS: u128 = 1_000;
const MESSAGES: u64 = 100;
const SENDS: usize = 5_000;

type AnyError = Box<dyn std::error::Error>;

/// There is no network.
struct Nowhere;

#[async_trait]
impl Transport for Nowhere {
    async fn call(&self, _: HttpCall) -> Result<HttpAnswer, Error> {
        Err(Error::disconnected("there is no network"))
    }

    async fn fetch(&self, _: HttpCall) -> Result<HttpFile, Error> {
        Err(Error::disconnected("there is no network"))
    }

    async fn connect(&self, _: SocketRequest) -> Result<Socket, Error> {
        Err(Error::disconnected("there is no network"))
    }
}

fn message(conversation: ConversationId, nth: u64) -> Result<Message, AnyError> {
    let id = (conversation.uuid().as_u128() << 32) + u128::from(nth);
    Ok(Message {
        id: MessageId::new(Uuid::from_u128(id)),
        conversation_id: conversation,
        seq: Seq::try_from(nth)?,
        client_id: ClientId::from(Uuid::from_u128(id)),
        sender: User::new(UserId::new(Uuid::from_u128(2)), "bob", "Bob"),
        kind: MessageKind::Text,
        content: format!(
            "What was said as number {nth}, which is about as long as such a thing is."
        ),
        extras: Extras::default(),
        created_at: Timestamp::from_ms(nth.try_into()?),
        expires_at: None,
        edited_at: None,
        pinned_at: None,
        deleted_at: None,
        deleted_by: None,
    })
}

fn conversation(number: u128, last: Message) -> Conversation {
    Conversation {
        id: last.conversation_id,
        kind: ConversationKind::Group,
        title: Some(format!("Group {number}")),
        description: None,
        avatar_url: None,
        message_ttl_s: None,
        created_at: Timestamp::from_ms(0),
        updated_at: last.created_at,
        epoch: Epoch::new(1),
        last_seq: last.seq,
        my: My {
            role: MemberRole::Member,
            read_seq: Seq::ZERO,
            delivered_seq: Seq::ZERO,
            unread_count: 3,
            mention_count: 0,
            counted_seq: last.seq,
            prefs: Prefs::default(),
        },
        last_message: Some(last),
        members: Vec::new(),
        member_count: 2,
    }
}

async fn fill(store: &SqliteStore, owner: &Owner) -> Result<(), AnyError> {
    store.load(owner).await?;
    for number in 0..CONVERSATIONS {
        let id = ConversationId::new(Uuid::from_u128(1 + number));
        let all = (1..=MESSAGES).map(|nth| message(id, nth));
        let all = all.collect::<Result<Vec<_>, _>>()?;
        let last = all.last().ok_or("no message")?.clone();
        let through = last.seq;
        let mut batch: Vec<_> = all.into_iter().map(Write::Message).collect();
        batch.push(Write::Known(
            id,
            Stretch {
                after: Seq::ZERO,
                through,
            },
        ));
        batch.push(Write::Conversation(conversation(number, last)));
        store.commit(&batch).await?;
    }
    Ok(())
}

/// Queues messages without a network: each when the last one is on disk, and all at once.
async fn queue(name: &str, here: &ConversationHandle) -> Result<(), AnyError> {
    let began = Instant::now();
    for nth in 0..SENDS {
        here.send(MessageBody::parse(format!("one by one {nth}"))?)
            .kept()
            .await?;
    }
    let each = SENDS as f64 / began.elapsed().as_secs_f64();
    let began = Instant::now();
    let mut tickets = Vec::new();
    for nth in 0..SENDS {
        tickets.push(here.send(MessageBody::parse(format!("at once {nth}"))?));
    }
    for ticket in tickets {
        ticket.kept().await?;
    }
    let together = SENDS as f64 / began.elapsed().as_secs_f64();
    tell(
        name,
        "sends on disk, one by one",
        &format!("{each:.0} a second"),
    );
    tell(
        name,
        "sends on disk, all at once",
        &format!("{together:.0} a second"),
    );
    Ok(())
}

/// Somebody who is signed in, at a server that never answers.
fn session() -> Result<SavedSession, AnyError> {
    Ok(SavedSession {
        server: "http://nowhere.example/".parse()?,
        user_id: UserId::new(Uuid::from_u128(1)),
        username: "ann".into(),
        session_id: SessionId::new(Uuid::from_u128(5)),
        access_token: Secret::new("a"),
        refresh_token: Secret::new("r"),
        expires_at: Timestamp::from_ms(4_000_000_000_000),
    })
}

async fn open(path: &Path, is_sealed: bool) -> Result<SqliteStore, AnyError> {
    Ok(match is_sealed {
        true => SqliteStore::open_encrypted(path, &[7; 32]).await?,
        false => SqliteStore::open(path).await?,
    })
}

/// A program that has just begun: what its first list takes, and what a screen asks then.
async fn measure(name: &str, path: &Path, is_sealed: bool) -> Result<(), AnyError> {
    let began = Instant::now();
    let session = session()?;
    let builder = Client::builder(session.server.clone())
        .session(session)
        .transport(Nowhere);
    let client = builder.store(open(path, is_sealed).await?).open().await?;
    let mut list = client.conversation_list(ListFilter::default());
    list.next().await.ok_or("no list")?;
    tell(
        name,
        &format!("from nothing to the first list of {CONVERSATIONS}"),
        &format!("{:.1?}", began.elapsed()),
    );
    tell(name, "memory with that list", &memory("VmRSS"));

    let here = client.conversation(ConversationId::new(Uuid::from_u128(7)));
    let began = Instant::now();
    let timeline = here.timeline(TimelineOptions::default()).await;
    timeline.observe().next().await.ok_or("no timeline")?;
    tell(
        name,
        "a timeline of 50",
        &format!("{:.1?}", began.elapsed()),
    );
    let began = Instant::now();
    let found = client.search_kept("number 99,", None, 50).await?.len();
    tell(
        name,
        &format!("a search that finds {found} in 100,000"),
        &format!("{:.1?}", began.elapsed()),
    );

    queue(name, &here).await?;
    client.shutdown().await;
    let megabytes = path.metadata()?.len() / 1_000_000;
    tell(name, "the file at the end", &format!("{megabytes} MB"));
    tell(name, "most memory of all this", &memory("VmHWM"));
    Ok(())
}

/// One figure a line: `bindings/run` makes a table of them.
fn tell(name: &str, what: &str, figure: &str) {
    println!("{name} store, {what}: {figure}");
}

/// What the system says of this program's memory, where it says anything.
fn memory(what: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    match kilobytes {
        Some(kilobytes) => format!("{} MB", kilobytes / 1_000),
        None => "unknown".to_owned(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), AnyError> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, kind, path] = arguments.as_slice() else {
        return Err("usage: store_figures fill|open plain|sealed FILE".into());
    };
    let (path, is_sealed) = (Path::new(path), kind == "sealed");
    if what == "open" {
        return measure(kind, path, is_sealed).await;
    }
    let session = session()?;
    let owner = Owner {
        server: session.server,
        user_id: session.user_id,
    };
    fill(&open(path, is_sealed).await?, &owner).await
}
