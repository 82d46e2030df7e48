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
            if let Some(value) = part(record, &field.name) {
                merge(&mut chosen, value);
            }
        }
        chosen
    }

    /// Notes about fields that no record has: the name may be of another kind of record, or of something that is absent
    /// everywhere.
    pub(super) fn unknown_in(&self, records: &[Value]) -> Vec<String> {
        if records.is_empty() {
            return Vec::new();
        }
        let has = |field: &&Field| {
            let mut all = records.iter();
            all.all(|record| found(record, &field.pointer).is_empty())
        };
        let unknown = self.fields.iter().filter(has);
        unknown
            .map(|field| {
                let mut names = BTreeSet::new();
                records
                    .iter()
                    .for_each(|record| collect("", record, &mut names));
                let names: Vec<_> = names.into_iter().take(LISTED_MOST).collect();
                format!(
                    "nothing here has the field {}; there are: {}",
                    field.name,
                    names.join(", ")
                )
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

/// The values at a place of a record: one, or of a list on the way what each of its items has there.
pub(super) fn found<'a>(record: &'a Value, pointer: &str) -> Vec<&'a Value> {
    if let Some(value) = record.pointer(pointer) {
        return vec![value];
    }
    let path = pointer.trim_start_matches('/');
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    match record {
        Value::Array(items) => items.iter().flat_map(|item| found(item, pointer)).collect(),
        Value::Object(fields) if !rest.is_empty() => {
            let inner = fields.get(first).into_iter();
            let rest = format!("/{rest}");
            inner.flat_map(|value| found(value, &rest)).collect()
        }
        _ => Vec::new(),
    }
}

/// A record with one of its values alone, where it was; none where it is absent.
fn part(record: &Value, name: &str) -> Option<Value> {
    let (first, rest) = match name.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    match record {
        Value::Object(fields) => {
            let value = fields.get(first)?;
            let value = match rest {
                Some(rest) => part(value, rest)?,
                None => value.clone(),
            };
            Some(Value::Object(Map::from_iter([(first.to_owned(), value)])))
        }
        Value::Array(items) => {
            let parts: Vec<_> = items.iter().map(|item| part(item, name)).collect();
            let nothing = || Value::Object(Map::new());
            let is_there = parts.iter().any(Option::is_some);
            let parts = parts.into_iter().map(|part| part.unwrap_or_else(nothing));
            is_there.then(|| parts.collect())
        }
        _ => None,
    }
}

/// Puts two parts of one record together.
fn merge(into: &mut Value, part: Value) {
    match (into, part) {
        (Value::Object(fields), Value::Object(more)) => {
            for (name, value) in more {
                merge(fields.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(items), Value::Array(more)) => {
            items
                .iter_mut()
                .zip(more)
                .for_each(|(item, value)| merge(item, value));
        }
        (into, part) => *into = part,
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
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().for_each(|item| collect(prefix, item, names));
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
            ["nothing here has the field gone; there are: content, id, sender.id, sender.username"]
        );
        assert!(choice.unknown_in(&[]).is_empty());
    }

    #[test]
    fn a_field_of_what_is_in_a_list_is_taken_of_each() {
        let choice = Choice::read(Some("files.name,id,files.size"), None).unwrap();
        let record = json!({"id": 7, "files": [{"name": "a", "id": 1}, {"name": "b", "size": 2}]});

        assert_eq!(
            choice.of(&record),
            json!({"id": 7, "files": [{"name": "a"}, {"name": "b", "size": 2}]})
        );
        assert_eq!(found(&record, "/files/name"), ["a", "b"]);
        assert!(choice.unknown_in(std::slice::from_ref(&record)).is_empty());
        let unknown = Choice::read(Some("files.nam"), None).unwrap();
        let notes = unknown.unknown_in(&[record]);
        assert!(notes[0].ends_with("files.id, files.name, files.size, id"));
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
