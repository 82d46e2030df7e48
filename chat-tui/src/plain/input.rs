//! Lines as they are typed, or as they come through a pipe. They are read in a thread, for reading would block everything
//! else; no more of them than a few are read ahead, and of one that never ends no more than a beginning is kept.

use std::io::{BufRead, Read};
use tokio::sync::mpsc;

/// So many lines are read ahead.
pub(super) const AHEAD: usize = 256;
/// No message and no path is as long as this.
const LONGEST_BYTES: u64 = 64 * 1024;

/// A line, or why there is none.
pub(super) type Typed = Result<String, &'static str>;

/// The lines of the standard input.
pub(super) fn lines() -> mpsc::Receiver<Typed> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        while let Some(line) = read(&mut input) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The next line without its end; none at the end.
fn read(input: &mut impl BufRead) -> Option<Typed> {
    let (line, is_whole) = part(input)?;
    if !is_whole {
        while part(input).is_some_and(|(_, is_whole)| !is_whole) {}
        return Some(Err("a line that is longer than any message was left out"));
    }
    Some(String::from_utf8(line).map_err(|_| "a line that is not UTF-8 was left out"))
}

/// A line, or the beginning of one that is too long.
fn part(input: &mut impl BufRead) -> Option<(Vec<u8>, bool)> {
    let mut line = Vec::new();
    let read = input.take(LONGEST_BYTES).read_until(b'\n', &mut line);
    let count = read.ok().filter(|count| *count > 0)?;
    let has_end = line.pop_if(|last| *last == b'\n').is_some();
    Some((line, has_end || (count as u64) < LONGEST_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(mut input: &[u8]) -> Vec<Typed> {
        std::iter::from_fn(|| read(&mut input)).collect()
    }

    #[test]
    fn a_line_is_what_is_before_its_end_and_the_last_needs_none() {
        let line = |text: &str| Ok(text.to_owned());
        assert_eq!(
            read_all(b"one\n\ntwo\r\nthree"),
            [line("one"), line(""), line("two\r"), line("three")]
        );
    }

    #[test]
    fn what_no_line_can_be_is_left_out_and_the_next_is_read() {
        let long = vec![b'x'; 3 * LONGEST_BYTES as usize];
        let lines = read_all(&[&long[..], b"\nnext\n\xff\nlast\n"].concat());

        let [Err(long), Ok(next), Err(other), Ok(last)] = &lines[..] else {
            panic!("{lines:?}");
        };
        assert!(long.contains("longer") && other.contains("UTF-8"));
        assert_eq!([next.as_str(), last], ["next", "last"]);
    }
}
