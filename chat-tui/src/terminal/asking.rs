//! Asks the terminal, once, how it shows pictures. A terminal that does not answer costs less than half a second; nothing
//! that could be taken for typed text is asked of one that has answered nothing. What was typed meanwhile is kept.

use crate::model::{Canvas, Drawing};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) canvas: Canvas,
    /// tmux stands between us and the terminal, and lets through what is wrapped for it.
    pub(super) through_tmux: bool,
    /// What was typed meanwhile, in its order.
    pub(super) typed: Vec<Event>,
}

/// What the terminal said so far.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    /// How often it said what it can do; with that it answers after everything else.
    attributes: usize,
    sixel: bool,
    cell: Option<(u16, u16)>,
    name: String,
    typed: Vec<Event>,
    /// The beginning of something whose end has not come.
    rest: Vec<u8>,
}

/// What tmux says of the terminal that it runs in.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outer {
    name: String,
    sixel: bool,
    passes: bool,
}

/// Asks. The terminal is ours already, and nobody else reads from it.
#[cfg(unix)]
pub(super) fn ask() -> Answer {
    let mut heard = Heard::default();
    let outer = std::env::var_os("TMUX").map(|_| tty::tmux());
    tty::converse(&mut heard, outer.is_some());
    let window = crossterm::terminal::window_size().ok();
    let pixels = window
        .filter(|w| w.width > 0 && w.height > 0 && w.columns > 0 && w.rows > 0)
        .map(|w| (w.width / w.columns, w.height / w.rows));
    let cell = heard.cell.or(pixels);
    let colourful = ["truecolor", "24bit"];
    let colourful = std::env::var("COLORTERM").is_ok_and(|said| colourful.contains(&said.as_str()));
    let drawing = match &outer {
        Some(outer) => drawing(&outer.name, outer.sixel && cell.is_some()),
        None => drawing(&heard.name, heard.sixel && cell.is_some()),
    };
    let drawing = match (drawing, &outer) {
        // Without these it would be lost on the way, or stay behind when tmux shows something else.
        (Some(Drawing::Kitty), Some(outer)) if !outer.passes => None,
        (Some(Drawing::KittyAt | Drawing::ITerm), Some(_)) => None,
        (drawing, _) => drawing,
    };
    // Who tells a name, and tmux, is young enough to know all colours.
    let plain = match colourful || outer.is_some() || !heard.name.is_empty() {
        true => Drawing::TrueColour,
        false => Drawing::Indexed,
    };
    Answer {
        canvas: Canvas {
            drawing: drawing.unwrap_or(plain),
            cell: cell.unwrap_or(Canvas::default().cell),
        },
        through_tmux: outer.is_some(),
        typed: heard.typed,
    }
}

/// The console of Windows is not asked.
#[cfg(not(unix))]
pub(super) fn ask() -> Answer {
    Answer::default()
}

/// How a terminal of this name shows pictures, best first.
fn drawing(name: &str, sixel: bool) -> Option<Drawing> {
    let is = |known: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with(known)
    };
    match () {
        () if is("kitty") && is_at_least(name, (0, 28)) => Some(Drawing::Kitty),
        () if is("kitty") => Some(Drawing::KittyAt),
        () if is("ghostty") => Some(Drawing::Kitty),
        () if ["iterm2", "wezterm", "mintty", "konsole"]
            .into_iter()
            .any(is) =>
        {
            Some(Drawing::ITerm)
        }
        // It takes them and shows a box where the terminal around it knows none.
        () if is("tmux") => None,
        () => sixel.then_some(Drawing::Sixel),
    }
}

/// Whether the version behind a name is this one or a later.
fn is_at_least(name: &str, version: (u32, u32)) -> bool {
    let numbers = name.split(|c: char| !c.is_ascii_digit());
    let mut numbers = numbers.filter_map(|number| number.parse().ok());
    matches!((numbers.next(), numbers.next()), (Some(major), Some(minor)) if (major, minor) >= version)
}

impl Heard {
    /// Takes in what came.
    fn hear(&mut self, bytes: &[u8]) {
        self.rest.extend(bytes);
        let all = std::mem::take(&mut self.rest);
        let mut left = all.as_slice();
        while let Some(taken) = self.take(left) {
            left = &left[taken..];
        }
        self.rest = left.to_vec();
    }

