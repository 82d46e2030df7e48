//! What a user said on a device and did to it since, and what may be left of that in the end.

use chat_core::{ClientId, ConversationId, Message};
use std::{collections::BTreeMap, fmt::Debug};

/// The emoji that a user puts under a message and takes back.
pub(crate) const EMOJI: [&str; 3] = ["👍", "🎉", "🦊"];

/// Everything that something was to be, one after the other.
#[derive(Clone)]
pub(crate) struct Wishes<T> {
    all: Vec<T>,
    /// From here on, any may be what it is in the end: the last that was promised, and what nobody can tell.
    from: usize,
}

impl<T: Clone + PartialEq + Debug> Wishes<T> {
    pub(crate) fn new(first: T) -> Self {
        Self {
            all: vec![first],
            from: 0,
        }
    }

    /// It is to be this. It is promised once it is on disk.
    pub(crate) fn wish(&mut self, wish: T) {
        self.all.push(wish);
    }

    pub(crate) fn last(&self) -> T {
        self.all[self.all.len() - 1].clone()
    }

    /// The last wish is on disk: nothing before it counts any more.
    pub(crate) fn promise(&mut self) {
        self.from = self.all.len() - 1;
    }

    /// The disk is what it was when this was all: what came since may be lost, or sent already.
    fn back_to(&mut self, then: &Self) {
        self.from = then.from;
    }

    fn check(&self, is: &T, what: &str) {
        let may_be = &self.all[self.from..];
        assert!(may_be.contains(is), "{what}: {is:?} is none of {may_be:?}");
    }
}

/// Something the user said on this device.
#[derive(Clone)]
pub(crate) struct Word {
    pub(crate) to: ConversationId,
    pub(crate) key: ClientId,
    /// It was on disk before the user was told so, and is still wanted.
    pub(crate) is_promised: bool,
    /// It was taken back: an older disk may bring it again, and late.
    pub(crate) is_taken_back: bool,
    /// That it was taken back was on disk before the user was told so.
    pub(crate) is_surely_gone: bool,
    /// The server had it when a disk was put back to an old copy, which does not know that.
    pub(crate) is_of_forgotten: bool,
    /// A file goes with it.
    pub(crate) has_file: bool,
    pub(crate) text: Wishes<String>,
    pub(crate) emoji: BTreeMap<&'static str, Wishes<bool>>,
}

impl Word {
    pub(crate) fn new(to: ConversationId, key: ClientId, text: String, has_file: bool) -> Self {
        Self {
            to,
            key,
            is_promised: false,
            is_taken_back: false,
            is_surely_gone: false,
            is_of_forgotten: false,
            has_file,
            text: Wishes::new(text),
            emoji: EMOJI.map(|emoji| (emoji, Wishes::new(false))).into(),
        }
    }

    /// The disk is what it was when the word was this.
    pub(crate) fn back_to(&mut self, then: &Self) {
        self.is_surely_gone = then.is_surely_gone;
        self.text.back_to(&then.text);
        for (emoji, wishes) in &mut self.emoji {
            wishes.back_to(&then.emoji[emoji]);
        }
    }

    /// Looks whether the stored message is what it may be.
    pub(crate) fn check(&self, stored: &Message) {
        if stored.deleted_at.is_some() {
            assert!(self.is_taken_back, "{stored:?} was never taken back");
            return;
        }
        assert!(!self.is_surely_gone, "{stored:?} was taken back");
        self.text.check(&stored.content, "a text");
        for (emoji, wishes) in &self.emoji {
            let mut under = stored.extras.reactions.iter();
            let is_there = under.any(|known| known.emoji == *emoji);
            wishes.check(&is_there, &format!("{emoji} under {}", stored.content));
        }
        let files = usize::from(self.has_file);
        assert_eq!(stored.extras.attachments.len(), files, "{stored:?}");
    }
}
