//! What the handles and the connection task share. Each part has its own short lock; no lock is held across an await.
//! Where two are needed they are taken in the order of the fields. What is to be kept is handed to the journal under the
//! lock of what it is about, so that it is kept in the order in which it happened.

use crate::{
    Clock, Error, Loaded, Owner, Progressing, Status, StopReason, Update, Write,
    drafts::Drafts,
    http::Http,
    journal::Journal,
    lock,
    observe::Watches,
    outbox::{NotKept, Outbox, Progress, Queued, Target, Task},
    signals::{MarkKind, Signals},
    store,
    sync::Known,
};
use chat_core::{ClientId, ConversationId, Echo, EchoStatus, MessageId, State, Timestamp, UserId};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
};
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;

/// A difference of clocks that is kept: less comes and goes with the network.
const SKEW_STEP_MS: i64 = 1_000;

/// What the app says of the world around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hints {
    pub(crate) has_network: bool,
    pub(crate) in_background: bool,
}

impl Default for Hints {
    fn default() -> Self {
        Self {
            has_network: true,
            in_background: false,
        }
    }
}

/// Who wants to know that everything is here that the server had at a moment.
#[derive(Default)]
pub(crate) struct CatchingUp {
    /// How often that was asked for.
    asked: AtomicU64,
    news: Notify,
    /// A mark was answered.
    pub(crate) marked: Notify,
    /// Up to which of these a sync has come to its end that began after it.
    done: watch::Sender<u64>,
}

impl CatchingUp {
    /// Asks for a sync that begins after this; its number.
    pub(crate) fn ask(&self) -> u64 {
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        self.news.notify_one();
        number
    }

    /// Waits until somebody asks.
    pub(crate) async fn asked(&self) {
        self.news.notified().await;
    }

    /// What a sync that begins now will be the answer to.
    pub(crate) fn number(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// A sync has come to its end.
    pub(crate) fn came(&self, number: u64) {
        self.done.send_replace(number);
    }

    pub(crate) fn done(&self) -> watch::Receiver<u64> {
        self.done.subscribe()
    }
}

/// What the handles and the connection task share.
pub(crate) struct Shared {
    pub(crate) http: Arc<Http>,
    pub(crate) known: Mutex<Known>,
    pub(crate) outbox: Mutex<Outbox>,
    pub(crate) signals: Mutex<Signals>,
    pub(crate) drafts: Mutex<Drafts>,
    pub(crate) watches: Mutex<Watches>,
    pub(crate) uploads: Mutex<BTreeMap<ClientId, Progressing>>,
    /// Unfinished files that are being written.
    pub(crate) downloads: Mutex<BTreeSet<PathBuf>>,
    pub(crate) journal: Journal,
    /// How far the server's clock is before this device's.
    pub(crate) skew_ms: AtomicI64,
    /// How much of what was queued was lost with a file that could not be used any more.
    pub(crate) lost: AtomicUsize,
    /// There is something to send.
    pub(crate) wake: Notify,
    /// The network may be back, or gone.
    pub(crate) hurry: Notify,
    pub(crate) catching_up: CatchingUp,
    pub(crate) hints: watch::Sender<Hints>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) updates: broadcast::Sender<Update>,
    /// The client was shut down.
    pub(crate) ended: CancellationToken,
}

