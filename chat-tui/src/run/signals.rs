//! What the system says: to end, or that the terminal has another size.

#[cfg(unix)]
use std::time::Duration;
#[cfg(unix)]
use tokio::time::Instant;

/// An interrupt that another program was meant by is told within this time.
#[cfg(unix)]
const MEANT_FOR_OTHERS: Duration = Duration::from_secs(1);

/// Something that the system said.
pub(super) enum Signal {
    /// The program is to end.
    End,
    /// It is to go to the background.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no background there"))]
    Suspend,
    /// The terminal has another size.
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "the console tells it as an event")
    )]
    Resized,
}

/// The signals that say it.
#[cfg(unix)]
pub(super) struct Signals {
    ends: [tokio::signal::unix::Signal; 3],
    resized: tokio::signal::unix::Signal,
    stops: tokio::signal::unix::Signal,
    /// Interrupts before this moment were meant for another program.
    deaf_until: Option<Instant>,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            ends: [
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
                signal(SignalKind::interrupt())?,
            ],
            resized: signal(SignalKind::window_change())?,
            stops: signal(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?,
            deaf_until: None,
        })
    }

    /// Waits for one of them.
    pub(super) async fn next(&mut self) -> Signal {
        loop {
            let [terminate, hangup, interrupt] = &mut self.ends;
            tokio::select! {
                _ = terminate.recv() => return Signal::End,
                _ = hangup.recv() => return Signal::End,
                _ = interrupt.recv() => {
                    if self.deaf_until.is_none_or(|until| Instant::now() >= until) {
                        return Signal::End;
                    }
                }
                _ = self.resized.recv() => return Signal::Resized,
                _ = self.stops.recv() => return Signal::Suspend,
            }
        }
    }

    /// Another program had the terminal: the terminal's Ctrl+C was for it, and came to us as well.
    pub(super) fn forget_interrupts(&mut self) {
        self.deaf_until = Some(Instant::now() + MEANT_FOR_OTHERS);
    }
}

/// The signals that say it.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Waits for one of them.
    pub(super) async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::End
    }

    /// The console asks nobody else.
    pub(super) fn forget_interrupts(&mut self) {}
}
