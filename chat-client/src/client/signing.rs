//! Signing in and out: whose device this is, and what is forgotten when it is somebody else's.

use super::Client;
use crate::{Error, Status, lock};
use chat_core::{Login, Logout, Register, Secret, SignedIn, State};
use std::time::Duration;

/// How long one who could not be signed in waits at most for the server to hear of it.
const GIVE_BACK: Duration = Duration::from_millis(2_500);

impl Client {
    /// Makes an account and signs it in.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// use chat_client::Client;
    /// use chat_core::{Email, NewPassword, Register, Username};
    ///
    /// let client = Client::builder(ann.server().clone()).build()?;
    /// let new = Register {
    ///     username: Username::parse("cleo")?,
    ///     email: Email::parse("cleo@example.org")?,
    ///     password: NewPassword::try_from("correct horse battery".to_owned())?,
    ///     display_name: None,
    ///     device_name: None,
    /// };
    /// let signed_in = client.register(new).await?;
    /// assert_eq!(client.me(), Some(signed_in.user.user.id));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] with `taken` or `invalid` among others; [`Error::Network`]; [`Error::Store`] as for [`Client::login`], with
    /// the account made.
    pub async fn register(&self, mut request: Register) -> Result<SignedIn, Error> {
        if request.device_name.is_none() {
            request.device_name.clone_from(&self.inner.device_name);
        }
        let signed_in = self.call(request).await?;
        self.to_the_end(|client| client.begin(signed_in)).await
    }

    /// Signs in with a username or an email address.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # let new = chat_core::Register {
    /// #     username: chat_core::Username::parse("cleo")?,
    /// #     email: chat_core::Email::parse("cleo@example.org")?,
    /// #     password: chat_core::NewPassword::try_from("correct horse battery".to_owned())?,
    /// #     display_name: None,
    /// #     device_name: None,
    /// # };
    /// # chat_client::Client::builder(ann.server().clone()).build()?.register(new).await?;
    /// use chat_client::{Client, Error};
    /// use chat_core::{Code, Secret};
    ///
    /// let client = Client::builder(ann.server().clone()).device_name("laptop").build()?;
    /// match client.login("cleo", Secret::new("wrong")).await {
    ///     Err(error) if error.code() == Code::WrongCredentials => println!("{error}"),
    ///     other => panic!("{other:?}"),
    /// }
    /// client.login("cleo", Secret::new("correct horse battery")).await?;
    /// client.start();
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] with `wrong_credentials` among others; [`Error::Network`]; [`Error::Store`] when this device can keep nothing
    /// for them: then whoever was signed in before still is, and a connection that ran is begun again.
    pub async fn login(&self, identifier: &str, password: Secret) -> Result<SignedIn, Error> {
        let request = Login {
            identifier: identifier.to_owned(),
            password,
            device_name: self.inner.device_name.clone(),
        };
        let signed_in = self.call(request).await?;
        self.to_the_end(|client| client.begin(signed_in)).await
    }

    /// Ends the session of this device, and forgets everything it knew: nothing of that is left in the store's file or beside
    /// it, and what is said, drafted or read from here on is refused ([`Error::SignedOut`]). What the app has fetched into files
    /// of its own ([`Client::download_to`]) is left to the app.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// ann.logout().await?;
    /// assert!(ann.session().is_none() && ann.me().is_none());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Network`], and [`Error::Api`] from something in between, when the server could not be told: then the
    /// device is still signed in.
    pub async fn logout(&self) -> Result<(), Error> {
        match self.call(Logout { all: None }).await {
            Ok(_) | Err(Error::SignedOut) => {}
            Err(error) if error.is_foreign() => return Err(error),
            Err(Error::Api(problem)) if problem.status == 401 => {}
            Err(error) => return Err(error),
        }
        self.to_the_end(Self::forget).await
    }

    /// Does what is no good by halves, also where nobody waits for it any more.
    async fn to_the_end<T, F>(&self, work: impl FnOnce(Self) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let done = tokio::spawn(work(self.clone())).await;
        // It panicked, or the runtime ends.
        done.unwrap_or(Err(Error::Stopped))
    }

    async fn forget(self) -> Result<(), Error> {
        self.disconnect().await;
        let shared = self.shared();
        let turn = shared.http.sessions.turn().await;
        if let Some(session) = self.session() {
            shared.http.sessions.end(session.session_id);
        }
        drop(turn);
        // What comes from here on would be left in the store.
        shared.close();
        let wiped = shared.journal.wiped().await;
        shared.begin(None).await?;
        wiped
    }

    /// Ends a session that nobody will use. One whose end the server does not hear of in time stays on the list of its user.
    async fn give_back(&self, signed_in: SignedIn) {
        let (http, this_one) = (&self.shared().http, Logout { all: None });
        let ended = http.call_as(signed_in.tokens.access_token, &this_one);
        tokio::select! {
            ended = ended => if let Err(error) = ended {
                tracing::debug!(%error, "a session that nobody uses could not be ended");
            },
            () = http.clock.sleep(GIVE_BACK) => {}
        }
    }

    /// Takes a new session. What was known about another user is forgotten; a connection that runs begins anew.
    async fn begin(self, signed_in: SignedIn) -> Result<SignedIn, Error> {
        let was_running = lock(&self.inner.runs).is_kept();
        self.disconnect().await;
        let shared = self.shared();
        let http = &shared.http;
        // Who renews a token of the session of before would put that back.
        let turn = http.sessions.turn().await;
        let me = Some(signed_in.user.user.id);
        // First what may fail: who is not let in is not signed in either.
        let loaded = match Some(self.read(State::me)) == me {
            true => Ok(None),
            false => shared.load(me).await.map(Some),
        };
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(error) => {
                drop(turn);
                if was_running {
                    self.start();
                }
                self.give_back(signed_in).await;
                return Err(error);
            }
        };
        http.sessions
            .begin(&http.server, &signed_in, http.clock.now());
        if let Some(loaded) = loaded {
            shared.show(me, loaded);
        }
        drop(turn);
        if was_running {
            self.start();
        } else if !shared.ended.is_cancelled() {
            // Why the last connection was given up is of no interest any more.
            shared.set_status(Status::Idle);
        }
        Ok(signed_in)
    }
}
