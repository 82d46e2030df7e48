//! Signing in by hand, line by line, before anything else is read. What is typed of the password is not shown.

use chat_core::Secret;
use std::io::{self, Write};

/// Asks who signs in, unless that is known, and for the password.
pub(super) fn who(server: &str, user: Option<&str>) -> io::Result<(String, Secret)> {
    println!("signing in to {server}; a new account is made without --plain");
    let name = match user {
        Some(user) => user.to_owned(),
        None => ask("username: ", |line| io::stdin().read_line(line).map(drop))?,
    };
    let password = ask(&format!("password of {name}: "), read_covered)?;
    println!();
    Ok((name, Secret::new(password)))
}

fn ask(what: &str, read: impl Fn(&mut String) -> io::Result<()>) -> io::Result<String> {
    print!("{what}");
    io::stdout().flush()?;
    let mut line = String::new();
    read(&mut line)?;
    match line.trim_end_matches(['\r', '\n']) {
        // Ctrl+C is a letter meanwhile: it must not leave the terminal covered.
        "" => Err(io::Error::other("nothing was typed: nobody is signed in")),
        typed if typed.contains('\u{3}') => Err(io::Error::other("given up")),
        typed => Ok(typed.to_owned()),
    }
}

#[cfg(unix)]
fn read_covered(line: &mut String) -> io::Result<()> {
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
    const CTRL_C: u8 = 3;
    let stdin = io::stdin();
    let before = tcgetattr(&stdin)?;
    let mut covered = before.clone();
    covered.local_modes -= LocalModes::ECHO | LocalModes::ISIG;
    // It ends the line.
    covered.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
    tcsetattr(&stdin, OptionalActions::Now, &covered)?;
    let read = stdin.read_line(line);
    let back = tcsetattr(&stdin, OptionalActions::Now, &before);
    read.map(drop)?;
    Ok(back?)
}

#[cfg(not(unix))]
fn read_covered(_: &mut String) -> io::Result<()> {
    Err(io::Error::other(
        "a password cannot be typed unseen here: name a file with --password-file",
    ))
}
