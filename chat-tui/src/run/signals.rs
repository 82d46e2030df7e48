//! What the system says: to end, or that the terminal has another size.

use std::sync::{Arc, atomic::AtomicBool};
#[cfg(unix)]
use std::time::Duration;
#[cfg(unix)]
use tokio::time::Instant;

/// A key of the terminal that was meant for another program is told within this time.
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
    ends: [tokio::signal::unix::Signal; 4],
    resized: tokio::signal::unix::Signal,
    stops: tokio::signal::unix::Signal,
    /// Interrupts and stops before this moment were meant for another program.
    deaf_until: Option<Instant>,
    /// While another program has the terminal, who stops it stops this one with it.
    away: Arc<AtomicBool>,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let away = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register_conditional_default(
            signal_hook::consts::SIGTSTP,
            Arc::clone(&away),
        )?;
        Ok(Self {
            away,
            ends: [
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
                signal(SignalKind::interrupt())?,
                signal(SignalKind::quit())?,
            ],
            resized: signal(SignalKind::window_change())?,
            stops: signal(SignalKind::from_raw(signal_hook::consts::SIGTSTP))?,
            deaf_until: None,
        })
    }

    /// Waits for one of them.
    pub(super) async fn next(&mut self) -> Signal {
        loop {
            let [terminate, hangup, interrupt, quit] = &mut self.ends;
            tokio::select! {
                _ = terminate.recv() => return Signal::End,
                _ = hangup.recv() => return Signal::End,
                _ = interrupt.recv() => {
                    if !is_deaf(self.deaf_until) {
                        return Signal::End;
                    }
                }
                _ = quit.recv() => {
                    if !is_deaf(self.deaf_until) {
                        return Signal::End;
                    }
                }
                _ = self.resized.recv() => return Signal::Resized,
                _ = self.stops.recv() => {
                    if !is_deaf(self.deaf_until) {
                        return Signal::Suspend;
                    }
                }
            }
        }
    }

    /// To be set while another program has the terminal.
    pub(super) fn away(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.away)
    }

    /// Another program had the terminal: the terminal's Ctrl+C, Ctrl+\ and Ctrl+Z were for it, and came to us as well.
    pub(super) fn forget_interrupts(&mut self) {
        self.deaf_until = Some(Instant::now() + MEANT_FOR_OTHERS);
    }
}

#[cfg(unix)]
fn is_deaf(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() < until)
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

    /// There is no background to go to.
    pub(super) fn away(&self) -> Arc<AtomicBool> {
        Arc::default()
    }

    /// The console asks nobody else.
    pub(super) fn forget_interrupts(&mut self) {}
}
