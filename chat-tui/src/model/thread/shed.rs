//! What of a long conversation stays in memory: what is near the reader, and what is newest. Who comes to the rest again
//! finds a hole that fills itself, out of what is kept on this machine.

use super::{Key, Older, Thread};
use crate::model::Room;
use chat_core::{Seq, Stretch};

/// So many items to both sides of the reader stay while a conversation is open.
const NEAR: usize = 1_000;
/// So many around the reader's place stay when it is left, and around whatever else is worth it; and so many of the newest.
const LEFT: usize = 200;
/// So many lines beyond the view stay wrapped.
const WRAPPED: usize = 200;

impl Thread {
    /// What is to stay of a conversation that is read, where there is so much that something is to go.
    pub(crate) fn worth_keeping(&self, selected: Option<&Key>, room: Room) -> Option<Vec<Stretch>> {
        // What is on its way is put where it belongs first.
        let is_settled = self.older != Older::Loading && self.awaited.is_none();
        // What is looked for from the view on must not be what was let go just now.
        let near = NEAR.max(room.height * 4);
        // More than can stay, so that something goes only now and then, and not with every page.
        let most = near * 3 + LEFT * 2;
        match is_settled && self.items.len() > most {
            true => self.around(selected, room, near, most),
            false => None,
        }
    }

    /// The same, of one that is left.
    pub(crate) fn worth_keeping_behind(&self, room: Room) -> Option<Vec<Stretch>> {
        self.around(None, room, LEFT, LEFT * 3)
    }

    fn around(
        &self,
        selected: Option<&Key>,
        room: Room,
        near: usize,
        most: usize,
    ) -> Option<Vec<Stretch>> {
        let stored = &self.items[..self.first_from(Seq::MAX)];
        let last = stored.len().checked_sub(1).filter(|last| *last >= most)?;
        let view = self.visible(room).last().map(|row| row.item);
        let places = [
            (view, near),
            (selected.and_then(|key| self.place(key)), LEFT),
            (self.divider(), LEFT),
            (Some(last), LEFT),
        ];
        let seq = |at: usize| stored[at.min(last)].order().0;
        let kept = places.into_iter().filter_map(|(at, reach)| {
            let at = at?;
            Some(Stretch {
                after: seq(at.saturating_sub(reach)).before(),
                through: seq(at + reach),
            })
        });
        Some(kept.collect())
    }

    /// Lets the wrapped lines go that are far from the view.
    pub(crate) fn forget_lines(&self, room: Room) {
        let rows = self.visible(room);
        let (Some(top), Some(bottom)) = (rows.first(), rows.last()) else {
            return;
        };
        let last = self.items.len().saturating_sub(1);
        let first = self.items[top.item.saturating_sub(WRAPPED)].order();
        let last = self.items[(bottom.item + WRAPPED).min(last)].order();
        self.wrapped.borrow_mut().retain(|entry| {
            let Some(entry) = entry.upgrade() else {
                return false;
            };
            let is_near = (first..=last).contains(&entry.key.order());
            if !is_near {
                entry.forget_lines();
            }
            is_near
        });
    }
}
