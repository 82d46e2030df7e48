//! Which values of a record go out: those that `--fields` names, or all; and the program that `--jq` runs over them.
//!
//! A field is named as it is reached in the JSON: `sender.username`. Pure.

use super::Filter;
use crate::error::{Error, Result};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Fields that a note lists, where a name is of no field.
const LISTED_MOST: usize = 40;

/// What of each record is wanted.
#[derive(Debug)]
pub(crate) struct Choice {
    /// None: all of it.
    pub(super) fields: Vec<Field>,
    pub(super) filter: Option<Filter>,
}

/// A value by its place in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) pointer: String,
}

impl Choice {
    /// Everything.
    pub(super) const ALL: Self = Self {
        fields: Vec::new(),
        filter: None,
    };

    /// What the command line asks for.
    pub(crate) fn read(fields: Option<&str>, jq: Option<&str>) -> Result<Self> {
        let names = fields.into_iter().flat_map(|list| list.split(','));
        let names = names.map(str::trim).filter(|name| !name.is_empty());
        Ok(Self {
            fields: names.map(Field::named).collect::<Result<_>>()?,
            filter: jq.map(Filter::read).transpose()?,
        })
    }

    pub(super) fn is_all(&self) -> bool {
        self.fields.is_empty() && self.filter.is_none()
    }

    /// A record with the fields that are wanted, each where it was. What is absent stays absent.
    pub(super) fn of(&self, record: &Value) -> Value {
        if self.fields.is_empty() {
            return record.clone();
        }
        let mut chosen = Value::Object(Map::new());
        for field in &self.fields {
            if let Some(value) = record.pointer(&field.pointer) {
                put(&mut chosen, &field.name, value.clone());
            }
        }
        chosen
    }

    /// Notes about fields that no record has: a name may be wrong, or of something that is absent everywhere.
    pub(super) fn unknown_in(&self, records: &[Value]) -> Vec<(&str, String)> {
        if records.is_empty() {
            return Vec::new();
        }
        let has = |field: &&Field| {
            let mut all = records.iter();
            all.all(|record| record.pointer(&field.pointer).is_none())
        };
        let unknown = self.fields.iter().filter(has);
        unknown
            .map(|field| {
                let mut names = BTreeSet::new();
                records
                    .iter()
                    .for_each(|record| collect("", record, &mut names));
                let names: Vec<_> = names.into_iter().take(LISTED_MOST).collect();
                let note = format!(
                    "nothing here has the field {}; there are: {}",
                    field.name,
                    names.join(", ")
                );
                (field.name.as_str(), note)
            })
            .collect()
    }
}

impl Field {
    fn named(name: &str) -> Result<Self> {
        let is_good = |part: &str| !part.is_empty() && !part.contains(['/', '~', ' ']);
        match name.split('.').all(is_good) {
            true => Ok(Self {
                name: name.to_owned(),
                pointer: format!("/{}", name.replace('.', "/")),
            }),
            false => Err(Error::Usage(format!(
                "--fields {name:?} is no name of a field; write it as in the JSON: id, sender.username"
            ))),
        }
    }
}

/// The name of a value by its JSON pointer.
pub(super) fn name_of(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

fn put(into: &mut Value, name: &str, value: Value) {
    let (first, rest) = match name.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    let Value::Object(fields) = into else { return };
    match rest {
        None => {
            fields.insert(first.to_owned(), value);
        }
        Some(rest) => {
            let inner = fields
                .entry(first)
                .or_insert_with(|| Value::Object(Map::new()));
            put(inner, rest, value);
        }
    }
}

fn collect(prefix: &str, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = match prefix {
                    "" => name.clone(),
                    _ => format!("{prefix}.{name}"),
                };
                collect(&name, value, names);
            }
        }
        _ => {
            names.insert(prefix.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_stay_where_they_were_and_the_rest_goes() {
        let choice = Choice::read(Some("id, sender.username,gone"), None).unwrap();
        let record = json!({"id": 7, "sender": {"username": "ann", "id": 1}, "content": "hi"});

        assert_eq!(
            choice.of(&record),
            json!({"id": 7, "sender": {"username": "ann"}})
        );
        let notes = choice.unknown_in(&[record]);
        assert_eq!(
            notes,
            [(
                "gone",
                "nothing here has the field gone; there are: content, id, sender.id, sender.username"
                    .to_owned()
            )]
        );
        assert!(choice.unknown_in(&[]).is_empty());
    }

    #[test]
    fn without_fields_everything_goes_out() {
        let record = json!({"id": 7});

        assert_eq!(Choice::ALL.of(&record), record);
        assert!(Choice::read(None, None).unwrap().is_all());
    }

    #[test]
    fn a_name_that_is_none_is_a_mistake_on_the_command_line() {
        for bad in ["a..b", ".a", "a b", "a/b"] {
            assert_eq!(
                Choice::read(Some(bad), None).unwrap_err().exit_code(),
                2,
                "{bad}"
            );
        }
    }
}
