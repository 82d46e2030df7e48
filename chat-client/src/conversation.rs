//! The handle of one conversation: say something, go further back, say how far one has read. What can be done to a
//! message that is there already is in `message.rs`.

use crate::{
    Error, Kept, NewMessage, Progressing, Update, UploadProgress, Write,
    http::Http,
    lock,
    outbox::{Progress, Queued, Task},
    shared::{EchoQueued, Shared},
    signals::MarkKind,
    store,
};
use chat_core::{
    Ack, Applied, ClientId, ConversationId, Epoch, History, MessageBody, Seq, State, Stretch,
};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::oneshot;
use uuid::Uuid;

/// One conversation. Cheap to clone.
#[derive(Clone)]
pub struct ConversationHandle {
    shared: Arc<Shared>,
    id: ConversationId,
}

/// A message on its way. It is sent whether or not anybody holds this.
#[derive(Debug)]
pub struct SendTicket(Ticket);

/// Something on its way. It is done whether or not anybody holds this.
#[derive(Debug)]
pub struct Ticket {
    key: ClientId,
    kept: Kept,
    outcome: oneshot::Receiver<Result<Option<Ack>, Error>>,
}

impl SendTicket {
    /// The id of the send, under which its echo is found in the state.
    pub fn client_id(&self) -> &ClientId {
        self.0.key()
    }

    /// Waits until the message is on disk, from where it is sent even if the program dies now.
    ///
    /// # Errors
    /// [`Error::Store`] when the disk did not take it: then it is not sent, and its echo is gone.
    pub async fn kept(self) -> Result<Self, Error> {
        self.0.kept().await.map(Self)
    }

    /// Waits until the server has stored the message, over as many connections as that takes.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused it for good: its echo has failed, and waits to be retried or discarded.
    /// [`Error::SignedOut`] and [`Error::Stopped`] when the connection was given up, before or after the send: the
    /// message is still queued, and is sent when the connection is started again. [`Error::Store`] when the disk did not
    /// take it.
    pub async fn stored(self) -> Result<Ack, Error> {
        self.0.outcome().await?.ok_or(Error::Stopped)
    }
}

impl Ticket {
    /// Its name in the outbox.
    pub fn key(&self) -> &ClientId {
        &self.key
    }

    /// Waits until it is on disk, from where it is done even if the program dies now.
    ///
    /// # Errors
    /// [`Error::Store`] when the disk did not take it: then it is not done.
    pub async fn kept(mut self) -> Result<Self, Error> {
        std::mem::replace(&mut self.kept, Kept::already())
            .kept()
            .await?;
        Ok(self)
    }

    /// Waits until the server has done it, over as many connections as that takes.
    ///
    /// # Errors
    /// As for [`SendTicket::stored`].
    pub async fn done(self) -> Result<(), Error> {
        self.outcome().await.map(drop)
    }

    async fn outcome(self) -> Result<Option<Ack>, Error> {
        let Self { kept, outcome, .. } = self.kept().await?;
        drop(kept);
        outcome.await.unwrap_or(Err(Error::Stopped))
    }
}

impl std::fmt::Debug for ConversationHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ConversationHandle").field(&self.id).finish()
    }
}

impl ConversationHandle {
    pub(crate) fn new(shared: Arc<Shared>, id: ConversationId) -> Self {
        Self { shared, id }
    }

    /// Which conversation.
    pub fn id(&self) -> ConversationId {
        self.id
    }

    /// Says something: a text, or a [`NewMessage`] with more than that. Returns at once: the message shows as an echo in
    /// the state, is on its way to the disk ([`SendTicket::kept`] waits for that), and is sent when it is there and the
    /// connection is, after everything that was said before it in this conversation.
    pub fn send(&self, message: impl Into<NewMessage>) -> SendTicket {
        let key = ClientId::from(Uuid::now_v7());
        SendTicket(self.queue(key, Task::Send(message.into())))
    }

    /// Puts a file into the outbox, for a message behind it that [carries it](NewMessage::attach_queued). It is read when
    /// it is sent, and has to stay where it is until then. A transfer that breaks begins anew.
    pub fn upload(
        &self,
        path: impl Into<PathBuf>,
        file_name: impl Into<String>,
        mime_type: impl Into<String>,
    ) -> Ticket {
        self.queue_task(Task::Upload {
            path: path.into(),
            file_name: file_name.into(),
            mime_type: mime_type.into(),
        })
    }

    /// Tries something again that failed, with all that belonged to it, under its own name, and what waited for it. False
    /// when there is none.
    pub fn retry(&self, key: &ClientId) -> bool {
        let mut known = lock(&self.shared.known);
        let mut outbox = lock(&self.shared.outbox);
        let writes = outbox.retry(self.id, key, None);
        for write in &writes {
            if let Write::Queue(queued) = write {
                known.state.drop_echo(self.id, &queued.key);
                known.state.echo_queued(queued);
            }
        }
        let is_there = !writes.is_empty();
        drop(self.shared.journal.keep(writes));
        drop(outbox);
        drop(known);
        self.changed();
        is_there
    }

