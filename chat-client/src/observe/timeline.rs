//! The rows of one conversation, as a screen shows them: a window onto the history, with the days, the place up to which
//! one had read, what waits on this device, and rows for what is missing and fills itself when it is looked at.

mod rows;
mod window;

pub use rows::{Said, TimelineItem, TimelineMessage};

use super::{Diff, Watch, differences};
use crate::{ConversationHandle, Error, Update, Updates, lock};
use chat_core::{ConversationState, History, MessageId, Seq};
use std::{
    ops::Range,
    sync::{Arc, Mutex},
};
use window::Window;

/// How a timeline begins.
#[derive(Debug, Clone, Copy)]
pub struct TimelineOptions {
    /// How many messages it shows at first.
    pub limit: u32,
    /// How far the user's days are from those of UTC.
    pub utc_offset_s: i32,
}

impl Default for TimelineOptions {
    fn default() -> Self {
        Self {
            limit: 50,
            utc_offset_s: 0,
        }
    }
}

/// A window onto a conversation. Cheap to clone; clones share the window.
#[derive(Clone)]
pub struct Timeline {
    handle: ConversationHandle,
    options: TimelineOptions,
    window: Arc<Mutex<Window>>,
}

/// The rows of a timeline, observed. Dropping it ends that.
pub struct TimelineUpdates {
    timeline: Timeline,
    updates: Updates,
    /// As they were told last; none before the first time.
    shown: Option<Vec<TimelineItem>>,
    watch: Watch,
}

impl std::fmt::Debug for Timeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Timeline").field(&self.handle.id()).finish()
    }
}

impl std::fmt::Debug for TimelineUpdates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TimelineUpdates")
            .field(&self.timeline)
            .finish()
    }
}

impl ConversationHandle {
    /// Looks at the newest messages: those that are known or kept on this device. It asks nobody else; what is missing is
    /// a row that fills itself once it is [on the screen](TimelineUpdates::set_visible).
    ///
    /// ```no_run
    /// # use chat_client::{ConversationHandle, TimelineOptions};
    /// # async fn example(conversation: ConversationHandle) {
    /// let timeline = conversation.timeline(TimelineOptions::default()).await;
    /// let (mut rows, mut shown) = (timeline.observe(), Vec::new());
    /// while let Some(steps) = rows.next().await {
    ///     for step in steps {
    ///         step.apply(&mut shown);
    ///     }
    ///     println!("{} rows", shown.len());
    /// }
    /// # }
    /// ```
    pub async fn timeline(&self, options: TimelineOptions) -> Timeline {
        let timeline = Timeline {
            handle: self.clone(),
            options,
            window: Arc::default(),
        };
        timeline.jump_to_end().await;
        let unread_after = self.shared().read(|state| {
            let known = state.conversation(self.id())?;
            let my = &known.conversation().my;
            (my.unread_count > 0).then_some(my.read_seq)
        });
        lock(&timeline.window).unread_after = unread_after;
        timeline
    }
}

impl Timeline {
    /// Begins to observe the rows.
    pub fn observe(&self) -> TimelineUpdates {
        let shared = self.handle.shared();
        TimelineUpdates {
            timeline: self.clone(),
            updates: Updates::new(shared.updates.subscribe(), shared.ended.clone()),
            shown: None,
            watch: Watch::new(Arc::clone(shared)),
        }
    }

    /// The conversation it looks at.
    pub fn conversation(&self) -> &ConversationHandle {
        &self.handle
    }

    /// Whether it shows the newest messages, and each new one as it comes.
    pub fn is_at_end(&self) -> bool {
        lock(&self.window).through.is_none()
    }

    /// Who writes at the moment, by username: look again with every
    /// [`Update::Conversation`](crate::Update::Conversation) while it is on the screen.
    pub fn typing(&self) -> Vec<String> {
        let names = |known: &ConversationState| known.typing().map(str::to_owned).collect();
        self.known(names).unwrap_or_default()
    }

