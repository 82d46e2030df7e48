//! Rows under names, for programs: comma-separated values (RFC 4180), or a tab between the values.
//!
//! Values are written as the protocol writes them, not as people read them. In CSV a text keeps its line breaks, in
//! quotes; with tabs it is one line, so that a record always is one.

use super::{
    Format,
    choice::{Field, found, name_of},
    value::{Columns, cell, raw, unfold},
};
use chat_core::text;
use serde_json::Value;

/// Rows of one kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Sheet {
    /// The values at these places.
    pub(super) fn of_values(columns: Columns, records: &[Value]) -> Self {
        let at = |record: &Value| {
            let places = columns.0.iter();
            places
                .map(|(_, pointer)| written(record, pointer, raw))
                .collect()
        };
        Self {
            names: columns.0.iter().map(|(_, at)| name_of(at)).collect(),
            rows: records.iter().map(at).collect(),
        }
    }

    /// The fields that were asked for, as they are or as people read them.
    pub(super) fn of_fields(fields: &[Field], records: &[Value], is_raw: bool) -> Self {
        let write = if is_raw { raw } else { cell };
        let of = |record: &Value| {
            let fields = fields.iter();
            fields
                .map(|field| written(record, &field.pointer, write))
                .collect()
        };
        Self {
            names: fields.iter().map(|field| field.name.clone()).collect(),
            rows: records.iter().map(of).collect(),
        }
    }

    /// Everything, under the names that the first record has.
    pub(super) fn of_everything(records: &[Value]) -> Self {
        let mut first = Vec::new();
        if let Some(record) = records.first() {
            unfold("", record, raw, &mut first);
        }
        let names: Vec<_> = first.into_iter().map(|(name, _)| name).collect();
        let of = |record: &Value| {
            let pointers = names
                .iter()
                .map(|name| format!("/{}", name.replace('.', "/")));
            pointers
                .map(|at| record.pointer(&at).map_or_else(String::new, raw))
                .collect()
        };
        Self {
            rows: records.iter().map(of).collect(),
            names,
        }
    }

    /// The names, as a line of CSV.
    pub(super) fn heading_as_csv(&self) -> String {
        csv([&self.names])
    }

    /// The rows alone.
    pub(super) fn rows_as(&self, format: Format) -> String {
        match format {
            Format::Csv => csv(&self.rows),
            _ => self.rows.iter().map(|row| tabbed(row)).collect(),
        }
    }
}

/// What stands at a place of a record; of a list on the way, of each of its items.
fn written(record: &Value, pointer: &str, write: fn(&Value) -> String) -> String {
    let values = found(record, pointer).into_iter().map(write);
    values.collect::<Vec<_>>().join(", ")
}

fn csv<'a>(rows: impl IntoIterator<Item = &'a Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row)
            .expect("rows of a sheet are as long as its names, and memory takes them");
    }
    let bytes = writer.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("texts stay texts")
}

fn tabbed(row: &[String]) -> String {
    let cells: Vec<_> = row.iter().map(|cell| text::inert_line(cell)).collect();
    format!("{}\n", cells.join("\t"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sheet() -> Sheet {
        let columns = Columns(&[("who", "/sender/username"), ("text", "/content")]);
        let record = json!({"sender": {"username": "ann"}, "content": "a \"b\",\nc\u{1b}[2J"});
        Sheet::of_values(columns, &[record])
    }

    #[test]
    fn csv_quotes_what_would_be_read_otherwise() {
        assert_eq!(sheet().heading_as_csv(), "sender.username,content\n");
        assert_eq!(
            sheet().rows_as(Format::Csv),
            "ann,\"a \"\"b\"\",\nc\u{1b}[2J\"\n"
        );
    }

    #[test]
    fn a_plain_record_is_one_line_whatever_is_in_it() {
        assert_eq!(sheet().rows_as(Format::Plain), "ann\ta \"b\", c[2J\n");
    }

    #[test]
    fn what_each_item_of_a_list_has_stands_in_one_cell() {
        let columns = Columns(&[("id", "/id"), ("files", "/files/name")]);
        let records = [
            json!({"id": 1, "files": [{"name": "a"}, {"name": "b"}]}),
            json!({"id": 2}),
        ];

        let sheet = Sheet::of_values(columns, &records);

        assert_eq!(sheet.names, ["id", "files.name"]);
        assert_eq!(sheet.rows, [["1", "a, b"], ["2", ""]]);
    }

    #[test]
    fn values_are_as_the_protocol_writes_them() {
        let at = "2026-11-21T09:30:12.000Z";
        let all =
            Sheet::of_everything(&[json!({"at": at, "is": true, "no": null, "of": {"n": [1]}})]);

        assert_eq!(all.names, ["at", "is", "of.n"]);
        assert_eq!(all.rows, [[at, "true", "[1]"]]);
    }
}