    /// Drops something that failed or that nobody else knows of yet, and what waits for it. False when there is none, or
    /// when it is on its way: it may be done already.
    pub fn discard(&self, key: &ClientId) -> bool {
        self.take_out(key).is_some()
    }

    /// What is queued here and not confirmed by the server, in its order.
    pub fn queued(&self) -> Vec<Queued> {
        lock(&self.shared.outbox).queued(self.id).cloned().collect()
    }

    /// How far an upload is that goes on.
    pub fn upload_progress(&self, key: &ClientId) -> Option<UploadProgress> {
        let uploads = lock(&self.shared.uploads);
        uploads.get(key).map(Progressing::now)
    }

    /// Says that one has read up to a place. Told when the connection is there; the newest place wins.
    pub fn mark_read(&self, seq: Seq) -> Kept {
        let now_ms = self.shared.clock().elapsed_ms();
        let mut signals = lock(&self.shared.signals);
        let newest = signals.mark(MarkKind::Read, self.id, seq, now_ms);
        let write = Write::ReadMark(self.id, Some(newest));
        let kept = self.shared.journal.keep(vec![write]);
        drop(signals);
        self.shared.tell(Update::List);
        self.shared.wake.notify_one();
        kept
    }

    /// Keeps what one has begun to write; none or nothing takes it away. It stays on this device.
    pub fn set_draft(&self, text: Option<String>) -> Kept {
        let text = text.filter(|text| !text.is_empty());
        let mut drafts = lock(&self.shared.drafts);
        match &text {
            Some(text) => drop(drafts.insert(self.id, text.clone())),
            None => drop(drafts.remove(&self.id)),
        }
        let write = Write::Draft(self.id, text);
        let kept = self.shared.journal.keep(vec![write]);
        drop(drafts);
        self.shared.tell(Update::List);
        kept
    }

    /// What one has begun to write on this device, or else on another.
    pub fn draft(&self) -> Option<String> {
        let here = lock(&self.shared.drafts).get(&self.id).cloned();
        here.or_else(|| {
            self.shared.read(|state| {
                let known = state.conversation(self.id)?;
                known.conversation().my.prefs.draft.clone()
            })
        })
    }

    /// Says that one writes, or stopped. Call it with every key: it is told at most every three seconds, and not at all
    /// without a connection.
    pub fn typing(&self, is_typing: bool) {
        lock(&self.shared.signals).typing(self.id, is_typing);
        self.shared.wake.notify_one();
    }

    /// Brings up to `limit` older messages into the state: from the store where it has them, else from the server. False
    /// when there are none, or when another call has brought them meanwhile.
    ///
    /// # Errors
    /// [`Error::Api`] when the server refused; [`Error::Network`].
    pub async fn load_older(&self, limit: u32) -> Result<bool, Error> {
        let asked = self
            .shared
            .read(|state| state.history_before(self.id, limit));
        match asked {
            Some(asked) => self.load(asked).await,
            None => Ok(false),
        }
    }

    /// Brings older messages out of the store into the state, and asks nobody else.
    pub(crate) async fn load_older_kept(&self, limit: u32) -> bool {
        let (asked, life) = self.shared.read(|state| {
            let asked = state.history_before(self.id, limit);
            (asked, self.life(state))
        });
        match asked {
            Some(asked) => self.load_kept(&asked, life).await,
            None => false,
        }
    }

    /// Brings messages around a place out of the store into the state. False when the store has nothing there.
    pub(crate) async fn load_kept_around(&self, seq: Seq, limit: u32) -> bool {
        let life = self.shared.read(|state| self.life(state));
        let asked = |before, after| History {
            conversation_id: self.id,
            before,
            after,
            around: None,
            limit: Some(limit),
        };
        let before = self.load_kept(&asked(Some(seq.next()), None), life).await;
        before && {
            self.load_kept(&asked(None, Some(seq)), life).await;
            true
        }
    }

    /// Brings messages next to a place into the state. True when something is new.
    pub(crate) async fn load(&self, asked: History) -> Result<bool, Error> {
        let life = self.shared.read(|state| self.life(state));
        if self.load_kept(&asked, life).await {
            return Ok(true);
        }
        let page = self.shared.http.call(&asked).await?;
        let mut known = lock(&self.shared.known);
        if self.life(&known.state) != life {
            // The log began another life meanwhile: the page is of the old one.
            return Ok(false);
        }
        let Some(stretch) = Stretch::of_page(&asked, &page) else {
            return Ok(false);
        };
        let applied = known.state.apply_page(&asked, page);
        let is_changed = matches!(applied, Applied::Changed(_));
        if is_changed {
            let writes = known.keep_page(self.id, stretch);
            self.shared.journal.write(writes, Vec::new());
        }
        drop(known);
        if is_changed {
            self.shared.tell(Update::Conversation(self.id));
        }
        Ok(is_changed)
    }

