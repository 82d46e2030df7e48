//! The rows of one conversation: a window onto its messages, whole first, then in steps.

use crate::{
    ChatClient, ChatError, MessageItem,
    error::{here, parsed},
    item,
    list::{place, range},
    runtime::{Pull, ask, pulled},
};
use chat_client::{Diff, TimelineOptions};
use chat_core::{MessageId, Seq};
use std::{ops::Range, sync::Arc};
use tokio::sync::watch;

/// How a timeline begins.
#[derive(Debug, Clone, Copy, uniffi::Record)]
pub struct TimelineSettings {
    /// How many messages it shows at first.
    #[uniffi(default = 50)]
    pub limit: u32,
    /// How far the user's days are from those of UTC: one number for all of them. Beyond a change to or from summer time, what
    /// was said within that hour of midnight stands under the day beside its own.
    #[uniffi(default = 0)]
    pub utc_offset_s: i32,
}

/// One row of a timeline. Its key is the same for as long as it is the same row.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all of them are messages, and they go into another language at once"
)]
pub enum TimelineItem {
    /// Nothing was said before.
    Start {
        /// What a list is keyed by.
        key: String,
    },
    /// What follows was said on the day that begins here, by the user's clock.
    Date {
        /// What a list is keyed by.
        key: String,
        /// The beginning of the day, as if the user's clock were UTC.
        day_ms: i64,
    },
    /// What follows was unread when the timeline was opened.
    Unread {
        /// What a list is keyed by.
        key: String,
    },
    /// What was said between these places is not known here. It is fetched when this row is on the screen.
    Gap {
        /// What a list is keyed by.
        key: String,
        /// After this place.
        after: u64,
        /// Up to and with this one.
        through: u64,
    },
    /// A message; its own key is the row's.
    Message {
        /// It.
        item: MessageItem,
    },
}

/// One step that changes the rows of a timeline.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum TimelineDiff {
    /// All rows are these now.
    Reset {
        /// All of them.
        items: Vec<TimelineItem>,
    },
    /// These come behind the last.
    Append {
        /// What.
        items: Vec<TimelineItem>,
    },
    /// This comes to this place; what was there and behind it moves on by one.
    Insert {
        /// The place.
        index: u32,
        /// What.
        item: TimelineItem,
    },
    /// This is at this place now instead of what was there.
    Set {
        /// The place.
        index: u32,
        /// What.
        item: TimelineItem,
    },
    /// What is at this place goes; what is behind it moves back by one.
    Remove {
        /// The place.
        index: u32,
    },
    /// Only so many stay.
    Truncate {
        /// How many.
        length: u32,
    },
}

/// A window onto a conversation.
#[derive(uniffi::Object)]
pub struct Timeline {
    timeline: chat_client::Timeline,
    visible: watch::Sender<Range<usize>>,
}

pulled! {
    /// The rows of a timeline, observed: first all rows, then the steps that change them.
    TimelineUpdates of Vec<TimelineDiff>
}

#[uniffi::export]
impl ChatClient {
    /// Looks at the newest messages of a conversation: those that are known or kept on this device. It asks nobody else;
    /// what is missing is a row that fills itself once it is on the screen.
    #[uniffi::method(default(settings = None))]
    pub async fn timeline(
        &self,
        conversation_id: String,
        settings: Option<TimelineSettings>,
    ) -> Result<Arc<Timeline>, ChatError> {
        self.ask(move |client| async move {
            let here = here(&client, &conversation_id)?;
            let options =
                settings.map_or_else(TimelineOptions::default, |settings| TimelineOptions {
                    limit: settings.limit,
                    utc_offset_s: settings.utc_offset_s,
                });
            Ok(Arc::new(Timeline {
                timeline: here.timeline(options).await,
                visible: watch::Sender::default(),
            }))
        })
        .await
    }
}

