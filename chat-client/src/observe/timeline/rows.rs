//! The rows that a window shows: stored messages with what waits on this device already done to them, and behind them the
//! messages that wait themselves.

mod waiting;

use super::window::Window;
use crate::{Progress, Queued, Task, lock, observe::Keyed, shared::Shared};
use chat_core::{
    ClientId, ConversationId, ConversationState, Message, Reaction, Seq, Stretch, Timestamp, UserId,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use waiting::{Waiting, lay_over, lay_over_queued, names};

const DAY_MS: i64 = 86_400_000;

/// One row of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub enum TimelineItem {
    /// Nothing was said before.
    Start,
    /// What follows was said on the day that begins here, by the user's clock.
    Date {
        /// The beginning of the day, as if the user's clock were UTC.
        day: Timestamp,
    },
    /// What follows was unread when the timeline was opened.
    Unread,
    /// What was said between these places is not known here. It is fetched when this row is on the screen.
    Gap {
        /// After this place.
        after: Seq,
        /// Up to and with this one.
        through: Seq,
    },
    /// A message.
    Message(Arc<TimelineMessage>),
}

/// A message as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineMessage {
    /// The same from the moment it is sent.
    pub key: String,
    /// Whose view it is.
    pub me: UserId,
    /// What was said.
    pub said: Said,
    /// When a message that waits itself was changed behind its being sent. A stored one says so in `said`.
    pub edited_at: Option<Timestamp>,
    /// Whether a message that waits itself is deleted as soon as it is stored. A stored one says so in `said`.
    pub is_deleted: bool,
    /// The emoji under a message that waits itself. A stored one has them in `said`.
    pub reactions: Vec<Reaction>,
    /// What waits to be done to it, by its name in the outbox; it is shown as if it were done.
    pub waiting: Vec<ClientId>,
    /// What could not be done to it, by its name in the outbox; it can be tried again or dropped.
    pub failed: Vec<ClientId>,
}

/// What was said, stored or not.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all of them are stored messages"
)]
pub enum Said {
    /// The server has it.
    Stored(Message),
    /// It waits on this device.
    Queued(Queued),
}

impl TimelineMessage {
    fn new(key: String, me: UserId, said: Said, tasks: &[&Queued]) -> Self {
        Self {
            key,
            me,
            said,
            edited_at: None,
            is_deleted: false,
            reactions: Vec::new(),
            waiting: names(tasks, false),
            failed: names(tasks, true),
        }
    }

    /// Who said it, unless it was oneself.
    pub(super) fn sender_of_others(&self) -> Option<UserId> {
        match &self.said {
            Said::Stored(message) => Some(message.sender.id).filter(|id| *id != self.me),
            Said::Queued(_) => None,
        }
    }
}

impl TimelineItem {
    /// What tells it apart from the other rows, for as long as it is the same row.
    pub fn key(&self) -> String {
        match self {
            Self::Start => "start".to_owned(),
            Self::Date { day } => format!("day/{}", day.ms()),
            Self::Unread => "unread".to_owned(),
            Self::Gap { through, .. } => format!("gap/{through}"),
            Self::Message(message) => message.key.clone(),
        }
    }
}

impl Keyed for TimelineItem {
    type Key = String;

    fn key(&self) -> String {
        self.key()
    }
}

/// The rows that a window shows now. One that did not change is the one that was shown.
pub(super) fn rows(
    shared: &Shared,
    id: ConversationId,
    window: Window,
    utc_offset_s: i32,
    shown: &[TimelineItem],
) -> Vec<TimelineItem> {
    let known = lock(&shared.known);
    let outbox = lock(&shared.outbox);
    let shown = shown.iter().filter_map(|row| match row {
        TimelineItem::Message(message) => Some((message.key.as_str(), message)),
        _ => None,
    });
    let mut rows = Rows {
        me: known.state.me(),
        offset_ms: i64::from(utc_offset_s) * 1_000,
        // Where it begins further back, the mark is there.
        unread_after: window.unread_after.filter(|after| window.after <= *after),
        day: None,
        shown: shown.collect(),
        waiting: Waiting::new(outbox.queued(id)),
        rows: Vec::new(),
    };
    if let Some(known) = known.state.conversation(id) {
        rows.stored(known, window);
    }
    if window.through.is_none() {
        let echoes = known.state.echoes(id);
        let is_shown =
            |queued: &&Queued| matches!(queued.task, Task::Send(_)) && echoes.contains(&queued.key);
        // What is known as stored may still be queued: the program died in between.
        let stored = rows.rows.iter().filter_map(|row| match row {
            TimelineItem::Message(message) => Some(message.key.clone()),
            _ => None,
        });
        let stored: BTreeSet<_> = match echoes.is_empty() {
            true => BTreeSet::new(),
            false => stored.collect(),
        };
        let me = rows.me;
        outbox
            .queued(id)
            .filter(is_shown)
            .filter(|queued| !stored.contains(&key_of(me, &queued.key)))
            .for_each(|queued| rows.queued(queued));
    }
    rows.rows
}

