//! What is missing in a timeline: it fills itself once it is on the screen, however late and however wide it is.

use super::*;
use crate::kit::session;
use async_trait::async_trait;
use chat_client::{
    Error, HttpAnswer, HttpCall, HttpFile, Socket, SocketRequest, Transport,
    test_kit::{FaultyTransport, RuntimeClock},
};
use std::sync::Mutex;
use tokio::time::Instant;

/// What becomes of a call for history.
#[derive(Clone, Copy, PartialEq)]
enum Trouble {
    /// It goes nowhere, until its time is up.
    Lost,
    /// Its answer takes as long.
    Late,
    /// There were too many.
    Refused,
}

/// A network on which the next calls for history meet with these; everything else gets through.
#[derive(Clone)]
struct Tunnel {
    inner: FaultyTransport,
    ahead: Arc<Mutex<Vec<Trouble>>>,
}

impl Tunnel {
    /// A client that has come through it.
    async fn started(world: &World) -> (Self, Client) {
        let tunnel = Self {
            inner: world.transport(),
            ahead: Arc::default(),
        };
        let builder = Client::builder(SERVER.parse().unwrap()).session(session());
        let builder = builder.clock(RuntimeClock::default());
        let client = builder.transport(tunnel.clone()).build().unwrap();
        online(&client).await;
        (tunnel, client)
    }
}

#[async_trait]
impl Transport for Tunnel {
    async fn call(&self, call: HttpCall) -> Result<HttpAnswer, Error> {
        let is_history = call.url.path().ends_with("/messages");
        let trouble = is_history.then(|| self.ahead.lock().unwrap().pop());
        let Some(trouble) = trouble.flatten() else {
            return self.inner.call(call).await;
        };
        if trouble == Trouble::Refused {
            return Ok(HttpAnswer {
                status: 429,
                retry_after_ms: Some(10_000),
                body: Vec::new(),
            });
        }
        let answer = self.inner.call(call).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        match trouble {
            Trouble::Late => answer,
            _ => Err(Error::disconnected("its time is up")),
        }
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
    let world = world(10);
    let (tunnel, client) = Tunnel::started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen::of(&timeline).await;
    // A call into a dead network ends only when its time is up: after the socket is back.
    tunnel.ahead.lock().unwrap().push(Trouble::Lost);
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

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_now_fills_itself_when_its_time_has_come() {
    let world = world(10);
    let (tunnel, client) = Tunnel::started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    let mut screen = Screen::of(&timeline).await;
    tunnel.ahead.lock().unwrap().extend([Trouble::Refused; 3]);
    let began = Instant::now();

    screen.updates.set_visible(0..2);
    // Nobody is asked sooner because it is looked at again.
    tokio::time::sleep(Duration::from_secs(1)).await;
    screen.updates.set_visible(0..3);

    screen
        .until(&["gap 0-5", "day 0", "m6", "m7", "m8", "m9", "m10"])
        .await;
    assert!(began.elapsed() >= Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_after_everything_was_told_anew_is_fetched_behind_what_was_on_its_way() {
    let world = world(30);
    let (tunnel, client) = Tunnel::started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    timeline.load_older(21).await.unwrap();
    let mut screen = Screen::of(&timeline).await;
    tell_anew(&world, &client).await;
    screen.until(&["gap 0-8", "gap 8-29", "day 0", "m30"]).await;
    tunnel.ahead.lock().unwrap().push(Trouble::Late);
    screen.updates.set_visible(1..4);
    tokio::time::sleep(Duration::from_secs(1)).await;

    tell_anew(&world, &client).await;

    while !screen.shown().contains(&"m9".to_owned()) {
        let next = tokio::time::timeout(Duration::from_secs(60), screen.updates.next()).await;
        let steps = next.unwrap_or_else(|_| panic!("{:?} stays", screen.shown()));
        screen.take(steps.unwrap());
    }
}

/// Lets the server live in another time: everything is told anew.
async fn tell_anew(world: &World, client: &Client) {
    client.disconnect().await;
    world.server.lock().unwrap().epoch += 1;
    online(client).await;
}

#[tokio::test(start_paused = true)]
async fn there_is_more_also_for_whom_another_call_has_fetched_it() {
    let world = world(30);
    let (tunnel, client) = Tunnel::started(&world).await;
    let here = client.conversation(hall());
    let timeline = here.timeline(few()).await;
    // Both have asked before either has an answer.
    let side_by_side = || tunnel.ahead.lock().unwrap().extend([Trouble::Late; 2]);

    side_by_side();
    let (one, other) = tokio::join!(timeline.load_older(3), timeline.load_older(3));
    assert!(one.unwrap() && other.unwrap());
    side_by_side();
    let (_, other) = tokio::join!(biased; here.load_older(3), timeline.load_older(3));
    assert!(other.unwrap());
    timeline.jump_to(seq(5)).await.unwrap();
    side_by_side();
    let (one, other) = tokio::join!(timeline.load_newer(3), timeline.load_newer(3));
    assert!(one.unwrap() && other.unwrap());

    timeline.jump_to_end().await;
    while timeline.load_older(3).await.unwrap() {}
    assert_eq!(Screen::of(&timeline).await.shown()[0], "start");
}

#[tokio::test(start_paused = true)]
async fn there_is_more_also_where_everything_is_told_anew_while_it_is_fetched() {
    let world = world(10);
    let (tunnel, client) = Tunnel::started(&world).await;
    let timeline = client.conversation(hall()).timeline(few()).await;
    tunnel.ahead.lock().unwrap().push(Trouble::Late);
    let anew = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        tell_anew(&world, &client).await;
    };

    let (older, ()) = tokio::join!(timeline.load_older(3), anew);

    assert!(older.unwrap());
}
