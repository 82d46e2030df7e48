//! What the terminal says: keys, pastes, the mouse, and that it is gone.
//!
//! A thread waits for bytes and only then lets crossterm read. crossterm 0.29 reads a terminal that hung up again and
//! again, for ever, so it is never let near one; and whoever waits here is told by a second thread that reads nothing.
//! It also forgets that there are bytes when the size changed before, or when there are more than it takes at once: then
//! the terminal is made to tell of them anew.

use super::burst::Burst;
use crossterm::event::{self, Event};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};

/// More than a person types, and a paste is one event, between two looks.
const WAITING: usize = 1_024;
/// Where bytes cannot be told of anew, it is looked again after this time.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Everything that is typed, in its order.
pub(super) struct Keys {
    events: mpsc::Receiver<io::Result<Event>>,
    gone: oneshot::Receiver<()>,
    turn: Arc<Mutex<()>>,
}

/// While this is held, nothing of what is typed is read: it is another program's.
pub(super) struct Paused<'a> {
    _turn: MutexGuard<'a, ()>,
}

impl Keys {
    /// Begins to read.
    pub(super) fn new() -> io::Result<Self> {
        let (sender, events) = mpsc::channel(WAITING);
        let (tell, gone) = oneshot::channel();
        let turn = Arc::new(Mutex::new(()));
        let reads = Arc::clone(&turn);
        start("keys", move || {
            if let Err(error) = read(&sender, &reads) {
                sender.blocking_send(Err(error)).ok();
            }
        })?;
        start("hang-up", move || {
            wait_for_the_end();
            tell.send(()).ok();
        })?;
        Ok(Self { events, gone, turn })
    }

    /// Leaves what is typed to another program for a while.
    pub(super) fn pause(&self) -> Paused<'_> {
        Paused {
            _turn: self.turn.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The next event; nothing when the terminal is gone.
    pub(super) async fn next(&mut self) -> Option<io::Result<Event>> {
        tokio::select! {
            biased;
            _ = &mut self.gone, if !self.gone.is_terminated() => None,
            event = self.events.recv() => event,
        }
    }
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
}

/// Reads until the terminal or the receiver is gone.
fn read(sender: &mpsc::Sender<io::Result<Event>>, turn: &Mutex<()>) -> io::Result<()> {
    let mut burst = Burst::default();
    while terminal::has_bytes()? {
        // Whoever pauses has the turn; after that, the bytes may be gone, and `poll` says so.
        let held = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let events = read_all()?;
        drop(held);
        for event in burst.take(events, Instant::now()) {
            if sender.blocking_send(Ok(event)).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Everything that is there.
fn read_all() -> io::Result<Vec<Event>> {
    let mut events = Vec::new();
    loop {
        let before = events.len();
        // crossterm may need more than it was woken for, or have read more events than one.
        while event::poll(Duration::ZERO)? {
            events.push(event::read()?);
        }
        if !terminal::has_more()? {
            return Ok(events);
        }
        crate::terminal::stir()?;
        if events.len() == before && !event::poll(Duration::ZERO)? {
            thread::sleep(LOOK_AGAIN);
            return Ok(events);
        }
    }
}

fn wait_for_the_end() {
    while terminal::is_there() {}
}

#[cfg(unix)]
mod terminal {
    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        io::Errno,
    };
    use std::io;

    const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

    /// Waits until there are bytes. False when there will be none any more.
    pub(super) fn has_bytes() -> io::Result<bool> {
        Ok(!wait(PollFlags::IN, None)?.intersects(GONE))
    }

    /// Whether there are bytes now.
    pub(super) fn has_more() -> io::Result<bool> {
        let state = wait(PollFlags::IN, Some(&Timespec::default()))?;
        Ok(state.contains(PollFlags::IN) && !state.intersects(GONE))
    }

    /// Waits until the terminal hangs up, or something disturbs the wait.
    pub(super) fn is_there() -> bool {
        wait(PollFlags::empty(), None).is_ok_and(|state| !state.intersects(GONE))
    }

    fn wait(wanted: PollFlags, time: Option<&Timespec>) -> io::Result<PollFlags> {
        let stdin = io::stdin();
        loop {
            let mut fds = [PollFd::new(&stdin, wanted)];
            match poll(&mut fds, time) {
                Ok(_) => return Ok(fds[0].revents()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The console of Windows tells its end as an error of reading.
#[cfg(not(unix))]
mod terminal {
    use std::{io, time::Duration};

    pub(super) fn has_bytes() -> io::Result<bool> {
        while !crossterm::event::poll(Duration::from_secs(3_600))? {}
        Ok(true)
    }

    /// What is read there is read whole.
    pub(super) fn has_more() -> io::Result<bool> {
        Ok(false)
    }

    pub(super) fn is_there() -> bool {
        std::thread::park();
        true
    }
}
