//! Who one is: coming in, being another account, and leaving. What was given up meanwhile leaves nothing behind.

use super::{LAST_SENDS, Outcome, Performer, Wanted};
use crate::{
    Msg,
    effect::enter::{Entered, Way, enter, forget, resume},
    model::Account,
};
use chat_client::{Client, SavedSession, typed_server};
use std::sync::Arc;

impl Performer {
    /// What is still wanted of what comes back: neither the answer to another account, nor a sign-in that was given up.
    pub(crate) fn sift(&mut self, outcome: Outcome) -> Option<Wanted> {
        match outcome {
            Outcome::Msg(msg) => Some(Wanted::Msg(msg)),
            Outcome::Answer(to, msg) => (to == self.taken).then_some(Wanted::Msg(msg)),
            Outcome::NotSignedIn(nth, why) => {
                (nth == self.tries).then_some(Wanted::Msg(Msg::SignInFailed(why)))
            }
            Outcome::SignedIn(nth, entered) if nth == self.tries => Some(Wanted::SignedIn(entered)),
            Outcome::SignedIn(_, entered) => {
                let Entered {
                    client,
                    lock,
                    is_new,
                    ..
                } = *entered;
                let given_up = client.session().filter(|_| is_new);
                self.leave(client, lock, given_up);
                None
            }
        }
    }

    /// Takes a client that is signed in; the one before is let go. Gives as whom, and what is to be said of it.
    pub(crate) fn adopt(&mut self, entered: Entered) -> (Account, Option<String>) {
        let Entered {
            client,
            account,
            lock,
            warning,
            is_new,
        } = entered;
        self.let_go();
        // Only now it is sure that this is who one wants to be the next time.
        let session = client.session().filter(|_| is_new);
        let kept = session.map_or(Ok(()), |session| self.sessions.keep(&session));
        let unkept = kept
            .err()
            .map(|error| format!("this sign-in is not kept: {error}"));
        client.start();
        self.client = Some(client);
        self.lock = lock;
        (account, unkept.or(warning))
    }

    /// Lets a client go. A session that was given up before anybody used it ends.
    fn leave(
        &mut self,
        client: Client,
        lock: Option<std::fs::File>,
        given_up: Option<SavedSession>,
    ) {
        self.leaving.push(tokio::spawn(async move {
            client.shutdown().await;
            // Not before everything is on the disk.
            drop(lock);
            if let Some(session) = given_up {
                forget(session).await;
            }
        }));
    }

    /// Lets the client go: nobody is signed in any more.
    pub fn let_go(&mut self) {
        self.taken += 1;
        let lock = self.lock.take();
        if let Some(client) = self.client.take() {
            self.leave(client, lock, None);
        }
    }

    /// Waits until what was let go is on the disk, so that it can be taken up again; not for ever.
    pub(super) fn when_left(&mut self) -> impl Future<Output = ()> + Send + 'static {
        let leaving = std::mem::take(&mut self.leaving);
        async move {
            let all = futures_util::future::join_all(leaving);
            tokio::time::timeout(LAST_SENDS, all).await.ok();
        }
    }

    /// Whether this is who is signed in now: what is kept of an account is opened once.
    pub(super) fn is_here(&self, server: &str, username: &str) -> bool {
        let here = self.client.as_ref().and_then(Client::session);
        here.is_some_and(|here| {
            let is_same = typed_server(server).is_ok_and(|server| server == here.server);
            is_same && here.username.eq_ignore_ascii_case(username.trim())
        })
    }

    /// Comes back with the session of last time.
    pub fn resume(&mut self, session: SavedSession) {
        self.sessions.touch(&session);
        let sessions = self.sessions.clone();
        self.try_to(async move { resume(&sessions, session).await });
    }

    /// Comes in, when those that were here before have left.
    fn try_to(&mut self, enter: impl Future<Output = Result<Entered, String>> + Send + 'static) {
        self.tries += 1;
        let (nth, outcomes) = (self.tries, self.outcomes.clone());
        let (left, asked) = (self.when_left(), Arc::clone(&self.asked));
        tokio::spawn(async move {
            left.await;
            let outcome = match enter.await {
                Ok(entered) => Outcome::SignedIn(nth, Box::new(entered)),
                Err(error) => Outcome::NotSignedIn(nth, error),
            };
            outcomes.send(outcome).ok();
            drop(asked);
        });
    }

    pub(super) fn switch(&mut self, server: &str, username: &str) {
        if self.is_here(server, username) {
            let said = Msg::Told(format!("you are {username} already"));
            self.outcomes.send(Outcome::Msg(said)).ok();
            return;
        }
        let found = server.parse().ok();
        let found = found.and_then(|server| self.sessions.find(&server, Some(username)));
        match found {
            Some(session) => self.resume(session),
            None => {
                let why = format!("{username} is not signed in any more");
                self.outcomes.send(Outcome::Msg(Msg::Failed(why))).ok();
            }
        }
    }

    pub(super) fn enter(&mut self, server: String, way: Way) {
        let sessions = self.sessions.clone();
        let here = self.client.as_ref().and_then(Client::session);
        self.try_to(async move { enter(&sessions, here.as_ref(), &server, way).await });
    }
}
