//! The list of conversations, as a screen shows it: what is pinned first, then the newest activity; with what waits on
//! this device already counted in.

use super::{Diff, Keyed, Watch, differences};
use crate::{
    Client, ConversationHandle, Progress, Task, Update, Updates, lock, outbox::Outbox,
    shared::Shared, signals::Signals,
};
use chat_core::{Conversation, ConversationId, ConversationState, UserId};
use std::{
    cmp::Reverse,
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, Mutex},
};

/// Which conversations a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Only those with something unread.
    pub unread: bool,
    /// Those that are put away, instead of the others.
    pub archived: bool,
    /// Only those with this in their title, nickname or members' names.
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
    /// Who writes at the moment, by username.
    pub typing: Vec<String>,
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
    /// Rows on the screen that were told before there were any.
    early: Mutex<Option<Range<usize>>>,
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
            early: Mutex::default(),
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
        let unread = |known: &&ConversationState| {
            let my = &known.conversation().my;
            let mark = signals.read_mark(known.conversation().id);
            !my.prefs.archived && !mark.is_some_and(|seq| is_read_up_to(known, seq))
        };
        let all = known.state.conversations().into_iter().filter(unread);
        all.map(|known| u64::from(known.conversation().my.unread_count))
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
        let known = known.state.conversation(self.id())?;
        Some(Row::of(known, &outbox, &signals, &drafts).item())
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
            let mut next = Some(self.updates.next().await?);
            while let Some(update) = next {
                is_anew |= matches!(update, Update::Reset);
                is_concerned |= matches!(update, Update::List | Update::Conversation(_));
                next = self.updates.try_next();
            }
            if is_anew {
                return Some(self.anew());
            }
            if !is_concerned {
                continue;
            }
            let shown = self.shown.take().unwrap_or_default();
            let now = rows(&self.shared, &self.filter, &shown);
            let steps = differences(&shown, &now);
            self.shown = Some(now);
            if !steps.is_empty() {
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

    /// Says which rows are on the screen: the presence of the people in them is watched, and nobody else's.
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
        *lock(&self.early) = self.shown.is_none().then(|| rows.clone());
        let shown = self.shown.iter().flatten();
        let visible = shown.skip(rows.start).take(rows.len());
        let me = self.shared.read(|state| state.me());
        let people = visible.flat_map(|row| &row.conversation.members);
        let people = people.map(|member| member.user.id).filter(|id| *id != me);
        self.watch.show(people.collect());
    }

    fn anew(&mut self) -> Vec<Diff<Arc<ListItem>>> {
        let now = rows(&self.shared, &self.filter, &[]);
        self.shown = Some(now.clone());
        let early = lock(&self.early).take();
        if let Some(rows) = early {
            self.set_visible(rows);
        }
        vec![Diff::Reset(now)]
    }
}

/// The rows as they are now. One that did not change is the one that was shown.
fn rows(shared: &Shared, filter: &ListFilter, shown: &[Arc<ListItem>]) -> Vec<Arc<ListItem>> {
    let shown: BTreeMap<_, _> = shown.iter().map(|row| (row.key(), row)).collect();
    let known = lock(&shared.known);
    let outbox = lock(&shared.outbox);
    let signals = lock(&shared.signals);
    let drafts = lock(&shared.drafts);
    let me = known.state.me();
    let mut rows: Vec<Arc<ListItem>> = Vec::new();
    for known in known.state.conversations() {
        let row = Row::of(known, &outbox, &signals, &drafts);
        let id = row.conversation.id;
        if !is_wanted(filter, row.conversation, row.unread_count, me) {
            continue;
        }
        rows.push(match shown.get(&id) {
            Some(same) if row.is(same) => Arc::clone(same),
            _ => Arc::new(row.item()),
        });
    }
    rows.sort_by_key(|row| Reverse(row.conversation.my.prefs.pinned));
    rows
}

/// A row before anything of it is copied.
struct Row<'a> {
    conversation: &'a Conversation,
    unread_count: u32,
    mention_count: u32,
    draft: Option<&'a String>,
    typing: Vec<&'a str>,
    last_queued: Option<&'a str>,
    failed_count: usize,
}

impl<'a> Row<'a> {
    fn of(
        known: &'a ConversationState,
        outbox: &'a Outbox,
        signals: &Signals,
        drafts: &'a BTreeMap<ConversationId, String>,
    ) -> Self {
        let conversation = known.conversation();
        let id = conversation.id;
        let is_read = signals
            .read_mark(id)
            .is_some_and(|seq| is_read_up_to(known, seq));
        let counted = |count: u32| if is_read { 0 } else { count };
        let sends = outbox.queued(id).filter_map(|queued| match &queued.task {
            Task::Send(message) => Some((message.content(), &queued.progress)),
            _ => None,
        });
        let sends: Vec<_> = sends.collect();
        let failed =
            |(_, progress): &&(&str, &Progress)| matches!(progress, Progress::Failed { .. });
        Self {
            conversation,
            unread_count: counted(conversation.my.unread_count),
            mention_count: counted(conversation.my.mention_count),
            draft: drafts.get(&id).or(conversation.my.prefs.draft.as_ref()),
            typing: known.typing().collect(),
            last_queued: sends.last().map(|(content, _)| *content),
            failed_count: sends.iter().filter(failed).count(),
        }
    }

    fn is(&self, shown: &ListItem) -> bool {
        self.unread_count == shown.unread_count
            && self.mention_count == shown.mention_count
            && self.draft == shown.draft.as_ref()
            && self.typing == shown.typing
            && self.last_queued == shown.last_queued.as_deref()
            && self.failed_count == shown.failed_count
            && *self.conversation == shown.conversation
    }

    fn item(self) -> ListItem {
        ListItem {
            conversation: self.conversation.clone(),
            unread_count: self.unread_count,
            mention_count: self.mention_count,
            draft: self.draft.cloned(),
            typing: self.typing.into_iter().map(str::to_owned).collect(),
            last_queued: self.last_queued.map(str::to_owned),
            failed_count: self.failed_count,
        }
    }
}

/// Whether everything is read once this mark is told.
fn is_read_up_to(known: &ConversationState, seq: chat_core::Seq) -> bool {
    let last = known.conversation().last_message.as_ref();
    last.is_none_or(|message| message.seq <= seq)
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
