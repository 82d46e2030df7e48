//! Signing in by hand, line by line, before anything else is read. What is typed of the password is not shown.

use chat_core::Secret;
use std::io::{self, Write};

/// Asks who signs in, unless that is known, and for the password.
pub(super) fn who(server: &str, user: Option<&str>) -> io::Result<(String, Secret)> {
    println!("signing in to {server}; a new account is made without --plain");
    let name = match user {
        Some(user) => user.to_owned(),
        None => ask("username: ")?,
    };
    let password = covered(|| ask(&format!("password of {name}: ")))?;
    println!();
    Ok((name, Secret::new(password)))
}

fn ask(what: &str) -> io::Result<String> {
    print!("{what}");
    io::stdout().flush()?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    match line.trim_end_matches(['\r', '\n']) {
        // Ctrl+C is a letter meanwhile: it must not leave the terminal covered.
        "" => {
            println!();
            Err(io::Error::other("nothing was typed: nobody is signed in"))
        }
        typed if typed.contains('\u{3}') => Err(io::Error::other("given up")),
        typed => Ok(typed.to_owned()),
    }
}

/// Shows nothing of what is typed meanwhile. It begins before anything is asked: who sees the question may type at once.
#[cfg(unix)]
fn covered<T>(ask: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
    const CTRL_C: u8 = 3;
    let stdin = io::stdin();
    let before = tcgetattr(&stdin)?;
    let mut covered = before.clone();
    covered.local_modes -= LocalModes::ECHO | LocalModes::ISIG;
    // It ends the line.
    covered.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
    tcsetattr(&stdin, OptionalActions::Now, &covered)?;
    let asked = ask();
    tcsetattr(&stdin, OptionalActions::Now, &before)?;
    asked
}

#[cfg(not(unix))]
fn covered<T>(_: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    Err(io::Error::other(
        "a password cannot be typed unseen here: name a file with --password-file",
    ))
}
