//! Going back in a conversation: what is kept on this device first, and what is not, of the server; that is kept then.

use super::ConversationHandle;
use crate::{Error, Update, lock, store};
use chat_core::{Applied, ConversationState, History, Life, Seq, State, Stretch};

impl ConversationHandle {
    /// Brings up to `limit` older messages into the state: from the store where it has them, else from the server. False
    /// when there are none, or when another call has brought them meanwhile.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// let here = ann.conversation(group);
    /// while here.load_older(50).await? {}
    /// let all = ann.read(|state| state.conversation(group).map(|known| known.messages().count()));
    /// println!("{all:?} messages");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`].
    pub async fn load_older(&self, limit: u32) -> Result<bool, Error> {
        let asked = self
            .shared
            .read(|state| state.history_before(self.id, limit));
        match asked {
            Some(asked) => self.load(asked).await,
            None => Ok(false),
        }
    }

    /// Brings older messages out of the store into the state, and asks nobody else.
    pub(crate) async fn load_older_kept(&self, limit: u32) -> bool {
        let (asked, life) = self.shared.read(|state| {
            let asked = state.history_before(self.id, limit);
            (asked, self.life(state))
        });
        match asked {
            Some(asked) => self.load_kept(&asked, life).await,
            None => false,
        }
    }

    /// Brings messages around a place out of the store into the state. False when the store has nothing there.
    pub(crate) async fn load_kept_around(&self, seq: Seq, limit: u32) -> bool {
        let life = self.shared.read(|state| self.life(state));
        let asked = |before, after| History {
            conversation_id: self.id,
            before,
            after,
            around: None,
            limit: Some(limit),
        };
        let before = self.load_kept(&asked(Some(seq.next()), None), life).await;
        before && {
            self.load_kept(&asked(None, Some(seq)), life).await;
            true
        }
    }

    /// Brings the messages before, after or around a place into the state: from the store where it has them, else from the
    /// server. True when something is new.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let sent = ann.conversation(group).send(chat_core::MessageBody::parse("hello")?).stored().await?;
    /// use chat_core::History;
    ///
    /// let around = History {
    ///     conversation_id: group,
    ///     before: None,
    ///     after: None,
    ///     around: Some(sent.seq),
    ///     limit: Some(20),
    /// };
    /// ann.conversation(group).load(around).await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`].
    pub async fn load(&self, asked: History) -> Result<bool, Error> {
        let asked = History {
            conversation_id: self.id,
            ..asked
        };
        let life = self.shared.read(|state| self.life(state));
        if let Some(seq) = asked.around
            && self.load_kept_around(seq, asked.limit()).await
        {
            return Ok(true);
        }
        if self.load_kept(&asked, life).await {
            return Ok(true);
        }
        let page = self.shared.http.call(&asked).await?;
        let mut known = lock(&self.shared.known);
        if self.life(&known.state) != life {
            // What changed between that life and this one is not in the page.
            return Ok(false);
        }
        let Some(stretch) = Stretch::of_page(&asked, &page) else {
            return Ok(false);
        };
        let applied = known.state.apply_page(&asked, page);
        let is_changed = matches!(applied, Applied::Changed(_));
        if is_changed {
            let writes = known.keep_page(self.id, stretch);
            self.shared.journal.write(writes, Vec::new());
        }
        drop(known);
        if is_changed {
            self.shared.tell(Update::Conversation(self.id));
        }
        Ok(is_changed)
    }

    /// Lets the messages go that are in none of these stretches, but for the newest. What is kept on the disk stays there,
    /// and [`load`](Self::load) brings it back. For who scrolls so far that memory matters.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// let here = ann.conversation(group);
    /// while here.load_older(50).await? {}
    /// here.keep_only(&[]);
    /// let left = ann.read(|state| state.conversation(group).map(|known| known.messages().count()));
    /// assert!(left <= Some(1));
    /// # Ok(())
    /// # });
    /// ```
    pub fn keep_only(&self, wanted: &[Stretch]) {
        let mut known = lock(&self.shared.known);
        let applied = known.state.keep_only(self.id, wanted);
        drop(known);
        if matches!(applied, Applied::Changed(_)) {
            self.shared.tell(Update::Conversation(self.id));
        }
    }

    /// Brings messages out of the store into the state. What the store cannot give, the server can.
    async fn load_kept(&self, asked: &History, life: Option<Life>) -> bool {
        let Some(store) = self.shared.journal.store() else {
            return false;
        };
        let limit = asked.limit();
        let from = match (asked.before, asked.after) {
            (Some(before), _) => store::From::Before(before),
            (None, Some(after)) => store::From::After(after),
            (None, None) => return false,
        };
        // What the server has told may still be on its way to the disk.
        self.shared.journal.flushed().await;
        let mut page = match store.page(self.id, from, limit).await {
            Ok(Some(page)) => page,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(%error, "the store could not be read");
                return false;
            }
        };
        store::let_expire(&mut page.items, self.shared.server_now());
        let mut known = lock(&self.shared.known);
        if self.life(&known.state) != life {
            return false;
        }
        let applied = known
            .state
            .apply_stretch_of(self.id, page.stretch, page.items);
        drop(known);
        let is_changed = matches!(applied, Applied::Changed(_));
        if is_changed {
            self.shared.tell(Update::Conversation(self.id));
        }
        is_changed
    }

    fn life(&self, state: &State) -> Option<Life> {
        state.conversation(self.id).map(ConversationState::life)
    }
}
