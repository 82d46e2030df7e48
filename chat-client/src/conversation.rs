//! The handle of one conversation: say something, go further back, say how far one has read. What can be done to a
//! message that is there already is in `message.rs`.

mod history;
mod ticket;

pub use ticket::{SendTicket, Ticket};
use ticket::{done_already, refused};

use crate::{
    Kept, NewMessage, Progressing, Update, UploadProgress, Write,
    http::Http,
    lock,
    outbox::{Progress, Queued, Task},
    shared::{EchoQueued, Shared, own_message},
    signals::MarkKind,
};
use chat_core::{ClientId, ConversationId, MessageBody, Seq};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::oneshot;
use uuid::Uuid;

/// One conversation. Cheap to clone.
#[derive(Clone)]
pub struct ConversationHandle {
    shared: Arc<Shared>,
    id: ConversationId,
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
    /// connection is, after everything that was said before it in this conversation. Where nobody is signed in, nothing is
    /// queued, and the ticket says so ([`Error::SignedOut`](crate::Error::SignedOut)).
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_client::NewMessage;
    /// use chat_core::MessageBody;
    ///
    /// let here = ann.conversation(group);
    /// let question = here.send(MessageBody::parse("who comes?")?).stored().await?;
    /// let answer = NewMessage::text(MessageBody::parse("I do")?).reply_to(question.message_id);
    /// let answer = here.send(answer).stored().await?;
    /// assert!(answer.seq > question.seq);
    /// # Ok(())
    /// # });
    /// ```
    pub fn send(&self, message: impl Into<NewMessage>) -> SendTicket {
        let key = ClientId::from(Uuid::now_v7());
        SendTicket(self.queue(key, Task::Send(message.into())))
    }

    /// Puts a file into the outbox, for a message behind it that [carries it](NewMessage::attach_queued). It is read when
    /// it is sent, and has to stay where it is until then. A transfer that breaks goes on from the byte that the server has,
    /// also in another life of the program; the server keeps what came for a day. What is changed meanwhile is sent as it is
    /// then.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("notes.txt");
    /// # std::fs::write(&path, "buy milk")?;
    /// use chat_client::NewMessage;
    /// use chat_core::MessageBody;
    ///
    /// let here = ann.conversation(group);
    /// let upload = here.upload(&path, "notes.txt", "text/plain");
    /// let message = NewMessage::text(MessageBody::parse("look")?).attach_queued(upload.key().clone());
    /// here.send(message).stored().await?;
    /// # Ok(())
    /// # });
    /// ```
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

