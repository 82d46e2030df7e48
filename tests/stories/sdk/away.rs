//! The server goes and comes back; people go on talking.

use super::ann_and_ben;
use chat_client::{Client, Status, Update};
use chat_core::{ConversationId, Event, Place};
use chat_tests::{Home, Serving, sdk, within};

/// A server as a process, so that it can be killed and come back at the same address.
async fn serve(home: &Home, listen: &str) -> Serving {
    home.serve(
        listen,
        &[
            "--set",
            "limits.sends_per_minute=1000000",
            "--set",
            "limits.conversation_sends_per_minute=1000000",
            "--set",
            "presence_grace_ms=20",
        ],
    )
    .await
}

/// Kills it.
async fn kill(server: Serving) -> String {
    let address = server.address.clone();
    server.process.kill().await;
    address
}

async fn wait_until_away(client: &Client) {
    sdk::status(client, |status| {
        matches!(status, Status::Waiting { .. } | Status::Connecting { .. })
    })
    .await;
}

async fn hears(client: &Client, group: ConversationId, wanted: &[&str]) {
    let what = format!("{wanted:?} is heard");
    sdk::knows(client, &what, |state| {
        (sdk::said(state, group) == wanted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn both_come_back_by_themselves_and_go_on() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;
    let (ann, ben, group) = ann_and_ben(&server.url()).await;
    ann.conversation(group).send(sdk::body("before"));
    hears(&ben, group, &["before"]).await;

    let address = kill(server).await;
    wait_until_away(&ben).await;
    let _server = serve(&home, &address).await;
    sdk::status(&ben, |status| *status == Status::Online).await;
    ann.conversation(group).send(sdk::body("after"));

    hears(&ben, group, &["before", "after"]).await;
    hears(&ann, group, &["before", "after"]).await;
}

#[tokio::test]
async fn what_is_said_without_a_connection_goes_out_once_and_in_order() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;
    let (ann, ben, group) = ann_and_ben(&server.url()).await;
    let address = kill(server).await;
    wait_until_away(&ann).await;

    let tickets: Vec<_> = ["one", "two", "three"]
        .map(|text| ann.conversation(group).send(sdk::body(text)))
        .into();
    let echoes = ann.read(|state| {
        state
            .echoes(group)
            .iter()
            .map(|echo| echo.content.clone())
            .collect::<Vec<_>>()
    });
    let _server = serve(&home, &address).await;
    ann.reconnect_now();
    ben.reconnect_now();
    let mut places = Vec::new();
    for ticket in tickets {
        places.push(
            within("it is stored", ticket.stored())
                .await
                .expect("stored")
                .seq
                .get(),
        );
    }

    assert_eq!(
        (echoes, places),
        (
            vec!["one".to_owned(), "two".into(), "three".into()],
            vec![1, 2, 3]
        )
    );
    hears(&ben, group, &["one", "two", "three"]).await;
    sdk::knows(&ann, "no echo is left", |state| {
        state.echoes(group).is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_message_that_was_not_sent_yet_can_be_dropped() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;
    let (ann, ben, group) = ann_and_ben(&server.url()).await;
    let address = kill(server).await;
    wait_until_away(&ann).await;

    let regretted = ann.conversation(group).send(sdk::body("you fool"));
    ann.conversation(group).send(sdk::body("you are right"));
    assert!(
        ann.conversation(group)
            .discard(regretted.client_id())
            .is_some()
    );
    let _server = serve(&home, &address).await;
    ann.reconnect_now();

    hears(&ben, group, &["you are right"]).await;
}

#[tokio::test]
async fn events_come_once_and_in_order_over_any_number_of_connections() {
    let home = Home::new();
    let mut server = serve(&home, "127.0.0.1:0").await;
    let (ann, ben, group) = ann_and_ben(&server.url()).await;
    let mut updates = ben.updates();

    let mut wanted = Vec::new();
    for round in 0..3 {
        for nth in 0..10 {
            let text = format!("{round}.{nth}");
            let ticket = ann.conversation(group).send(sdk::body(&text));
            wanted.push((wanted.len() as u64 + 1, text));
            if nth == 5 {
                within("it is stored", ticket.stored())
                    .await
                    .expect("stored");
            }
        }
        let address = kill(server).await;
        server = serve(&home, &address).await;
        ann.reconnect_now();
    }
    ben.reconnect_now();

    let mut heard = Vec::new();
    while heard.len() < wanted.len() {
        match within("an update", updates.next()).await {
            Some(Update::Event(event)) => {
                if let (Event::MessageNew(message), Place::Log(seq)) = (&event.event, event.place) {
                    heard.push((seq.get(), message.content.clone()));
                }
            }
            Some(Update::Reset) => panic!("it was read fast enough"),
            Some(_) => {}
            None => panic!("the client lives"),
        }
    }
    assert_eq!(heard, wanted);
}

#[tokio::test]
async fn presence_is_still_watched_after_a_restart() {
    let home = Home::new();
    let server = serve(&home, "127.0.0.1:0").await;
    let (ann, ben, _) = ann_and_ben(&server.url()).await;
    let ann_id = ann.me().expect("signed in");
    ben.watch_presence(vec![ann_id]);
    let address = kill(server).await;
    wait_until_away(&ben).await;
    let _server = serve(&home, &address).await;
    for client in [&ann, &ben] {
        client.reconnect_now();
        sdk::status(client, |status| *status == Status::Online).await;
    }

    ann.set_active(false);

    sdk::knows(&ben, "ann is away", |state| {
        (state.presence(ann_id)?.state == chat_core::PresenceState::Away).then_some(())
    })
    .await;
}
