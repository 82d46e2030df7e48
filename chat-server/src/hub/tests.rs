//! What a bus may do to what is told, and that sockets hear everything once and in order all the same.

use super::*;
use crate::{
    Config,
    bus::{Audience, Bus, Told},
    clock::StandingTime,
    store::{conversation::NewConversation, member::NewMember, user::NewAccount},
    writer::{SendJob, Writer},
};
use chat_core::{
    ClientId, ConversationKind, Epoch, Event, MemberRole, MessageId, Place, Timestamp, UserRole,
    Username,
};
use std::{sync::Mutex as StdMutex, time::Duration};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

/// A bus that only notes what it should have carried.
#[derive(Default)]
struct Noted(StdMutex<Vec<Told>>);

#[async_trait::async_trait]
impl Bus for Noted {
    async fn publish(&self, told: Vec<Told>) {
        self.0.lock().unwrap().extend(told);
    }
}

struct House {
    hub: Hub,
    writer: Writer,
    bus: Arc<Noted>,
    ann: UserId,
    conversation: ConversationId,
    /// What is missing is fetched within a time, which a slow machine must not take.
    _time: StandingTime,
}

impl House {
    async fn new() -> Self {
        let time = StandingTime::begin();
        let config = Config {
            database: "sqlite::memory:".into(),
            ..Config::default()
        };
        let db = Db::open(&config, Arc::new(crate::clock::SystemClock))
            .await
            .unwrap();
        let metrics = Arc::new(Metrics::new());
        let bus = Arc::new(Noted::default());
        let house = Self {
            hub: Hub::new(db.clone(), metrics.clone(), Arc::default()),
            writer: Writer::start(db, bus.clone(), metrics, Arc::default()),
            bus,
            ann: UserId::new(Uuid::from_u128(1)),
            conversation: ConversationId::new(Uuid::from_u128(2)),
            _time: time,
        };
        house.furnish().await;
        house
    }

    async fn furnish(&self) {
        let (ann, id) = (self.ann, self.conversation);
        let work = self.writer.run(move |tx| {
            Box::pin(async move {
                let account = NewAccount {
                    id: ann,
                    username: &Username::parse("ann").unwrap(),
                    display_name: "Ann",
                    email: None,
                    pending_email: None,
                    avatar_url: None,
                    role: UserRole::User,
                    password_hash: None,
                    outside_id: None,
                    created_at: NOW,
                    inbox_epoch: 1,
                };
                store::user::insert(tx, &account).await?;
                let new = NewConversation {
                    id,
                    kind: ConversationKind::Group,
                    title: None,
                    description: None,
                    created_at: NOW,
                    epoch: Epoch::new(1),
                    member_count: 1,
                    pair: None,
                    message_ttl_s: None,
                };
                store::conversation::insert(tx, new).await?;
                let member = NewMember {
                    user_id: ann,
                    role: MemberRole::Owner,
                    joined_seq: Seq::ZERO,
                };
                Ok(store::member::insert(tx, id, &[member], NOW).await?)
            })
        });
        work.await.unwrap();
    }

    /// Stores messages and returns what the bus should carry of them.
    async fn say(&self, count: u128) -> Vec<Told> {
        for nth in 0..count {
            let job = |reply| SendJob {
                id: MessageId::new(Uuid::from_u128(100 + nth)),
                conversation_id: self.conversation,
                sender_id: self.ann,
                client_id: ClientId::from(Uuid::from_u128(100 + nth)),
                kind: chat_core::MessageKind::Text,
                content: format!("m{nth}"),
                extras: None,
                retention_s: None,
                content_hash: 0,
                created_at: NOW,
                limiter: None,
                reply,
                result: None,
            };
            self.writer.send(job).await.unwrap();
        }
        std::mem::take(&mut self.bus.0.lock().unwrap())
    }

    /// A socket of somebody else who hears of the conversation.
    async fn stranger(&self) -> Arc<Socket> {
        let caps = Caps {
            all: 10,
            per_user: 10,
            per_address: 10,
        };
        let user = UserId::new(Uuid::from_u128(99));
        let make = |id| Socket::new(id, user, None, None, None, 1 << 20);
        let socket = self.hub.connect(make, caps).await.unwrap();
        self.hub
            .inner()
            .enter(&socket, self.conversation, Seq::ZERO);
        socket
    }

