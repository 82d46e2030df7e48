//! The lines of a message at one width: what it answers, its text, its files, what is to be said about it, and the emoji
//! under it. Which colours that has is not decided here.

use super::{super::Under, Entry, EntryState};
use crate::wrap;
use chat_core::{Attachment, text};

/// How a piece of a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// What was said.
    Plain,
    /// What matters less.
    Faint,
    /// The reader's name, or everybody's.
    Mention,
    /// What went wrong.
    Bad,
}

/// A line in its pieces.
type Pieces = Vec<(Tone, String)>;

/// A message's lines at one width.
#[derive(Debug)]
pub struct Wrapped {
    /// From top to bottom; there is at least one.
    pub lines: Vec<Vec<(Tone, String)>>,
}

impl Wrapped {
    /// The rows it takes.
    pub fn height(&self) -> usize {
        self.lines.len()
    }
}

/// Said of what waits to be sent.
const WAITS: &str = "◷";

pub(super) fn wrap(entry: &Entry, room: usize) -> Wrapped {
    if entry.is_going() {
        let mut lines = vec![one(Tone::Faint, "message deleted".to_owned())];
        put(&mut lines, (Tone::Faint, WAITS), room);
        return Wrapped { lines };
    }
    let quote = entry.quote.as_ref();
    let from = entry.extras().forwarded_from.as_ref();
    let from = from.map(|from| {
        let name = text::inert_line(&from.display_name);
        one(
            Tone::Faint,
            wrap::fit(&format!("↪ said first by {name}"), room),
        )
    });
    let quote = quote.map(|quote| one(Tone::Faint, wrap::fit(&format!("│ {quote}"), room)));
    let mut lines: Vec<Pieces> = from.into_iter().chain(quote).collect();
    let files = &entry.extras().attachments;
    match entry.state {
        EntryState::Deleted => lines.push(one(Tone::Faint, "message deleted".to_owned())),
        // A file needs no words.
        _ if entry.shown_text().is_empty() && !files.is_empty() => {}
        EntryState::System => lines.extend(all(Tone::Faint, wrap::wrap(&entry.text, room))),
        _ => lines.extend(
            wrap::wrap(&entry.shown_text(), room)
                .into_iter()
                .map(|line| body(entry, line)),
        ),
    }
    let labels = files.iter().map(|file| file_label(file, room));
    lines.extend(labels.map(|label| one(Tone::Plain, label)));
    put_tail(entry, &mut lines, room);
    lines.extend(all(Tone::Faint, reactions(&entry.reactions(), room)));
    Wrapped { lines }
}

/// What is said about the message: behind its last line where there is room, else below it.
fn put_tail(entry: &Entry, lines: &mut Vec<Pieces>, room: usize) {
    let (tone, tail) = match &entry.state {
        EntryState::Stored { edited, .. } => {
            let waits = entry.coming().is_some_and(|coming| coming.text.is_some());
            let words = [
                (*edited || waits, "(edited)"),
                (entry.is_pinned(), "(pinned)"),
                (waits, WAITS),
            ];
            let words: Vec<_> = words
                .iter()
                .filter(|(is, _)| *is)
                .map(|(_, w)| *w)
                .collect();
            (Tone::Faint, words.join(" "))
        }
        EntryState::Deleted | EntryState::System => return,
        EntryState::Pending => (Tone::Faint, WAITS.to_owned()),
        EntryState::Failed(why) => (Tone::Bad, format!("✗ not sent: {why}")),
    };
    if !tail.is_empty() {
        put(lines, (tone, &tail), room);
    }
}

/// Puts something behind the last line where there is room, else below it.
fn put(lines: &mut Vec<Pieces>, (tone, tail): (Tone, &str), room: usize) {
    let used = |line: &Pieces| {
        line.iter()
            .map(|(_, text)| wrap::width(text))
            .sum::<usize>()
    };
    match lines.last_mut() {
        Some(last) if used(last) + 1 + wrap::width(tail) <= room => {
            last.push((tone, format!(" {tail}")));
        }
        _ => lines.extend(all(tone, wrap::wrap(tail, room))),
    }
}

/// A line of text; words that name the reader stand out.
fn body(entry: &Entry, line: String) -> Pieces {
    if !entry.names_me {
        return one(Tone::Plain, line);
    }
    let names_me = |word: &str| {
        let names = text::mentions(word);
        names
            .iter()
            .any(|name| *name == entry.username || (entry.extras().mentions_all && name == "all"))
    };
    let mut pieces: Pieces = Vec::new();
    for word in line.split_inclusive(' ') {
        let tone = match names_me(word) {
            true => Tone::Mention,
            false => Tone::Plain,
        };
        match pieces.last_mut() {
            Some((known, text)) if *known == tone => text.push_str(word),
            _ => pieces.push((tone, word.to_owned())),
        }
    }
    pieces
}

/// What a file is called: its name is cut where there is no room for it, its size is not.
pub(crate) fn file_label(file: &Attachment, room: usize) -> String {
    let size = format!(", {}]", size(file.size));
    let rest = room.saturating_sub(1 + wrap::width(&size));
    let name = wrap::fit(&text::inert_line(&file.file_name), rest);
    wrap::fit(&format!("[{name}{size}"), room)
}

/// Bytes as people say them.
fn size(bytes: u64) -> String {
    let (tenths, unit) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => return format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => (bytes / 100_000, "MB"),
        _ => (bytes / 100_000_000, "GB"),
    };
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// The emoji under a message with their numbers, in as few lines as they fit. None is torn from its number.
fn reactions(reactions: &[Under], room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for reaction in reactions {
        let waits = if reaction.is_coming { " ◷" } else { "" };
        let said = format!("{} {}{waits}", reaction.emoji, reaction.count);
        let label = wrap::fit(&said, room);
        match lines.last_mut() {
            Some(last) if wrap::width(last) + 2 + wrap::width(&label) <= room => {
                last.push_str("  ");
                last.push_str(&label);
            }
            _ => lines.push(label),
        }
    }
    lines
}

fn one(tone: Tone, text: String) -> Pieces {
    vec![(tone, text)]
}

fn all(tone: Tone, lines: Vec<String>) -> impl Iterator<Item = Pieces> {
    lines.into_iter().map(move |line| one(tone, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, said) in [
            (0, "0 B"),
            (999, "999 B"),
            (12_345, "12 kB"),
            (1_250_000, "1.2 MB"),
            (25 * 1024 * 1024, "26.2 MB"),
            (3_000_000_000, "3.0 GB"),
        ] {
            assert_eq!(size(bytes), said);
        }
    }

    #[test]
    fn an_emoji_stays_with_its_number() {
        let many = ["👍", "🎉", "👀"].map(|emoji| Under {
            emoji: emoji.to_owned(),
            count: 12,
            is_coming: false,
        });

        assert_eq!(reactions(&many, 80), ["👍 12  🎉 12  👀 12"]);
        assert_eq!(reactions(&many, 12), ["👍 12  🎉 12", "👀 12"]);
        assert_eq!(reactions(&many, 6), ["👍 12", "🎉 12", "👀 12"]);
    }
}
