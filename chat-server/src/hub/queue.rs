//! What waits to be written to one socket: bounded in bytes, and honest about what it lets go.

use chat_core::{Class, Envelope, Event, MergeKey, Resync, ServerFrame};
use std::collections::{HashSet, VecDeque};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// One frame that waits.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    bytes: Utf8Bytes,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An answer or a frame that steers the socket: never let go. There are only as many as calls under way.
    Control,
    /// An event that a position finds again.
    Durable,
    /// An event of which only the newest matters.
    LatestWins(Option<MergeKey>),
}

impl Item {
    /// An answer to a call.
    pub(crate) fn reply(text: String) -> Self {
        Self {
            bytes: text.into(),
            kind: Kind::Control,
        }
    }

    pub(super) fn event(bytes: Utf8Bytes, class: Class, key: Option<MergeKey>) -> Self {
        let kind = match class {
            Class::Durable => Kind::Durable,
            Class::LatestWins => Kind::LatestWins(key),
            Class::Control => Kind::Control,
        };
        Self { bytes, kind }
    }

    pub(crate) fn into_bytes(self) -> Utf8Bytes {
        self.bytes
    }
}

/// The queue of a socket.
#[derive(Debug, Default)]
pub(super) struct Queue {
    items: VecDeque<Item>,
    bytes: usize,
    /// Told to resync, and that waits as well: durable events until then are found by the position.
    resyncing: bool,
}

impl Queue {
    /// Adds an item. False when the queue was full and the socket is told to resync instead.
    pub(super) fn push(&mut self, item: Item, most: usize) -> bool {
        if self.resyncing && item.kind != Kind::Control || self.just_said(&item) {
            return true;
        }
        if self.bytes + item.bytes.len() > most && item.kind != Kind::Control {
            self.merge();
            if self.bytes + item.bytes.len() > most {
                if matches!(item.kind, Kind::LatestWins(key) if !key.is_some_and(|key| key.is_synced()))
                {
                    return true;
                }
                self.resync();
                return false;
            }
        }
        self.bytes += item.bytes.len();
        self.items.push_back(item);
        true
    }

    /// Whether the same waits as the last one, and once is enough: another name comes by way of each conversation that two
    /// people share.
    fn just_said(&self, item: &Item) -> bool {
        matches!(item.kind, Kind::LatestWins(Some(_)))
            && self
                .items
                .back()
                .is_some_and(|last| last.kind == item.kind && last.bytes == item.bytes)
    }

    /// Lets every event go and says so.
    pub(super) fn resync(&mut self) {
        if self.resyncing {
            return;
        }
        self.items.retain(|item| item.kind == Kind::Control);
        let frame = Envelope::passing(
            None,
            Event::Resync(Resync {
                conversation_ids: None,
            }),
        );
        self.items.push_back(Item {
            bytes: ServerFrame::encode_event(&frame).into(),
            kind: Kind::Control,
        });
        self.bytes = self.items.iter().map(|item| item.bytes.len()).sum();
        self.resyncing = true;
    }

    /// Of latest-wins events that wait, only the newest of each kind stays.
    fn merge(&mut self) {
        let mut seen = HashSet::new();
        let mut kept = VecDeque::with_capacity(self.items.len());
        for item in self.items.drain(..).rev() {
            let stays = match item.kind {
                Kind::LatestWins(Some(key)) => seen.insert(key),
                _ => true,
            };
            if stays {
                kept.push_front(item);
            }
        }
        self.items = kept;
        self.bytes = self.items.iter().map(|item| item.bytes.len()).sum();
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Takes everything that waits.
    pub(super) fn take(&mut self) -> VecDeque<Item> {
        self.bytes = 0;
        self.resyncing = false;
        std::mem::take(&mut self.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat_core::{Typing, UserId};
    use uuid::Uuid;

    fn durable(text: &str) -> Item {
        Item::event(text.to_owned().into(), Class::Durable, None)
    }

    fn typing(user: u128, text: &str) -> Item {
        let typing = Typing {
            user_id: UserId::new(Uuid::from_u128(user)),
            username: String::new(),
            is_typing: true,
        };
        let key = Envelope::passing(None, Event::Typing(typing)).merge_key();
        Item::event(text.to_owned().into(), Class::LatestWins, key)
    }

    fn texts(queue: &mut Queue) -> Vec<String> {
        queue
            .take()
            .into_iter()
            .map(|item| item.into_bytes().to_string())
            .collect()
    }

    #[test]
    fn what_comes_by_many_ways_is_said_once() {
        let mut queue = Queue::default();
        for (user, text) in [(1, "A"), (1, "A"), (1, "A"), (1, "B"), (2, "B"), (1, "A")] {
            assert!(queue.push(typing(user, text), 100));
        }
        for _ in 0..2 {
            assert!(queue.push(durable("said"), 100));
        }

        assert_eq!(texts(&mut queue), ["A", "B", "B", "A", "said", "said"]);
    }

    #[test]
    fn a_full_queue_merges_what_only_matters_in_its_newest_form() {
        let mut queue = Queue::default();
        for text in ["old1", "new1"] {
            assert!(queue.push(typing(1, text), 12));
        }
        assert!(queue.push(typing(2, "new2"), 12));

        assert!(queue.push(durable("said"), 12));

        assert_eq!(texts(&mut queue), ["new1", "new2", "said"]);
    }

    #[test]
    fn a_queue_full_of_what_matters_becomes_one_resync() {
        let mut queue = Queue::default();
        assert!(queue.push(Item::reply("answer".into()), 20));
        assert!(queue.push(durable("a durable e"), 20));

        assert!(!queue.push(durable("one too many"), 20));
        assert!(queue.push(durable("found by the position"), 20));
        assert!(queue.push(Item::reply("another answer".into()), 20));

        let texts = texts(&mut queue);
        assert_eq!(
            texts,
            ["answer", r#"{"type":"resync","data":{}}"#, "another answer"]
        );
        assert!(queue.push(durable("goes on"), 20));
    }

    #[test]
    fn what_only_matters_now_never_costs_a_resync() {
        let mut queue = Queue::default();
        assert!(queue.push(durable("full"), 4));

        assert!(queue.push(typing(1, "typing"), 4));

        assert_eq!(texts(&mut queue), ["full"]);
    }
}