    async fn socket(&self) -> Arc<Socket> {
        let caps = Caps {
            all: 10,
            per_user: 10,
            per_address: 10,
        };
        let make = |id| Socket::new(id, self.ann, None, None, None, 1 << 20);
        self.hub.connect(make, caps).await.unwrap()
    }
}

/// The places a socket heard of, in order.
fn heard(socket: &Socket) -> Vec<u64> {
    let (items, _) = socket.take();
    let texts = items.into_iter().map(|item| item.into_bytes().to_string());
    let envelopes = texts.map(|text| serde_json::from_str::<Envelope>(&text).unwrap());
    envelopes
        .map(|envelope| match envelope.place {
            Place::Log(seq) => seq.get(),
            other => panic!("no place in the log: {other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn what_the_bus_lost_is_fetched_and_told_in_order() {
    let house = House::new().await;
    let socket = house.socket().await;
    let told = house.say(5).await;

    house.hub.deliver(told[0].clone()).await;
    house.hub.deliver(told[4].clone()).await;

    assert_eq!(heard(&socket), [1, 2, 3, 4, 5]);
    assert_eq!(house.hub.metrics.healed.get(), 1);
}

#[tokio::test]
async fn what_the_bus_doubled_or_reordered_is_told_once_and_in_order() {
    let house = House::new().await;
    let socket = house.socket().await;
    let told = house.say(4).await;

    for nth in [0, 0, 2, 1, 3, 2, 3] {
        house.hub.deliver(told[nth].clone()).await;
    }

    assert_eq!(heard(&socket), [1, 2, 3, 4]);
}

#[tokio::test]
async fn an_event_is_encoded_once_for_all_sockets() {
    let house = House::new().await;
    let sockets = [house.socket().await, house.socket().await];
    let told = house.say(1).await;

    house.hub.deliver(told[0].clone()).await;

    let bytes = sockets.map(|socket| socket.take().0.pop_front().unwrap().into_bytes());
    assert_eq!(bytes[0].as_str().as_ptr(), bytes[1].as_str().as_ptr());
}

#[tokio::test]
async fn after_leaving_a_conversation_a_socket_hears_nothing_of_it() {
    let house = House::new().await;
    let socket = house.socket().await;
    let told = house.say(2).await;
    let gone = chat_core::Gone {
        conversation_id: house.conversation,
        reason: chat_core::GoneReason::Left,
    };
    let left = Envelope {
        conversation_id: Some(house.conversation),
        place: Place::Inbox(Seq::try_from(1).unwrap()),
        at: None,
        event: Event::ConversationDeleted(gone),
    };

    house.hub.deliver(told[0].clone()).await;
    house
        .hub
        .deliver(Told {
            to: Audience::User(house.ann),
            envelope: left,
        })
        .await;
    socket.take();
    house.hub.deliver(told[1].clone()).await;

    assert!(heard(&socket).is_empty());
}

/// What the bus carries when the log says that Ann came or went.
fn coming_or_going(house: &House, kind: &str, seq: u64) -> Told {
    let envelope = serde_json::json!({
        "type": kind,
        "conversation_id": house.conversation,
        "seq": seq,
        "data": {
            "user": {"id": house.ann, "username": "ann", "display_name": "Ann"},
            "role": "member", "joined_at": NOW, "read_seq": 0, "delivered_seq": 0,
            "member_count": 1, "by": house.ann,
        },
    });
    Told {
        to: Audience::Members(house.conversation),
        envelope: serde_json::from_value(envelope).unwrap(),
    }
}

#[tokio::test]
async fn the_log_alone_takes_out_and_lets_back() {
    let house = House::new().await;
    // Somebody stays, or there would be nothing to let back into.
    let stays = house.stranger().await;
    let socket = house.socket().await;
    let mut said = house.say(4).await;
    (said[0], said[2]) = (
        coming_or_going(&house, "member.left", 1),
        coming_or_going(&house, "member.joined", 3),
    );

    for told in said {
        house.hub.deliver(told).await;
    }

    assert_eq!(heard(&stays), [1, 2, 3, 4]);
    assert_eq!(heard(&socket), [1, 4]);
}

#[tokio::test]
async fn a_database_that_does_not_answer_holds_up_what_has_no_gap_for_a_moment_only() {
    let house = House::new().await;
    let (socket, stays) = (house.socket().await, house.stranger().await);
    let told = house.say(5).await;
    let elsewhere = ConversationId::new(Uuid::from_u128(3));
    house.hub.inner().enter(&stays, elsewhere, Seq::ZERO);
    let mut other = told[0].clone();
    other.to = Audience::Members(elsewhere);
    let held = house.hub.db.snapshot().await.unwrap();
    stays.take();

    // More time than it has; less than one waits for a connection.
    let time_goes = async {
        for _ in 0..8 {
            tokio::time::advance(Duration::from_millis(500)).await;
        }
    };
    tokio::join!(house.hub.deliver(told[3].clone()), time_goes);
    // Time stands again: it still rests when the others come.
    let rests_until = *house.hub.rests_until();
    assert!(rests_until.is_some(), "it was tried, and given up");
    for gap in [4, 2, 4] {
        house.hub.deliver(told[gap].clone()).await;
    }
    // It was told to sync.
    stays.take();
    house.hub.deliver(other).await;

    assert_eq!(
        house.hub.metrics.healed.get(),
        1,
        "the others wait for nothing"
    );
    let frames = stays.take().0;
    let last = frames.back().cloned().unwrap().into_bytes();
    assert!(last.contains("m0"), "{last:?}");
    drop(held);
    *house.hub.rests_until() = None;
    socket.take();
    house.hub.deliver(told[4].clone()).await;
    assert_eq!(heard(&socket), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn what_an_inbox_was_not_told_is_fetched() {
    let house = House::new().await;
    let socket = house.socket().await;
    let user = house.ann;
    let work = house.writer.run(move |tx| {
        Box::pin(async move {
            store::inbox::insert(tx, &[user], "me.changed", user.uuid(), NOW).await?;
            Ok(store::inbox::insert(tx, &[user], "me.changed", user.uuid(), NOW).await?)
        })
    });
    let places = work.await.unwrap();

    house.hub.inbox_reaches(user, places[&user]).await;
    house.hub.inbox_reaches(user, places[&user]).await;

    let (items, _) = socket.take();
    let texts: Vec<_> = items.into_iter().map(|item| item.into_bytes()).collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains(r#""inbox_seq":2"#), "{texts:?}");
}

#[tokio::test]
async fn a_socket_that_is_unseen_is_no_sign_of_its_user() {
    let house = House::new().await;
    let caps = Caps {
        all: 10,
        per_user: 10,
        per_address: 10,
    };
    let unseen = |id| {
        let socket = Socket::new(id, house.ann, None, None, None, 1 << 20);
        socket.hide();
        socket
    };
    let reader = house.hub.connect(unseen, caps).await.unwrap();
    assert_eq!(house.hub.presence(house.ann), PresenceState::Offline);

    let person = house.socket().await;
    assert_eq!(house.hub.presence(house.ann), PresenceState::Online);
    // The last that others see goes, whoever still reads.
    assert!(house.hub.disconnect(&person));
    assert_eq!(house.hub.presence(house.ann), PresenceState::Offline);
    assert!(!house.hub.disconnect(&reader));
}

#[tokio::test]
async fn a_household_has_the_sockets_of_one_address() {
    let house = House::new().await;
    let caps = Caps {
        all: 10,
        per_user: 10,
        per_address: 2,
    };
    let connect = async |address: &str| {
        let address = address.parse().ok();
        let make = |id| Socket::new(id, house.ann, None, address, None, 1 << 20);
        house.hub.connect(make, caps).await
    };

    let first = connect("2001:db8::1").await.unwrap();
    let _second = connect("2001:db8::2").await.unwrap();
    assert_eq!(connect("2001:db8::3").await.err(), Some(Close::TooMany));
    let _neighbour = connect("2001:db8:0:1::1").await.unwrap();

    house.hub.disconnect(&first);
    assert!(connect("2001:db8::4").await.is_ok());
}
