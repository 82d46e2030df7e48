//! Being told to stop: by Ctrl+C, by SIGTERM, or by the end of the terminal (SIGHUP).
//!
//! Whoever waits for it decides how to end. A hang-up that was to be ignored before this program began (`nohup`) is
//! still ignored.

/// What was said to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Ctrl+C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// The terminal is gone.
    HangUp,
}

impl Stop {
    /// The code the process ends with: 128 and the number of the signal.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::HangUp => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Waits until somebody says so. It never comes where signals cannot be heard.
#[cfg(unix)]
pub(crate) async fn until_told() -> Stop {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = async |kind: SignalKind| {
        if let Ok(mut signal) = signal(kind)
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    };
    let hung_up = async {
        match is_hangup_ignored() {
            true => std::future::pending().await,
            false => heard(SignalKind::hangup()).await,
        }
    };
    tokio::select! {
        () = heard(SignalKind::interrupt()) => Stop::Interrupt,
        () = heard(SignalKind::terminate()) => Stop::Terminate,
        () = hung_up => Stop::HangUp,
    }
}

/// Waits until somebody says so. It never comes where that cannot be heard.
#[cfg(not(unix))]
pub(crate) async fn until_told() -> Stop {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Stop::Interrupt,
        Err(_) => std::future::pending().await,
    }
}

/// Whether who started this program wants it to outlive its terminal. Asked once, before this program listens itself.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    use std::{io::IsTerminal, sync::LazyLock};
    static IGNORED: LazyLock<bool> =
        LazyLock::new(|| match std::fs::read_to_string("/proc/self/status") {
            Ok(status) => ignores_hangup(&status),
            // Where the system does not say: `nohup` leaves no terminal to any of them.
            Err(_) => !std::io::stdin().is_terminal() && !std::io::stderr().is_terminal(),
        });
    *IGNORED
}

/// Reads the mask of ignored signals, as Linux writes it; SIGHUP is the lowest bit.
#[cfg(unix)]
fn ignores_hangup(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_nohup_has_set_is_read() {
        let status =
            |mask: &str| format!("Name:\tchat\nSigIgn:\t{mask}\nSigCgt:\t0000000000000001\n");

        assert!(ignores_hangup(&status("0000000000001001")));
        assert!(!ignores_hangup(&status("0000000000001000")));
        assert!(!ignores_hangup("Name:\tchat\n"));
    }
}
