//! Signing in and out: whose device this is, and what is forgotten when it is somebody else's.

use super::Client;
use crate::{Error, Status, Write, lock};
use chat_core::{Login, Logout, Register, Secret, SignedIn, State};

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
    /// [`Error::Api`] with `taken` or `invalid` among others; [`Error::Network`].
    pub async fn register(&self, mut request: Register) -> Result<SignedIn, Error> {
        if request.device_name.is_none() {
            request.device_name.clone_from(&self.inner.device_name);
        }
        let signed_in = self.call(request).await?;
        self.begin(&signed_in).await?;
        Ok(signed_in)
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
    /// [`Error::Api`] with `wrong_credentials` among others; [`Error::Network`].
    pub async fn login(&self, identifier: &str, password: Secret) -> Result<SignedIn, Error> {
        let request = Login {
            identifier: identifier.to_owned(),
            password,
            device_name: self.inner.device_name.clone(),
        };
        let signed_in = self.call(request).await?;
        self.begin(&signed_in).await?;
        Ok(signed_in)
    }

    /// Ends the session of this device, and forgets everything it knew: nothing of that is left in the store's file or beside
    /// it. What the app has fetched into files of its own ([`Client::download_to`]) is left to the app.
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
        self.disconnect().await;
        let turn = self.shared().http.sessions.turn().await;
        if let Some(session) = self.session() {
            self.shared().http.sessions.end(session.session_id);
        }
        drop(turn);
        let wiped = self.shared().journal.keep(vec![Write::Wipe]).kept().await;
        self.shared().begin(None).await?;
        wiped
    }

    /// Takes a new session. What was known about another user is forgotten; a connection that runs begins anew.
    async fn begin(&self, signed_in: &SignedIn) -> Result<(), Error> {
        let was_running = lock(&self.inner.runs).is_kept();
        self.disconnect().await;
        let shared = self.shared();
        let me = Some(signed_in.user.user.id);
        // First what may fail: who is not let in is not signed in either.
        let loaded = match Some(self.read(State::me)) == me {
            true => None,
            false => Some(shared.load(me).await?),
        };
        let http = &shared.http;
        let turn = http.sessions.turn().await;
        http.sessions
            .begin(&http.server, signed_in, http.clock.now());
        drop(turn);
        if let Some(loaded) = loaded {
            shared.show(me, loaded);
        }
        if was_running {
            self.start();
        } else if !self.shared().ended.is_cancelled() {
            // Why the last connection was given up is of no interest any more.
            self.shared().set_status(Status::Idle);
        }
        Ok(())
    }
}
