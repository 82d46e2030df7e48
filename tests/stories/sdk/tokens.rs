//! Staying signed in, and being signed out.

use super::url;
use async_trait::async_trait;
use chat_client::{
    Client, Clock, Error, SavedSession, SessionStore, Status, StopReason, SystemClock,
};
use chat_core::{EndSession, Logout, Secret, ShowMe, Timestamp};
use chat_tests::{HeldClock, Server, sdk, within};
use std::{io, sync::Arc, time::Duration};
use tokio::sync::watch;

/// Counts how often a session is saved, and remembers whether one is kept.
#[derive(Clone)]
struct Counted(Arc<watch::Sender<(u32, Option<SavedSession>)>>);

impl Counted {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new((0, None))))
    }

    fn saved(&self) -> u32 {
        self.0.borrow().0
    }
}

impl SessionStore for Counted {
    fn save(&self, session: &SavedSession) -> io::Result<()> {
        self.0
            .send_modify(|kept| *kept = (kept.0 + 1, Some(session.clone())));
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        self.0.send_modify(|kept| kept.1 = None);
        Ok(())
    }
}

/// The time of day is held; everything else is the machine's.
struct HeldDay(HeldClock, SystemClock);

#[async_trait]
impl Clock for HeldDay {
    fn now(&self) -> Timestamp {
        chat_server::Clock::now(&self.0)
    }

    fn elapsed_ms(&self) -> u64 {
        self.1.elapsed_ms()
    }

    async fn sleep(&self, duration: Duration) {
        self.1.sleep(duration).await;
    }

    fn random(&self) -> f64 {
        self.1.random()
    }
}

async fn ann(server: &Server, day: &HeldClock) -> (Client, Counted) {
    let counted = Counted::new();
    let person = server.person("ann").await;
    let client = Client::builder(url(server).parse().expect("an address"))
        .clock(HeldDay(day.clone(), SystemClock::default()))
        .sessions(counted.clone())
        .session(SavedSession {
            server: url(server).parse().expect("an address"),
            user_id: person.id,
            username: person.name,
            session_id: person.session_id,
            access_token: Secret::new(person.token),
            refresh_token: Secret::new(person.refresh_token),
            expires_at: chat_server::Clock::now(day).plus_ms(600_000),
        })
        .build();
    (client.expect("a client"), counted)
}

#[tokio::test]
async fn a_token_that_has_run_out_is_renewed_once_for_any_number_of_calls() {
    let day = HeldClock::default();
    let server = Server::held(&day, |_| {}).await;
    let (ann, counted) = ann(&server, &day).await;
    ann.call(ShowMe {}).await.expect("signed in");
    assert_eq!(counted.saved(), 0);

    for round in 1..=3 {
        day.move_by_ms(11 * 60 * 1_000);
        let calls = futures_util::future::join_all((0..20).map(|_| ann.call(ShowMe {}))).await;
        assert!(calls.iter().all(Result::is_ok), "{calls:?}");
        assert_eq!(counted.saved(), round);
    }
}

#[tokio::test]
async fn a_client_whose_clock_is_wrong_learns_it_from_the_server() {
    let (servers_day, clients_day) = (HeldClock::default(), HeldClock::default());
    let server = Server::held(&servers_day, |_| {}).await;
    let (ann, counted) = ann(&server, &clients_day).await;

    servers_day.move_by_ms(11 * 60 * 1_000);
    let calls = futures_util::future::join_all((0..20).map(|_| ann.call(ShowMe {}))).await;

    assert!(calls.iter().all(Result::is_ok), "{calls:?}");
    assert_eq!(counted.saved(), 1);
}

#[tokio::test]
async fn a_connection_outlives_its_tokens() {
    let server = Server::with(|config| config.access_token_s = 4).await;
    let counted = Counted::new();
    let ann = Client::builder(url(&server).parse().expect("an address"))
        .sessions(counted.clone())
        .build();
    let ann = ann.expect("a client");
    let ben = sdk::registered(&url(&server), "ben").await;
    let made = sdk::registered(&url(&server), "ann").await;
    made.shutdown().await;
    ann.login("ann", Secret::new(sdk::PASSWORD))
        .await
        .expect("ann signs in");
    let group = sdk::group(&ann, &[ben.me().expect("signed in")]).await;
    sdk::online(&ann).await;
    sdk::online(&ben).await;

    let mut saves = counted.0.subscribe();
    for nth in 1..=3_u32 {
        within("the token is renewed", saves.wait_for(|kept| kept.0 > nth))
            .await
            .expect("the store lives");
        let ticket = ann
            .conversation(group)
            .send(sdk::body(&format!("still here {nth}")));
        assert_eq!(
            within("it is stored", ticket.stored())
                .await
                .expect("stored")
                .seq
                .get(),
            u64::from(nth)
        );
    }

    sdk::knows(&ben, "ben hears all of it", |state| {
        (sdk::said(state, group).len() == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_session_is_come_back_to_with_what_was_saved() {
    let server = Server::start().await;
    let ann = sdk::registered(&url(&server), "ann").await;
    let kept =
        serde_json::to_string(&ann.session().expect("signed in")).expect("it can be written");
    ann.shutdown().await;

    let session: SavedSession = serde_json::from_str(&kept).expect("it can be read");
    let back = Client::builder(session.server.clone())
        .session(session)
        .build()
        .expect("a client");
    sdk::online(&back).await;

    assert_eq!(
        back.call(ShowMe {}).await.expect("signed in").user.username,
        "ann"
    );
}

#[tokio::test]
async fn signed_out_elsewhere_is_the_end_and_what_was_kept_is_forgotten() {
    let day = HeldClock::default();
    let server = Server::held(&day, |_| {}).await;
    let (phone, counted) = ann(&server, &day).await;
    sdk::online(&phone).await;
    day.move_by_ms(11 * 60 * 1_000);
    phone
        .call(ShowMe {})
        .await
        .expect("renewed, so that something is kept");
    assert!(counted.0.borrow().1.is_some());
    let id = phone.me().expect("signed in");
    let laptop = server
        .host()
        .session(id, Some("laptop"))
        .await
        .expect("she exists");
    let laptop = chat_tests::Person::new(server.door.clone(), &laptop);
    let session = phone.session().expect("signed in").session_id;

    let path = format!("/auth/sessions/{session}");
    assert_eq!(laptop.delete(&path).await.status, 204);

    let reason = StopReason::SignedOut;
    sdk::status(&phone, |status| *status == Status::Stopped { reason }).await;
    assert!(counted.0.borrow().1.is_none() && phone.session().is_none());
    assert!(matches!(phone.call(ShowMe {}).await, Err(Error::SignedOut)));
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_device() {
    let server = Server::start().await;
    let phone = sdk::registered(&url(&server), "ann").await;
    let laptop = sdk::client(&url(&server));
    laptop
        .login("ann", Secret::new(sdk::PASSWORD))
        .await
        .expect("ann signs in");
    sdk::online(&phone).await;
    sdk::online(&laptop).await;
    let other = phone.session().expect("signed in").session_id;

    laptop
        .call(Logout { all: Some(true) })
        .await
        .expect("signed in");

    for client in [&phone, &laptop] {
        let reason = StopReason::SignedOut;
        sdk::status(client, |status| *status == Status::Stopped { reason }).await;
    }
    let gone = laptop.call(EndSession { session_id: other }).await;
    assert!(matches!(gone, Err(Error::SignedOut)), "{gone:?}");
}
