//! Records shown as the protocol writes them: which of their values a table shows, by their place in the JSON.
//!
//! For people only: in JSON the whole record goes out, whatever a table shows of it.

use super::{Format, Output, json_line, minute, sheet::Sheet};
use crate::error::Result;
use chat_core::{Timestamp, text};
use serde::Serialize;
use serde_json::Value;

/// What a table shows: the heading of each column, and the JSON pointer of its value. The first one names the record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns(pub(crate) &'static [(&'static str, &'static str)]);

impl Output {
    /// Prints records of one kind.
    pub(crate) fn rows<T: Serialize>(&self, columns: Columns, items: &[T]) -> Result<()> {
        self.note_absent(items)?;
        self.some_rows(columns, items, true)
    }

    /// Prints records of one kind, and what stands above them where they are the first.
    fn some_rows<T: Serialize>(&self, columns: Columns, items: &[T], is_first: bool) -> Result<()> {
        let id = columns.0.first().map_or("", |(_, pointer)| pointer);
        let values = || items.iter().map(value).collect::<Vec<_>>();
        let print = |sheet: &Sheet| match is_first {
            true => self.sheet(sheet),
            false => self.written(&sheet.rows_as(self.row_format())),
        };
        match self.format {
            Format::Json => self.document(values()),
            Format::Jsonl | Format::Auto | Format::Ids => {
                items.iter().try_for_each(|item| self.whole(id, item))
            }
            Format::Table if self.choice.fields.is_empty() => {
                let mut sheet = Sheet::of_values(columns, &[]);
                sheet.names = columns
                    .0
                    .iter()
                    .map(|(name, _)| (*name).to_owned())
                    .collect();
                let cells = |item: &T| {
                    let value = value(item);
                    let cells = columns.0.iter().map(|(_, at)| value.pointer(at).map(cell));
                    cells.map(Option::unwrap_or_default).collect()
                };
                sheet.rows = items.iter().map(cells).collect();
                self.sheet(&sheet)
            }
            _ if self.choice.fields.is_empty() => print(&Sheet::of_values(columns, &values())),
            _ => {
                let values = values();
                let is_raw = self.format != Format::Table;
                print(&Sheet::of_fields(&self.choice.fields, &values, is_raw))
            }
        }
    }

    /// Prints records of one kind that come page by page.
    pub(crate) fn pages<T>(self, columns: Columns) -> Pages<T> {
        Pages {
            out: self,
            columns,
            kept: Vec::new(),
            is_first: true,
        }
    }

    /// Whether people read it as a table.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table && self.choice.fields.is_empty()
    }

    /// Whether records can go out before the last of them is known: a table has widths, a document an end.
    pub(crate) fn is_stream(&self) -> bool {
        !matches!(self.format, Format::Table | Format::Json)
    }

    /// Prints one record with everything that is in it, a line for each value. `id` is the JSON pointer of its name.
    pub(crate) fn card<T: Serialize>(&self, id: &str, item: &T) -> Result<()> {
        self.note_absent(std::slice::from_ref(item))?;
        match self.format {
            Format::Table | Format::Plain => {}
            Format::Json => return self.document(vec![value(item)]),
            Format::Csv => {
                return self.sheet(&Sheet::of_everything(&[self.choice.of(&value(item))]));
            }
            Format::Jsonl | Format::Auto | Format::Ids => return self.whole(id, item),
        }
        let whole = value(item);
        let mut lines = Vec::new();
        let write = match self.format {
            Format::Table => cell,
            _ => raw,
        };
        unfold("", &self.choice.of(&whole), write, &mut lines);
        if self.format == Format::Plain {
            let lines = lines.iter().map(|(name, value)| {
                format!("{}\t{}\n", text::inert_line(name), text::inert_line(value))
            });
            return self.text(&lines.collect::<String>());
        }
        lines.iter_mut().for_each(with_unit);
        let names = lines.iter().map(|(name, _)| name.chars().count());
        let width = names.max().unwrap_or(0);
        let lines = lines.iter().map(|(name, value)| {
            let name = text::inert_line(name).replace('_', " ");
            let value = text::inert(value).replace('\n', "\n    ");
            format!("{}  {value}\n", self.paint.dim(&format!("{name:width$}")))
        });
        self.text(&lines.collect::<String>())
    }

    /// A whole record on a line, or its id. What has no id is no line then.
    fn whole<T: Serialize>(&self, id: &str, item: &T) -> Result<()> {
        let line = match self.format {
            Format::Ids => match value(item).pointer(id) {
                Some(id) => text::inert_line(&cell(id)).into_owned(),
                None => return Ok(()),
            },
            _ if self.choice.is_all() => json_line(item),
            _ => return self.chosen(&value(item)),
        };
        self.text(&format!("{line}\n"))
    }
}

