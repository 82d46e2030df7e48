//! What is unread, with what was read on this device and is not told yet. It counts nothing that is not known: where the
//! messages behind the mark are not all here, the server's count stands until the mark is told.

use crate::signals::Signals;
use chat_core::{ConversationState, Seq, Stretch, UserId};

/// What one has not read of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unread {
    /// Up to where one has read.
    pub(super) after: Seq,
    /// Messages of others behind that.
    pub(super) count: u32,
    /// Of these, messages that name one.
    pub(super) mention_count: u32,
}

impl Unread {
    /// What it is for this user, whose marks these are.
    pub(super) fn of(known: &ConversationState, signals: &Signals, me: UserId) -> Self {
        let conversation = known.conversation();
        let my = &conversation.my;
        let told = Self {
            after: my.read_seq,
            count: my.unread_count,
            mention_count: my.mention_count,
        };
        let mark = signals.read_mark(conversation.id);
        let Some(after) = mark.filter(|seq| *seq >= my.read_seq) else {
            return told;
        };
        let last = conversation.last_message.as_ref();
        if last.is_none_or(|message| message.seq <= after) {
            return Self {
                after,
                count: 0,
                mention_count: 0,
            };
        }
        let newest = known.stretches().pop();
        let Some(newest) = newest.filter(|newest| newest.after <= after) else {
            return Self { after, ..told };
        };
        let behind = known.messages_in(Stretch { after, ..newest });
        let behind = behind.filter(|message| message.counts_for(me));
        let mentions = behind.clone().filter(|message| message.mentions(me));
        let at_most = |count: usize, told: u32| u32::try_from(count).map_or(told, |n| n.min(told));
        Self {
            after,
            count: at_most(behind.count(), told.count),
            mention_count: at_most(mentions.count(), told.mention_count),
        }
    }
}
