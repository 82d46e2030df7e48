//! Records shown as the protocol writes them: which of their values a table shows, by their place in the JSON.
//!
//! For people only: in a pipe the whole record goes out, whatever a table shows of it.

use super::{Format, Output, json_line, minute, table};
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
        if self.format != Format::Table {
            let id = columns.0.first().map_or("", |(_, pointer)| pointer);
            return items.iter().try_for_each(|item| self.whole(id, item));
        }
        let headings: Vec<_> = columns.0.iter().map(|(heading, _)| *heading).collect();
        let rows: Vec<Vec<_>> = items
            .iter()
            .map(|item| {
                let value = value(item);
                let cells = columns.0.iter();
                cells
                    .map(|(_, at)| value.pointer(at).map_or_else(String::new, cell))
                    .collect()
            })
            .collect();
        self.text(&table::draw(&headings, &rows, self.paint))
    }

    /// Prints one record with everything that is in it, a line for each value. `id` is the JSON pointer of its name.
    pub(crate) fn card<T: Serialize>(&self, id: &str, item: &T) -> Result<()> {
        if self.format != Format::Table {
            return self.whole(id, item);
        }
        let mut lines = Vec::new();
        unfold("", &value(item), &mut lines);
        let width = lines
            .iter()
            .map(|(name, _)| name.chars().count())
            .max()
            .unwrap_or(0);
        let lines = lines.iter().map(|(name, value)| {
            let name = text::inert_line(name);
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
            _ => json_line(item),
        };
        self.text(&format!("{line}\n"))
    }
}

fn value(item: &impl Serialize) -> Value {
    serde_json::to_value(item).expect("records have string keys and no foreign types")
}

/// A value as people read it.
fn cell(value: &Value) -> String {
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

/// Every value by its whole name.
fn unfold(prefix: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = match prefix {
                    "" => name.clone(),
                    _ => format!("{prefix}.{name}"),
                };
                unfold(&name, value, lines);
            }
        }
        Value::Null => {}
        value => lines.push((prefix.replace('_', " "), cell(value))),
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
    fn a_record_is_unfolded_without_what_is_absent() {
        let mut lines = Vec::new();
        let record = json!({"user_id": "x", "settings": {"read_marks": false}, "bio": null});

        unfold("", &record, &mut lines);

        lines.sort();
        let lines: Vec<_> = lines
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(lines, [("settings.read marks", "no"), ("user id", "x")]);
    }
}
