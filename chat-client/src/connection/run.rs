//! The task that runs the connection: it opens sockets, carries frames and answers between them and what is known, and
//! asks [`step`] what to do. Nobody else touches the socket.

use super::{
    Effect, Event, Link, Moment,
    calls::{Call, Calls},
    step,
    upload::Uploaded,
};
use crate::{
    Error, Incoming, Socket, SocketRequest, Status, StopReason, lock,
    shared::{Hints, Shared},
};
use chat_core::{Code, Ping, Secret, Synced};
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use std::{future::pending, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How soon to look again when the socket takes no more.
const CONGESTED_MS: u64 = 50;

pub(super) type Dialed = (Secret, Result<Socket, Error>);

/// The connection, while it runs.
pub(crate) struct Run {
    pub(super) shared: Arc<Shared>,
    pub(super) link: Link,
    pub(super) socket: Option<Socket>,
    dial: Option<BoxFuture<'static, Result<Dialed, Error>>>,
    sync: Option<BoxFuture<'static, Result<Synced, Error>>>,
    /// What the sync that runs is the answer to.
    pub(super) sync_number: u64,
    pub(super) calls: Calls,
    pub(super) uploads: FuturesUnordered<BoxFuture<'static, Uploaded>>,
    /// The token of the last socket: the one that another is asked instead of.
    token: Option<Secret>,
    pub(super) is_congested: bool,
    hints: Hints,
}

enum Happening {
    Dialed(Result<Dialed, Error>),
    Synced(Box<Result<Synced, Error>>),
    Incoming(Option<Incoming>),
    Uploaded(Box<Uploaded>),
    Hurry,
    CatchUp,
    Wake,
}

impl Run {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            link: Link::new(),
            socket: None,
            dial: None,
            sync: None,
            sync_number: 0,
            calls: Calls::default(),
            uploads: FuturesUnordered::new(),
            token: None,
            is_congested: false,
            hints: Hints::default(),
        }
    }

    /// Runs until it is told to stop, or until coming back makes no sense.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut hints = self.shared.hints.subscribe();
        self.hints(*hints.borrow_and_update());
        self.step(Event::Start);
        while self.link.stopped().is_none() {
            self.flush();
            let happening = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Ok(()) = hints.changed() => {
                    self.hints(*hints.borrow_and_update());
                    continue;
                }
                happening = self.happening() => happening,
            };
            self.handle(happening);
            self.tick();
            // A disk that hangs holds nobody who stops.
            stop.run_until_cancelled(self.shared.journal.has_room())
                .await;
        }
        self.hang_up();
        lock(&self.shared.outbox).disconnected(true);
        match self.link.stopped() {
            Some(_) => self.shared.release(),
            None => self.shared.set_status(Status::Idle),
        }
    }

    /// Takes what the app says of the world around.
    fn hints(&mut self, hints: Hints) {
        if self.hints.has_network != hints.has_network {
            self.step(Event::Network(hints.has_network));
        }
        if self.hints.in_background != hints.in_background {
            self.step(Event::Background(hints.in_background));
        }
        self.hints = hints;
    }

    /// Waits for whatever comes first. Dropping it early loses nothing.
    async fn happening(&mut self) -> Happening {
        let shared = Arc::clone(&self.shared);
        let sleep_ms = self.sleep_ms();
        let sleep = async {
            match sleep_ms {
                Some(ms) => shared.clock().sleep(Duration::from_millis(ms)).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            dialed = maybe(&mut self.dial) => Happening::Dialed(dialed),
            synced = maybe(&mut self.sync) => Happening::Synced(Box::new(synced)),
            incoming = hear(&mut self.socket) => Happening::Incoming(incoming),
            Some(uploaded) = self.uploads.next() => Happening::Uploaded(Box::new(uploaded)),
            () = shared.hurry.notified() => Happening::Hurry,
            () = shared.catching_up.asked() => Happening::CatchUp,
            () = shared.wake.notified() => Happening::Wake,
            () = sleep => Happening::Wake,
        }
    }

    fn handle(&mut self, happening: Happening) {
        match happening {
            Happening::Wake => {}
            Happening::Hurry => {
                lock(&self.shared.outbox).hurry();
                self.step(Event::Hurry);
            }
            Happening::CatchUp => self.step(Event::Gap),
            Happening::Uploaded(uploaded) => self.uploaded(*uploaded),
            Happening::Dialed(dialed) => self.dialed(dialed),
            Happening::Synced(synced) => self.synced(*synced),
            Happening::Incoming(Some(Incoming::Text(text))) => {
                self.step(Event::Heard);
                self.hear(&text);
            }
            Happening::Incoming(Some(Incoming::Alive)) => self.step(Event::Heard),
            Happening::Incoming(Some(Incoming::Closed { code, reason })) => {
                self.step(Event::Closed { code, reason });
            }
            Happening::Incoming(None) => self.step(Event::Closed {
                code: None,
                reason: "the connection broke".into(),
            }),
        }
    }

    /// Lets time do its part.
    fn tick(&mut self) {
        let now_ms = self.now_ms();
        if self.calls.overdue_ms().is_some_and(|ms| now_ms >= ms) {
            self.step(Event::Closed {
                code: None,
                reason: "an answer did not come".into(),
            });
        }
        if self.link.next_tick().is_some_and(|ms| now_ms >= ms) {
            self.step(Event::Tick);
        }
        self.expire();
    }

    /// How long there is nothing to do unless something comes.
    fn sleep_ms(&self) -> Option<u64> {
        let now_ms = self.now_ms();
        let mut next_ms = self.link.next_tick();
        let mut earlier = |at_ms: Option<u64>| {
            next_ms = next_ms.into_iter().chain(at_ms).min();
        };
        if self.is_congested {
            earlier(Some(now_ms + CONGESTED_MS));
        } else if self.link.is_live() {
            earlier(lock(&self.shared.outbox).next_ms());
            earlier(lock(&self.shared.signals).next_ms());
        }
        earlier(self.calls.overdue_ms());
        let expiry = self.shared.read(chat_core::State::next_expiry);
        let end = self.shared.read(chat_core::State::next_message_end);
        let expiry_ms = expiry.map(|at| at.since_ms(self.shared.clock().now()));
        let end_ms = end.map(|at| at.since_ms(self.shared.server_now()));
        for ms in expiry_ms.into_iter().chain(end_ms) {
            earlier(Some(now_ms + u64::try_from(ms).unwrap_or_default()));
        }
        next_ms.map(|ms| ms.saturating_sub(now_ms))
    }

    pub(super) fn is_syncing(&self) -> bool {
        self.sync.is_some()
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.shared.clock().elapsed_ms()
    }

    pub(super) fn step(&mut self, event: Event) {
        let moment = Moment {
            now_ms: self.now_ms(),
            dice: self.shared.clock().random(),
        };
        let link = std::mem::replace(&mut self.link, Link::new());
        let (link, effects) = step(link, event, moment);
        self.link = link;
        for effect in effects {
            self.perform(effect);
        }
        self.shared.set_status(self.link.status());
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Dial { renew } => {
                let instead_of = self.token.take().filter(|_| renew);
                self.dial = Some(Box::pin(dial(Arc::clone(&self.shared), instead_of)));
            }
            Effect::HangUp => self.hang_up(),
            Effect::Sync => {
                self.sync_number = self.shared.catching_up.number();
                let request = lock(&self.shared.known).request();
                let http = Arc::clone(&self.shared.http);
                self.sync = Some(Box::pin(async move { http.call(&request).await }));
            }
            Effect::Ping => {
                let id = self.calls.ask(Call::Ping, self.now_ms());
                self.write(Some(id), &Ping {});
            }
            Effect::SignOut => {
                if let Some(session) = self.shared.http.sessions.saved() {
                    self.shared.http.sessions.end(session.session_id);
                }
            }
        }
    }

    fn hang_up(&mut self) {
        self.dial = None;
        self.sync = None;
        self.socket = None;
        self.is_congested = false;
        self.calls.disconnected();
        lock(&self.shared.outbox).disconnected(false);
        lock(&self.shared.signals).disconnected();
        lock(&self.shared.known).disconnected();
    }

    fn dialed(&mut self, dialed: Result<Dialed, Error>) {
        let error = match dialed {
            Ok((token, Ok(socket))) => {
                self.token = Some(token);
                self.socket = Some(socket);
                return self.step(Event::Opened);
            }
            Ok((token, Err(error))) => {
                self.token = Some(token);
                error
            }
            // No token was to be had, because something in between answered: the session may be as good as ever.
            Err(error) if error.is_foreign() => {
                return self.step(Event::DialFailed {
                    reason: error.to_string(),
                    retry_after_ms: error.retry_after_ms(),
                });
            }
            Err(error) => error,
        };
        self.step(match &error {
            // Another token may not be refused.
            Error::Api(problem)
                if matches!(problem.code, Code::TokenExpired | Code::Unauthenticated) =>
            {
                Event::TokenRefused
            }
            error => failure(error).unwrap_or_else(|| Event::DialFailed {
                reason: error.to_string(),
                retry_after_ms: error.retry_after_ms(),
            }),
        });
    }
}

