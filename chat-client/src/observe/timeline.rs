//! The rows of one conversation, as a screen shows them: a window onto the history, with the days, the place up to which
//! one had read, what waits on this device, and rows for what is missing and fills itself when it is looked at.

mod moving;
mod rows;
mod window;

pub use rows::{Said, TimelineItem, TimelineMessage};

use super::{Diff, Watch, differences};
use crate::{ConversationHandle, Status, Update, Updates, lock};
use chat_core::{ConversationState, Seq};
use std::{
    collections::BTreeMap,
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
    visible: Mutex<Visible>,
    watch: Watch,
}

/// What is on the screen.
#[derive(Default)]
struct Visible {
    /// Which rows, as it was told last.
    rows: Range<usize>,
    /// They were told before there were any.
    is_early: bool,
    /// The connection came back while something was being fetched: that may have begun without it, and fail.
    is_missed: bool,
    /// What is missing there: where it ends, and where it begins.
    gaps: BTreeMap<Seq, Seq>,
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
    pub async fn next(&mut self) -> Option<Vec<Diff<TimelineItem>>> {
        if self.shown.is_none() {
            return Some(self.anew());
        }
        let here = self.timeline.handle.id();
        loop {
            let mut is_anew = false;
            let mut is_concerned = false;
            let mut is_status = false;
            let mut next = Some(self.updates.next().await?);
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
                lock(&self.visible).is_missed = self.is_filling();
                self.fill_visible();
            }
            if !is_concerned {
                continue;
            }
            let shown = self.shown.take().unwrap_or_default();
            let now = self.timeline.rows(&shown);
            let steps = differences(&shown, &now);
            self.shown = Some(now);
            if !steps.is_empty() || self.has_missed() {
                self.follow_gaps();
                self.fill_visible();
            }
            if !steps.is_empty() {
                return Some(steps);
            }
        }
    }

    /// Says which rows are on the screen. What is missing among them is fetched, and the presence of those who said the
    /// rest is watched, and nobody else's. What cannot be fetched now is fetched when there is a connection again, as long
    /// as it is on the screen and somebody waits for the [next steps](TimelineUpdates::next).
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # use chat_client::TimelineOptions;
    /// let timeline = ann.conversation(group).timeline(TimelineOptions::default()).await;
    /// let (mut rows, mut shown) = (timeline.observe(), Vec::new());
    /// for step in rows.next().await.ok_or("the client was shut down")? {
    ///     step.apply(&mut shown);
    /// }
    /// // All rows are on the screen: gaps among them are fetched now.
    /// rows.set_visible(0..shown.len());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime where something is missing, like [`tokio::spawn`].
    pub fn set_visible(&self, rows: Range<usize>) {
        let mut known = lock(&self.visible);
        known.gaps.clear();
        known.is_early = self.shown.is_none();
        let visible = self.shown.iter().flatten();
        let visible = visible.skip(rows.start).take(rows.len());
        known.rows = rows;
        let mut people = Vec::new();
        for row in visible {
            match row {
                TimelineItem::Gap { after, through } => {
                    known.gaps.insert(*through, *after);
                }
                TimelineItem::Message(message) => people.extend(message.sender_of_others()),
                _ => {}
            }
        }
        drop(known);
        self.fill_visible();
        self.watch.show(people);
    }

    /// A gap between messages may be wider than what is fetched at once. Where the rest of it is in the place of one that was
    /// on the screen, it is on the screen itself. The beginning of the history is not followed like this: whoever looks at
    /// its end would fetch all of it.
    fn follow_gaps(&self) {
        let first = lock(&self.timeline.window).after;
        let mut known = lock(&self.visible);
        let rows = self.shown.iter().flatten();
        let rows = rows.skip(known.rows.start).take(known.rows.len());
        let rests: Vec<_> = rows
            .filter_map(|row| match row {
                TimelineItem::Gap { after, through } if *through != first => {
                    Some((*through, *after))
                }
                _ => None,
            })
            .filter(|(_, after)| known.gaps.values().any(|known| known == after))
            .collect();
        known.gaps.extend(rests);
    }

    /// Fetches what is missing on the screen, one after the other.
    fn fill_visible(&self) {
        let gaps = lock(&self.visible).gaps.clone();
        for row in self.shown.iter().flatten() {
            match row {
                TimelineItem::Gap { after, through } if gaps.contains_key(through) => {
                    self.fill(*after, *through);
                }
                _ => {}
            }
        }
    }

    fn is_filling(&self) -> bool {
        lock(&self.timeline.window).filling.is_some()
    }

    /// Whether what was being fetched when the connection came back has ended; true once.
    fn has_missed(&self) -> bool {
        !self.is_filling() && std::mem::take(&mut lock(&self.visible).is_missed)
    }

    fn is_online(&self) -> bool {
        *self.timeline.handle.shared().status.borrow() == Status::Online
    }

    /// Fetches what is missing, by itself. What fails is tried again when it is looked at again, and when there is a
    /// connection again.
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
        let known = lock(&self.visible);
        let early = known.is_early.then(|| known.rows.clone());
        drop(known);
        match early {
            Some(rows) => self.set_visible(rows),
            None => self.fill_visible(),
        }
        vec![Diff::Reset(now)]
    }
}