    /// Brings messages out of the store into the state. What the store cannot give, the server can.
    async fn load_kept(&self, asked: &History, life: Option<Epoch>) -> bool {
        let Some(store) = self.shared.journal.store() else {
            return false;
        };
        let limit = asked.limit();
        let from = match (asked.before, asked.after) {
            (Some(before), _) => store::From::Before(before),
            (None, Some(after)) => store::From::After(after),
            (None, None) => return false,
        };
        // What the server has told may still be on its way to the disk.
        self.shared.journal.flushed().await;
        let mut page = match store.page(self.id, from, limit).await {
            Ok(Some(page)) => page,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(%error, "the store could not be read");
                return false;
            }
        };
        store::let_expire(&mut page.items, self.shared.server_now());
        let mut known = lock(&self.shared.known);
        if self.life(&known.state) != life {
            return false;
        }
        let applied = known
            .state
            .apply_stretch_of(self.id, page.stretch, page.items);
        drop(known);
        let is_changed = matches!(applied, Applied::Changed(_));
        if is_changed {
            self.shared.tell(Update::Conversation(self.id));
        }
        is_changed
    }

    /// Which life the log is in: a page of another one is of no use.
    fn life(&self, state: &State) -> Option<Epoch> {
        let known = state.conversation(self.id);
        known.map(|known| known.position().epoch)
    }

    pub(crate) fn http(&self) -> &Arc<Http> {
        &self.shared.http
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Puts something into the outbox under a new name.
    pub(crate) fn queue_task(&self, task: Task) -> Ticket {
        self.queue(ClientId::from(Uuid::now_v7()), task)
    }

    /// Changes the text of a message that nobody else knows of; none when it is on its way or not queued at all.
    pub(crate) fn amend(&self, key: &ClientId, content: &MessageBody) -> Option<Ticket> {
        let mut known = lock(&self.shared.known);
        let mut outbox = lock(&self.shared.outbox);
        let write = outbox.amend(self.id, key, content)?;
        if let Write::Queue(queued) = &write {
            known.state.echo_queued(queued);
        }
        let kept = self.shared.journal.keep(vec![write]);
        drop(outbox);
        drop(known);
        self.changed();
        Some(done_already(key, kept))
    }

    /// Takes a message back that nobody else knows of; none when it is on its way or not queued at all.
    pub(crate) fn take_back(&self, key: &ClientId) -> Option<Ticket> {
        self.take_out(key).map(|kept| done_already(key, kept))
    }

    fn take_out(&self, key: &ClientId) -> Option<Kept> {
        let mut known = lock(&self.shared.known);
        let mut outbox = lock(&self.shared.outbox);
        let gone = outbox.discard(self.id, key);
        if gone.is_empty() {
            return None;
        }
        for key in &gone {
            known.state.drop_echo(self.id, key);
            if let Some(upload) = lock(&self.shared.uploads).get(key) {
                upload.cancel();
            }
        }
        let writes = gone.into_iter().map(Write::Done).collect();
        let kept = self.shared.journal.keep(writes);
        drop(outbox);
        drop(known);
        self.changed();
        Some(kept)
    }

    fn changed(&self) {
        self.shared.tell(Update::Conversation(self.id));
        self.shared.wake.notify_one();
    }

    fn queue(&self, key: ClientId, task: Task) -> Ticket {
        let queued = Queued {
            key: key.clone(),
            conversation_id: self.id,
            place: 0,
            created_at: self.shared.clock().now(),
            task,
            progress: Progress::Waiting,
        };
        let (sender, outcome) = oneshot::channel();
        // All under the same locks, so that two threads that send show and are kept in the order in which they are sent.
        let mut known = lock(&self.shared.known);
        let mut outbox = lock(&self.shared.outbox);
        known.state.echo_queued(&queued);
        let write = outbox.push(queued, Some(sender), self.shared.is_live());
        let kept = self.shared.journal.keep(vec![write]);
        drop(outbox);
        drop(known);
        // A connection that is given up after this tells its own.
        self.shared.release();
        self.changed();
        Ticket { key, kept, outcome }
    }
}

/// A ticket of what needed nobody else.
fn done_already(key: &ClientId, kept: Kept) -> Ticket {
    let (sender, outcome) = oneshot::channel();
    // The receiver is still here.
    sender.send(Ok(None)).ok();
    Ticket {
        key: key.clone(),
        kept,
        outcome,
    }
}
