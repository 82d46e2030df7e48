//! The way out of a record: as far as it is wanted, through the program that is asked for, in the format that holds.

use super::{
    Filter, Format, Output, Record, VERSION, choice::found, is_done, json_line, room, sheet::Sheet,
    table, value::value,
};
use crate::error::{Error, Result};
use chat_core::text;
use serde::Serialize;
use serde_json::{Value, json};

/// Cells as people read them: times to the minute.
fn read(cells: Vec<String>) -> Vec<String> {
    let minute = |cell: String| cell.parse().map_or(cell, super::minute);
    cells.into_iter().map(minute).collect()
}

impl Output {
    pub(super) fn has_lines<R: Record>(&self) -> bool {
        // For people: a program gets the values, with a tab between them.
        let is_read = self.format == Format::Table || R::VALUES.0.is_empty();
        R::COLUMNS.is_empty() && self.choice.fields.is_empty() && is_read
    }

    /// Whether rows of a stream stand in columns all the same.
    pub(super) fn has_widths<R: Record>(&self) -> bool {
        self.is_table() && !R::WIDTHS.is_empty()
    }

    /// In a stream a table has no headings, and no widths to go by.
    pub(super) fn row_format(&self) -> Format {
        match self.format {
            Format::Csv => Format::Csv,
            _ => Format::Plain,
        }
    }

    pub(super) fn sheet_of<R: Record>(&self, records: &[R]) -> Sheet {
        let is_raw = self.format != Format::Table;
        if !self.choice.fields.is_empty() {
            let values: Vec<_> = records.iter().map(value).collect();
            return Sheet::of_fields(&self.choice.fields, &values, is_raw);
        }
        if is_raw && !R::VALUES.0.is_empty() {
            let values: Vec<_> = records.iter().map(value).collect();
            return Sheet::of_values(R::VALUES, &values);
        }
        if R::COLUMNS.is_empty() {
            return Sheet::of_everything(&records.iter().map(value).collect::<Vec<_>>());
        }
        Sheet {
            names: R::COLUMNS.iter().map(|name| (*name).to_owned()).collect(),
            rows: match is_raw {
                true => records.iter().map(Record::cells).collect(),
                false => records.iter().map(|record| read(record.cells())).collect(),
            },
        }
    }

    pub(super) fn sheet(&self, sheet: &Sheet) -> Result<()> {
        match self.format {
            Format::Table => {
                let mut names: Vec<_> = sheet.names.iter().map(String::as_str).collect();
                let mut rows = sheet.rows.clone();
                let mut room = None;
                // An id is long, and the last that a person reads: it does not push the rest off the screen. What has no
                // id, such as advice, has nobody who could look up what was cut.
                if self.choice.fields.is_empty() && names.first() == Some(&"id") {
                    room = self.room();
                    names.rotate_left(1);
                    rows.iter_mut().for_each(|row| row.rotate_left(1));
                }
                self.text(&table::draw(&names, &rows, self.paint, room))
            }
            Format::Csv => {
                let mut text = sheet.heading_as_csv();
                text.push_str(&sheet.rows_as(Format::Csv));
                self.written(&text)
            }
            format => self.written(&sheet.rows_as(format)),
        }
    }

    /// How much goes into a line of the terminal, where it goes to one.
    fn room(&self) -> Option<usize> {
        room::of_terminal().filter(|_| self.terminal)
    }

    /// What a program gets exactly is made inert where it goes to a terminal after all.
    pub(super) fn written(&self, text: &str) -> Result<()> {
        match self.terminal {
            true => self.text(&text::inert(text)),
            false => self.text(text),
        }
    }

    /// The document of what was done and answers nothing.
    pub(crate) fn done(&self, operation: &str) -> Result<()> {
        self.outcome(json!({"operation": operation, "done": true}))
    }

