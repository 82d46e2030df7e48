//! How wide what a person reads may be: as wide as they say in `COLUMNS`, or as the terminal is. It knows of no layout.

use std::io::{self, IsTerminal};

/// As wide as help is where nobody says how wide, and nobody may be looking.
const USUAL: usize = 100;

/// How much goes into a line, where standard output is known to go to a terminal.
pub(super) fn of_terminal() -> Option<usize> {
    said().or_else(terminal)
}

/// How wide help is, also where it goes into a pipe.
pub(crate) fn of_help() -> usize {
    let is_terminal = io::stdout().is_terminal();
    let own = || terminal().filter(|_| is_terminal);
    said().or_else(own).unwrap_or(USUAL)
}

/// What a person says wins over what the terminal says.
fn said() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok()?.parse().ok()?;
    Some(columns).filter(|columns| *columns > 0)
}

fn terminal() -> Option<usize> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    }
    #[cfg(not(unix))]
    None
}
