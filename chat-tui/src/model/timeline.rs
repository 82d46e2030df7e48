//! Scrolling: which rows of a conversation are in view.
//!
//! The view hangs on its last visible line, named by message and line, so that nothing moves when older messages are
//! put before it, newer ones after it, or others change. Only what is near the view is ever wrapped.

use super::{Entry, Item, Key, Older, Thread};
use chat_core::{History, Seq};
use std::{fmt, rc::Rc};

/// What is in view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scroll {
    /// The newest, whatever comes.
    Tail,
    /// This line is the last that is seen.
    At(Anchor),
}

/// A line of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The item.
    pub key: Key,
    /// Its line.
    pub line: usize,
}

/// The room that the messages have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: usize,
}

/// A line of an item, by the item's place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The item.
    pub item: usize,
    /// Its line.
    pub line: usize,
}

/// So many messages; at least so many, where some of them are not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Those that are here.
    pub known: usize,
    /// Whether there are no others.
    pub is_all: bool,
}

impl Count {
    fn of(items: &[Item], counts: impl Fn(&Entry) -> bool) -> Self {
        let is = |item: &&Item| matches!(item, Item::Entry(entry) if counts(entry));
        Self {
            known: items.iter().filter(is).count(),
            is_all: !items.iter().any(|item| matches!(item, Item::Gap(..))),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.is_all { "" } else { "+" };
        write!(out, "{}{more}", self.known)
    }
}

impl Thread {
    /// The lines in view, from top to bottom; fewer than there is room for when there are no more.
    pub fn visible(&self, room: Room) -> Vec<Row> {
        let Some(bottom) = self.bottom(room).filter(|_| room.height > 0) else {
            return Vec::new();
        };
        let mut rows = vec![bottom];
        while rows.len() < room.height {
            match self.above(rows[rows.len() - 1], room) {
                Some(row) => rows.push(row),
                None => break,
            }
        }
        rows.reverse();
        rows
    }

    /// Messages below the view.
    pub fn newer(&self, room: Room) -> Count {
        let bottom = self.bottom(room).map_or(0, |row| row.item);
        let below = self.items.get(bottom + 1..).unwrap_or_default();
        Count::of(below, |_| true)
    }

    /// Messages from the divider on, while the divider is above the view.
    pub fn new_above(&self, room: Room) -> Option<Count> {
        let divider = self.divider()?;
        let top = self.visible(room).first()?.item;
        (divider < top).then(|| Count::of(&self.items[divider..], |_| true))
    }

    /// How many messages of others are behind the divider, and when the first of them was said.
    pub fn new_since(&self) -> Option<(Count, &str)> {
        let divider = self.divider()?;
        let (before, behind) = self.items.split_at(divider);
        let says = |entry: &Entry| {
            let is_new = entry.seq().is_some_and(|seq| seq <= self.new_through);
            is_new && !entry.mine && !entry.is_system()
        };
        let first = behind.iter().find_map(|item| match item {
            Item::Entry(entry) if says(entry) => Some(entry),
            _ => None,
        });
        // The divider stands before the first that is here: others may be missing before that.
        let above = before
            .iter()
            .rev()
            .find(|item| !matches!(item, Item::Day(..)));
        let is_first = match above {
            Some(Item::Start) => !self.has_before,
            above => !matches!(above, Some(Item::Gap(..))),
        };
        let new = Count::of(behind, says);
        let is_all = new.is_all && is_first;
        first.map(|first| (Count { is_all, ..new }, first.clock.as_str()))
    }

    /// Brings the divider to the top. False when there is none.
    pub(crate) fn scroll_to_new(&mut self, room: Room) -> bool {
        let divider = self.divider().map(|item| Row { item, line: 0 });
        if let Some(row) = divider {
            self.hang_from(row, room);
        }
        divider.is_some()
    }

    /// Lets this line be the first in view.
    fn hang_from(&mut self, mut row: Row, room: Room) {
        for _ in 1..room.height {
            match self.below(row, room) {
                Some(next) => row = next,
                None => break,
            }
        }
        self.hang(row, room);
    }

    /// Scrolls by so many lines; up when negative.
    pub(crate) fn scroll_by(&mut self, lines: isize, room: Room) {
        let Some(mut row) = self.bottom(room) else {
            return;
        };
        let step = match lines < 0 {
            true => Self::above,
            false => Self::below,
        };
        for _ in 0..lines.unsigned_abs() {
            match step(self, row, room) {
                Some(next) => row = next,
                None => break,
            }
        }
        self.hang(row, room);
    }

    /// Scrolls as little as needed to bring a message into view; its beginning, when it is taller than the room.
    pub(crate) fn reveal(&mut self, key: &Key, room: Room) {
        let Some(item) = self.place(key) else {
            return;
        };
        let height = self.height(item, room);
        let rows = self.visible(room);
        let (Some(top), Some(bottom)) = (rows.first(), rows.last()) else {
            return;
        };
        let first = Row { item, line: 0 };
        let last = Row {
            item,
            line: height - 1,
        };
        if first < *top || height > room.height {
            self.hang_from(first, room);
        } else if last > *bottom {
            self.hang(last, room);
        }
    }