/// A list on its way out: each page as it comes, or all together at the end where the format asks for that.
pub(crate) struct Pages<T> {
    out: Output,
    columns: Columns,
    kept: Vec<T>,
    is_first: bool,
}

impl<T: Serialize> Pages<T> {
    /// Adds a page.
    pub(crate) fn add(&mut self, items: Vec<T>) -> Result<()> {
        if !self.out.is_stream() {
            self.kept.extend(items);
            return Ok(());
        }
        if self.is_first {
            self.out.note_absent(&items)?;
        }
        let is_first = std::mem::take(&mut self.is_first);
        self.out.some_rows(self.columns, &items, is_first)
    }

    /// There are no more.
    pub(crate) fn end(self) -> Result<()> {
        match self.out.is_stream() {
            true => Ok(()),
            false => self.out.rows(self.columns, &self.kept),
        }
    }
}

/// A record as JSON.
pub(super) fn value(item: &impl Serialize) -> Value {
    serde_json::to_value(item).expect("records have string keys and no foreign types")
}

/// A value as the protocol writes it.
pub(super) fn raw(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value as people read it.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(at) => minute(at),
            Err(_) => text.clone(),
        },
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(_) => value.to_string(),
    }
}

/// Says in what a figure is measured, by the last word of its name.
fn with_unit((name, value): &mut (String, String)) {
    if let Some(what) = name.strip_suffix("_bytes") {
        if let Ok(count) = value.parse() {
            *value = indicatif::BinaryBytes(count).to_string();
        }
        *name = format!("{what} size");
    } else if let Some(what) = name.strip_suffix("_day") {
        *name = format!("{what} in 24 hours");
    } else if let Some(what) = name.strip_suffix("_month") {
        *name = format!("{what} in 30 days");
    }
}

/// Every value by its whole name.
pub(super) fn unfold(
    prefix: &str,
    value: &Value,
    write: fn(&Value) -> String,
    lines: &mut Vec<(String, String)>,
) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = match prefix {
                    "" => name.clone(),
                    _ => format!("{prefix}.{name}"),
                };
                unfold(&name, value, write, lines);
            }
        }
        Value::Null => {}
        value => lines.push((prefix.to_owned(), write(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_for_people() {
        assert_eq!(cell(&json!("2026-11-21T09:30:12.000Z")), "2026-11-21 09:30");
        assert_eq!(cell(&json!(["a", 2, true])), "a, 2, yes");
        assert_eq!(cell(&json!(null)), "");
    }

    #[test]
    fn a_figure_says_in_what_it_is_measured() {
        let with = |name: &str, value: &str| {
            let mut line = (name.to_owned(), value.to_owned());
            with_unit(&mut line);
            line
        };

        let (name, size) = with("database_bytes", "2097152");
        assert_eq!(
            (name.as_str(), size.as_str()),
            ("database size", "2.00 MiB")
        );
        assert_eq!(with("messages_day", "7").0, "messages in 24 hours");
        assert_eq!(with("users_new_month", "7").0, "users_new in 30 days");
        let as_it_is = ("users".to_owned(), "7".to_owned());
        assert_eq!(with("users", "7"), as_it_is);
    }

    #[test]
    fn a_record_is_unfolded_without_what_is_absent() {
        let mut lines = Vec::new();
        let record = json!({"user_id": "x", "settings": {"read_marks": false}, "bio": null});

        unfold("", &record, cell, &mut lines);

        lines.sort();
        let lines: Vec<_> = lines
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(lines, [("settings.read_marks", "no"), ("user_id", "x")]);
    }
}
