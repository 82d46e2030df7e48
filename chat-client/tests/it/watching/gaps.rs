//! What is missing in a timeline: it fills itself once it is on the screen, however late and however wide it is.

use super::*;
use crate::kit::session;
use async_trait::async_trait;
use chat_client::{
    Error, HttpAnswer, HttpCall, HttpFile, Socket, SocketRequest, Transport,
    test_kit::{FaultyTransport, RuntimeClock},
};
use std::sync::atomic::{AtomicBool, Ordering};

/// A network on which one call goes nowhere, until its time is up; what comes after it gets through.
struct Tunnel {
    inner: FaultyTransport,
    is_entered: Arc<AtomicBool>,
}

#[async_trait]
impl Transport for Tunnel {
    async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Error> {
        if self.is_entered.swap(false, Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_secs(30)).await;
            return Err(Error::disconnected("its time is up"));
        }
        self.inner.call(call).await
    }

    async fn fetch(&self, call: HttpCall) -> Result<HttpFile, Error> {
        self.inner.fetch(call).await
    }

    async fn connect(&self, request: SocketRequest) -> Result<Socket, Error> {
        self.inner.connect(request).await
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_on_the_screen_without_a_network_fills_itself_when_there_is_one() {
    let world = world(10);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen::of(&timeline).await;
    world.faults.set_offline(true);
    status(&client, |status| *status != Status::Online).await;
    screen.updates.set_visible(0..2);
    tokio::time::sleep(Duration::from_secs(1)).await;
    screen.catch_up().await;
    assert_eq!(screen.shown(), ["gap 0-9", "day 0", "m10"]);

    world.faults.set_offline(false);

    screen
        .until(&["gap 0-5", "day 0", "m6", "m7", "m8", "m9", "m10"])
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_gap_that_is_wider_than_what_is_fetched_at_once_fills_whole() {
    let world = world(30);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    timeline.load_older(21).await.unwrap();
    let mut screen = Screen::of(&timeline).await;
    // Everything is told anew while it is on the screen.
    client.disconnect().await;
    world.server.lock().unwrap().epoch += 1;
    online(&client).await;
    screen.until(&["gap 0-8", "gap 8-29", "day 0", "m30"]).await;

    screen.updates.set_visible(1..4);

    let mut wanted = vec!["day 0".to_owned()];
    wanted.extend((9..=30).map(|nth| format!("m{nth}")));
    let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
    screen.until(&wanted).await;
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_on_the_screen_before_they_are_told_are_filled_too() {
    let world = world(10);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen {
        updates: timeline.observe(),
        rows: Vec::new(),
    };

    screen.updates.set_visible(0..2);

    screen
        .until(&["gap 0-5", "day 0", "m6", "m7", "m8", "m9", "m10"])
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_a_row_that_fills_itself_on_the_screen() {
    let world = world(10);
    let client = started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen::of(&timeline).await;
    assert_eq!(screen.shown(), ["gap 0-9", "day 0", "m10"]);

    screen.updates.set_visible(0..2);
    screen
        .until(&["gap 0-5", "day 0", "m6", "m7", "m8", "m9", "m10"])
        .await;
    screen.updates.set_visible(3..5);
    screen.updates.set_visible(0..1);
    screen
        .until(&[
            "gap 0-1", "day 0", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10",
        ])
        .await;
    timeline.load_older(50).await.unwrap();

    assert!(!timeline.load_older(50).await.unwrap());
    assert_eq!(
        Screen::of(&timeline).await.shown()[..3],
        ["start", "day 0", "unread"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_hung_when_the_network_came_back_is_asked_for_once_more() {
    let (world, is_entered) = (world(10), Arc::new(AtomicBool::new(false)));
    let tunnel = Tunnel {
        inner: world.transport(),
        is_entered: Arc::clone(&is_entered),
    };
    let builder = Client::builder(SERVER.parse().unwrap()).session(session());
    let builder = builder.transport(tunnel).clock(RuntimeClock::default());
    let client = builder.build().unwrap();
    online(&client).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen::of(&timeline).await;
    // A call into a dead network ends only when its time is up: after the socket is back.
    is_entered.store(true, Ordering::Relaxed);
    screen.updates.set_visible(0..2);
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.faults.cut();
    status(&client, |status| *status != Status::Online).await;
    status(&client, |status| *status == Status::Online).await;
    screen.catch_up().await;
    assert_eq!(screen.shown(), ["gap 0-9", "day 0", "m10"]);

    screen
        .until(&["gap 0-5", "day 0", "m6", "m7", "m8", "m9", "m10"])
        .await;
}
