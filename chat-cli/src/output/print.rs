//! The way out of a record: as far as it is wanted, through the program that is asked for, in the format that holds.

use super::{
    Filter, Format, Output, Record, VERSION, json_line, sheet::Sheet, table, value::value,
};
use crate::error::{Error, Result};
use chat_core::text;
use serde::Serialize;

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
                // An id is long, and the last that a person reads: it does not push the rest off the screen.
                if self.choice.fields.is_empty() && names.first() == Some(&"id") {
                    names.rotate_left(1);
                    rows.iter_mut().for_each(|row| row.rotate_left(1));
                }
                self.text(&table::draw(&names, &rows, self.paint))
            }
            Format::Csv => {
                let mut text = sheet.heading_as_csv();
                text.push_str(&sheet.rows_as(Format::Csv));
                self.written(&text)
            }
            format => self.written(&sheet.rows_as(format)),
        }
    }

    /// What a program gets exactly is made inert where it goes to a terminal after all.
    pub(super) fn written(&self, text: &str) -> Result<()> {
        match self.terminal {
            true => self.text(&text::inert(text)),
            false => self.text(text),
        }
    }

    /// Where one document is asked for, there always is one: also of what answers nothing.
    pub(crate) fn outcome(&self, what: serde_json::Value) -> Result<()> {
        match self.format {
            Format::Json => self.document(vec![what]),
            _ => Ok(()),
        }
    }

    /// One document with these records.
    pub(super) fn document(&self, items: Vec<serde_json::Value>) -> Result<()> {
        let items: Vec<_> = items.iter().map(|item| self.choice.of(item)).collect();
        let document = serde_json::json!({"version": VERSION, "items": items});
        match &self.choice.filter {
            Some(filter) => self.filtered(filter, &document),
            None => {
                let text = serde_json::to_string_pretty(&document)
                    .expect("records have string keys and no foreign types");
                self.text(&format!("{}\n", text::inert_json(&text)))
            }
        }
    }

    /// A record on a line, as far as it is wanted.
    pub(super) fn chosen(&self, record: serde_json::Value) -> Result<()> {
        let record = self.choice.of(&record);
        match &self.choice.filter {
            Some(filter) => self.filtered(filter, &record),
            None => self.text(&format!("{}\n", json_line(&record))),
        }
    }

    pub(super) fn filtered(&self, filter: &Filter, value: &serde_json::Value) -> Result<()> {
        for result in filter.run(value)? {
            match result {
                serde_json::Value::String(text) => self.written(&format!("{text}\n"))?,
                other => self.text(&format!("{}\n", json_line(&other)))?,
            }
        }
        Ok(())
    }

    /// Notes fields that none of some records has, and refuses those that nothing ever has: a typo in a script would
    /// otherwise print empty lines for ever.
    pub(super) fn warn_of_unknown<T: Serialize>(&self, records: &[T]) -> Result<()> {
        if self.choice.fields.is_empty() {
            return Ok(());
        }
        let values: Vec<_> = records.iter().map(value).collect();
        let unknown = self.choice.unknown_in(&values);
        if unknown.is_empty() {
            return Ok(());
        }
        let protocol = chat_server::field_names();
        for (field, note) in unknown {
            let last = field.rsplit('.').next().unwrap_or(field);
            match protocol.contains(last) {
                true => self.say(&note),
                false => return Err(Error::Usage(note)),
            }
        }
        Ok(())
    }
}
