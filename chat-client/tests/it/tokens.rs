//! Tokens that the app makes itself: asked for once, however many need one, and again only when the server refuses.

use crate::kit::{Far, Net, SERVER, ann, me, status};
use async_trait::async_trait;
use chat_client::{
    Client, Error, Status, StopReason, TokenProvider, TokenReason, test_kit::RuntimeClock,
};
use chat_core::{Secret, ShowMe};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// An app that signs its users in.
#[derive(Clone)]
struct App {
    net: Net,
    asked: Arc<Mutex<Vec<TokenReason>>>,
    is_over: bool,
}

#[async_trait]
impl TokenProvider for App {
    async fn token(&self, reason: TokenReason) -> Result<Secret, Error> {
        self.asked.lock().unwrap().push(reason);
        tokio::time::sleep(Duration::from_millis(300)).await;
        match self.is_over {
            true => Err(Error::SignedOut),
            false => Ok(Secret::new(format!(
                "access-{}",
                self.net.world().generation
            ))),
        }
    }
}

fn app(net: &Net, is_over: bool) -> (App, Client) {
    let app = App {
        net: net.clone(),
        asked: Arc::default(),
        is_over,
    };
    let builder = Client::builder(SERVER.parse().unwrap()).token_provider(ann(), app.clone());
    let client = builder
        .transport(net.clone())
        .clock(RuntimeClock::default());
    (app, client.build().unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_app_is_asked_once_for_all_who_need_a_token() {
    let (net, mut opened) = Net::new();
    let (app, client) = app(&net, false);
    client.start();
    let calls = futures_util::future::join_all((0..8).map(|_| client.call(ShowMe {})));
    let (answers, far) = tokio::join!(calls, Far::accept(&mut opened));

    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap() == &me())
    );
    assert_eq!((client.me(), far.token.as_str()), (Some(ann()), "access-0"));
    assert_eq!(*app.asked.lock().unwrap(), [TokenReason::Initial]);
    net.world().generation = 1;
    let calls = (0..8).map(|_| client.call(ShowMe {}));
    for answer in futures_util::future::join_all(calls).await {
        answer.unwrap();
    }
    assert_eq!(
        *app.asked.lock().unwrap(),
        [TokenReason::Initial, TokenReason::Refused]
    );
}

#[tokio::test(start_paused = true)]
async fn an_app_that_has_no_token_for_its_user_stops_the_connection() {
    let (net, _opened) = Net::new();
    let (_, client) = app(&net, true);

    client.start();

    let reason = StopReason::SignedOut;
    status(&client, |status| *status == Status::Stopped { reason }).await;
}
