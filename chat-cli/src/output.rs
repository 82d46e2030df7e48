//! What commands print: a table for people on a terminal, plain lines in a pipe, or what `--output` says.
//!
//! Data goes to standard output, everything else to standard error. Whether colour is right is decided for each of
//! them. Text of other people is made inert before a person sees it; in JSON, what could act on a
//! terminal is written as an escape. Which values go out is `--fields`, what becomes of them `--jq`.

mod choice;
mod filter;
mod names;
mod paint;
mod print;
pub(crate) mod room;
mod sheet;
mod table;
mod value;

pub(crate) use choice::Choice;
pub(crate) use filter::Filter;
pub(crate) use paint::Paint;
pub(crate) use value::Columns;

use crate::error::{Error, Result};
use chat_core::{Timestamp, text};
use clap::ValueEnum;
use serde::Serialize;
use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};
use value::value;

/// The version of what `--output json` prints. It changes when a name goes or means something else, and with nothing
/// else.
const VERSION: u32 = 1;

/// What goes out where nobody asks for less.
static EVERYTHING: Choice = Choice::ALL;

/// What `--output` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table on a terminal, plain elsewhere.
    Auto,
    /// For people. May change from version to version.
    Table,
    /// A tab between the values, no headings, no colour.
    Plain,
    /// One document: {"version": 1, "items": […]}.
    Json,
    /// One JSON object per line, as the protocol writes it.
    Jsonl,
    /// Comma-separated values under their names.
    Csv,
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

    /// The values that a program gets in CSV and plain lines; with none, it gets the cells.
    const VALUES: Columns = Columns(&[]);

    /// How wide its columns are where the rows go out before the last of them is known.
    const WIDTHS: &'static [usize] = &[];

    /// What names it.
    fn id(&self) -> String;

    /// Its cells, one for each column. They need not be inert.
    fn cells(&self) -> Vec<String>;

    /// Itself on a line, already inert.
    fn line(&self, _paint: Paint) -> String {
        text::inert_line(&self.cells().join("  ")).into_owned()
    }
}

/// Where a command prints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
    choice: &'static Choice,
    paint: Paint,
    paint_errors: Paint,
    quiet: bool,
    terminal: bool,
}

impl Output {
    /// Decides by the options and by what standard output is.
    pub(crate) fn new(format: Format, color: ColorWhen, quiet: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let format = match (format, terminal) {
            (Format::Auto, true) => Format::Table,
            (Format::Auto, false) => Format::Plain,
            (chosen, _) => chosen,
        };
        let of_data = match format {
            Format::Plain => ColorWhen::Never,
            _ => color,
        };
        Self {
            format,
            choice: &EVERYTHING,
            paint: Paint::decide(of_data, terminal),
            paint_errors: Paint::decide(color, io::stderr().is_terminal()),
            quiet,
            terminal,
        }
    }

    /// The same, with less of each record. A program that is run over the records gets JSON where no format is asked for.
    /// What cannot be had is refused here, before anything is done.
    pub(crate) fn choosing(self, asked: Format, choice: Choice) -> Result<Self> {
        names::require_known(&choice.fields)?;
        let format = match (choice.filter.is_some(), asked) {
            (true, Format::Auto | Format::Jsonl) => Format::Jsonl,
            (true, Format::Json) => Format::Json,
            (true, _) => {
                let text = "--jq reads JSON: leave out --output, or say json or jsonl";
                return Err(Error::Usage(text.to_owned()));
            }
            (false, Format::Ids) if !choice.fields.is_empty() => {
                let text = "--output ids prints ids alone; leave out --fields, or say plain";
                return Err(Error::Usage(text.to_owned()));
            }
            (false, _) => self.format,
        };
        Ok(Self {
            format,
            // Once in a program, and for as long as it runs.
            choice: Box::leak(Box::new(choice)),
            ..self
        })
    }

    /// Whether a person reads standard output as it comes.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether nothing but data and errors is wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether figures go out as people read them: also as lines, unless values of the record are asked for.
    pub(crate) fn is_for_reading(&self) -> bool {
        match self.format {
            Format::Table => true,
            Format::Plain => self.choice.fields.is_empty(),
            _ => false,
        }
    }

    /// Refuses to write what has no end as one document.
    pub(crate) fn require_lines(&self) -> Result<()> {
        self.require_stream("this has no end")
    }

    /// Refuses to write as one document what goes out record by record, and why it does.
    pub(crate) fn require_stream(&self, why: &str) -> Result<()> {
        match self.format {
            Format::Json => Err(Error::Usage(format!(
                "{why}, so it is no document; say --output jsonl"
            ))),
            _ => Ok(()),
        }
    }

    /// Refuses a field that none of these names is of, where what is printed is told once and before it is known which.
    pub(crate) fn require_fields(&self, names: &[&str]) -> Result<()> {
        let mut fields = self.choice.fields.iter();
        match fields.find(|field| !names.contains(&field.name.as_str())) {
            Some(field) => Err(Error::Usage(format!(
                "--fields: there is no {} here; there are: {}",
                field.name,
                names.join(", ")
            ))),
            None => Ok(()),
        }
    }

