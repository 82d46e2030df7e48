//! Passwords and other secrets: from a file, from standard input, or asked for on a terminal. Never from a flag, where everyone on the
//! machine could read them.

use crate::{
    error::{Error, Result},
    stop::Stop,
};
use chat_core::{Secret, text};
use std::{
    io::{self, IsTerminal, Read, Write},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
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
        None if may_ask() => typed(&format!("password of {who}: "), ask),
        None if io::stdin().is_terminal() => Err(Error::Usage(format!(
            "the password of {who} is needed, and nothing may be asked; give it with --password-file, or on standard input"
        ))),
        _ => first_line(io::stdin()).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::Usage(format!(
                "the first line of standard input must be the password of {who}, and is empty; give it there, or with \
                 --password-file"
            )),
            _ => Error::io("cannot read the password from standard input", error),
        }),
    }
}

/// The first line, without its end; passwords are taken exactly, so nothing else is cut off.
fn first_line(from: impl Read) -> io::Result<Secret> {
    let mut text = String::new();
    from.take(MOST_BYTES).read_to_string(&mut text)?;
    let line = text.split('\n').next().unwrap_or_default();
    let line = line.strip_suffix('\r').unwrap_or(line);
    match line.is_empty() {
        true => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is empty")),
        false => Ok(Secret::new(line)),
    }
}

/// Something secret that is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    text: &'static str,
    ask: Ask,
}

impl Question {
    /// Typed once.
    pub(crate) fn once(text: &'static str) -> Self {
        let ask = Ask::Once;
        Self { text, ask }
    }

    /// Typed twice.
    pub(crate) fn twice(text: &'static str) -> Self {
        let ask = Ask::Twice;
        Self { text, ask }
    }
}

/// Gets several secrets, as many as there are questions: from a terminal by asking, or else from as many lines of
/// standard input.
pub(crate) fn several(questions: &[Question]) -> Result<Vec<Secret>> {
    if may_ask() {
        let answers = questions.iter().map(|each| typed(each.text, each.ask));
        return answers.collect();
    }
    let answers = match io::stdin().is_terminal() {
        true => None,
        false => first_lines(io::stdin(), questions.len())
            .map_err(|error| Error::io("cannot read from standard input", error))?,
    };
    answers.ok_or_else(|| {
        let asked = questions
            .iter()
            .map(|each| each.text.trim_end_matches(": "));
        Error::Usage(format!(
            "standard input must have a line for each of: {}",
            asked.collect::<Vec<_>>().join("; ")
        ))
    })
}

/// So many lines, none of them empty; none when there are fewer.
fn first_lines(from: impl Read, count: usize) -> io::Result<Option<Vec<Secret>>> {
    let mut text = String::new();
    from.take(MOST_BYTES * count as u64)
        .read_to_string(&mut text)?;
    let lines = text.split('\n').take(count);
    let lines = lines.map(|line| line.strip_suffix('\r').unwrap_or(line));
    let lines: Vec<_> = lines
        .filter(|line| !line.is_empty())
        .map(Secret::new)
        .collect();
    Ok(Some(lines).filter(|lines| lines.len() == count))
}

/// Asks for the name of what is lost for good. Where nobody can be asked, `--confirm NAME` has to say it.
pub(crate) fn confirm(what: &str, name: &str, said: Option<&str>) -> Result<()> {
    let answer = match said {
        Some(said) => said.to_owned(),
        None if !may_ask() => {
            let text = format!("{what}; say so with --confirm {name:?}");
            return Err(Error::Usage(text));
        }
        None => ask_for(what, name)?,
    };
    match answer.trim() == name {
        true => Ok(()),
        false => Err(Error::Usage(format!(
            "nothing was done: {:?} is not {name:?}",
            answer.trim()
        ))),
    }
}

fn ask_for(what: &str, name: &str) -> Result<String> {
    let question = text::inert(&format!("{what}\ntype {name} to go on: ")).into_owned();
    // Where standard error is closed, nobody has said the name.
    let _ = io::stderr().write_all(question.as_bytes());
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Error::io("cannot read the answer", error))?;
    if !answer.ends_with('\n') {
        // Left with Ctrl+D: what comes next is not on the line of the question.
        let _ = io::stderr().write_all(b"\n");
    }
    Ok(answer)
}

/// Nothing is asked in this program any more, even where there is a terminal.
static NEVER: AtomicBool = AtomicBool::new(false);

/// Asks nothing from here on.
pub(crate) fn never_ask() {
    NEVER.store(true, Ordering::Relaxed);
}

/// Whether somebody is there to be asked.
pub(crate) fn may_ask() -> bool {
    io::stdin().is_terminal() && !NEVER.load(Ordering::Relaxed)
}

fn typed(question: &str, ask: Ask) -> Result<Secret> {
    let _echo = Echo::covered();
    let read = |prompt: &str| {
        rpassword::prompt_password(prompt).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => Error::Stopped(Stop::Interrupt),
            _ => Error::io("cannot ask for a password", error),
        })
    };
    let first = read(question)?;
    if ask == Ask::Twice && read("the same again: ")? != first {
        return Err(Error::Usage("the two differ; try again".to_owned()));
    }
    Ok(Secret::new(first))
}

/// Shows nothing of what is typed from before the question until behind the last answer: who sees it may type at once. It
/// remembers how the terminal was, so that being stopped in the middle of a password does not leave it silent.
struct Echo;

#[cfg(unix)]
mod echo {
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
    use std::sync::Mutex;

    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    fn set(value: Option<Termios>) -> Option<Termios> {
        match BEFORE.lock() {
            Ok(mut before) => std::mem::replace(&mut before, value),
            Err(_) => None,
        }
    }

    pub(super) fn cover() {
        let stdin = rustix::stdio::stdin();
        let Ok(before) = tcgetattr(stdin) else { return };
        let mut covered = before.clone();
        covered.local_modes -= LocalModes::ECHO;
        set(Some(before));
        // Who reads the answer covers it, too, and says where that cannot be done.
        let _ = tcsetattr(stdin, OptionalActions::Now, &covered);
    }

    pub(super) fn restore() {
        if let Some(before) = set(None) {
            // There is nothing else to try.
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &before);
        }
    }
}

impl Echo {
    fn covered() -> Self {
        #[cfg(unix)]
        echo::cover();
        Self
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        #[cfg(unix)]
        echo::restore();
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
    fn several_secrets_are_a_line_each() {
        let read = |text: &str| first_lines(text.as_bytes(), 2).unwrap();

        let two = read("old one\r\n new one \nrest").unwrap();
        assert_eq!(two[0].expose(), "old one", "compared in a test");
        assert_eq!(two[1].expose(), " new one ", "compared in a test");
        assert!(read("only one\n").is_none() && read("\nsecond\n").is_none());
    }

    #[test]
    fn an_empty_file_is_no_password() {
        assert!(first_line("\nx".as_bytes()).is_err());
        assert!(first_line("".as_bytes()).is_err());
    }
}
