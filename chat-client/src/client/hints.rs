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
    /// What is queued on this device and not stored by the server: to be sent later, or refused.
    pub queued: usize,
}

impl Client {
    /// Says whether there is a network. With one, a waiting client tries at once and a connected one makes sure that it
    /// still is; without one, nothing is tried until there is.
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
        let is_news = self.shared().hints.send_if_modified(|hints| {
            let changed = hints.has_network != has_network;
            hints.has_network = has_network;
            changed
        });
        if has_network && !is_news {
            // It may be another than before.
            self.reconnect_now();
        }
    }

    /// Says that somebody looks at the app: the user is shown as being here, and a waiting client tries at once.
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
        self.shared().hints.send_if_modified(|hints| {
            let changed = hints.in_background != in_background;
            hints.in_background = in_background;
            changed
        });
        self.set_active(!in_background);
    }

    /// Catches up and sends what is queued, within this time: for a program that was woken by a push and may only run for
    /// a short while. A client that was not [started](Client::start), before or meanwhile, is let go again at the end.
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
        tokio::select! {
            () = self.caught_up(wanted) => {}
            () = shared.clock().sleep(budget) => {}
        }
        let status = self.status().borrow().clone();
        let wake_up = WakeUp {
            is_caught_up: status == Status::Online && *shared.catching_up.done().borrow() >= wanted,
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

    /// Waits until a sync has come to its end that began after this number was given out, and what can be sent is sent; or
    /// until coming back makes no sense.
    async fn caught_up(&self, wanted: u64) {
        let mut status = self.status();
        let mut updates = self.updates();
        let mut done = self.shared().catching_up.done();
        loop {
            let is_here = *done.borrow_and_update() >= wanted;
            let now = status.borrow_and_update().clone();
            match now {
                Status::Stopped { .. } => return,
                Status::Online if is_here && self.sendable() == 0 => return,
                _ => {}
            }
            tokio::select! {
                changed = status.changed() => if changed.is_err() { return },
                changed = done.changed() => if changed.is_err() { return },
                update = updates.next() => if update.is_none() { return },
            }
        }
    }

    /// How much is queued that the server has not stored. A message that it has may still be on its way back here.
    fn unsent(&self) -> usize {
        let outbox = lock(&self.shared().outbox);
        let is_stored = |queued: &&Queued| matches!(queued.progress, Progress::Stored { .. });
        outbox.all().filter(|queued| !is_stored(queued)).count()
    }

    /// How much is queued that may still be sent by itself: what has failed, and what waits for something that has, is not
    /// among it. A program that ends when all is sent waits for this to be nothing.
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
        lock(&self.shared().outbox).sendable()
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
