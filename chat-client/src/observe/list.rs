//! The list of conversations, as a screen shows it: what is pinned first, then the newest activity; with what waits on
//! this device already counted in.

mod row;

use super::{Diff, Keyed, Unread, Watch, differences};
use crate::{Client, ConversationHandle, Update, Updates, lock, shared::Shared};
use chat_core::{Conversation, ConversationId, ConversationState, Presence, UserId};
use row::Row;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::{Arc, Mutex},
};
use tokio::sync::Notify;

/// Which conversations a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Only those with something unread.
    pub unread: bool,
    /// Those that are put away, instead of the others.
    pub archived: bool,
    /// Only those with this in their title, nickname or members' names, in capitals or not, but with its accents. Of many
    /// members the first ten are looked at.
    pub name: Option<String>,
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListItem {
    /// The conversation as it is known.
    pub conversation: Conversation,
    /// Messages of others that one has not read; with what was read on this device and not told yet.
    pub unread_count: u32,
    /// Of these, messages that name one.
    pub mention_count: u32,
    /// What one has begun to write, here or else on another device.
    pub draft: Option<String>,
    /// Who writes at the moment, by username; nobody in a row that is [not on the screen](ConversationList::set_visible).
    pub typing: Vec<String>,
    /// In a row of two people that is on the screen: whether the other is here, as far as that is known.
    pub presence: Option<Presence>,
    /// The newest message that waits on this device, if any.
    pub last_queued: Option<String>,
    /// How many messages on this device could not be sent.
    pub failed_count: usize,
}

impl Keyed for Arc<ListItem> {
    type Key = ConversationId;

    fn key(&self) -> ConversationId {
        self.conversation.id
    }
}

/// The list of conversations, observed. Dropping it ends that.
pub struct ConversationList {
    shared: Arc<Shared>,
    updates: Updates,
    filter: ListFilter,
    /// As it was told last; none before the first time.
    shown: Option<Vec<Arc<ListItem>>>,
    /// Which rows are on the screen, once that was told.
    visible: Mutex<Option<Range<usize>>>,
    /// Others are on the screen now, of which something else is to be told.
    moved: Notify,
    watch: Watch,
}

impl std::fmt::Debug for ConversationList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConversationList")
            .field("filter", &self.filter)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Observes the list of conversations.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_client::ListFilter;
    ///
    /// let mut list = ann.conversation_list(ListFilter::default());
    /// let mut shown = Vec::new();
    /// for step in list.next().await.ok_or("the client was shut down")? {
    ///     assert!(step.apply(&mut shown));
    /// }
    /// assert_eq!(shown[0].conversation.id, group);
    /// # Ok(())
    /// # });
    /// ```
    pub fn conversation_list(&self, filter: ListFilter) -> ConversationList {
        ConversationList {
            shared: Arc::clone(self.shared()),
            updates: self.updates(),
            filter,
            shown: None,
            visible: Mutex::default(),
            moved: Notify::new(),
            watch: Watch::new(Arc::clone(self.shared())),
        }
    }

    /// Unread messages in all conversations that are not put away, with what was read on this device and not told yet.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// println!("{} unread", ann.unread_total());
    /// # Ok(())
    /// # });
    /// ```
    pub fn unread_total(&self) -> u64 {
        let known = lock(&self.shared().known);
        let signals = lock(&self.shared().signals);
        let me = known.state.me();
        let is_shown = |known: &&ConversationState| !known.conversation().my.prefs.archived;
        let all = known.state.conversations().into_iter().filter(is_shown);
        all.map(|known| u64::from(Unread::of(known, &signals, me).count))
            .sum()
    }
}

impl ConversationHandle {
    /// The conversation as a row of the list shows it, whichever list that is; none while it is not known.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// let row = ann.conversation(group).row().ok_or("it is not known yet")?;
    /// println!("{:?}: {} unread", row.conversation.title, row.unread_count);
    /// # Ok(())
    /// # });
    /// ```
    pub fn row(&self) -> Option<ListItem> {
        let shared = self.shared();
        let known = lock(&shared.known);
        let outbox = lock(&shared.outbox);
        let signals = lock(&shared.signals);
        let drafts = lock(&shared.drafts);
        let (state, known) = (&known.state, known.state.conversation(self.id())?);
        let row = Row::of(known, state, &outbox, &signals, &drafts);
        Some(row.unwatched().item())
    }
}

impl ConversationList {
    /// The next steps: first the whole list, then what became different. Ends when the client is shut down. Dropping the
    /// future early loses nothing.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, group| {
    /// # use chat_client::ListFilter;
    /// # use chat_core::MessageBody;
    /// let (mut list, mut shown) = (ben.conversation_list(ListFilter::default()), Vec::new());
    /// ann.conversation(group).send(MessageBody::parse("hello")?);
    /// while shown.first().is_none_or(|row: &std::sync::Arc<chat_client::ListItem>| row.unread_count == 0) {
    ///     for step in list.next().await.ok_or("the client was shut down")? {
    ///         assert!(step.apply(&mut shown));
    ///     }
    /// }
    /// # Ok(())
    /// # });
    /// ```
    pub async fn next(&mut self) -> Option<Vec<Diff<Arc<ListItem>>>> {
        if self.shown.is_none() {
            return Some(self.anew());
        }
        loop {
            let mut is_anew = false;
            let mut is_concerned = false;
            let mut next = tokio::select! {
                biased;
                () = self.moved.notified() => {
                    is_concerned = true;
                    self.updates.try_next()
                }
                update = self.updates.next() => Some(update?),
            };
            while let Some(update) = next {
                is_anew |= matches!(update, Update::Reset);
                is_concerned |= matches!(
                    update,
                    Update::List | Update::Conversation(_) | Update::Presence
                );
                next = self.updates.try_next();
            }
            if is_anew {
                return Some(self.anew());
            }
            if !is_concerned {
                continue;
            }
            let shown = self.shown.take().unwrap_or_default();
            let now = self.rows(&shown);
            let steps = differences(&shown, &now);
            self.shown = Some(now);
            if !steps.is_empty() {
                self.watch_visible();
                return Some(steps);
            }
        }
    }

