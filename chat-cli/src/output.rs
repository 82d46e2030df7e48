//! What commands print: a table for people on a terminal, one JSON object per line in a pipe, or ids alone.
//!
//! Data goes to standard output, everything else to standard error. Whether colour is right is decided for each of
//! them. Text of other people is made inert before a person sees it; in JSON, what could act on a
//! terminal is written as an escape.

mod table;
mod value;

pub(crate) use value::Columns;

use crate::error::{Error, Result};
use chat_core::{Timestamp, text};
use clap::ValueEnum;
use serde::Serialize;
use std::{
    io::{self, IsTerminal, Write},
    time::SystemTime,
};

/// What `--output` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table on a terminal, JSON lines elsewhere.
    Auto,
    /// For people. May change from version to version.
    Table,
    /// One JSON object per line, as the protocol writes it.
    Jsonl,
    /// One id per line, for xargs.
    Ids,
}

/// What `--color` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Something that can be printed.
pub(crate) trait Record: Serialize {
    /// The columns of the table; with none, each record is a line of its own.
    const COLUMNS: &'static [&'static str];

    /// What names it.
    fn id(&self) -> String;

    /// Its cells, one for each column. They need not be inert.
    fn cells(&self) -> Vec<String>;

    /// Itself on a line, already inert.
    fn line(&self, _paint: Paint) -> String {
        text::inert_line(&self.cells().join("  ")).into_owned()
    }
}

/// Puts emphasis on text, or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(bool);

impl Paint {
    /// No emphasis at all.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self(false)
    }

    /// Whether a stream gets colour.
    fn decide(when: ColorWhen, terminal: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self(match when {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => terminal && !dumb && !set("NO_COLOR"),
        })
    }

    /// For headings and names.
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// For what matters less.
    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// For what is wrong.
    fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        match self.0 {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}

/// Where a command prints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
    paint: Paint,
    paint_errors: Paint,
    quiet: bool,
}

impl Output {
    /// Decides by the options and by what standard output is.
    pub(crate) fn new(format: Format, color: ColorWhen, quiet: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        Self {
            format: match (format, terminal) {
                (Format::Auto, true) => Format::Table,
                (Format::Auto, false) => Format::Jsonl,
                (chosen, _) => chosen,
            },
            paint: Paint::decide(color, terminal),
            paint_errors: Paint::decide(color, io::stderr().is_terminal()),
            quiet,
        }
    }

    /// Whether a person reads it.
    pub(crate) fn is_for_people(&self) -> bool {
        self.format == Format::Table
    }

    /// Whether nothing but data and errors is wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints some records.
    pub(crate) fn list<R: Record>(&self, records: &[R]) -> Result<()> {
        if self.format == Format::Table && !R::COLUMNS.is_empty() {
            let rows: Vec<_> = records.iter().map(Record::cells).collect();
            return self.text(&table::draw(R::COLUMNS, &rows, self.paint));
        }
        records.iter().try_for_each(|record| self.one_line(record))
    }

    /// Prints one record that is part of a stream: at once, and on one line.
    pub(crate) fn one_line<R: Record>(&self, record: &R) -> Result<()> {
        let mut line = match self.format {
            Format::Ids => text::inert_line(&record.id()).into_owned(),
            Format::Jsonl | Format::Auto => json_line(record),
            Format::Table => record.line(self.paint),
        };
        line.push('\n');
        self.text(&line)
    }

    /// Prints text to standard output as it is, and flushes it.
    pub(crate) fn text(&self, text: &str) -> Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Writes bytes to standard output as they are, and flushes it.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)
            .and_then(|()| out.flush())
            .map_err(write_error)
    }

    /// Tells a person something on standard error, unless they asked for quiet.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            // Nobody is left to be told that standard error is closed.
            let _ = writeln!(io::stderr(), "{}", text::inert(text));
        }
    }

    /// Tells why the command failed, and what to try.
    pub(crate) fn fail(&self, error: &Error) {
        let mark = self.paint_errors.red("error:");
        let _ = writeln!(io::stderr(), "{mark} {}", error.story());
        if let Some(hint) = error.hint() {
            let _ = writeln!(io::stderr(), "{}", self.paint_errors.dim(hint));
        }
    }
}

/// The moment by this machine's clock.
pub(crate) fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    Timestamp::from_ms(now)
}

/// A moment for people: to the minute, in UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    match text.get(..16) {
        Some(minute) => minute.replace('T', " "),
        None => text,
    }
}

fn json_line(record: &impl Serialize) -> String {
    let json =
        serde_json::to_string(record).expect("records have string keys and no foreign types");
    text::inert_json(&json).into_owned()
}

/// Who reads has gone, which is how `head` says "enough"; or the disk is full.
fn write_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::Closed,
        _ => Error::io("cannot write to standard output", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_text_stays_as_it_is() {
        assert_eq!(Paint::decide(ColorWhen::Never, true).bold("x"), "x");
        assert_eq!(
            Paint::decide(ColorWhen::Always, false).bold("x"),
            "\u{1b}[1mx\u{1b}[0m"
        );
        assert_eq!(Paint::decide(ColorWhen::Auto, false).dim("x"), "x");
    }

    #[test]
    fn json_says_the_same_and_nothing_in_it_acts() {
        let wild = "a\u{7f}\u{80}\u{9f}\u{61c}\u{200e}\u{200f}\u{2028}\u{202e}\u{2066}\u{2069}\u{feff}\u{1b}é\n";

        let line = json_line(&wild);

        assert_eq!(text::inert_line(&line), line);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), wild);
        assert!(line.contains("\\u202e") && line.contains('é'), "{line}");
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let error = write_error(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(error.exit_code(), 0);

        let error = write_error(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(error.exit_code(), 1);
    }
}
