//! A Redis that takes connections and never answers, for as long as one likes: nothing waits for it, and nothing grows.

use super::*;
use crate::bus::Audience;
use chat_core::{Envelope, Event, Presence, PresenceState, UserId};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use uuid::Uuid;

/// More than may wait anywhere.
const MUCH: usize = 50_000;

async fn silent() -> (Redis, Incoming, Arc<Interest>, Arc<Metrics>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let (interest, metrics) = (Arc::new(Interest::heeded()), Arc::new(Metrics::new()));
    let url = url.parse().unwrap();
    let speaker = Speaker {
        process: 1,
        installation: "here".to_owned(),
        seal: hmac::Key::new(hmac::HMAC_SHA256, b"a"),
    };
    let (redis, incoming) = Redis::start(url, speaker, metrics.clone(), interest.clone());
    (redis, incoming, interest, metrics)
}

#[tokio::test]
async fn what_cannot_be_carried_is_dropped_and_nobody_waits() {
    let (redis, _incoming, _, metrics) = silent().await;
    let user = UserId::new(Uuid::nil());
    let told = Told {
        to: Audience::Watchers(user),
        envelope: Envelope::passing(
            None,
            Event::Presence(Presence {
                user_id: user,
                state: PresenceState::Online,
                last_seen_at: None,
            }),
        ),
    };

    for _ in 0..MUCH {
        redis.carry(&told, "{}");
    }

    assert_eq!(metrics.bus.dropped.get(), MUCH as u64);
    assert_eq!(redis.0.parcels.capacity(), PARCELS_MOST);
}

#[tokio::test]
async fn who_comes_and_goes_meanwhile_does_not_pile_up() {
    let (_redis, _incoming, interest, _) = silent().await;
    for _ in 0..MUCH {
        let topic = Topic::User(UserId::new(Uuid::now_v7()));
        interest.note(topic, true);
        interest.note(topic, false);
    }

    let deadline = Instant::now() + Duration::from_secs(60);
    while interest.waiting() > 0 {
        assert!(Instant::now() < deadline, "{} wait", interest.waiting());
        sleep(Duration::from_millis(50)).await;
    }
}