    /// Shows other conversations from now on; the next steps begin with the whole list.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// use chat_client::{Diff, ListFilter};
    ///
    /// let mut list = ann.conversation_list(ListFilter::default());
    /// list.next().await;
    /// list.set_filter(ListFilter { name: Some("no such name".to_owned()), ..ListFilter::default() });
    /// assert_eq!(list.next().await, Some(vec![Diff::Reset(Vec::new())]));
    /// # Ok(())
    /// # });
    /// ```
    pub fn set_filter(&mut self, filter: ListFilter) {
        self.filter = filter;
        self.shown = None;
    }

    /// Says which rows are on the screen: the presence of the people in them is watched, and nobody else's, and who writes is
    /// told of these rows alone. Where other rows come into these places, it is those. As long as this was never said,
    /// nobody's presence is watched, and all rows tell who writes.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # use chat_client::ListFilter;
    /// let mut list = ann.conversation_list(ListFilter::default());
    /// list.next().await;
    /// // The first ten rows are on the screen.
    /// list.set_visible(0..10);
    /// # Ok(())
    /// # });
    /// ```
    pub fn set_visible(&self, rows: Range<usize>) {
        let before = lock(&self.visible).replace(rows.clone());
        if before != Some(rows) {
            self.watch_visible();
            self.moved.notify_one();
        }
    }

    /// Watches the presence of the people who are on the screen now.
    fn watch_visible(&self) {
        let Some(visible) = lock(&self.visible).clone() else {
            return;
        };
        let me = self.shared.read(|state| state.me());
        let shown = self.shown.iter().flatten();
        let shown = shown.skip(visible.start).take(visible.len());
        let people = shown.flat_map(|row| &row.conversation.members);
        let people = people.map(|member| member.user.id).filter(|id| *id != me);
        let people: BTreeSet<_> = people.collect();
        self.watch.show(people.into_iter().collect());
    }

    fn rows(&self, shown: &[Arc<ListItem>]) -> Vec<Arc<ListItem>> {
        let visible = lock(&self.visible).clone();
        rows(&self.shared, &self.filter, visible.as_ref(), shown)
    }

    fn anew(&mut self) -> Vec<Diff<Arc<ListItem>>> {
        let now = self.rows(&[]);
        self.shown = Some(now.clone());
        self.watch_visible();
        vec![Diff::Reset(now)]
    }
}

/// The rows as they are now. One that did not change is the one that was shown.
fn rows(
    shared: &Shared,
    filter: &ListFilter,
    visible: Option<&Range<usize>>,
    shown: &[Arc<ListItem>],
) -> Vec<Arc<ListItem>> {
    let shown: BTreeMap<_, _> = shown.iter().map(|row| (row.key(), row)).collect();
    let known = lock(&shared.known);
    let outbox = lock(&shared.outbox);
    let signals = lock(&shared.signals);
    let drafts = lock(&shared.drafts);
    let (state, me) = (&known.state, known.state.me());
    let all = state.conversations().into_iter();
    let all = all.map(|known| Row::of(known, state, &outbox, &signals, &drafts));
    let wanted = all.filter(|row| is_wanted(filter, row.conversation, row.unread_count, me));
    let mut rows: Vec<_> = wanted.collect();
    rows.sort_by_key(|row| Reverse(row.conversation.my.prefs.pinned));
    let rows = rows.into_iter().enumerate().map(|(at, row)| {
        let row = match visible {
            Some(visible) if visible.contains(&at) => row,
            Some(_) => row.off_the_screen(),
            None => row.unwatched(),
        };
        match shown.get(&row.conversation.id) {
            Some(same) if row.is(same) => Arc::clone(same),
            _ => Arc::new(row.item()),
        }
    });
    rows.collect()
}

fn is_wanted(filter: &ListFilter, conversation: &Conversation, unread: u32, me: UserId) -> bool {
    let prefs = &conversation.my.prefs;
    if prefs.archived != filter.archived || (filter.unread && unread == 0) {
        return false;
    }
    let Some(name) = filter.name.as_deref().map(str::to_lowercase) else {
        return true;
    };
    let others = conversation
        .members
        .iter()
        .filter(|member| member.user.id != me);
    let names = others.flat_map(|member| [&member.user.display_name, &member.user.username]);
    let titles = conversation.title.iter().chain(&prefs.nickname);
    titles
        .chain(names)
        .any(|known| known.to_lowercase().contains(&name))
}
