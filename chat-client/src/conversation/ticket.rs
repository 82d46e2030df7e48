//! What a caller holds of something that is on its way. Dropping it changes nothing.

use crate::{Error, Kept};
use chat_core::{Ack, ClientId};
use tokio::sync::oneshot;

/// A message on its way. It is sent whether or not anybody holds this.
#[derive(Debug)]
pub struct SendTicket(pub(super) Ticket);

/// Something on its way. It is done whether or not anybody holds this.
#[derive(Debug)]
pub struct Ticket {
    pub(super) key: ClientId,
    pub(super) kept: Kept,
    pub(super) outcome: oneshot::Receiver<Result<Option<Ack>, Error>>,
}

impl SendTicket {
    /// The id of the send, under which its echo is found in the state.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_core::MessageBody;
    ///
    /// let ticket = ann.conversation(group).send(MessageBody::parse("hello")?);
    /// let is_it = |state: &chat_core::State| state.echoes(group).contains(ticket.client_id());
    /// assert!(ann.read(is_it));
    /// # Ok(())
    /// # });
    /// ```
    pub fn client_id(&self) -> &ClientId {
        self.0.key()
    }

    /// Waits until the message is on disk, from where it is sent even if the program dies now.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_core::MessageBody;
    ///
    /// let ticket = ann.conversation(group).send(MessageBody::parse("hello")?).kept().await?;
    /// println!("{} cannot be lost any more", ticket.client_id());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`] when the disk did not take it: then it is not sent, and its echo is gone.
    pub async fn kept(self) -> Result<Self, Error> {
        self.0.kept().await.map(Self)
    }

    /// Waits until the server has stored the message, over as many connections as that takes.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_core::MessageBody;
    ///
    /// let ack = ann.conversation(group).send(MessageBody::parse("hello")?).stored().await?;
    /// println!("stored at {} as {}", ack.seq, ack.message_id);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused it for good: its echo has failed, and waits to be retried or discarded.
    /// [`Error::SignedOut`] and [`Error::Stopped`] when the connection was given up, before or after the send: the
    /// message is still queued, and is sent when the connection is started again. [`Error::Store`] when the disk did not
    /// take it.
    pub async fn stored(self) -> Result<Ack, Error> {
        self.0.outcome().await?.ok_or(Error::Stopped)
    }
}

impl Ticket {
    /// Its name in the outbox.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("notes.txt");
    /// # std::fs::write(&path, "buy milk")?;
    /// let upload = ann.conversation(group).upload(&path, "notes.txt", "text/plain");
    /// println!("queued as {}", upload.key());
    /// # Ok(())
    /// # });
    /// ```
    pub fn key(&self) -> &ClientId {
        &self.key
    }

    /// Waits until it is on disk, from where it is done even if the program dies now.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let sent = ann.conversation(group).send(chat_core::MessageBody::parse("hello")?).stored().await?;
    /// let deletion = ann.conversation(group).delete(sent.message_id).kept().await?;
    /// println!("{} is done, whatever happens to this program", deletion.key());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`] when the disk did not take it: then it is not done.
    pub async fn kept(mut self) -> Result<Self, Error> {
        std::mem::replace(&mut self.kept, Kept::already())
            .kept()
            .await?;
        Ok(self)
    }

    /// Waits until the server has done it, over as many connections as that takes.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let sent = ann.conversation(group).send(chat_core::MessageBody::parse("hello")?).stored().await?;
    /// ann.conversation(group).delete(sent.message_id).done().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As for [`SendTicket::stored`].
    pub async fn done(self) -> Result<(), Error> {
        self.outcome().await.map(drop)
    }

    async fn outcome(self) -> Result<Option<Ack>, Error> {
        let Self { kept, outcome, .. } = self.kept().await?;
        drop(kept);
        outcome.await.unwrap_or(Err(Error::Stopped))
    }
}

/// A ticket of what needed nobody else.
pub(super) fn done_already(key: &ClientId, kept: Kept) -> Ticket {
    over(key.clone(), kept, Ok(None))
}

/// A ticket of what was not queued.
pub(super) fn refused(key: ClientId, error: Error) -> Ticket {
    over(key, Kept::refused(error.clone()), Err(error))
}

fn over(key: ClientId, kept: Kept, end: Result<Option<Ack>, Error>) -> Ticket {
    let (sender, outcome) = oneshot::channel();
    // The receiver is still here.
    sender.send(end).ok();
    Ticket { key, kept, outcome }
}