/// What makes coming back senseless. Only the server can say so.
pub(super) fn failure(error: &Error) -> Option<Event> {
    if error.is_foreign() {
        return None;
    }
    match error.code() {
        Code::SessionEnded => Some(Event::SessionEnded),
        Code::Unauthenticated => Some(Event::Stop(StopReason::SignedOut)),
        Code::AccountDisabled => Some(Event::Stop(StopReason::AccountDisabled)),
        _ => None,
    }
}

/// Opens a socket with a good token; with another than `instead_of`, if there is one to be had.
async fn dial(shared: Arc<Shared>, instead_of: Option<Secret>) -> Result<Dialed, Error> {
    let token = match instead_of {
        Some(used) => shared.http.renew(used).await?,
        None => shared.http.token().await?,
    };
    let request = SocketRequest {
        url: shared.http.socket_url(),
        token: token.clone(),
    };
    Ok((token, shared.http.transport.connect(request).await))
}

/// What the future comes to, if there is one; it is gone then.
async fn maybe<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(running) => {
            let value = running.await;
            *future = None;
            value
        }
        None => pending().await,
    }
}

async fn hear(socket: &mut Option<Socket>) -> Option<Incoming> {
    match socket {
        Some(socket) => socket.incoming.recv().await,
        None => pending().await,
    }
}
