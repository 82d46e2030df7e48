//! A store in memory: gone with the program, and for tests a disk that can be copied and looked into.

use super::{From, Loaded, Owner, Store, StoreError, StoredPage, Write, has_words, join};
use crate::{Queued, lock};
use async_trait::async_trait;
use chat_core::{
    ClientId, Conversation, ConversationId, Message, MessageId, Restored, Seq, Stretch, Timestamp,
    User, UserId,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Keeps everything in memory. A clone is the same disk; [`MemoryDisk::copy`] is another with the same content.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Clone, Default)]
struct Kept {
    owner: Option<Owner>,
    /// Without conversations and users: those have their own place.
    own: Restored,
    since: Option<Timestamp>,
    skew_ms: Option<i64>,
    conversations: BTreeMap<ConversationId, Conversation>,
    users: BTreeMap<UserId, User>,
    messages: BTreeMap<(ConversationId, Seq), Message>,
    stretches: BTreeMap<ConversationId, Vec<Stretch>>,
    outbox: BTreeMap<ClientId, Queued>,
    read_marks: BTreeMap<ConversationId, Seq>,
    drafts: BTreeMap<ConversationId, String>,
}

impl MemoryDisk {
    /// Another disk that holds the same now.
    ///
    /// ```
    /// use chat_client::MemoryDisk;
    ///
    /// let disk = MemoryDisk::default();
    /// let backup = disk.copy();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn copy(&self) -> Self {
        let kept = lock(&self.kept).clone();
        Self {
            kept: Arc::new(Mutex::new(kept)),
        }
    }
}

impl Kept {
    fn write(&mut self, write: &Write) {
        match write {
            Write::Wipe => *self = Self::default(),
            Write::Forget => self.forget(),
            Write::Inbox(inbox) => self.own.inbox = *inbox,
            Write::Since(since) => self.since = *since,
            Write::Skew(skew_ms) => self.skew_ms = Some(*skew_ms),
            Write::Account(account) => self.own.account.clone_from(account),
            Write::Contacts(contacts) => self.own.contacts.clone_from(contacts),
            Write::Blocked(blocked) => self.own.blocked.clone_from(blocked),
            Write::User(user) => drop(self.users.insert(user.id, user.clone())),
            Write::Conversation(it) => drop(self.conversations.insert(it.id, it.clone())),
            Write::Gone(id) => {
                self.conversations.remove(id);
                self.stretches.remove(id);
                self.messages.retain(|(of, _), _| of != id);
            }
            Write::Message(message) => {
                let place = (message.conversation_id, message.seq);
                self.messages.insert(place, message.clone());
            }
            Write::Known(id, stretch) => join(self.stretches.entry(*id).or_default(), *stretch),
            Write::Changed(event) => {
                self.messages
                    .values_mut()
                    .for_each(|message| message.take(event));
            }
            Write::Queue(queued) => drop(self.outbox.insert(queued.key.clone(), queued.clone())),
            Write::Done(key) => drop(self.outbox.remove(key)),
            Write::ReadMark(id, Some(seq)) => drop(self.read_marks.insert(*id, *seq)),
            Write::ReadMark(id, None) => drop(self.read_marks.remove(id)),
            Write::Draft(id, Some(text)) => drop(self.drafts.insert(*id, text.clone())),
            Write::Draft(id, None) => drop(self.drafts.remove(id)),
        }
    }

    fn forget(&mut self) {
        *self = Self {
            owner: self.owner.take(),
            skew_ms: self.skew_ms,
            outbox: std::mem::take(&mut self.outbox),
            read_marks: std::mem::take(&mut self.read_marks),
            drafts: std::mem::take(&mut self.drafts),
            ..Self::default()
        };
    }

    fn page(&self, id: ConversationId, from: From, limit: usize) -> Option<StoredPage> {
        let seq = match from {
            From::Before(seq) => seq.before(),
            From::After(seq) => seq.next(),
        };
        let mut stretch = *self
            .stretches
            .get(&id)?
            .iter()
            .find(|known| known.holds(seq))?;
        let all = self.messages.range((id, Seq::ZERO)..=(id, Seq::MAX));
        let all = all.map(|(_, message)| message);
        let mut items: Vec<_>;
        match from {
            From::Before(_) => {
                stretch.through = seq;
                let newest = all.rev().filter(|m| stretch.holds(m.seq));
                items = newest.take(limit).cloned().collect();
                items.reverse();
                if items.len() == limit {
                    stretch.after = items.first()?.seq.before();
                }
            }
            From::After(_) => {
                stretch.after = seq.before();
                let oldest = all.filter(|m| stretch.holds(m.seq));
                items = oldest.take(limit).cloned().collect();
                if items.len() == limit {
                    stretch.through = items.last()?.seq;
                }
            }
        }
        Some(StoredPage { items, stretch })
    }
}

#[async_trait]
impl Store for MemoryDisk {
    async fn load(&self, owner: &Owner) -> Result<Loaded, StoreError> {
        let mut kept = lock(&self.kept);
        let mut lost = 0;
        if kept.owner.as_ref() != Some(owner) {
            lost = kept.outbox.len();
            *kept = Kept {
                owner: Some(owner.clone()),
                ..Kept::default()
            };
        }
        let mut outbox: Vec<_> = kept.outbox.values().cloned().collect();
        outbox.sort_by_key(|queued| queued.place);
        let pairs = |drafts: &BTreeMap<ConversationId, String>| {
            drafts
                .iter()
                .map(|(id, text)| (*id, text.clone()))
                .collect()
        };
        Ok(Loaded {
            state: Restored {
                conversations: kept.conversations.values().cloned().collect(),
                users: kept.users.values().cloned().collect(),
                ..kept.own.clone()
            },
            since: kept.since,
            skew_ms: kept.skew_ms,
            outbox,
            read_marks: kept
                .read_marks
                .iter()
                .map(|(id, seq)| (*id, *seq))
                .collect(),
            drafts: pairs(&kept.drafts),
            lost,
        })
    }

    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError> {
        let mut kept = lock(&self.kept);
        batch.iter().for_each(|write| kept.write(write));
        Ok(())
    }

    async fn page(
        &self,
        conversation: ConversationId,
        from: From,
        limit: u32,
    ) -> Result<Option<StoredPage>, StoreError> {
        Ok(lock(&self.kept).page(conversation, from, limit as usize))
    }

    async fn place(&self, message: MessageId) -> Result<Option<(ConversationId, Seq)>, StoreError> {
        let kept = lock(&self.kept);
        let found = kept.messages.iter().find(|(_, known)| known.id == message);
        Ok(found.map(|(place, _)| *place))
    }

    async fn search(
        &self,
        words: &[String],
        within: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let kept = lock(&self.kept);
        let here = |m: &&Message| within.is_none_or(|id| id == m.conversation_id);
        let mut found: Vec<_> = kept
            .messages
            .values()
            .filter(here)
            .filter(|message| has_words(&message.content, words))
            .cloned()
            .collect();
        found.sort_by_key(|message| std::cmp::Reverse(message.created_at));
        found.truncate(limit as usize);
        Ok(found)
    }
}
