//! The state as a store kept it: where a client begins that was here before.

use super::{ConversationState, State};
use crate::{Contact, Conversation, Me, Message, Position, User, UserId};
use std::collections::BTreeSet;

/// What a store kept. The messages are not part of it: they are [taken in](State::apply_stretch_of) when they are looked
/// at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Restored {
    /// The position in the user's own log.
    pub inbox: Option<Position>,
    /// Every conversation, each at its position.
    pub conversations: Vec<Conversation>,
    /// Profiles as they were last told.
    pub users: Vec<User>,
    /// The user's own account.
    pub account: Option<Me>,
    /// The user's contacts.
    pub contacts: Vec<Contact>,
    /// Whom the user has blocked.
    pub blocked: Vec<UserId>,
}

impl State {
    /// Knows what a store kept.
    pub fn restored(me: UserId, kept: Restored) -> Self {
        let mut state = Self::new(me);
        let contacts = kept.contacts.into_iter();
        state.inbox = kept.inbox;
        state.account = kept.account;
        state.contacts = contacts.map(|contact| (contact.user.id, contact)).collect();
        state.blocked = kept.blocked.into_iter().collect();
        state.profiles = kept.users.into_iter().map(|user| (user.id, user)).collect();
        for mut conversation in kept.conversations {
            for member in &mut conversation.members {
                if let Some(user) = state.profiles.get(&member.user.id) {
                    member.user.clone_from(user);
                }
            }
            if let Some(last) = &mut conversation.last_message {
                state.rename_in(last);
            }
            let id = conversation.id;
            state
                .conversations
                .insert(id, ConversationState::new(conversation, 0));
        }
        state
    }

    /// Takes in how everybody whom the message shows is called now.
    pub(super) fn rename_in(&self, message: &mut Message) {
        let shown: BTreeSet<_> = message.shows().collect();
        for user in shown.iter().filter_map(|id| self.profiles.get(id)) {
            message.rename(user);
        }
    }

    /// Profiles as they were last told.
    pub fn profiles(&self) -> impl Iterator<Item = &User> {
        self.profiles.values()
    }
}