struct Rows<'a> {
    me: UserId,
    offset_ms: i64,
    unread_after: Option<Seq>,
    day: Option<i64>,
    shown: BTreeMap<&'a str, &'a Arc<TimelineMessage>>,
    waiting: Waiting<'a>,
    rows: Vec<TimelineItem>,
}

impl Rows<'_> {
    fn stored(&mut self, known: &ConversationState, window: Window) {
        let end = window.through.unwrap_or_else(|| known.position().seq);
        let mut shown_through = window.after;
        if window.after == Seq::ZERO {
            self.rows.push(TimelineItem::Start);
        } else if known.stretch_of(window.after).is_none() {
            let before = known.stretches().into_iter().rev();
            let before = before
                .map(|known| known.through)
                .find(|seq| *seq < window.after);
            self.rows.push(TimelineItem::Gap {
                after: before.unwrap_or(Seq::ZERO),
                through: window.after,
            });
        }
        for stretch in known.stretches() {
            let part = Stretch {
                after: stretch.after.max(window.after),
                through: stretch.through.min(end),
            };
            if part.after >= part.through {
                continue;
            }
            if part.after > shown_through {
                self.rows.push(TimelineItem::Gap {
                    after: shown_through,
                    through: part.after,
                });
            }
            known
                .messages_in(part)
                .for_each(|message| self.message(message));
            shown_through = part.through;
        }
    }

    fn message(&mut self, message: &Message) {
        self.date(message.created_at);
        let is_unread = |after: &Seq| message.seq > *after && message.counts_for(self.me);
        if self
            .unread_after
            .take_if(|after| is_unread(after))
            .is_some()
        {
            self.rows.push(TimelineItem::Unread);
        }
        let key = key_of(message.sender.id, &message.client_id);
        let own = (message.sender.id == self.me).then_some(&message.client_id);
        let tasks = self.waiting.about(Some(message.id), own);
        let same = self.shown.get(key.as_str()).filter(|shown| {
            let is_plain = shown.waiting.is_empty() && shown.failed.is_empty() && tasks.is_empty();
            is_plain && matches!(&shown.said, Said::Stored(stored) if stored == message)
        });
        let row = match same {
            Some(same) => Arc::clone(same),
            None => {
                let mut message = message.clone();
                lay_over(&mut message, &tasks, self.me);
                Arc::new(TimelineMessage::new(
                    key,
                    self.me,
                    Said::Stored(message),
                    &tasks,
                ))
            }
        };
        self.rows.push(TimelineItem::Message(row));
    }

    fn queued(&mut self, queued: &Queued) {
        self.date(queued.created_at);
        let stored = match queued.progress {
            Progress::Stored { message_id, .. } => Some(message_id),
            _ => None,
        };
        let tasks = self.waiting.about(stored, Some(&queued.key));
        let key = key_of(self.me, &queued.key);
        let mut row = TimelineMessage::new(key, self.me, Said::Queued(queued.clone()), &tasks);
        lay_over_queued(&mut row, &tasks);
        self.rows.push(TimelineItem::Message(Arc::new(row)));
    }

    fn date(&mut self, at: Timestamp) {
        let day = (at.ms() + self.offset_ms).div_euclid(DAY_MS);
        // A message of the day before that came late stands under the day that it came in.
        if self.day.is_none_or(|shown| day > shown) {
            self.day = Some(day);
            let day = Timestamp::from_ms(day * DAY_MS);
            self.rows.push(TimelineItem::Date { day });
        }
    }
}

/// The same before and after the message is stored.
fn key_of(sender: UserId, client_id: &ClientId) -> String {
    format!("{sender}/{client_id}")
}