impl Shared {
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.http.clock
    }

    /// The time as the server counts it, as far as it is known: when messages run out is in its time.
    pub(crate) fn server_now(&self) -> Timestamp {
        let skew_ms = self.skew_ms.load(Ordering::Relaxed);
        self.clock().now().plus_ms(skew_ms)
    }

    /// Takes what the server's clock shows now, and keeps it for the next life where it is another by seconds.
    pub(crate) fn hear_clock(&self, server_time: Timestamp) {
        let skew_ms = server_time.since_ms(self.clock().now());
        let before_ms = self.skew_ms.swap(skew_ms, Ordering::Relaxed);
        if before_ms / SKEW_STEP_MS != skew_ms / SKEW_STEP_MS {
            let write = Write::Skew(skew_ms);
            self.journal.write(vec![write], Vec::new());
        }
    }

    /// Whether there is a connection that calls can be made over.
    pub(crate) fn is_live(&self) -> bool {
        matches!(*self.status.borrow(), Status::CatchingUp | Status::Online)
    }

    /// Reads what is known.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        read(&lock(&self.known).state)
    }

    /// Tells the listeners.
    pub(crate) fn tell(&self, update: Update) {
        // An error means that nobody listens.
        self.updates.send(update).ok();
    }

    /// Changes the status, and tells if it is another.
    pub(crate) fn set_status(&self, status: Status) {
        let changed = self.status.send_if_modified(|known| {
            let changed = *known != status;
            *known = status;
            changed
        });
        if changed {
            self.tell(Update::Status);
        }
    }

    /// Why nothing can be queued or kept now, if so.
    pub(crate) fn refusal(&self) -> Option<Error> {
        // The file may be another client's by now, which has read it.
        let is_over = self.ended.is_cancelled().then_some(Error::Stopped);
        is_over.or_else(|| self.journal.is_closed().then_some(Error::SignedOut))
    }

    /// When the connection was given up, tells everybody who waits for a message to be stored. The messages stay.
    pub(crate) fn release(&self) {
        let error = match *self.status.borrow() {
            Status::Stopped {
                reason: StopReason::SignedOut,
            } => Error::SignedOut,
            Status::Stopped { .. } => Error::Stopped,
            _ => return,
        };
        lock(&self.outbox).release(&error);
    }

    /// Forgets everything known, and begins anew for somebody (or nobody) with what a store kept of theirs. What was lost
    /// is counted.
    pub(crate) async fn begin(&self, me: Option<UserId>) -> Result<(), Error> {
        let loaded = self.load(me).await?;
        self.show(me, loaded);
        Ok(())
    }

    /// What a store has kept of theirs. What is known stays until it is [shown](Shared::show); until then nothing is kept for
    /// anybody. Where it fails, the store is theirs again who are signed in.
    pub(crate) async fn load(&self, me: Option<UserId>) -> Result<Loaded, Error> {
        self.close();
        self.journal.begin_anew().await;
        let loaded = match (me, self.journal.store()) {
            (Some(user_id), Some(store)) => match store.load(&self.owner(user_id)).await {
                Ok(loaded) => loaded,
                Err(error) => {
                    let before = self.read(State::me);
                    if !before.uuid().is_nil() {
                        self.journal.back_to(self.owner(before));
                    }
                    return Err(error.into());
                }
            },
            _ => Loaded::default(),
        };
        let lost = loaded.lost;
        if lost > 0 {
            tracing::warn!(lost, "something that was queued is lost");
            self.lost.fetch_add(lost, Ordering::Relaxed);
        }
        Ok(loaded)
    }

    fn owner(&self, user_id: UserId) -> Owner {
        Owner {
            server: self.http.server.clone(),
            user_id,
        }
    }

    /// Keeps nothing any more until somebody is shown. Whoever has looked whether it is closed, with what is known locked,
    /// has handed in what they had.
    pub(crate) fn close(&self) {
        let _known = lock(&self.known);
        self.journal.close();
    }

    /// Everything that the store is to have, for one that has lost it.
    pub(crate) fn whole(&self) -> Vec<Write> {
        let known = lock(&self.known);
        let mut writes = known.whole();
        writes.extend(lock(&self.outbox).on_disk().map(Write::Queue));
        drop(known);
        writes.push(Write::Skew(self.skew_ms.load(Ordering::Relaxed)));
        let marks = lock(&self.signals).read_marks();
        writes.extend(marks.map(|(id, seq)| Write::ReadMark(id, Some(seq))));
        writes.extend(lock(&self.drafts).whole());
        writes
    }

    /// Forgets everything known, and begins anew with what was loaded.
    pub(crate) fn show(&self, me: Option<UserId>, mut loaded: Loaded) {
        let mut outbox = Outbox::new(self.journal.store().is_some());
        outbox.restore(std::mem::take(&mut loaded.outbox));
        if let Some(skew_ms) = loaded.skew_ms {
            self.skew_ms.store(skew_ms, Ordering::Relaxed);
        }
        let now = self.server_now();
        for conversation in &mut loaded.state.conversations {
            store::let_expire(conversation.last_message.as_mut_slice(), now);
        }
        let read_marks = std::mem::take(&mut loaded.read_marks);
        let mut drafts = Drafts::restored(std::mem::take(&mut loaded.drafts));
        let mut known = match me {
            Some(me) => Known::restored(me, loaded),
            None => Known::new(None),
        };
        known.is_kept = self.journal.store().is_some();
        let failures = outbox.failures();
        for queued in outbox.all() {
            // The program may have died between the message and the word that it is done with.
            if own_message(&known.state, queued.conversation_id, &queued.key).is_none() {
                let progress = failures.get(&queued.key).copied();
                known
                    .state
                    .echo_queued(queued, progress.unwrap_or(&queued.progress));
            }
        }
        let settled = drafts.settle(&known.state);
        *lock(&self.known) = known;
        *lock(&self.outbox) = outbox;
        let mut signals = lock(&self.signals);
        // What is on the screen stays there, and somebody looks at it or not.
        *signals = signals.of_another_user();
        for (id, seq) in read_marks {
            signals.mark(MarkKind::Read, id, seq, 0);
        }
        drop(signals);
        *lock(&self.drafts) = drafts;
        if me.is_some() {
            self.journal.open();
            self.journal.write(settled, Vec::new());
        }
        self.tell(Update::Reset);
    }

    /// The disk has these now; the server may know that this device has what is new.
    pub(crate) fn kept(&self, writes: &[Write], touched: Vec<ConversationId>) {
        let queued = writes.iter().filter_map(|write| match write {
            Write::Queue(queued) => Some(queued),
            _ => None,
        });
        lock(&self.outbox).kept(queued);
        self.delivered(touched);
        self.wake.notify_one();
    }

    /// The disk did not take these.
    pub(crate) fn not_kept(&self, writes: &[Write]) {
        let now_ms = self.clock().elapsed_ms();
        for write in writes {
            let Write::Queue(queued) = write else {
                continue;
            };
            let mut known = lock(&self.known);
            let mut outbox = lock(&self.outbox);
            match outbox.not_kept(queued, now_ms) {
                NotKept::Gone => known.state.drop_echo(queued.conversation_id, &queued.key),
                NotKept::TextBefore(queued) => {
                    known.state.echo_queued(&queued, outbox.shown(&queued));
                }
                NotKept::Stays => continue,
            }
            drop(outbox);
            drop(known);
            self.tell(Update::Conversation(queued.conversation_id));
        }
        self.wake.notify_one();
    }

    /// Tells the server that this device has what is new in these conversations.
    pub(crate) fn delivered(&self, touched: Vec<ConversationId>) {
        let now_ms = self.clock().elapsed_ms();
        for id in touched {
            let undelivered = lock(&self.known).undelivered(id);
            if let Some(seq) = undelivered {
                lock(&self.signals).mark(MarkKind::Delivered, id, seq, now_ms);
            }
        }
    }

    /// Lets echoes go whose message is stored and so far back in the log that it has been passed already.
    pub(crate) fn settle(&self) {
        let mut known = lock(&self.known);
        let mut outbox = lock(&self.outbox);
        let mut shown = Vec::new();
        let writes = outbox.settle(|conversation, client_id, seq| {
            let has_echo = known.state.echoes(conversation).contains(client_id);
            let is_passed = known.passed(conversation, seq);
            if has_echo && is_passed {
                known.state.drop_echo(conversation, client_id);
                shown.push(conversation);
            }
            !has_echo || is_passed
        });
        self.journal.write(writes, Vec::new());
        drop(outbox);
        drop(known);
        for conversation in shown {
            self.tell(Update::Conversation(conversation));
        }
    }
}

