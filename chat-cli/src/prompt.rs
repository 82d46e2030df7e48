//! Passwords: from a file, from standard input, or asked for on a terminal. Never from a flag, where everyone on the
//! machine could read them.

use crate::error::{Error, Result};
use chat_core::Secret;
use std::{
    io::{self, IsTerminal, Read},
    path::Path,
};

/// Longer than any password may be; what is longer was a mistake in the file's name.
const MOST_BYTES: u64 = 4096;

/// How often a password is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// To sign in.
    Once,
    /// To set it: what is typed blindly is typed twice.
    Twice,
}

/// Gets a password from the file; without one, from a terminal by asking or else from standard input.
pub(crate) fn password(file: Option<&Path>, who: &str, ask: Ask) -> Result<Secret> {
    match file {
        Some(path) if path != Path::new("-") => {
            let what = || format!("cannot read the password file {}", path.display());
            let file = std::fs::File::open(path).map_err(|error| Error::io(what(), error))?;
            first_line(file).map_err(|error| Error::io(what(), error))
        }
        None if io::stdin().is_terminal() => typed(who, ask),
        _ => first_line(io::stdin())
            .map_err(|error| Error::io("cannot read the password from standard input", error)),
    }
}

/// The first line, without its end; passwords are taken exactly, so nothing else is cut off.
fn first_line(from: impl Read) -> io::Result<Secret> {
    let mut text = String::new();
    from.take(MOST_BYTES).read_to_string(&mut text)?;
    let line = text.split('\n').next().unwrap_or_default();
    let line = line.strip_suffix('\r').unwrap_or(line);
    match line.is_empty() {
        true => Err(io::Error::other("it is empty")),
        false => Ok(Secret::new(line)),
    }
}

fn typed(who: &str, ask: Ask) -> Result<Secret> {
    let _echo = Echo::kept();
    let read = |prompt: String| {
        rpassword::prompt_password(prompt)
            .map_err(|error| Error::io("cannot ask for a password", error))
    };
    let first = read(format!("password of {who}: "))?;
    if ask == Ask::Twice && read("the same again: ".to_owned())? != first {
        return Err(Error::Usage(
            "the two passwords differ; try again".to_owned(),
        ));
    }
    Ok(Secret::new(first))
}

/// Remembers how the terminal was, so that Ctrl+C in the middle of a password does not leave it silent.
struct Echo;

#[cfg(unix)]
mod echo {
    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
    use std::sync::Mutex;

    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    fn set(value: Option<Termios>) -> Option<Termios> {
        match BEFORE.lock() {
            Ok(mut before) => std::mem::replace(&mut before, value),
            Err(_) => None,
        }
    }

    pub(super) fn keep() {
        set(tcgetattr(rustix::stdio::stdin()).ok());
    }

    pub(super) fn forget() {
        set(None);
    }

    pub(super) fn restore() {
        if let Some(before) = set(None) {
            // The process ends next; there is nothing else to try.
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &before);
        }
    }
}

impl Echo {
    fn kept() -> Self {
        #[cfg(unix)]
        echo::keep();
        Self
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        #[cfg(unix)]
        echo::forget();
    }
}

/// Puts the terminal back if a password was being typed. For who ends the process.
pub(crate) fn restore_terminal() {
    #[cfg(unix)]
    echo::restore();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_exactly() {
        for (text, password) in [
            ("secret word\n", "secret word"),
            (" spaces stay \r\nsecond line", " spaces stay "),
            ("no line end", "no line end"),
        ] {
            let read = first_line(text.as_bytes()).unwrap();
            assert_eq!(read.expose(), password, "compared in a test");
        }
    }

    #[test]
    fn an_empty_file_is_no_password() {
        assert!(first_line("\nx".as_bytes()).is_err());
        assert!(first_line("".as_bytes()).is_err());
    }
}
