//! What is done after an answer was given, so that neither the answer nor its time tells who has an account: looking an
//! address up, making a token for a link, putting a mail into the queue.

use crate::{
    App, Error,
    mail::{self, LINK_MINUTES, Mailer},
    store::{
        self,
        mail_token::{NewToken, Purpose},
    },
    writer::{Tx, Writer},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chat_core::{Email, Secret, Timestamp, UserId};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use url::Url;

/// A mail with a link, to be made.
pub(crate) struct Errand {
    writer: Writer,
    mailer: Arc<Mailer>,
    base: Url,
    token: Secret,
    now: Timestamp,
    email: Email,
    what: What,
}

/// What the link is for.
#[derive(Clone, Copy)]
enum What {
    /// To confirm that the address is the account's.
    Verify(UserId),
    /// To set the password of whoever has the address.
    Reset,
}

impl Errand {
    /// Asks whoever reads an address to confirm that it is this user's.
    pub(crate) fn verify(app: &App, user: UserId, email: Email) -> Self {
        Self::new(app, email, What::Verify(user))
    }

    /// Sends whoever has an account with an address the way to a new password.
    pub(crate) fn reset(app: &App, email: Email) -> Self {
        Self::new(app, email, What::Reset)
    }

    fn new(app: &App, email: Email, what: What) -> Self {
        Self {
            writer: app.writer.clone(),
            mailer: app.mailer.clone(),
            base: app.link_base(),
            token: make_token(app),
            now: app.now(),
            email,
            what,
        }
    }

    async fn run(self) -> Result<(), Error> {
        let (email, what, now) = (self.email.clone(), self.what, self.now);
        let hash = hash(&self.token);
        let may = self
            .writer
            .run(move |tx| Box::pin(async move { keep(tx, what, &email, hash, now).await }))
            .await?;
        let mail = match (self.what, may) {
            (What::Verify(_), true) => mail::verify_email(&self.base, self.email, &self.token),
            (What::Verify(_), false) => mail::email_in_use(&self.base, self.email),
            (What::Reset, true) => mail::reset_password(&self.base, self.email, &self.token),
            (What::Reset, false) => return Ok(()),
        };
        self.mailer.post(mail)
    }
}

/// Stores the token, if there is somebody to give it to.
async fn keep(
    tx: &mut Tx,
    what: What,
    email: &Email,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<bool, Error> {
    let (user, purpose) = match what {
        What::Verify(user) if store::user::has_email(tx, email, Some(user)).await? => {
            return Ok(false);
        }
        What::Verify(user) => (user, Purpose::Verify),
        What::Reset => match store::user::to_reset(tx, email).await? {
            Some(user) => (user, Purpose::Reset),
            None => return Ok(false),
        },
    };
    keep_token(tx, user, purpose, Some(email), hash, now).await?;
    Ok(true)
}

/// Stores the hash of a token. The user's tokens before it are good no more.
pub(crate) async fn keep_token(
    tx: &mut Tx,
    user_id: UserId,
    purpose: Purpose,
    email: Option<&Email>,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<Timestamp, Error> {
    let expires_at = now.plus_ms(LINK_MINUTES * 60_000);
    let token = NewToken {
        hash,
        user_id,
        purpose,
        email: email.map(Email::as_str),
        expires_at,
    };
    store::mail_token::insert(tx, &token).await?;
    Ok(expires_at)
}

/// Says that a token is good for nothing, and not why: there never was one, or it was used, or it is another's.
pub(crate) fn used_up() -> Error {
    Error::invalid(
        "token",
        "is not good: it was used, has run out, or a newer one was mailed; ask for another mail",
    )
}

/// A token that nobody guesses: 32 random bytes.
pub(crate) fn make_token(app: &App) -> Secret {
    Secret::new(BASE64_URL_SAFE_NO_PAD.encode(app.random.bytes::<32>()))
}

/// What is stored of a token.
pub(crate) fn hash(token: &Secret) -> [u8; 32] {
    // Exposed to be hashed.
    Sha256::digest(token.expose().as_bytes()).into()
}

/// Begins an errand without waiting for it. A shutdown does.
pub(crate) fn run(app: &App, errand: Errand) {
    app.tasks.spawn(async move {
        if let Err(error) = errand.run().await {
            tracing::warn!(%error, "a mail could not be prepared");
        }
    });
}