    /// Where one document is asked for, there always is one: also of what answers nothing.
    pub(crate) fn outcome(&self, what: Value) -> Result<()> {
        match self.format {
            Format::Json => self.document(vec![what]),
            _ => Ok(()),
        }
    }

    /// One document with these records.
    pub(super) fn document(&self, items: Vec<Value>) -> Result<()> {
        let document = |items: &[Value]| json!({"version": VERSION, "items": items});
        let chosen: Vec<_> = items.iter().map(|item| self.choice.of(item)).collect();
        match &self.choice.filter {
            Some(filter) => self.filtered(filter, &document(&chosen), &document(&items)),
            None => {
                let text = serde_json::to_string_pretty(&document(&chosen))
                    .expect("records have string keys and no foreign types");
                self.text(&format!("{}\n", text::inert_json(&text)))
            }
        }
    }

    /// A record on a line, as far as it is wanted.
    pub(super) fn chosen(&self, whole: &Value) -> Result<()> {
        let record = self.choice.of(whole);
        match &self.choice.filter {
            Some(filter) => self.filtered(filter, &record, whole),
            None => self.text(&format!("{}\n", json_line(&record))),
        }
    }

    /// What a program gives. Where it fails on the answer to something that is done, or gives nothing of one with a secret,
    /// the whole answer goes out after it: nobody could ask for it again.
    fn filtered(&self, filter: &Filter, value: &Value, whole: &Value) -> Result<()> {
        let (mut given, mut is_nothing) = (0, true);
        let ran = filter.run(value, |result| {
            given += 1;
            is_nothing &= result.is_null();
            match result {
                Value::String(text) => self.written(&format!("{text}\n")),
                other => self.text(&format!("{}\n", json_line(&other))),
            }
        });
        match ran {
            Err(Error::Usage(why)) if is_done() => self.instead(&[whole], why),
            Ok(()) if given > 0 && is_nothing && is_lost(whole) => {
                self.instead(&[whole], "--jq gave nothing of it".to_owned())
            }
            ran => ran,
        }
    }

    /// Notes fields that none of some records has just now.
    pub(super) fn note_absent<T: Serialize>(&self, records: &[T]) -> Result<()> {
        if self.choice.fields.is_empty() {
            return Ok(());
        }
        self.keep_secrets(records)?;
        let values: Vec<_> = records.iter().map(value).collect();
        for note in self.choice.unknown_in(&values) {
            self.say(&note);
        }
        Ok(())
    }

    /// Prints the whole of records with a secret that have none of the fields that are asked for: it is told once.
    pub(super) fn keep_secrets<T: Serialize>(&self, records: &[T]) -> Result<()> {
        let fields = &self.choice.fields;
        if fields.is_empty() || !is_done() {
            return Ok(());
        }
        let values: Vec<_> = records.iter().map(value).collect();
        let has_none = |record: &&Value| {
            let mut fields = fields.iter();
            is_lost(record) && fields.all(|field| found(record, &field.pointer).is_empty())
        };
        let lost: Vec<_> = values.iter().filter(has_none).collect();
        match lost.is_empty() {
            true => Ok(()),
            false => self.instead(&lost, "it has none of these fields".to_owned()),
        }
    }

    fn instead(&self, whole: &[&Value], why: String) -> Result<()> {
        let lines = whole
            .iter()
            .map(|record| format!("{}\n", json_line(record)));
        self.text(&lines.collect::<String>())?;
        Err(Error::Unchosen(why))
    }
}

/// Whether it is the answer to something that is done, with a secret that nobody can ask for again.
fn is_lost(answer: &Value) -> bool {
    const SECRETS: [&str; 3] = ["token", "password", "link"];
    fn has_secret(value: &Value) -> bool {
        match value {
            Value::Array(items) => items.iter().any(has_secret),
            Value::Object(fields) => fields.iter().any(|(name, value)| {
                (SECRETS.contains(&name.as_str()) && value.is_string()) || has_secret(value)
            }),
            _ => false,
        }
    }
    is_done() && has_secret(answer)
}