    /// What is to be fetched because it is missing in view, or so near above it that it soon will be.
    pub(crate) fn missing(&self, room: Room) -> Option<History> {
        if self.older != Older::Idle || room.height == 0 || !self.loaded {
            return None;
        }
        let asked = |before, after| {
            Some(History {
                conversation_id: self.id,
                before,
                after,
                around: None,
                limit: None,
            })
        };
        let Some(mut row) = self.bottom(room) else {
            return asked(Some(self.begin.next()), None).filter(|_| self.has_before);
        };
        let mut below = row;
        for _ in 0..room.height {
            match self.below(below, room) {
                Some(next) => below = next,
                None => break,
            }
            if let Item::Gap(through, _) = &self.items[below.item] {
                return asked(None, Some(*through));
            }
        }
        for at in 0..room.height * 3 {
            match &self.items[row.item] {
                // Who comes from above goes on reading from there.
                Item::Gap(through, _) if at < room.height / 2 => {
                    return asked(None, Some(*through));
                }
                Item::Gap(_, after) => return asked(Some(after.next()), None),
                _ => {}
            }
            match self.above(row, room) {
                Some(next) => row = next,
                None => return asked(Some(self.begin.next()), None).filter(|_| self.has_before),
            }
        }
        None
    }

    /// What asks for older messages than those that are here; nothing where there are none.
    pub(crate) fn older(&self) -> Option<History> {
        self.has_before.then(|| History {
            conversation_id: self.id,
            before: Some(self.begin.next()),
            after: None,
            around: None,
            limit: None,
        })
    }

    /// Brings a message into the middle of the view. False when it is not here.
    pub(crate) fn center(&mut self, key: &Key, room: Room) -> bool {
        let Some(item) = self.place(key) else {
            return false;
        };
        let mut row = Row { item, line: 0 };
        for _ in 0..room.height / 2 {
            match self.below(row, room) {
                Some(next) => row = next,
                None => break,
            }
        }
        self.hang(row, room);
        true
    }

    /// The messages in view, oldest first.
    pub(crate) fn visible_entries(&self, room: Room) -> Vec<&Entry> {
        let mut items: Vec<_> = self.visible(room).iter().map(|row| row.item).collect();
        items.dedup();
        items
            .into_iter()
            .filter_map(|item| match &self.items[item] {
                Item::Entry(entry) => Some(&**entry),
                _ => None,
            })
            .collect()
    }

    /// Lets the view hang on this line, and never leaves room empty that could be filled.
    fn hang(&mut self, mut row: Row, room: Room) {
        let mut top = row;
        let mut seen = 1;
        while seen < room.height {
            match self.above(top, room) {
                Some(next) => top = next,
                None => break,
            }
            seen += 1;
        }
        while seen < room.height {
            match self.below(row, room) {
                Some(next) => row = next,
                None => break,
            }
            seen += 1;
        }
        self.scroll = match self.below(row, room) {
            None => Scroll::Tail,
            Some(_) => Scroll::At(Anchor {
                key: self.items[row.item].key(),
                line: row.line,
            }),
        };
    }

    /// The last line in view. What it hung on may be gone, or have fewer lines now: then the nearest after it.
    fn bottom(&self, room: Room) -> Option<Row> {
        let last = self.items.len().checked_sub(1)?;
        let tail = Row {
            item: last,
            line: self.height(last, room) - 1,
        };
        let Scroll::At(anchor) = &self.scroll else {
            return Some(tail);
        };
        let nearest = || match anchor.key {
            Key::Echo(_) => None,
            _ => Some(self.first_behind(anchor.key.order())).filter(|item| *item <= last),
        };
        let Some(item) = self.place(&anchor.key).or_else(nearest) else {
            return Some(tail);
        };
        let line = anchor.line.min(self.height(item, room) - 1);
        Some(Row { item, line })
    }

    /// Where an item is.
    pub(crate) fn place(&self, key: &Key) -> Option<usize> {
        let (seq, _) = key.order();
        let from = self.first_from(seq);
        let items = self.items[from..].iter();
        let mut there = items.take_while(|item| item.order().0 == seq);
        let at = there.position(|item| match item {
            Item::Entry(entry) => entry.key == *key,
            other => other.key() == *key,
        });
        at.map(|at| from + at)
    }

    /// Where the items of this place and those behind it begin.
    pub(super) fn first_from(&self, seq: Seq) -> usize {
        self.items.partition_point(|item| item.order().0 < seq)
    }

    /// Where the items begin that stand here or behind it, by their order; it is not of what is on its way.
    pub(super) fn first_behind(&self, order: (Seq, u8)) -> usize {
        self.items.partition_point(|item| item.order() < order)
    }

    fn height(&self, item: usize, room: Room) -> usize {
        match &self.items[item] {
            Item::Entry(entry) => {
                if !entry.is_wrapped() {
                    self.wrapped.borrow_mut().push(Rc::downgrade(entry));
                }
                entry.wrapped(room.width).height()
            }
            _ => 1,
        }
    }

    fn above(&self, row: Row, room: Room) -> Option<Row> {
        match row.line.checked_sub(1) {
            Some(line) => Some(Row { line, ..row }),
            None => {
                let item = row.item.checked_sub(1)?;
                let line = self.height(item, room) - 1;
                Some(Row { item, line })
            }
        }
    }

    fn below(&self, row: Row, room: Room) -> Option<Row> {
        match row.line + 1 < self.height(row.item, room) {
            true => Some(Row {
                line: row.line + 1,
                ..row
            }),
            false => (row.item + 1 < self.items.len()).then_some(Row {
                item: row.item + 1,
                line: 0,
            }),
        }
    }
}