    /// Prints some records.
    pub(crate) fn list<R: Record>(&self, records: &[R]) -> Result<()> {
        self.note_absent(records)?;
        match self.format {
            Format::Json => self.document(records.iter().map(value).collect()),
            Format::Jsonl | Format::Auto | Format::Ids => {
                records.iter().try_for_each(|record| self.one_line(record))
            }
            Format::Table | Format::Plain if self.has_lines::<R>() => {
                records.iter().try_for_each(|record| self.one_line(record))
            }
            Format::Table | Format::Plain | Format::Csv => self.sheet(&self.sheet_of(records)),
        }
    }

    /// Prints one record that is part of a stream: at once, and on one line.
    pub(crate) fn one_line<R: Record>(&self, record: &R) -> Result<()> {
        self.keep_secrets(&[record])?;
        let mut line = match self.format {
            Format::Ids => text::inert_line(&record.id()).into_owned(),
            Format::Json => return self.document(vec![value(record)]),
            Format::Jsonl | Format::Auto if self.choice.is_all() => json_line(record),
            Format::Jsonl | Format::Auto => return self.chosen(&value(record)),
            Format::Table | Format::Plain if self.has_lines::<R>() => record.line(self.paint),
            Format::Table | Format::Plain | Format::Csv => {
                let sheet = self.sheet_of(std::slice::from_ref(record));
                if self.has_widths::<R>() {
                    let rows = sheet.rows.iter().map(|row| table::row(row, R::WIDTHS));
                    return self.text(&rows.collect::<String>());
                }
                return self.written(&sheet.rows_as(self.row_format()));
            }
        };
        line.push('\n');
        self.text(&line)
    }

    /// Prints what stands above the records of a stream, where something does.
    pub(crate) fn heading<R: Record>(&self) -> Result<()> {
        match self.format {
            Format::Csv => self.written(&self.sheet_of::<R>(&[]).heading_as_csv()),
            Format::Table if self.has_widths::<R>() => {
                let names = self.sheet_of::<R>(&[]).names;
                let names: Vec<_> = names.iter().map(|name| name.to_uppercase()).collect();
                let names = table::row(&names, R::WIDTHS);
                self.text(&format!("{}\n", self.paint.bold(names.trim_end())))
            }
            _ => Ok(()),
        }
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

    /// Waits until nobody can read standard output any more: who follows something need not wait for the next event to see
    /// that. It never comes where that cannot be known, as of a file.
    pub(crate) async fn is_unread(&self) {
        #[cfg(unix)]
        {
            use rustix::{
                event::{PollFd, PollFlags, poll},
                io::retry_on_intr,
            };
            let (tell, told) = tokio::sync::oneshot::channel();
            // A thread of its own, not one of the runtime's: what never comes must not keep the program from ending.
            std::thread::spawn(move || {
                let out = io::stdout();
                let ended = || poll(&mut [PollFd::new(&out, PollFlags::empty())], None);
                if retry_on_intr(ended).is_ok() {
                    // Nobody waits for it any more.
                    let _ = tell.send(());
                }
            });
            if told.await.is_ok() {
                return;
            }
        }
        std::future::pending().await
    }

    /// Tells a person something on standard error, unless they asked for quiet.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            // Nobody is left to be told that standard error is closed.
            let _ = writeln!(io::stderr(), "{}", text::inert(text));
        }
    }

    /// Tells of one failure of many, also where quiet is wanted.
    pub(crate) fn complain(&self, text: &str) {
        let mark = self.paint_errors.red("error:");
        let _ = writeln!(io::stderr(), "{mark} {}", text::inert_line(text));
    }

    /// Tells why the command failed, and what to try.
    pub(crate) fn fail(&self, error: &Error, hint: Option<&str>) {
        let mark = self.paint_errors.red("error:");
        let _ = writeln!(io::stderr(), "{mark} {}", error.story());
        if let Some(hint) = hint {
            let hint = text::inert_line(hint);
            let _ = writeln!(io::stderr(), "{}", self.paint_errors.dim(&hint));
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

/// Whether this command has changed something at a server.
static DONE: AtomicBool = AtomicBool::new(false);

fn is_done() -> bool {
    DONE.load(Ordering::Relaxed)
}

/// From here on, what cannot be printed is the answer to something that is done.
pub(crate) fn note_done() {
    DONE.store(true, Ordering::Relaxed);
}

/// Who reads has gone, which is how `head` says "enough"; or the disk is full. Who is not told that it was done would do it
/// again.
fn write_error(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::Closed,
        _ if is_done() => Error::Partly(format!(
            "it was done, and what was answered cannot be written to standard output: {error}"
        )),
        _ => Error::io("cannot write to standard output", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_cannot_be_printed_together_is_refused_with_what_to_say() {
        let out = Output::new(Format::Auto, ColorWhen::Never, true);
        let choice = |fields: &str, jq: Option<&str>| Choice::read(Some(fields), jq).unwrap();

        for (asked, fields, jq) in [
            (Format::Csv, "", Some(".id")),
            (Format::Table, "", Some(".id")),
            (Format::Ids, "id", None),
        ] {
            let refused = out.choosing(asked, choice(fields, jq)).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{asked:?}");
        }
        assert!(out.choosing(Format::Json, choice("", Some(".id"))).is_ok());
    }
}
