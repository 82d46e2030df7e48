//! A value of Flutter's `StandardMessageCodec`, as its bytes and as JSON for people.

use std::fmt::Write;

/// A value that a channel carries.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    /// In the order in which it is written.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Which case of an enumeration this is.
    pub(crate) fn case(&self) -> Option<&str> {
        match self {
            Self::Text(case) => Some(case),
            Self::Map(fields) => match fields.first() {
                Some((name, Self::Text(case))) if name == "type" => Some(case),
                _ => None,
            },
            _ => None,
        }
    }

    /// The bytes. Of the two widths of a whole number always the smaller one that holds it, as Dart does.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(0),
            Self::Bool(true) => out.push(1),
            Self::Bool(false) => out.push(2),
            Self::Int(number) => match i32::try_from(*number) {
                Ok(small) => {
                    out.push(3);
                    out.extend(small.to_le_bytes());
                }
                Err(_) => {
                    out.push(4);
                    out.extend(number.to_le_bytes());
                }
            },
            Self::Text(text) => {
                out.push(7);
                size(text.len(), out);
                out.extend(text.as_bytes());
            }
            Self::Bytes(bytes) => {
                out.push(8);
                size(bytes.len(), out);
                out.extend(bytes);
            }
            Self::List(items) => {
                out.push(12);
                size(items.len(), out);
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(fields) => {
                out.push(13);
                size(fields.len(), out);
                for (name, value) in fields {
                    Self::Text(name.clone()).write(out);
                    value.write(out);
                }
            }
        }
    }

    /// JSON, with bytes as `{"$bytes": "hex"}`.
    pub(crate) fn json(&self, depth: usize, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(is_so) => write!(out, "{is_so}").unwrap(),
            Self::Int(number) => write!(out, "{number}").unwrap(),
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::Bytes(bytes) => write!(out, "{{\"$bytes\": \"{}\"}}", hex(bytes)).unwrap(),
            Self::List(items) if items.is_empty() => out.push_str("[]"),
            Self::List(items) => {
                let items = items.iter().map(|item| (String::new(), item));
                block(('[', ']'), items, depth, out);
            }
            Self::Map(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| (quoted(name) + ": ", value));
                block(('{', '}'), fields, depth, out);
            }
        }
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn block<'a>(
    (begin, end): (char, char),
    items: impl Iterator<Item = (String, &'a Value)>,
    depth: usize,
    out: &mut String,
) {
    out.push(begin);
    for (count, (name, value)) in items.enumerate() {
        out.push_str(if count == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        out.push_str(&name);
        value.json(depth + 1, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(end);
}

fn size(count: usize, out: &mut Vec<u8>) {
    match (u8::try_from(count), u16::try_from(count)) {
        (Ok(count), _) if count < 254 => out.push(count),
        (_, Ok(count)) => {
            out.push(254);
            out.extend(count.to_le_bytes());
        }
        _ => {
            out.push(255);
            let count = u32::try_from(count).expect("a sample is small");
            out.extend(count.to_le_bytes());
        }
    }
}
