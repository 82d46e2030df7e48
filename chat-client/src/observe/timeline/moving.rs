//! Moving a timeline: further back, further on, to a message, to the end. What is known comes first, then what is kept on
//! this device, and the server is asked for the rest.

use super::{Timeline, window::Window};
use crate::{Error, Update, lock};
use chat_core::{Code, ConversationState, History, Life, MessageId, Seq, ShowMessage};

impl Timeline {
    /// Looks at the newest messages again.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let here = ann.conversation(group);
    /// # let mut last = None;
    /// # for number in 1..=30 {
    /// #     last = Some(here.send(chat_core::MessageBody::parse(format!("message {number}"))?).stored().await?);
    /// # }
    /// # let last = last.ok_or("nothing was sent")?;
    /// # let told = |state: &chat_core::State| state.conversation(group)?.message(last.message_id).map(|_| ());
    /// # chat_client::test_kit::knows(&ann, "the last is told", told).await;
    /// # use chat_client::TimelineOptions;
    /// # let few = TimelineOptions { limit: 5, ..TimelineOptions::default() };
    /// let timeline = here.timeline(few).await;
    /// timeline.jump_to(chat_core::Seq::try_from(last.seq.get() - 20)?).await?;
    /// assert!(!timeline.is_at_end());
    /// timeline.jump_to_end().await;
    /// assert!(timeline.is_at_end());
    /// # Ok(())
    /// # });
    /// ```
    pub async fn jump_to_end(&self) {
        let limit = self.options.limit;
        loop {
            let missing = self.known(|known| {
                let count = known.messages().count();
                let is_short = known.has_before() && count < limit as usize;
                is_short.then(|| limit - u32::try_from(count).unwrap_or(limit))
            });
            let Some(missing) = missing.flatten() else {
                break;
            };
            if !self.handle.load_older_kept(missing).await {
                break;
            }
        }
        let after = self.known(|known| Window::newest(known, limit as usize));
        let mut window = lock(&self.window);
        window.after = after.unwrap_or(Seq::ZERO);
        window.through = None;
        drop(window);
        self.moved();
    }

