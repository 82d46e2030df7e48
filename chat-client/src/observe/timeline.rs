//! The rows of one conversation, as a screen shows them: a window onto the history, with the days, the place up to which
//! one had read, what waits on this device, and rows for what is missing and fills itself when it is looked at.

mod filling;
mod moving;
mod rows;
mod window;

pub use rows::{Said, TimelineItem, TimelineMessage};

use super::{Diff, Unread, Watch, differences};
use crate::{ConversationHandle, Status, Update, Updates, lock};
use chat_core::{ConversationState, Seq};
use filling::Visible;
use std::sync::{Arc, Mutex};
use window::Window;

/// How a timeline begins.
#[derive(Debug, Clone, Copy)]
pub struct TimelineOptions {
    /// How many messages it shows at first.
    pub limit: u32,
    /// How far the user's days are from those of UTC: one number for all of them. Beyond a change to or from summer time, what
    /// was said within that hour of midnight stands under the day beside its own.
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
    visible: Mutex<Visible>,
    /// When it asked last for what was refused before.
    asked_again_ms: Option<u64>,
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
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_client::{TimelineItem, TimelineOptions};
    /// use chat_core::MessageBody;
    ///
    /// let here = ann.conversation(group);
    /// here.send(MessageBody::parse("hello")?);
    /// let timeline = here.timeline(TimelineOptions::default()).await;
    /// let (mut rows, mut shown) = (timeline.observe(), Vec::new());
    /// for step in rows.next().await.ok_or("the client was shut down")? {
    ///     assert!(step.apply(&mut shown));
    /// }
    /// assert!(shown.iter().any(|row| matches!(row, TimelineItem::Message(_))));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn timeline(&self, options: TimelineOptions) -> Timeline {
        let timeline = Timeline {
            handle: self.clone(),
            options,
            window: Arc::default(),
        };
        timeline.jump_to_end().await;
        lock(&timeline.window).unread_after = self.unread_after();
        timeline
    }

    /// Up to where one has read, if there is anything behind that.
    fn unread_after(&self) -> Option<Seq> {
        let known = lock(&self.shared().known);
        let signals = lock(&self.shared().signals);
        let here = known.state.conversation(self.id())?;
        let unread = Unread::of(here, &signals, known.state.me());
        (unread.count > 0).then_some(unread.after)
    }
}

impl Timeline {
    /// Begins to observe the rows.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_client::{Said, TimelineItem, TimelineOptions};
    /// use chat_core::MessageBody;
    ///
    /// let here = ann.conversation(group);
    /// let timeline = here.timeline(TimelineOptions::default()).await;
    /// let (mut rows, mut shown) = (timeline.observe(), Vec::new());
    /// here.send(MessageBody::parse("hello")?);
    /// // The same row, first as an echo and then as it is stored.
    /// let is_stored = |row: &TimelineItem| {
    ///     matches!(row, TimelineItem::Message(m) if matches!(&m.said, Said::Stored(m) if m.content == "hello"))
    /// };
    /// while !shown.iter().any(is_stored) {
    ///     for step in rows.next().await.ok_or("the client was shut down")? {
    ///         assert!(step.apply(&mut shown));
    ///     }
    /// }
    /// # Ok(())
    /// # });
    /// ```
    pub fn observe(&self) -> TimelineUpdates {
        let shared = self.handle.shared();
        TimelineUpdates {
            timeline: self.clone(),
            updates: Updates::new(shared.updates.subscribe(), shared.ended.clone()),
            shown: None,
            visible: Mutex::default(),
            asked_again_ms: None,
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
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, group| {
    /// # use chat_client::{TimelineOptions, test_kit::knows};
    /// # ben.conversation(group).typing(true);
    /// # knows(&ann, "ben writes", |state| state.conversation(group)?.typing().next().map(str::to_owned)).await;
    /// let timeline = ann.conversation(group).timeline(TimelineOptions::default()).await;
    /// assert_eq!(timeline.typing(), ["ben"]);
    /// # Ok(())
    /// # });
    /// ```
    pub fn typing(&self) -> Vec<String> {
        let names = |known: &ConversationState| known.typing().map(str::to_owned).collect();
        self.known(names).unwrap_or_default()
    }

    fn known<T>(&self, read: impl FnOnce(&ConversationState) -> T) -> Option<T> {
        let id = self.handle.id();
        self.handle
            .shared()
            .read(|state| state.conversation(id).map(read))
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
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, group| {
    /// # use chat_client::{TimelineItem, TimelineOptions};
    /// # use chat_core::MessageBody;
    /// let timeline = ann.conversation(group).timeline(TimelineOptions::default()).await;
    /// let (mut rows, mut shown) = (timeline.observe(), Vec::new());
    /// ben.conversation(group).send(MessageBody::parse("hello")?);
    /// while !shown.iter().any(|row| matches!(row, TimelineItem::Message(_))) {
    ///     for step in rows.next().await.ok_or("the client was shut down")? {
    ///         assert!(step.apply(&mut shown));
    ///     }
    /// }
    /// # Ok(())
    /// # });
    /// ```
    pub async fn next(&mut self) -> Option<Vec<Diff<TimelineItem>>> {
        if self.shown.is_none() {
            return Some(self.anew());
        }
        let here = self.timeline.handle.id();
        loop {
            let mut is_anew = false;
            let mut is_concerned = false;
            let mut is_status = false;
            let again_ms = self.again_ms();
            let mut next = tokio::select! {
                biased;
                update = self.updates.next() => Some(update?),
                () = self.timeline.until(again_ms) => {
                    self.asked_again_ms = again_ms;
                    self.fill_visible();
                    continue;
                }
            };
            while let Some(update) = next {
                is_anew |= matches!(update, Update::Reset);
                is_concerned |= matches!(update, Update::Conversation(id) if id == here);
                is_status |= matches!(update, Update::Status);
                next = self.updates.try_next();
            }
            if is_anew {
                return Some(self.anew());
            }
            if is_status && self.is_online() {
                lock(&self.timeline.window).not_before_ms = None;
                self.fill_visible();
            }
            if !is_concerned {
                continue;
            }
            let shown = self.shown.take().unwrap_or_default();
            let now = self.timeline.rows(&shown);
            let steps = differences(&shown, &now);
            self.shown = Some(now);
            if !steps.is_empty() {
                self.follow_gaps();
                self.fill_visible();
                self.watch_visible();
                return Some(steps);
            }
        }
    }

    fn is_online(&self) -> bool {
        *self.timeline.handle.shared().status.borrow() == Status::Online
    }

    fn anew(&mut self) -> Vec<Diff<TimelineItem>> {
        let now = self.timeline.rows(&[]);
        self.shown = Some(now.clone());
        let known = lock(&self.visible);
        let early = known.is_early.then(|| known.rows.clone());
        drop(known);
        match early {
            Some(rows) => self.set_visible(rows),
            None => {
                self.fill_visible();
                self.watch_visible();
            }
        }
        vec![Diff::Reset(now)]
    }
}
