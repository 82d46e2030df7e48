//! Tokens: renewed once however many ask, never lost, never kept after the end.

use crate::kit::{Far, Net, SERVER, client, session, status};
use chat_client::{
    Client, Error, SavedSession, SessionStore, Status, StopReason, test_kit::RuntimeClock,
};
use chat_core::{Close, Secret, ShowMe};
use std::sync::{Arc, Mutex};

/// A store that shows what it was told.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<(Vec<String>, Option<SavedSession>)>>);

impl Shelf {
    fn told(&self) -> Vec<String> {
        self.0.lock().unwrap().0.clone()
    }
}

impl SessionStore for Shelf {
    fn save(&self, session: &SavedSession) -> std::io::Result<()> {
        let mut shelf = self.0.lock().unwrap();
        shelf.0.push(session.access_token.expose().to_owned());
        shelf.1 = Some(session.clone());
        Ok(())
    }

    fn clear(&self) -> std::io::Result<()> {
        let mut shelf = self.0.lock().unwrap();
        shelf.0.push("cleared".into());
        shelf.1 = None;
        Ok(())
    }

    fn load(&self) -> std::io::Result<Option<SavedSession>> {
        Ok(self.0.lock().unwrap().1.clone())
    }
}

/// A client that comes back to this session, and where it is kept.
fn kept(net: &Net, session: SavedSession) -> (Client, Shelf) {
    let shelf = Shelf::default();
    (sharing(net, session, &shelf), shelf)
}