    /// Takes the first thing, and says how long it was; none when it is not whole.
    fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes {
            [] | [0x1b] => None,
            [0x1b, b'[', rest @ ..] => {
                let end = rest.iter().position(|byte| (0x40..=0x7e).contains(byte))?;
                self.control(&rest[..end], rest[end]);
                Some(end + 3)
            }
            [0x1b, b'P', rest @ ..] => {
                let end = rest.windows(2).position(|two| two == b"\x1b\\")?;
                if let Some(name) = rest[..end].strip_prefix(b">|") {
                    self.name = String::from_utf8_lossy(name).into_owned();
                }
                Some(end + 4)
            }
            // Alt and a key, which nobody presses here.
            [0x1b, ..] => Some(1),
            [first, ..] => {
                let long = match first {
                    0xc0..0xe0 => 2,
                    0xe0..0xf0 => 3,
                    0xf0.. => 4,
                    _ => 1,
                };
                let whole = bytes.get(..long)?;
                let typed = std::str::from_utf8(whole).ok();
                if let Some(typed) = typed.and_then(|typed| typed.chars().next()) {
                    self.typed.push(Event::Key(key(typed)));
                }
                Some(long)
            }
        }
    }

    fn control(&mut self, parameters: &[u8], last: u8) {
        let text = String::from_utf8_lossy(parameters);
        let mut numbers = text.trim_start_matches('?').split(';');
        match (last, text.is_empty()) {
            (b'c', _) => {
                self.attributes += 1;
                self.sixel |= numbers.skip(1).any(|attribute| attribute == "4");
            }
            (b't', _) => {
                let mut number = || numbers.next()?.parse().ok().filter(|n| *n > 0);
                if let (Some(6), Some(height), Some(width)) = (number(), number(), number()) {
                    self.cell = Some((width, height));
                }
            }
            (b'I', true) => self.typed.push(Event::FocusGained),
            (b'O', true) => self.typed.push(Event::FocusLost),
            _ => {}
        }
    }
}

fn key(typed: char) -> KeyEvent {
    let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
    match typed {
        '\r' => plain(KeyCode::Enter),
        '\t' => plain(KeyCode::Tab),
        '\u{7f}' => plain(KeyCode::Backspace),
        '\u{1}'..='\u{1a}' => {
            let letter = char::from_u32(u32::from(typed) + 0x60).unwrap_or(typed);
            KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)
        }
        typed => plain(KeyCode::Char(typed)),
    }
}

/// What tmux says, in lines: the terminal's name, what it can do, and whether it lets anything through.
fn outer(said: &str) -> Outer {
    let mut lines = said.lines();
    let mut line = || lines.next().unwrap_or_default().trim();
    Outer {
        name: line().to_owned(),
        sixel: line().split(',').any(|feature| feature == "sixel"),
        passes: matches!(line(), "1" | "2" | "on" | "all"),
    }
}

#[cfg(unix)]
mod tty {
    use super::{Heard, Outer, outer};
    use rustix::event::{PollFd, PollFlags, poll};
    use std::{
        io::{self, Write},
        process::{Command, Stdio},
        time::{Duration, Instant},
    };

    /// The size of a cell, and what it can do. The event reader drops these answers should they come too late.
    const WHAT: &[u8] = b"\x1b[16t\x1b[c";
    const WHAT_WITHIN: Duration = Duration::from_millis(400);
    /// Its name, which the reader would take for typed text; so it is asked only of who answers, and waited for.
    const WHO: &[u8] = b"\x1b[>0q\x1b[c";
    const WHO_WITHIN: Duration = Duration::from_secs(3);

    pub(super) fn converse(heard: &mut Heard, in_tmux: bool) {
        let answered = exchange(heard, WHAT, 1, WHAT_WITHIN).is_ok_and(|answered| answered);
        // tmux would say its own.
        if answered && !in_tmux {
            exchange(heard, WHO, 2, WHO_WITHIN).ok();
        }
    }

    /// Asks and waits until so many answers are there in all.
    fn exchange(
        heard: &mut Heard,
        question: &[u8],
        answers: usize,
        within: Duration,
    ) -> io::Result<bool> {
        let mut out = io::stdout();
        out.write_all(question)?;
        out.flush()?;
        let until = Instant::now() + within;
        let stdin = io::stdin();
        while heard.attributes < answers {
            let left = until.saturating_duration_since(Instant::now());
            let time = left.try_into().map_err(io::Error::other)?;
            let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
            match poll(&mut fds, Some(&time)) {
                Ok(0) => return Ok(false),
                Err(rustix::io::Errno::INTR) => continue,
                ready => ready?,
            };
            let mut bytes = [0; 1024];
            match rustix::io::read(&stdin, &mut bytes)? {
                0 => return Ok(false),
                came => heard.hear(&bytes[..came]),
            }
        }
        Ok(true)
    }

    /// Asks tmux of the terminal around it.
    pub(super) fn tmux() -> Outer {
        let format = "#{client_termtype}\n#{client_termfeatures}\n#{allow-passthrough}";
        let said = Command::new("tmux")
            .args(["display-message", "-p", format])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        said.map(|said| outer(&String::from_utf8_lossy(&said.stdout)))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
