//! A socket's life: slow readers, silent peers, going away.

use chat_tests::{Device, RawConnection, Server, within};
use futures_util::future::join_all;
use serde_json::json;

/// Lets the other end of a socket wait until the server has told it to resync.
async fn until_resynced(server: &Server, mut step: impl AsyncFnMut()) {
    within("the server lets go of what waits", async {
        loop {
            step().await;
            let metrics = server.door.get("/metrics").await.body;
            let resyncs = metrics
                .as_str()
                .unwrap()
                .lines()
                .find_map(|line| line.strip_prefix("chat_resyncs_total "));
            if resyncs != Some("0") {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_slow_reader_is_told_to_resync_and_then_has_everything_once() {
    let server = Server::with(|config| config.socket_queue_bytes = 20_000).await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let group = ann.group(&[&bob]).await;
    let mut slow = Device::live(&bob).await;
    let text = "x".repeat(4_000);

    let mut sent = 0;
    until_resynced(&server, async || {
        // At once: the kernel takes many megabytes before anything waits.
        join_all((0..50).map(|_| ann.say(group, &text))).await;
        sent += 50;
    })
    .await;

    slow.socket().next_event("resync").await;
    slow.sync().await;
    ann.say(group, "goes on").await;
    slow.expect_fresh().await;
    let known = slow.state.conversation(group).unwrap();
    assert_eq!(known.messages().count(), sent + 1);
}

#[tokio::test]
async fn a_silent_peer_is_dropped() {
    let server = Server::with(|config| config.heartbeat_ms = 100).await;
    let ann = server.person("ann").await;

    let mut silent = RawConnection::upgraded(&ann.door).await;

    // Pings come and stay unanswered; then the connection is closed.
    silent.rest().await;
    within("it counts as gone", async {
        while server.chat().sockets() > 0 {
            tokio::task::yield_now().await
        }
    })
    .await;
}

#[tokio::test]
async fn a_peer_that_answers_pings_stays() {
    // Twice that is longer than a slow machine stands still.
    let server = Server::with(|config| config.heartbeat_ms = 6_000).await;
    let ann = server.person("ann").await;
    let mut peer = RawConnection::upgraded(&ann.door).await;

    for _ in 0..3 {
        let (opcode, payload) = peer.frame().await;
        assert_eq!(opcode, 9, "a ping");
        peer.write_frame(0x8a, &payload).await;
    }

    assert_eq!(server.chat().sockets(), 1);
}

#[tokio::test]
async fn a_server_that_goes_away_tells_each_socket_when_to_come_back() {
    let server = Server::with(|config| config.shutdown_spread_ms = 100_000).await;
    let ann = server.person("ann").await;
    let mut sockets = Vec::new();
    for _ in 0..8 {
        sockets.push(ann.socket().await);
    }

    let ending = server.begin_to_stop();

    let mut delays = std::collections::BTreeSet::new();
    for socket in &mut sockets {
        let (code, reason) = socket.expect_close().await;
        assert_eq!(code, 4000);
        let delay: u32 = reason.parse().expect("milliseconds");
        assert!(delay <= 100_000);
        delays.insert(delay);
    }
    assert!(delays.len() > 1, "not all at once: {delays:?}");
    within("the server ends", ending).await.unwrap().unwrap();
}

#[tokio::test]
async fn who_has_not_said_yet_who_they_are_is_told_to_come_back_when_the_server_goes() {
    let server = Server::start().await;
    let mut silent = chat_tests::Opening::new(&server.door).open_silent().await;

    let ending = server.begin_to_stop();

    let (code, reason) = silent.expect_close().await;
    assert_eq!(code, 4000);
    assert!(reason.parse::<u32>().is_ok(), "{reason}");
    within("the server ends", ending).await.unwrap().unwrap();
}

#[tokio::test]
async fn who_comes_in_just_when_the_server_goes_does_not_stay() {
    let server = Server::with(|config| config.limits.sockets_per_user = 200).await;
    let ann = server.person("ann").await;
    let comes = |_| {
        let opening = chat_tests::Opening::new(&ann.door);
        tokio::spawn(async move {
            match opening.try_open().await {
                Ok(mut socket) => socket.expect_close().await.0,
                Err((status, _)) => status,
            }
        })
    };
    let coming: Vec<_> = (0..100).map(comes).collect();
    let mut ends = Vec::new();

    while server.chat().sockets() < 5 {
        tokio::task::yield_now().await;
    }
    server.chat().drain();
    for one in coming {
        ends.push(one.await.unwrap());
    }

    assert!(ends.iter().all(|end| [4000, 503].contains(end)), "{ends:?}");
    within("everybody has gone", server.chat().sockets_gone()).await;
}

#[tokio::test]
async fn a_server_that_goes_away_takes_no_more_connections() {
    let server = Server::start().await;
    let address = server.address();

    server.stop().await;

    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_server_that_drains_says_that_it_is_not_ready_and_opens_no_sockets() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    assert_eq!(server.door.get("/health/ready").await.status, 200);

    server.chat().drain();

    assert_eq!(
        server.door.get("/health/ready").await.problem(),
        (503, "unavailable")
    );
    assert_eq!(server.door.get("/health/live").await.status, 200);
    assert_eq!(
        chat_tests::Opening::new(&ann.door)
            .try_open()
            .await
            .err()
            .unwrap()
            .0,
        503
    );
    assert_eq!(
        ann.get("/users/me").await.status,
        200,
        "calls are still served"
    );
}

#[tokio::test]
async fn a_socket_that_is_closed_is_forgotten() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    let socket = ann.socket().await;
    assert_eq!(server.chat().sockets(), 1);

    socket.close().await;

    within("it is forgotten", async {
        while server.chat().sockets() > 0 {
            tokio::task::yield_now().await
        }
    })
    .await;
}

#[tokio::test]
async fn a_follower_inside_the_program_hears_every_durable_event_once() {
    let server = Server::start().await;
    let [ann, bob] = server.people(["ann", "bob"]).await;
    let mut events = server.host().events();
    let group = ann.group(&[&bob]).await;
    let message = ann.say(group, "hi").await;
    ann.post(
        &format!("/conversations/{group}/typing"),
        json!({"is_typing": true}),
    )
    .await
    .ok();
    ann.edit(message.id, "hi!").await.ok();

    let mut kinds = Vec::new();
    for _ in 0..4 {
        kinds.push(
            within("an event", events.next())
                .await
                .unwrap()
                .event
                .kind()
                .to_owned(),
        );
    }

    assert_eq!(
        kinds,
        [
            "conversation.new",
            "conversation.new",
            "message.new",
            "message.edited"
        ]
    );
}