/// The message that one sent under this name, where it is known.
pub(crate) fn own_message(
    state: &State,
    here: ConversationId,
    key: &ClientId,
) -> Option<MessageId> {
    let mut messages = state.conversation(here)?.messages().rev();
    let own = messages.find(|m| m.sender.id == state.me() && &m.client_id == key)?;
    Some(own.id)
}

/// What the state shows of what is queued.
pub(crate) trait EchoQueued {
    /// Shows a message that waits in the outbox, and how far it is; anything else is shown at what it is about.
    fn echo_queued(&mut self, queued: &Queued, progress: &Progress);
}

impl EchoQueued for State {
    fn echo_queued(&mut self, queued: &Queued, progress: &Progress) {
        let Task::Send(message) = &queued.task else {
            return;
        };
        let status = match progress {
            Progress::Failed { code, detail } => EchoStatus::Failed {
                code: *code,
                detail: detail.clone(),
            },
            _ => EchoStatus::Pending,
        };
        self.echo(Echo {
            client_id: queued.key.clone(),
            conversation_id: queued.conversation_id,
            content: message.content().to_owned(),
            created_at: queued.created_at,
            reply_to: match &message.reply_to {
                Some(Target::Stored(id)) => Some(*id),
                Some(Target::Queued(_)) | None => None,
            },
            status,
        });
    }
}