    /// Tries something again that failed, with all that belonged to it, under its own name, and what waited for it; of what
    /// waits for something that failed, such as a message for its file, that. None when there is nothing like that; where
    /// there is, [`Kept::kept`] waits until that is on disk.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("notes.txt");
    ///
    /// let here = ann.conversation(group);
    /// let upload = here.upload(&path, "notes.txt", "text/plain");
    /// let key = upload.key().clone();
    /// assert!(upload.done().await.is_err(), "there is no such file");
    /// std::fs::write(&path, "buy milk")?;
    /// here.retry(&key).ok_or("it has not failed")?.kept().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn retry(&self, key: &ClientId) -> Option<Kept> {
        let mut known = lock(&self.shared.known);
        if self.shared.refusal().is_some() {
            return None;
        }
        let mut outbox = lock(&self.shared.outbox);
        let writes = outbox.retry(self.id, key, None);
        if writes.is_empty() {
            return None;
        }
        let failures = outbox.failures();
        for write in &writes {
            if let Write::Queue(queued) = write {
                let progress = failures.get(&queued.key).copied();
                known.state.drop_echo(self.id, &queued.key);
                known
                    .state
                    .echo_queued(queued, progress.unwrap_or(&queued.progress));
            }
        }
        let kept = self.shared.journal.keep(writes);
        drop(outbox);
        drop(known);
        self.changed();
        Some(kept)
    }

    /// Drops something that failed or that nobody else knows of yet, and what waits for it; files that failed, too, that were
    /// for nothing else. None when there is nothing like that, or when it is on its way: it may be done already. Where it is
    /// dropped, [`Kept::kept`] waits until that is on disk: before, it would be queued again if the program died.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # ann.disconnect().await;
    /// use chat_core::MessageBody;
    ///
    /// let here = ann.conversation(group);
    /// let regretted = here.send(MessageBody::parse("you fool")?);
    /// here.discard(regretted.client_id()).ok_or("it is on its way")?.kept().await?;
    /// assert!(here.queued().is_empty());
    /// # Ok(())
    /// # });
    /// ```
    pub fn discard(&self, key: &ClientId) -> Option<Kept> {
        self.take_out(key)
    }

    /// What is queued here, in its order; what the server has stored, until that is among the messages here.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # ann.disconnect().await;
    /// use chat_client::Progress;
    /// use chat_core::MessageBody;
    ///
    /// let here = ann.conversation(group);
    /// here.send(MessageBody::parse("for later")?);
    /// for queued in here.queued() {
    ///     match queued.progress {
    ///         Progress::Failed { .. } => println!("{} failed", queued.key),
    ///         _ => println!("{} waits", queued.key),
    ///     }
    /// }
    /// # Ok(())
    /// # });
    /// ```
    pub fn queued(&self) -> Vec<Queued> {
        lock(&self.shared.outbox).queued(self.id).cloned().collect()
    }

    /// How far an upload is that goes on.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("notes.txt");
    /// # std::fs::write(&path, "buy milk")?;
    /// let here = ann.conversation(group);
    /// let upload = here.upload(&path, "notes.txt", "text/plain");
    /// if let Some(progress) = here.upload_progress(upload.key()) {
    ///     println!("{} of {} bytes", progress.sent, progress.total);
    /// }
    /// upload.done().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn upload_progress(&self, key: &ClientId) -> Option<UploadProgress> {
        let uploads = lock(&self.shared.uploads);
        uploads.get(key).map(Progressing::now)
    }

    /// Says that one has read up to a place. Told when the connection is there; the newest place wins. The outbox does not show
    /// it, and one that the server refuses for good is let go of without a word.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, group| {
    /// # use chat_client::test_kit::{knows, said};
    /// use chat_core::MessageBody;
    ///
    /// let sent = ann.conversation(group).send(MessageBody::parse("hello")?).stored().await?;
    /// # knows(&ben, "ben hears it", |state| (!said(state, group).is_empty()).then_some(())).await;
    /// assert_eq!(ben.unread_total(), 1);
    /// ben.conversation(group).mark_read(sent.seq).kept().await?;
    /// assert_eq!(ben.unread_total(), 0);
    /// # Ok(())
    /// # });
    /// ```
    pub fn mark_read(&self, seq: Seq) -> Kept {
        let now_ms = self.shared.clock().elapsed_ms();
        let mut signals = lock(&self.shared.signals);
        if let Some(why) = self.shared.refusal() {
            return Kept::refused(why);
        }
        let newest = signals.mark(MarkKind::Read, self.id, seq, now_ms);
        let write = Write::ReadMark(self.id, Some(newest));
        let kept = self.shared.journal.keep(vec![write]);
        drop(signals);
        self.shared.tell(Update::List);
        self.shared.wake.notify_one();
        kept
    }

    /// Keeps what one has begun to write; none or nothing takes it away, and what was begun on another device, too, until
    /// there is another text there. It stays on this device: what the server has is changed by
    /// [`ChangePrefs`](chat_core::ChangePrefs).
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// let here = ann.conversation(group);
    /// here.set_draft(Some("Dear all".to_owned())).kept().await?;
    /// assert_eq!(here.draft().as_deref(), Some("Dear all"));
    /// here.set_draft(None);
    /// assert_eq!(here.draft(), None);
    /// # Ok(())
    /// # });
    /// ```
    pub fn set_draft(&self, text: Option<String>) -> Kept {
        let known = lock(&self.shared.known);
        let mut drafts = lock(&self.shared.drafts);
        if let Some(why) = self.shared.refusal() {
            return Kept::refused(why);
        }
        let write = drafts.set(self.id, text, &known.state);
        let kept = self.shared.journal.keep(vec![write]);
        drop(drafts);
        drop(known);
        self.shared.tell(Update::List);
        kept
    }

    /// What one has begun to write on this device, or else on another.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// let here = ann.conversation(group);
    /// here.set_draft(Some("Dear all".to_owned()));
    /// println!("{}", here.draft().unwrap_or_default());
    /// # Ok(())
    /// # });
    /// ```
    pub fn draft(&self) -> Option<String> {
        let known = lock(&self.shared.known);
        let drafts = lock(&self.shared.drafts);
        drafts.of(self.id, &known.state).cloned()
    }

    /// Says that one writes, or stopped. Call it with every key: it is told at most every three seconds, and not at all
    /// without a connection.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, group| {
    /// # use chat_client::test_kit::knows;
    /// ann.conversation(group).typing(true);
    /// // At ben's:
    /// let who = |state: &chat_core::State| state.conversation(group)?.typing().next().map(str::to_owned);
    /// # let who = knows(&ben, "ann writes", who).await;
    /// # assert_eq!(who, "ann");
    /// # Ok(())
    /// # });
    /// ```
    pub fn typing(&self, is_typing: bool) {
        lock(&self.shared.signals).typing(self.id, is_typing);
        self.shared.wake.notify_one();
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
        if self.shared.refusal().is_some() {
            return None;
        }
        let mut outbox = lock(&self.shared.outbox);
        let write = outbox.amend(self.id, key, content)?;
        if let Write::Queue(queued) = &write {
            known.state.echo_queued(queued, outbox.shown(queued));
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
        if self.shared.refusal().is_some() {
            return None;
        }
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
        let mut queued = Queued {
            key: key.clone(),
            conversation_id: self.id,
            place: 0,
            created_at: self.shared.server_now(),
            task,
            progress: Progress::Waiting,
        };
        let (sender, outcome) = oneshot::channel();
        // All under the same locks, so that two threads that send show and are kept in the order in which they are sent.
        let mut known = lock(&self.shared.known);
        if let Some(why) = self.shared.refusal() {
            // It would be the next one's who signs in here.
            return refused(key, why);
        }
        let mut outbox = lock(&self.shared.outbox);
        outbox.resolve(&mut queued, |key| own_message(&known.state, self.id, key));
        known.state.echo_queued(&queued, outbox.shown(&queued));
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
