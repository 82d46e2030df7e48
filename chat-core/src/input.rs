//! From untrusted JSON to a request that cannot be wrong.
//!
//! [`Input`] reads strictly (no duplicate keys, no NUL, bounded depth); `input!` declares a request whose every field
//! parses into a type with its own rule, and which names all the failing fields at once.

use crate::{Code, FieldErrors, Problem};
use serde::{
    Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, fmt};

/// The fields of a request, from a body, a path, a query or a frame; not yet trusted.
#[derive(Debug, Default, Clone)]
pub struct Input {
    fields: Map<String, Value>,
    from_url: BTreeSet<String>,
}

impl Input {
    /// Reads a JSON object. Nothing at all counts as an empty one.
    ///
    /// # Errors
    /// `malformed` for text that is not JSON, not an object, nested deeper than 128, or has a key twice or a NUL.
    pub fn from_json(json: &[u8]) -> Result<Self, Problem> {
        if json.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let mut reader = serde_json::Deserializer::from_slice(json);
        let value = Strict
            .deserialize(&mut reader)
            .and_then(|value| reader.end().map(|()| value));
        match value {
            // Nothing is an empty object; null is something, and no object.
            Ok(Value::Null) => Err(Problem::new(Code::Malformed, "a JSON object is expected")),
            Ok(value) => Self::from_value(value),
            Err(error) => {
                let detail = format!("not valid JSON: {error}");
                Err(Problem::new(Code::Malformed, detail))
            }
        }
    }

    /// Takes the fields of an object that was read already.
    ///
    /// # Errors
    /// `malformed` for anything but an object or null.
    pub fn from_value(value: Value) -> Result<Self, Problem> {
        match value {
            Value::Object(fields) => Ok(Self {
                fields,
                from_url: BTreeSet::new(),
            }),
            Value::Null => Ok(Self::default()),
            _ => Err(Problem::new(Code::Malformed, "a JSON object is expected")),
        }
    }

    /// Adds a field from the path or query; it wins over the body. Numbers and booleans are read from the text.
    pub fn set_from_url(&mut self, name: &str, text: &str) {
        self.fields
            .insert(name.to_owned(), Value::String(text.to_owned()));
        self.from_url.insert(name.to_owned());
    }

    /// Takes one field, or notes what is wrong with it. Absent and null are the same.
    pub(crate) fn take<T: DeserializeOwned>(
        &mut self,
        name: &str,
        errors: &mut FieldErrors,
    ) -> Option<T> {
        let value = self.fields.remove(name).unwrap_or(Value::Null);
        let scalar = match &value {
            Value::String(text) if self.from_url.contains(name) => text
                .parse::<Value>()
                .ok()
                .filter(|v| v.is_number() || v.is_boolean()),
            _ => None,
        };
        let absent = value.is_null();
        let error = match T::deserialize(&value) {
            Ok(field) => return Some(field),
            Err(error) => error,
        };
        // In JSON `2.0` is the number 2, however a client writes it.
        if let Ok(field) = serde_json::from_value(scalar.unwrap_or_else(|| whole(value))) {
            return Some(field);
        }
        errors.add(
            name,
            if absent {
                "is required".to_owned()
            } else {
                say(&error)
            },
        );
        None
    }
}

/// A request that is made from [`Input`].
pub trait FromInput: Sized {
    /// Parses every field.
    ///
    /// # Errors
    /// What is wrong with which field, for all of them.
    fn from_input(input: Input) -> Result<Self, FieldErrors>;
}

/// The same with whole numbers that were written with a fraction of nothing, however deep, as whole numbers.
fn whole(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, field)| (name, whole(field)))
            .collect(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if is_whole(float) && number.is_f64() => Value::from(float as i64),
            _ => Value::Number(number),
        },
        other => other,
    }
}

fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0
}

/// Says what was expected, and never repeats what was sent: it may be a secret.
fn say(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("must be {expected}"),
        None => text,
    }
}

/// Declares a request. Each field's type carries its rule; an `Option` may be absent or null. A rule about several fields
/// together stands behind `where`. What stands behind `partly` is looked at where some field is wrong: it has each as an
/// `Option` under its name, and notes what is wrong with the others together. Of whole requests only who answers them
/// knows it, because it has to look up more.
macro_rules! input {
    ($(#[$meta:meta])* pub struct $name:ident {}) => {
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        $(#[$meta])*
        pub struct $name {}

        impl $crate::FromInput for $name {
            fn from_input(_: $crate::Input) -> Result<Self, $crate::FieldErrors> {
                Ok(Self {})
            }
        }
    };
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)+ }) => {
        $crate::input::input! {
            $(#[$meta])* pub struct $name { $($(#[$field_meta])* pub $field: $type,)+ }
            where |_| Ok(())
        }
    };
    (
        $(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)+ }
        where $check:expr
    ) => {
        $crate::input::input! {
            $(#[$meta])* pub struct $name { $($(#[$field_meta])* pub $field: $type,)+ }
            where $check; partly |_errors| {}
        }
    };
    (
        $(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)+ }
        partly |$errors:ident| $part:block
    ) => {
        $crate::input::input! {
            $(#[$meta])* pub struct $name { $($(#[$field_meta])* pub $field: $type,)+ }
            where |_| Ok(()); partly |$errors| $part
        }
    };
    (
        $(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)+ }
        where $check:expr; partly |$errors:ident| $part:block
    ) => {
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)+
        }

        impl $crate::FromInput for $name {
            fn from_input(mut input: $crate::Input) -> Result<Self, $crate::FieldErrors> {
                let mut errors = $crate::FieldErrors::default();
                $(let $field = input.take::<$type>(stringify!($field), &mut errors);)+
                if !errors.is_empty() {
                    let $errors = &mut errors;
                    $part
                    return Err(errors);
                }
                let check: fn(&Self) -> Result<(), $crate::FieldErrors> = $check;
                match ($($field,)+) {
                    ($(Some($field),)+) => {
                        let request = Self { $($field,)+ };
                        check(&request).map(|()| request)
                    }
                    _ => Err(errors),
                }
            }
        }
    };
}
pub(crate) use input;

/// Declares a text type with a rule: `fn(String) -> Result<String, &'static str>`, and a length for the documents.
macro_rules! text_type {
    ($(#[$meta:meta])* $name:ident, $min:literal..=$max:literal, $parse:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(extend("minLength" = $min, "maxLength" = $max)))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses the text by its rule.
            ///
            /// # Errors
            /// A sentence that says what the text must be.
            pub fn parse(text: impl Into<String>) -> Result<Self, &'static str> {
                let parse: fn(String) -> Result<String, &'static str> = $parse;
                parse(text.into()).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, &'static str> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use text_type;

/// Reads a [`Value`], refusing what a lenient reader would quietly change.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        match value.contains('\0') {
            true => Err(E::custom("text must not contain NUL")),
            false => Ok(Value::String(value)),
        }
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map
                .next_value_seed(Strict)
                .map_err(|error| de::Error::custom(format!("{key}: {error}")))?;
            if key.contains('\0') || fields.contains_key(&key) {
                return Err(de::Error::custom(format!(
                    "the key {key:?} is there twice or contains NUL"
                )));
            }
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests;