    /// Looks at the newest messages again.
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
            if !self.handle.load(self.before(after.next(), limit)).await? {
                return Ok(false);
            }
        }
    }

    /// Shows up to `limit` more messages further on, until it is at the end. False when it is.
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
            if !self.handle.load(asked).await? {
                return Ok(false);
            }
        }
    }

    /// Looks at the messages around a place.
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
                return Err(Error::Invalid("there is no such message here".to_owned()));
            }
        }
        let around = self.known(|known| Window::around(known, seq, limit as usize / 2));
        let Some((after, through)) = around.flatten() else {
            return Err(Error::Invalid("there is no such message here".to_owned()));
        };
        let mut window = lock(&self.window);
        window.after = after;
        window.through = through;
        drop(window);
        self.moved();
        Ok(())
    }

    /// Looks at the messages around this one, which is known or kept on this device.
    ///
    /// # Errors
    /// As for [`Timeline::jump_to`].
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
        match seq {
            Some(seq) => self.jump_to(seq).await,
            None => Err(Error::Invalid("there is no such message here".to_owned())),
        }
    }

    fn before(&self, seq: Seq, limit: u32) -> History {
        History {
            conversation_id: self.handle.id(),
            before: Some(seq),
            after: None,
            around: None,
            limit: Some(limit),
        }
    }

    fn known<T>(&self, read: impl FnOnce(&ConversationState) -> T) -> Option<T> {
        let id = self.handle.id();
        self.handle
            .shared()
            .read(|state| state.conversation(id).map(read))
    }

    fn moved(&self) {
        let update = Update::Conversation(self.handle.id());
        self.handle.shared().tell(update);
    }

    fn rows(&self, shown: &[TimelineItem]) -> Vec<TimelineItem> {
        let window = *lock(&self.window);
        rows::rows(
            self.handle.shared(),
            self.handle.id(),
            window,
            self.options.utc_offset_s,
            shown,
        )
    }
}

impl TimelineUpdates {
    /// The next steps: first all rows, then what became different. Ends when the client is shut down. Dropping the future
    /// early loses nothing.
    pub async fn next(&mut self) -> Option<Vec<Diff<TimelineItem>>> {
        if self.shown.is_none() {
            return Some(self.anew());
        }
        let here = self.timeline.handle.id();
        loop {
            let mut is_anew = false;
            let mut is_concerned = false;
            let mut next = Some(self.updates.next().await?);
            while let Some(update) = next {
                is_anew |= matches!(update, Update::Reset);
                is_concerned |= matches!(update, Update::Conversation(id) if id == here);
                next = self.updates.try_next();
            }
            if is_anew {
                return Some(self.anew());
            }
            if !is_concerned {
                continue;
            }
            let shown = self.shown.take().unwrap_or_default();
            let now = self.timeline.rows(&shown);
            let steps = differences(&shown, &now);
            self.shown = Some(now);
            if !steps.is_empty() {
                return Some(steps);
            }
        }
    }

    /// Says which rows are on the screen. What is missing among them is fetched, and the presence of those who said the
    /// rest is watched, and nobody else's.
    ///
    /// # Panics
    /// Outside of a tokio runtime where something is missing, like [`tokio::spawn`].
    pub fn set_visible(&self, rows: Range<usize>) {
        let visible = self.shown.iter().flatten();
        let visible = visible.skip(rows.start).take(rows.len());
        let mut people = Vec::new();
        for row in visible {
            match row {
                TimelineItem::Gap { after, through } => self.fill(*after, *through),
                TimelineItem::Message(message) => people.extend(message.sender_of_others()),
                _ => {}
            }
        }
        self.watch.show(people);
    }

    /// Fetches what is missing, by itself. What fails is tried again when it is looked at again.
    fn fill(&self, after: Seq, through: Seq) {
        let timeline = self.timeline.clone();
        if !lock(&timeline.window).begin_filling(through) {
            return;
        }
        tokio::spawn(async move {
            let limit = timeline.options.limit;
            let is_first = lock(&timeline.window).after == through;
            let filled = match is_first {
                true => timeline.load_older(limit).await,
                false => {
                    timeline
                        .handle
                        .load(timeline.before(through.next(), limit))
                        .await
                }
            };
            if let Err(error) = filled {
                tracing::debug!(%error, after = after.get(), "a gap could not be filled");
            }
            lock(&timeline.window).filling = None;
            timeline.moved();
        });
    }

    fn anew(&mut self) -> Vec<Diff<TimelineItem>> {
        let now = self.timeline.rows(&[]);
        self.shown = Some(now.clone());
        vec![Diff::Reset(now)]
    }
}