    /// Shows up to `limit` more messages further back: known ones, kept ones, and else those that the server has. False
    /// when there are none.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let here = ann.conversation(group);
    /// # let mut last = None;
    /// # for number in 1..=30 {
    /// #     last = Some(here.send(chat_core::MessageBody::parse(format!("message {number}"))?).stored().await?);
    /// # }
    /// # let last = last.ok_or("nothing was sent")?;
    /// # let told = |state: &chat_core::State| state.conversation(group)?.message(last.message_id).map(|_| ());
    /// # chat_client::test_kit::knows(&ann, "the last is told", told).await;
    /// # use chat_client::TimelineOptions;
    /// # let few = TimelineOptions { limit: 5, ..TimelineOptions::default() };
    /// let timeline = here.timeline(few).await;
    /// // Whenever the user has scrolled to the first row:
    /// while timeline.load_older(20).await? {}
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`].
    pub async fn load_older(&self, limit: u32) -> Result<bool, Error> {
        loop {
            let after = lock(&self.window).after;
            if after == Seq::ZERO {
                return Ok(false);
            }
            let further = self.known(|known| Window::further_back(known, after, limit as usize));
            if let Some(further) = further.flatten() {
                let has_more = self.known(|known| Window::has_between(known, further, after));
                lock(&self.window).after = further;
                self.moved();
                if has_more == Some(true) {
                    return Ok(true);
                }
                continue;
            }
            let was = self.place();
            let is_new = self.handle.load(self.before(after.next(), limit)).await?;
            let further = |known: &ConversationState| Window::further_back(known, after, 1);
            let is_here = || self.known(further).flatten().is_some();
            // Another call may have brought it, or gone on from there.
            if !is_new && self.place() == was && !is_here() {
                return Ok(false);
            }
        }
    }

    /// Shows up to `limit` more messages further on, until it is at the end. False when it is.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let here = ann.conversation(group);
    /// # let mut last = None;
    /// # for number in 1..=30 {
    /// #     last = Some(here.send(chat_core::MessageBody::parse(format!("message {number}"))?).stored().await?);
    /// # }
    /// # let last = last.ok_or("nothing was sent")?;
    /// # let told = |state: &chat_core::State| state.conversation(group)?.message(last.message_id).map(|_| ());
    /// # chat_client::test_kit::knows(&ann, "the last is told", told).await;
    /// # use chat_client::TimelineOptions;
    /// # let few = TimelineOptions { limit: 5, ..TimelineOptions::default() };
    /// let timeline = here.timeline(few).await;
    /// timeline.jump_to(chat_core::Seq::try_from(last.seq.get() - 20)?).await?;
    /// // Whenever the user has scrolled to the last row:
    /// while timeline.load_newer(10).await? {}
    /// assert!(timeline.is_at_end());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As for [`Timeline::load_older`].
    pub async fn load_newer(&self, limit: u32) -> Result<bool, Error> {
        loop {
            let Some(through) = lock(&self.window).through else {
                return Ok(false);
            };
            let further = self.known(|known| Window::further_on(known, through, limit as usize));
            if let Some(further) = further.flatten() {
                lock(&self.window).through = further;
                self.moved();
                return Ok(true);
            }
            let asked = History {
                before: None,
                after: Some(through),
                ..self.before(through, limit)
            };
            let was = self.place();
            let is_new = self.handle.load(asked).await?;
            let further = |known: &ConversationState| Window::further_on(known, through, 1);
            let is_here = || self.known(further).flatten().is_some();
            // As in going back.
            if !is_new && self.place() == was && !is_here() {
                return Ok(false);
            }
        }
    }

    /// Looks at the messages around a place.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let here = ann.conversation(group);
    /// # let mut last = None;
    /// # for number in 1..=30 {
    /// #     last = Some(here.send(chat_core::MessageBody::parse(format!("message {number}"))?).stored().await?);
    /// # }
    /// # let last = last.ok_or("nothing was sent")?;
    /// # let told = |state: &chat_core::State| state.conversation(group)?.message(last.message_id).map(|_| ());
    /// # chat_client::test_kit::knows(&ann, "the last is told", told).await;
    /// # use chat_client::TimelineOptions;
    /// # let few = TimelineOptions { limit: 5, ..TimelineOptions::default() };
    /// let timeline = here.timeline(few).await;
    /// timeline.jump_to(chat_core::Seq::try_from(last.seq.get() - 20)?).await?;
    /// assert!(timeline.jump_to(chat_core::Seq::try_from(last.seq.get() + 20)?).await.is_err());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As for [`Timeline::load_older`]; [`Error::Invalid`] when there is no such place.
    pub async fn jump_to(&self, seq: Seq) -> Result<(), Error> {
        let limit = self.options.limit;
        let is_known = |timeline: &Self| {
            let stretch = timeline.known(|known| known.stretch_of(seq));
            stretch.flatten().is_some()
        };
        if !is_known(self) {
            let asked = History {
                before: None,
                around: Some(seq),
                ..self.before(seq, limit)
            };
            let is_kept = self.handle.load_kept_around(seq, limit).await;
            if !is_kept && !self.handle.load(asked).await? && !is_known(self) {
                return Err(nowhere());
            }
        }
        let around = self.known(|known| Window::around(known, seq, limit as usize / 2));
        let Some((after, through)) = around.flatten() else {
            return Err(nowhere());
        };
        let mut window = lock(&self.window);
        window.after = after;
        window.through = through;
        drop(window);
        self.moved();
        Ok(())
    }

    /// Looks at the messages around this one. The server is asked where it is, if it is neither known nor kept on this device:
    /// an id out of a push, a link or a search is enough.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let here = ann.conversation(group);
    /// # let mut last = None;
    /// # for number in 1..=30 {
    /// #     last = Some(here.send(chat_core::MessageBody::parse(format!("message {number}"))?).stored().await?);
    /// # }
    /// # let last = last.ok_or("nothing was sent")?;
    /// # let told = |state: &chat_core::State| state.conversation(group)?.message(last.message_id).map(|_| ());
    /// # chat_client::test_kit::knows(&ann, "the last is told", told).await;
    /// # use chat_client::TimelineOptions;
    /// # let few = TimelineOptions { limit: 5, ..TimelineOptions::default() };
    /// let timeline = here.timeline(few).await;
    /// timeline.jump_to_message(last.message_id).await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As for [`Timeline::jump_to`]; [`Error::Invalid`] also when there is no such message in this conversation.
    pub async fn jump_to_message(&self, id: MessageId) -> Result<(), Error> {
        let known = self.known(|known| known.message(id).map(|message| message.seq));
        let seq = match (known.flatten(), self.handle.shared().journal.store()) {
            (Some(seq), _) => Some(seq),
            (None, Some(store)) => {
                let place = store.place(id).await?;
                let here = place.filter(|(conversation, _)| *conversation == self.handle.id());
                here.map(|(_, seq)| seq)
            }
            (None, None) => None,
        };
        let seq = match seq {
            Some(seq) => seq,
            None => self.ask_place(id).await?,
        };
        self.jump_to(seq).await
    }

    /// Where the server has a message of this conversation.
    async fn ask_place(&self, message_id: MessageId) -> Result<Seq, Error> {
        match self.handle.http().call(&ShowMessage { message_id }).await {
            Ok(found) if found.conversation_id == self.handle.id() => Ok(found.seq),
            Ok(_) => Err(nowhere()),
            Err(error) if error.code() == Code::NotFound && !error.is_foreign() => Err(nowhere()),
            Err(error) => Err(error),
        }
    }

    /// From where one goes on: where the window begins and ends, and since when the conversation is followed.
    fn place(&self) -> (Seq, Option<Seq>, Option<Life>) {
        let window = *lock(&self.window);
        (window.after, window.through, self.life())
    }

    pub(super) fn life(&self) -> Option<Life> {
        self.known(ConversationState::life)
    }

    pub(super) fn before(&self, seq: Seq, limit: u32) -> History {
        History {
            conversation_id: self.handle.id(),
            before: Some(seq),
            after: None,
            around: None,
            limit: Some(limit),
        }
    }

    pub(super) fn moved(&self) {
        let update = Update::Conversation(self.handle.id());
        self.handle.shared().tell(update);
    }
}

fn nowhere() -> Error {
    Error::Invalid("there is no such message here".to_owned())
}
