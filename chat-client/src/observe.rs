//! Watching what is known: a list as it is, then batches of what became different. An observer takes a batch when it has
//! time for one; what happened meanwhile is in it. Nothing queues up for a slow one, and it never gets a hole: in the
//! worst case it gets the list anew.

mod diff;
mod list;
mod presence;
mod timeline;
mod unread;

pub use diff::Diff;
pub(crate) use diff::{Keyed, differences};
pub use list::{ConversationList, ListFilter, ListItem};
pub use presence::PresenceUpdates;
pub(crate) use presence::{Watch, Watches};
pub use timeline::{
    Said, Timeline, TimelineItem, TimelineMessage, TimelineOptions, TimelineUpdates,
};
use unread::Unread;
