//! What the terminal says: keys, pastes, the mouse, and that it is gone.
//!
//! A thread waits for bytes and only then lets crossterm read. crossterm 0.29 reads a terminal that hung up again and
//! again, for ever, so it is never let near one; and whoever waits here is told by a second thread that reads nothing.

use crossterm::event::{self, Event};
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};
use tokio::sync::{mpsc, oneshot};

/// More than a person types, and a paste is one event, between two looks.
const WAITING: usize = 1_024;

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
    while terminal::has_bytes()? {
        let mut events = Vec::new();
        // Whoever pauses has the turn; after that, the bytes may be gone, and `poll` says so.
        let held = turn.lock().unwrap_or_else(PoisonError::into_inner);
        // crossterm may need more than it was woken for, or have read more events than one.
        while event::poll(std::time::Duration::ZERO)? {
            events.push(event::read()?);
        }
        drop(held);
        for event in events {
            if sender.blocking_send(Ok(event)).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn wait_for_the_end() {
    while terminal::is_there() {}
}

#[cfg(unix)]
mod terminal {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        io::Errno,
    };
    use std::io;

    const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

    /// Waits until there are bytes. False when there will be none any more.
    pub(super) fn has_bytes() -> io::Result<bool> {
        Ok(!wait(PollFlags::IN)?.intersects(GONE))
    }

    /// Waits until the terminal hangs up, or something disturbs the wait.
    pub(super) fn is_there() -> bool {
        wait(PollFlags::empty()).is_ok_and(|state| !state.intersects(GONE))
    }

    fn wait(wanted: PollFlags) -> io::Result<PollFlags> {
        let stdin = io::stdin();
        loop {
            let mut fds = [PollFd::new(&stdin, wanted)];
            match poll(&mut fds, None) {
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

    pub(super) fn is_there() -> bool {
        std::thread::park();
        true
    }
}
