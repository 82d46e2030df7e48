//! What stands between messages: that another day begins, and where the new ones do.

use super::{Entry, Item, Thread};
use chat_core::Seq;
use jiff::civil::Date;
use std::rc::Rc;

/// Messages one behind the other, with what divides the days.
pub(super) struct Laid {
    pub(super) items: Vec<Item>,
    day: Option<Date>,
}

impl Laid {
    /// Nothing yet; it goes on behind these.
    pub(super) fn after(items: &[Item]) -> Self {
        let last = items.iter().rev().find_map(Item::entry);
        Self {
            items: Vec::new(),
            day: last.map(|entry| entry.day),
        }
    }

    /// Puts a message behind the others.
    pub(super) fn put(&mut self, entry: Rc<Entry>) {
        self.divide(&entry);
        self.items.push(Item::Entry(entry));
    }

    /// Puts what stands before a message.
    pub(super) fn divide(&mut self, entry: &Entry) {
        if self.day.replace(entry.day) != Some(entry.day) {
            let (seq, _) = entry.key.order();
            self.items.push(Item::Day(entry.day, seq));
        }
    }
}

impl Thread {
    /// Puts the divider before the first new message, and takes it away from where it was.
    pub(super) fn divide_new(&mut self) {
        let first = self.first_new();
        if first != self.new_at
            && let Some(at) = self.divider()
        {
            self.items.remove(at);
        }
        self.new_at = first;
        if let (Some(first), None) = (first, self.divider()) {
            let at = self.first_behind((first, 1));
            self.items.insert(at, Item::New(first));
        }
    }

    /// Nothing is new any more.
    pub(crate) fn forget_new(&mut self) {
        self.new_after = None;
        self.divide_new();
    }

    /// Where the divider before what is new stands.
    pub(in crate::model) fn divider(&self) -> Option<usize> {
        let at = self.first_behind((self.new_at?, 1));
        let item = self.items.get(at);
        item.is_some_and(|item| matches!(item, Item::New(_)))
            .then_some(at)
    }

    /// The first message of others that is new.
    fn first_new(&self) -> Option<Seq> {
        let from = self.first_from(self.new_after?.next());
        let entries = self.items[from..].iter().filter_map(Item::entry);
        entries
            .filter(|entry| !entry.mine)
            .find_map(|entry| entry.seq())
    }
}