fn sharing(net: &Net, session: SavedSession, shelf: &Shelf) -> Client {
    Client::builder(SERVER.parse().unwrap())
        .session(session)
        .sessions(shelf.clone())
        .transport(net.clone())
        .clock(RuntimeClock::default())
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn twenty_calls_with_an_old_token_make_one_refresh() {
    let (net, _opened) = Net::new();
    let mut old = session();
    old.access_token = Secret::new("access-old");
    let (client, shelf) = kept(&net, old);

    let calls = (0..20).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.call(ShowMe {}).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }

    assert_eq!(net.world().refreshes, 1);
    assert_eq!(shelf.told(), ["access-1"]);
    assert_eq!(client.session().unwrap().access_token.expose(), "access-1");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_is_made_to_the_end_even_when_nobody_waits() {
    let (net, mut opened) = Net::new();
    let mut old = session();
    old.expires_at = chat_core::Timestamp::from_ms(0);
    let (client, shelf) = kept(&net, old);

    let call = tokio::time::timeout(std::time::Duration::from_millis(1), client.call(ShowMe {}));
    assert!(call.await.is_err());
    // Whoever comes next finds the new pair, and does not use the old one again.
    client.start();
    let far = Far::accept(&mut opened).await;

    assert_eq!(far.token, "access-1");
    assert_eq!(net.world().refreshes, 1);
    assert_eq!(shelf.told(), ["access-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_whose_answer_is_lost_is_asked_again() {
    let (net, _opened) = Net::new();
    net.world().lost_refreshes = 2;
    let mut old = session();
    old.access_token = Secret::new("access-old");
    let (client, shelf) = kept(&net, old);

    client.call(ShowMe {}).await.unwrap();

    assert_eq!(net.world().refreshes, 3);
    assert_eq!(shelf.told(), ["access-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_is_not_answered_is_given_up_within_9_s() {
    let (net, _opened) = Net::new();
    net.world().portal = Some(0);
    let mut old = session();
    old.access_token = Secret::new("access-old");
    let (client, shelf) = kept(&net, old);

    let began = tokio::time::Instant::now();
    let refused = client.call(ShowMe {}).await;

    assert!(matches!(refused, Err(Error::Network { .. })), "{refused:?}");
    let took = began.elapsed().as_millis();
    assert!((8_900..9_100).contains(&took), "{took}");
    assert!(shelf.told().is_empty() && client.session().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_page_of_something_in_between_does_not_sign_out() {
    for page in [401, 403, 404, 511] {
        let (net, mut opened) = Net::new();
        net.world().portal = Some(page);
        let mut old = session();
        old.access_token = Secret::new("access-old");
        let (client, shelf) = kept(&net, old);

        let refused = client.call(ShowMe {}).await;
        let Err(Error::Api(problem)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            (problem.kind.as_str(), problem.status),
            ("about:blank", page)
        );
        assert!(shelf.told().is_empty() && client.session().is_some());

        // The connection tries on, and is there when the page is gone.
        client.start();
        status(&client, |s| matches!(s, Status::Waiting { .. })).await;
        net.world().portal = None;
        assert_eq!(Far::accept(&mut opened).await.token, "access-1");
    }
}

/// A store that keeps what it has, whatever it is told.
struct Full(SavedSession);

impl SessionStore for Full {
    fn save(&self, _: &SavedSession) -> std::io::Result<()> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn clear(&self) -> std::io::Result<()> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn load(&self) -> std::io::Result<Option<SavedSession>> {
        Ok(Some(self.0.clone()))
    }
}

#[tokio::test(start_paused = true)]
async fn an_older_pair_in_the_store_is_not_taken_back() {
    let (net, _opened) = Net::new();
    let mut old = session();
    old.access_token = Secret::new("access-old");
    old.expires_at = chat_core::Timestamp::from_ms(1);
    let client = Client::builder(SERVER.parse().unwrap())
        .session(old.clone())
        .sessions(Full(old))
        .transport(net.clone())
        .clock(RuntimeClock::default())
        .build()
        .unwrap();

    client.call(ShowMe {}).await.unwrap();
    assert_eq!(client.session().unwrap().access_token.expose(), "access-1");
    // That pair is outlived, too; what the store has is the one before it.
    tokio::time::advance(std::time::Duration::from_secs(1_000)).await;
    client.call(ShowMe {}).await.unwrap();

    assert_eq!(net.world().refreshes, 2);
    assert_eq!(client.session().unwrap().access_token.expose(), "access-2");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ended_is_forgotten_everywhere() {
    let (net, mut opened) = Net::new();
    let (client, shelf) = kept(&net, session());
    client.start();
    let far = Far::accept(&mut opened).await;
    status(&client, |status| *status == Status::Online).await;

    far.close(Close::SessionEnded, "").await;

    let stopped = Status::Stopped {
        reason: StopReason::SignedOut,
    };
    status(&client, |status| *status == stopped).await;
    assert!(client.session().is_none() && client.me().is_none());
    assert_eq!(shelf.told(), ["cleared"]);
    let refused = client.call(ShowMe {}).await;
    assert!(matches!(refused, Err(Error::SignedOut)));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_that_is_refused_signs_out() {
    let (net, _opened) = Net::new();
    let (client, shelf) = kept(&net, session());
    // Another generation of tokens than this session's is good now.
    net.world().generation = 1;

    let refused = client.call(ShowMe {}).await;

    assert!(matches!(refused, Err(Error::SignedOut)), "{refused:?}");
    assert_eq!(shelf.told(), ["cleared"]);
}

#[tokio::test(start_paused = true)]
async fn a_socket_whose_token_ran_out_comes_back_at_once_with_another() {
    let (net, mut opened) = Net::new();
    let client = client(&net);
    client.start();
    let far = Far::accept(&mut opened).await;
    assert_eq!(far.token, "access-0");
    status(&client, |status| *status == Status::Online).await;

    far.close(Close::TokenExpired, "").await;

    let far = Far::accept(&mut opened).await;
    assert_eq!(far.token, "access-1");
    assert_eq!(net.world().refreshes, 1);
}

#[tokio::test(start_paused = true)]
async fn two_programs_with_one_session_do_not_use_a_refresh_token_twice() {
    let (net, _opened) = Net::new();
    let (one, shelf) = kept(&net, session());
    let other = sharing(&net, session(), &shelf);
    net.world().generation = 1;
    let mut newer = session();
    newer.access_token = Secret::new("access-1");
    newer.refresh_token = Secret::new("refresh-1");
    newer.expires_at = newer.expires_at.plus_ms(1);
    // A third one was first.
    shelf.save(&newer).unwrap();

    one.call(ShowMe {}).await.unwrap();
    other.call(ShowMe {}).await.unwrap();

    assert_eq!(net.world().refreshes, 0);
}

#[test]
fn a_saved_session_shows_no_token_and_reads_back() {
    let session = session();

    assert!(!format!("{session:?}").contains("access-0"));
    assert!(!format!("{session:?}").contains("refresh-0"));
    let json = serde_json::to_string(&session).unwrap();
    assert_eq!(
        serde_json::from_str::<SavedSession>(&json).unwrap(),
        session
    );
}

#[test]
fn a_session_of_another_server_is_refused() {
    let client = Client::builder("http://other.test".parse().unwrap())
        .session(session())
        .build();

    assert!(matches!(client, Err(Error::Invalid(_))));
}
