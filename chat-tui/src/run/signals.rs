//! What the system says: to end, or that the terminal has another size.

/// Something that the system said.
pub(super) enum Signal {
    /// The program is to end.
    End,
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
        })
    }

    /// Waits for one of them.
    pub(super) async fn next(&mut self) -> Signal {
        let [terminate, hangup, interrupt] = &mut self.ends;
        tokio::select! {
            _ = terminate.recv() => Signal::End,
            _ = hangup.recv() => Signal::End,
            _ = interrupt.recv() => Signal::End,
            _ = self.resized.recv() => Signal::Resized,
        }
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
}
