//! What an app on a phone knows and the connection does not: whether there is a network, whether somebody looks, and that
//! something waits on the server.

use super::{Client, Task};
use crate::{Error, Progress, Queued, Status, StopReason, lock};
use std::time::Duration;

/// What a short wake-up came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WakeUp {
    /// Everything that the server has is here.
    pub is_caught_up: bool,
    /// What is queued on this device and not stored by the server, read marks included: to be sent later, or refused.
    pub queued: usize,
}

impl Client {
    /// Says whether there is a network. With one, a waiting client tries at once, as does a file that did not get through, and
    /// a connected one makes sure that it still is; without one, nothing is tried until there is, or until somebody
    /// [looks](Client::foreground).
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// # ann.disconnect().await;
    /// use chat_client::Status;
    ///
    /// // From the system's callback: there is no network.
    /// ann.network_changed(false);
    /// ann.start();
    /// ann.status().wait_for(|status| *status == Status::WaitingForNetwork).await?;
    /// // There is one again.
    /// ann.network_changed(true);
    /// ann.status().wait_for(|status| *status == Status::Online).await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn network_changed(&self, has_network: bool) {
        self.shared().hints.send_if_modified(|hints| {
            let changed = hints.has_network != has_network;
            hints.has_network = has_network;
            changed
        });
        if has_network {
            // It may be another than before, and whether it was gone in between nobody may have looked.
            self.reconnect_now();
        }
    }

    /// Says that somebody looks at the app: the user is shown as being here, and a waiting client tries at once, as does a
    /// file that did not get through.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, _| {
    /// ann.background();
    /// // ... and when the app is on the screen again:
    /// ann.foreground();
    /// # Ok(())
    /// # });
    /// ```
    pub fn foreground(&self) {
        self.set_background(false);
    }

    /// Says that nobody looks at the app: the user is shown as away, and coming back after a fault may take longer.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, ben, _| {
    /// # use chat_client::test_kit::knows;
    /// # use chat_core::PresenceState;
    /// let ann_id = ann.me().ok_or("nobody is signed in")?;
    /// ben.watch_presence(vec![ann_id]);
    /// ann.background();
    /// # knows(&ben, "ann is away", |state| (state.presence(ann_id)?.state == PresenceState::Away).then_some(())).await;
    /// # Ok(())
    /// # });
    /// ```
    pub fn background(&self) {
        self.set_background(true);
    }

    fn set_background(&self, in_background: bool) {
        let is_news = self.shared().hints.send_if_modified(|hints| {
            let changed = hints.in_background != in_background;
            hints.in_background = in_background;
            changed
        });
        if is_news && !in_background {
            self.reconnect_now();
        }
        self.set_active(!in_background);
    }

    /// Catches up and sends what is queued, within this time, read marks and that this device has what is new included: for
    /// a program that was woken by a push and may only run for a short while. It does not wait for what has to pause for longer than that, such as a file that does not get through.
    /// A client that was not [started](Client::start), before or meanwhile, is let go again at the end; one that is let go of
    /// meanwhile ends it.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// # ann.disconnect().await;
    /// use chat_core::MessageBody;
    /// use std::time::Duration;
    ///
    /// ann.conversation(group).send(MessageBody::parse("said on the way")?);
    /// let woken = ann.sync_once(Duration::from_secs(20)).await?;
    /// assert!(woken.is_caught_up);
    /// assert_eq!(woken.queued, 0);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::SignedOut`] and [`Error::Stopped`] when coming back makes no sense. That the time was too short is none.
    pub async fn sync_once(&self, budget: Duration) -> Result<WakeUp, Error> {
        self.alive()?;
        let turn = WakeUpTurn::begin(self);
        let wanted = self.shared().catching_up.ask();
        self.reconnect_now();
        let shared = self.shared();
        let budget_ms = u64::try_from(budget.as_millis()).unwrap_or(u64::MAX);
        let until_ms = shared.clock().elapsed_ms().saturating_add(budget_ms);
        let mut is_caught_up = false;
        tokio::select! {
            () = self.caught_up(wanted, until_ms, &mut is_caught_up) => {}
            () = shared.clock().sleep(budget) => {}
        }
        let status = self.status().borrow().clone();
        let is_here = *shared.catching_up.done().borrow() >= wanted;
        let wake_up = WakeUp {
            is_caught_up: is_caught_up || (status == Status::Online && is_here),
            queued: self.unsent(),
        };
        turn.end().await;
        shared.journal.flushed().await;
        match status {
            Status::Stopped {
                reason: StopReason::SignedOut,
            } => Err(Error::SignedOut),
            Status::Stopped { .. } => Err(Error::Stopped),
            _ => Ok(wake_up),
        }
    }

    /// Waits until a sync has come to its end that began after this number was given out, what can be sent until then is
    /// sent, and the marks are told that there are by then; or until coming back makes no sense, or nobody wants it any more.
    async fn caught_up(&self, wanted: u64, until_ms: u64, is_caught_up: &mut bool) {
        let mut status = self.status();
        let mut updates = self.updates();
        let mut done = self.shared().catching_up.done();
        let mut marks = None;
        loop {
            // Before looking, so that none is missed.
            let marked = self.shared().catching_up.marked.notified();
            let is_here = *done.borrow_and_update() >= wanted;
            let now = status.borrow_and_update().clone();
            match now {
                Status::Stopped { .. } => return,
                Status::Online if is_here && self.sendable_until(until_ms) == 0 => {
                    // The marks may take another connection.
                    *is_caught_up = true;
                    if marks.is_none() {
                        // Only what is on the disk counts as delivered.
                        self.shared().journal.flushed().await;
                    }
                    let signals = lock(&self.shared().signals);
                    let marks = marks.get_or_insert_with(|| signals.untold());
                    if !signals.is_any_untold(marks, until_ms) {
                        return;
                    }
                }
                // The status of a run that ends may come after that of the next.
                _ if lock(&self.inner.runs).task.is_none() => return,
                _ => {}
            }
            tokio::select! {
                changed = status.changed() => if changed.is_err() { return },
                changed = done.changed() => if changed.is_err() { return },
                update = updates.next() => if update.is_none() { return },
                () = marked => {}
            }
        }
    }

    /// How much is queued that the server has not stored. A message that it has may still be on its way back here.
    fn unsent(&self) -> usize {
        let outbox = lock(&self.shared().outbox);
        let is_stored = |queued: &&Queued| matches!(queued.progress, Progress::Stored { .. });
        let unsent = outbox.all().filter(|queued| !is_stored(queued)).count();
        unsent + lock(&self.shared().signals).read_marks().len()
    }

    /// How much is queued that may still be sent by itself: what has failed, and what waits for something that has, is not
    /// among it. A program that ends when all is sent waits for this to be nothing. Read marks are not among it, either:
    /// [`Client::sync_once`] waits for those.
    ///
    /// ```
    /// # chat_client::test_kit::between_two(async |ann, _, group| {
    /// use chat_core::MessageBody;
    ///
    /// let mut updates = ann.updates();
    /// ann.conversation(group).send(MessageBody::parse("the last word")?);
    /// while ann.sendable() > 0 {
    ///     updates.next().await;
    /// }
    /// # Ok(())
    /// # });
    /// ```
    pub fn sendable(&self) -> usize {
        self.sendable_until(u64::MAX)
    }

    fn sendable_until(&self, until_ms: u64) -> usize {
        lock(&self.shared().outbox).sendable(until_ms)
    }
}

/// A short wake-up that goes on. Where nobody else wants the connection, it goes with the last of them.
struct WakeUpTurn<'a>(&'a Client);

impl<'a> WakeUpTurn<'a> {
    fn begin(client: &'a Client) -> Self {
        let mut runs = lock(&client.inner.runs);
        client.run(&mut runs);
        runs.wake_ups += 1;
        drop(runs);
        Self(client)
    }

    /// Ends it, and waits until the connection is gone if it goes.
    async fn end(self) {
        let task = self.let_go();
        std::mem::forget(self);
        if let Some(task) = task {
            task.end().await;
        }
    }

    fn let_go(&self) -> Option<Task> {
        let mut runs = lock(&self.0.inner.runs);
        runs.wake_ups -= 1;
        match runs.is_wanted || runs.wake_ups > 0 {
            true => None,
            false => runs.task.take(),
        }
    }
}

impl Drop for WakeUpTurn<'_> {
    fn drop(&mut self) {
        drop(self.let_go());
    }
}
