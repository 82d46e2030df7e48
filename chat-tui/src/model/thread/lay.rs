//! The items of a conversation, laid one behind the other: all of them, or only those about which something became
//! different. What is laid anew in one piece goes up to the next message behind it, for what stands before that depends on
//! the piece. Nothing here looks at messages far from what became different.

use super::{
    Entry, Item, Thread,
    dividers::Laid,
    quote::{quote, quote_of_echo, username},
};
use crate::model::{Coming, Key, entry::Reader};
use chat_core::{ConversationState, Message, MessageId, Seq, State, Stretch};
use jiff::tz::TimeZone;
use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
    rc::Rc,
    sync::Arc,
};

/// What a conversation is shown from.
pub(crate) struct Source<'a> {
    /// What the client knows.
    pub(crate) state: &'a State,
    /// What it knows of the conversation.
    pub(crate) known: &'a ConversationState,
    /// Where the reader is.
    pub(crate) zone: &'a TimeZone,
    /// What messages are about to be.
    pub(crate) coming: &'a BTreeMap<MessageId, Coming>,
}

/// What became different closer together than this is laid in one piece.
const PIECE: u64 = 32;

/// Holes between messages: each begins after one place, and what is behind it after another.
pub(super) type Holes = BTreeSet<(Seq, Seq)>;

fn holes(stretches: &[Stretch]) -> Holes {
    let pairs = stretches.windows(2);
    pairs.map(|pair| (pair[0].through, pair[1].after)).collect()
}

impl Thread {
    /// Lays what became different since the last time.
    pub(super) fn lay(&mut self, source: &Source<'_>) {
        let named = username(source.state, source.known);
        if named != self.named {
            self.named = named;
            self.items.clear();
            self.laid_at = None;
        }
        let holes = holes(&source.known.stretches());
        // What is on its way stands behind everything stored.
        self.items.truncate(self.first_from(Seq::MAX));
        if self.items.is_empty() {
            self.items.push(Item::Start);
        }
        for piece in self.pieces(source.known, &holes) {
            self.lay_piece(source, &holes, piece);
        }
        self.holes = holes;
        self.laid_at = Some(source.known.moment());
        self.lay_echoes(source);
        self.divide_new();
    }

    /// Where something became different.
    fn pieces(&self, known: &ConversationState, holes: &Holes) -> Vec<Stretch> {
        let changed = self.laid_at.and_then(|at| known.changed_since(at));
        let Some(mut changed) = changed else {
            return vec![Stretch {
                after: Seq::ZERO,
                through: Seq::MAX,
            }];
        };
        let moved = holes.symmetric_difference(&self.holes);
        changed.extend(moved.map(|(_, after)| *after));
        let mut pieces: Vec<Stretch> = Vec::new();
        for seq in changed {
            match pieces.last_mut() {
                Some(last) if seq <= last.through.plus(PIECE) => last.through = seq,
                _ => pieces.push(Stretch {
                    after: seq.before(),
                    through: seq,
                }),
            }
        }
        pieces
    }

    fn lay_piece(&mut self, source: &Source<'_>, holes: &Holes, piece: Stretch) {
        let first = piece.after.next();
        let begin = self.first_from(first);
        let beyond = self.first_from(piece.through.next());
        // What stands before the next one is laid with the piece.
        let next = self.items[beyond..]
            .iter()
            .position(|item| item.entry().is_some());
        let end = next.map_or(self.items.len(), |next| beyond + next);
        let next = self.items.get(end).and_then(Item::entry);
        let before = self.items[begin..end].iter().filter_map(Item::entry);
        let mut before = before.peekable();
        let mut laid = Laid::after(&self.items[..begin]);
        let through = next.and_then(|next| next.seq()).unwrap_or(Seq::MAX);
        let mut holes = holes
            .iter()
            .filter(|(_, after)| first <= *after && *after < through)
            .peekable();
        for message in source.known.shared_messages_in(piece) {
            while let Some(hole) = holes.next_if(|(_, after)| *after < message.seq) {
                laid.items.push(Item::Gap(hole.0, hole.1));
            }
            laid.put(source.entry(message, &self.named, &mut before));
        }
        let gaps = holes.map(|(through, after)| Item::Gap(*through, *after));
        laid.items.extend(gaps);
        if let Some(next) = next {
            laid.divide(next);
        }
        self.items.splice(begin..end, laid.items);
    }

    fn lay_echoes(&mut self, source: &Source<'_>) {
        let reader = source.reader(&self.named);
        let mut laid = Laid::after(&self.items);
        for echo in source.state.echoes(self.id) {
            let quote = quote_of_echo(echo, source.known, reader.me);
            laid.put(Rc::new(Entry::echo(echo, quote, &reader)));
        }
        self.items.append(&mut laid.items);
    }
}

impl Source<'_> {
    fn reader<'a>(&'a self, username: &'a str) -> Reader<'a> {
        Reader {
            me: self.state.me(),
            username,
            zone: self.zone,
        }
    }

    /// A message as it is shown: the same as before, where nothing of it is different.
    fn entry<'a>(
        &self,
        message: &Arc<Message>,
        named: &str,
        before: &mut Peekable<impl Iterator<Item = &'a Rc<Entry>>>,
    ) -> Rc<Entry> {
        let order = Key::Message(message.seq).order();
        while before.next_if(|old| old.key.order() < order).is_some() {}
        let quote = quote(message, self.known, self.state.me());
        let old = before.next_if(|old| old.still_shows(message, quote.as_ref()));
        if let Some(old) = old {
            return old.clone();
        }
        let mut entry = Entry::stored(message, quote, &self.reader(named));
        entry.coming = entry.id().and_then(|id| self.coming.get(&id)).cloned();
        Rc::new(entry)
    }
}
