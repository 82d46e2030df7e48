//! What is known on this device, read without waiting for anybody, and what says that it changed.

use super::Client;
use crate::{Error, Queued, Updates, lock};
use chat_core::{ConversationId, Message, State};
use std::sync::atomic::Ordering;

impl Client {
    /// Reads what is known, without waiting. The state of nobody, and empty, before a sign-in. Keep it short: nothing
    /// changes meanwhile.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// let title = ann.read(|state| state.conversation(group)?.conversation().title.clone());
    /// assert_eq!(title.as_deref(), Some("The group"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn read<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        self.shared().read(read)
    }

    /// What changes from now on. Read what is known after this call, and no change is missed.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, group| {
    /// use chat_client::Update;
    /// use chat_core::{Event, MessageBody};
    ///
    /// let mut updates = ben.updates();
    /// ann.conversation(group).send(MessageBody::parse("hello")?);
    /// while let Some(update) = updates.next().await {
    ///     match update {
    ///         Update::Event(envelope) if matches!(envelope.event, Event::MessageNew(_)) => break,
    ///         Update::Reset => println!("read everything again"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # });
    /// ```
    pub fn updates(&self) -> Updates {
        let shared = self.shared();
        Updates::new(shared.updates.subscribe(), shared.ended.clone())
    }

    /// Everything that is queued, in its order within each conversation; what the server has stored, until that is among the
    /// messages here.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_core::MessageBody;
    ///
    /// ann.disconnect().await;
    /// let ticket = ann.conversation(group).send(MessageBody::parse("for later")?);
    /// let queued = ann.queued();
    /// assert_eq!((queued.len(), &queued[0].key), (1, ticket.client_id()));
    /// # Ok(())
    /// # });
    /// ```
    pub fn queued(&self) -> Vec<Queued> {
        lock(&self.shared().outbox).all().cloned().collect()
    }

    /// How many queued things were lost with a file that could not be used any more, or with another user's outbox.
    pub fn lost(&self) -> usize {
        self.shared().lost.load(Ordering::Relaxed)
    }

    /// Looks for messages that have all of these words in them among those that are kept in the client's
    /// [store](crate::Builder::store), newest first: without one, none is found, whatever is in memory. The server can be asked for all there are: [`SearchMessages`](chat_core::SearchMessages) with [`Client::call`].
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_client::{Client, MemoryDisk};
    /// use chat_core::MessageBody;
    /// # use chat_client::test_kit::{knows, said};
    ///
    /// let session = ann.session().ok_or("nobody is signed in")?;
    /// let builder = Client::builder(session.server.clone()).session(session);
    /// let client = builder.store(MemoryDisk::default()).open().await?;
    /// client.start();
    /// client.conversation(group).send(MessageBody::parse("the quick brown fox")?).stored().await?;
    /// # knows(&client, "it is told", |state| (said(state, group).len() == 1).then_some(())).await;
    /// let found = client.search_kept("brown quick", None, 10).await?;
    /// assert_eq!(found[0].content, "the quick brown fox");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`] when the store cannot be read.
    pub async fn search_kept(
        &self,
        text: &str,
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Message>, Error> {
        let words: Vec<_> = text.split_whitespace().map(str::to_lowercase).collect();
        let Some(store) = self.shared().journal.store().filter(|_| !words.is_empty()) else {
            return Ok(Vec::new());
        };
        self.shared().journal.flushed().await;
        let found = store.search(&words, within, limit).await?;
        let now = self.shared().server_now();
        let is_over = |message: &Message| message.expires_at.is_some_and(|until| until <= now);
        Ok(found
            .into_iter()
            .filter(|message| !is_over(message))
            .collect())
    }
}