#[uniffi::export]
impl Timeline {
    /// Begins to observe the rows.
    pub fn observe(&self) -> Arc<TimelineUpdates> {
        let timeline = self.timeline.clone();
        let mut visible = self.visible.subscribe();
        // What an observer before this one was told is on the screen still.
        visible.mark_changed();
        Arc::new(TimelineUpdates(Pull::new(|taker| async move {
            let mut rows = timeline.observe();
            loop {
                let room = taker.room().await;
                let steps = loop {
                    tokio::select! {
                        biased;
                        Ok(()) = visible.changed() => rows.set_visible(visible.borrow_and_update().clone()),
                        steps = rows.next() => break steps?,
                    }
                };
                room.send(steps.into_iter().map(TimelineDiff::from).collect());
            }
        })))
    }

    /// Says which rows are on the screen, from the first up to but not with the last. What is missing among them is
    /// fetched, and the presence of those who said the rest is watched, and nobody else's.
    pub fn set_visible(&self, first: u32, last: u32) {
        self.visible.send_replace(range(first, last));
    }

    /// Whether it shows the newest messages, and each new one as it comes.
    pub fn is_at_end(&self) -> bool {
        self.timeline.is_at_end()
    }

    /// Shows up to `limit` more messages further back: known ones, kept ones, and else those that the server has. False
    /// when there are none.
    pub async fn load_older(&self, limit: u32) -> Result<bool, ChatError> {
        let timeline = self.timeline.clone();
        ask(async move { Ok(timeline.load_older(limit).await?) }).await
    }

    /// Shows up to `limit` more messages further on, until it is at the end. False when it is.
    pub async fn load_newer(&self, limit: u32) -> Result<bool, ChatError> {
        let timeline = self.timeline.clone();
        ask(async move { Ok(timeline.load_newer(limit).await?) }).await
    }

    /// Looks at the messages around a place.
    pub async fn jump_to(&self, seq: u64) -> Result<(), ChatError> {
        let timeline = self.timeline.clone();
        ask(async move {
            let seq = Seq::try_from(seq).map_err(|rule| ChatError::invalid("seq", rule))?;
            Ok(timeline.jump_to(seq).await?)
        })
        .await
    }

    /// Looks at the messages around this one. The server is asked where it is, if it is neither known nor kept on this device:
    /// an id out of a push, a link or a search is enough.
    pub async fn jump_to_message(&self, message_id: String) -> Result<(), ChatError> {
        let timeline = self.timeline.clone();
        ask(async move {
            let id: MessageId = parsed("message_id", &message_id)?;
            Ok(timeline.jump_to_message(id).await?)
        })
        .await
    }

    /// Looks at the newest messages again.
    pub async fn jump_to_end(&self) -> Result<(), ChatError> {
        let timeline = self.timeline.clone();
        ask(async move {
            timeline.jump_to_end().await;
            Ok(())
        })
        .await
    }
}

impl From<chat_client::TimelineItem> for TimelineItem {
    fn from(row: chat_client::TimelineItem) -> Self {
        use chat_client::TimelineItem;
        let key = row.key();
        match row {
            TimelineItem::Start => Self::Start { key },
            TimelineItem::Date { day } => Self::Date {
                key,
                day_ms: day.ms(),
            },
            TimelineItem::Unread => Self::Unread { key },
            TimelineItem::Gap { after, through } => Self::Gap {
                key,
                after: after.get(),
                through: through.get(),
            },
            TimelineItem::Message(message) => Self::Message {
                item: item::shown(&message),
            },
        }
    }
}

impl From<Diff<chat_client::TimelineItem>> for TimelineDiff {
    fn from(step: Diff<chat_client::TimelineItem>) -> Self {
        let items = |rows: Vec<_>| rows.into_iter().map(TimelineItem::from).collect();
        match step {
            Diff::Reset(rows) => Self::Reset { items: items(rows) },
            Diff::Append(rows) => Self::Append { items: items(rows) },
            Diff::Insert { index, item } => Self::Insert {
                index: place(index),
                item: item.into(),
            },
            Diff::Set { index, item } => Self::Set {
                index: place(index),
                item: item.into(),
            },
            Diff::Remove { index } => Self::Remove {
                index: place(index),
            },
            Diff::Truncate { length } => Self::Truncate {
                length: place(length),
            },
        }
    }
}
