//! The list of conversations: whole first, then in steps.

use crate::{
    ChatClient, ConversationItem, item,
    runtime::{Pull, pulled},
};
use chat_client::{Client, Diff, ListFilter, ListItem};
use chat_core::{State, UserId};
use std::{ops::Range, sync::Arc};
use tokio::sync::watch;

/// Which conversations a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct ConversationFilter {
    /// Only those with something unread.
    #[uniffi(default = false)]
    pub unread: bool,
    /// Those that are put away, instead of the others.
    #[uniffi(default = false)]
    pub archived: bool,
    /// Only those with this in their title, nickname or members' names, in capitals or not, but with its accents. Of many
    /// members the first ten are looked at.
    #[uniffi(default = None)]
    pub name: Option<String>,
}

/// One step that changes a list of conversations.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum ConversationDiff {
    /// The whole list is this now.
    Reset {
        /// All of it.
        items: Vec<ConversationItem>,
    },
    /// These come behind the last.
    Append {
        /// What.
        items: Vec<ConversationItem>,
    },
    /// This comes to this place; what was there and behind it moves on by one.
    Insert {
        /// The place.
        index: u32,
        /// What.
        item: ConversationItem,
    },
    /// This is at this place now instead of what was there.
    Set {
        /// The place.
        index: u32,
        /// What.
        item: ConversationItem,
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

/// A list of conversations: pinned ones first, then newest activity.
#[derive(uniffi::Object)]
pub struct ConversationList {
    client: Client,
    filter: watch::Sender<ListFilter>,
    /// Which rows are on the screen, once that was told.
    visible: watch::Sender<Option<Range<usize>>>,
}

pulled! {
    /// A list of conversations, observed: first the whole list, then the steps that change it.
    ConversationListUpdates of Vec<ConversationDiff>
}

#[uniffi::export]
impl ChatClient {
    /// The list of conversations.
    #[uniffi::method(default(filter = None))]
    pub fn conversation_list(&self, filter: Option<ConversationFilter>) -> Arc<ConversationList> {
        Arc::new(ConversationList {
            client: self.client.clone(),
            filter: watch::Sender::new(filter.unwrap_or_default().into()),
            visible: watch::Sender::default(),
        })
    }
}

#[uniffi::export]
impl ConversationList {
    /// Begins to observe it.
    pub fn observe(&self) -> Arc<ConversationListUpdates> {
        let client = self.client.clone();
        let mut filter = self.filter.subscribe();
        let mut visible = self.visible.subscribe();
        // What an observer before this one was told is on the screen still.
        visible.mark_changed();
        Arc::new(ConversationListUpdates(Pull::new(|taker| async move {
            let wanted = filter.borrow_and_update().clone();
            let mut list = client.conversation_list(wanted);
            loop {
                let room = taker.room().await;
                let steps = loop {
                    tokio::select! {
                        biased;
                        Ok(()) = filter.changed() => list.set_filter(filter.borrow_and_update().clone()),
                        Ok(()) = visible.changed() => {
                            let rows = visible.borrow_and_update().clone();
                            rows.into_iter().for_each(|rows| list.set_visible(rows));
                        }
                        steps = list.next() => break steps?,
                    }
                };
                let me = client.read(State::me);
                let steps = steps.into_iter();
                room.send(steps.map(|step| ConversationDiff::of(step, me)).collect());
            }
        })))
    }

    /// Shows other conversations from now on; the next steps begin with the whole list.
    pub fn set_filter(&self, filter: ConversationFilter) {
        self.filter.send_replace(filter.into());
    }

    /// Says which rows are on the screen, from the first up to but not with the last: the presence of the people in them is
    /// watched, and nobody else's, and who writes is told of these rows alone. Where other rows come into these places, it is
    /// those. As long as this was never said, nobody's presence is watched, and all rows tell who writes.
    pub fn set_visible(&self, first: u32, last: u32) {
        self.visible.send_replace(Some(range(first, last)));
    }
}

impl From<ConversationFilter> for ListFilter {
    fn from(filter: ConversationFilter) -> Self {
        Self {
            unread: filter.unread,
            archived: filter.archived,
            name: filter.name,
        }
    }
}

impl ConversationDiff {
    /// A step, as this user sees it.
    fn of(step: Diff<Arc<ListItem>>, me: UserId) -> Self {
        let item = |row: &ListItem| item::conversation(row, me);
        let items = |rows: Vec<Arc<ListItem>>| rows.iter().map(|row| item(row)).collect();
        match step {
            Diff::Reset(rows) => Self::Reset { items: items(rows) },
            Diff::Append(rows) => Self::Append { items: items(rows) },
            Diff::Insert { index, item: row } => Self::Insert {
                index: place(index),
                item: item(&row),
            },
            Diff::Set { index, item: row } => Self::Set {
                index: place(index),
                item: item(&row),
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

pub(crate) fn place(index: usize) -> u32 {
    u32::try_from(index).expect("no list has four thousand million rows")
}

pub(crate) fn range(first: u32, last: u32) -> Range<usize> {
    first as usize..last as usize
}
