//! The schemas of a document's types, collected while it is made.
//!
//! What goes in and what comes out are two views of a type: a field that may be absent on the way in can be always
//! there on the way out. So there are two generators, and a definition is taken from the one that fits its place.

use chat_core::{Class, Event, Operation};
use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value};

/// Where the definitions stand in both kinds of document.
pub(super) const PLACE: &str = "#/components/schemas/";

/// The definitions of one document.
pub(super) struct Schemas {
    input: SchemaGenerator,
    output: SchemaGenerator,
    kept: Map<String, Value>,
}

impl Schemas {
    /// None yet.
    pub(super) fn new() -> Self {
        let generator = |contract| {
            SchemaSettings::draft2020_12()
                .with(|settings| {
                    settings.definitions_path = "/components/schemas".into();
                    settings.meta_schema = None;
                    settings.contract = contract;
                })
                .into_generator()
        };
        Self {
            input: generator(Contract::Deserialize),
            output: generator(Contract::Serialize),
            kept: Map::new(),
        }
    }

    /// A reference to what goes into a call.
    pub(super) fn request(&mut self, operation: &Operation) -> Value {
        let (schema, _) = (operation.schemas)(&mut self.input);
        self.keep_input(schema.to_value())
    }

    /// What goes into a call, as an object. Its fields' types are not kept yet: [`Self::keep_input`] what is used.
    pub(super) fn request_object(&mut self, operation: &Operation) -> Map<String, Value> {
        let (schema, _) = (operation.schemas)(&mut self.input);
        object(&self.input, &schema)
    }

    /// A reference to what comes out of a call, and its sentence.
    pub(super) fn reply(&mut self, operation: &Operation) -> (Value, String) {
        let (_, schema) = (operation.schemas)(&mut self.output);
        let sentence = object(&self.output, &schema)
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        (self.keep_output(schema), sentence)
    }

    /// A reference to a type that only comes out.
    pub(super) fn output<T: JsonSchema>(&mut self) -> Value {
        let schema = self.output.subschema_for::<T>();
        self.keep_output(schema)
    }

    /// Every event: type, class, sentence, and a reference to its data.
    pub(super) fn events(&mut self) -> Vec<(&'static str, Class, &'static str, Value)> {
        let events = Event::schemas(&mut self.output);
        events
            .into_iter()
            .map(|(kind, class, sentence, data)| (kind, class, sentence, self.keep_output(data)))
            .collect()
    }

    /// Keeps whatever a schema on the way in refers to.
    pub(super) fn keep_input(&mut self, schema: Value) -> Value {
        keep(&mut self.kept, self.input.definitions(), &schema);
        schema
    }

    fn keep_output(&mut self, schema: Schema) -> Value {
        let schema = schema.to_value();
        keep(&mut self.kept, self.output.definitions(), &schema);
        schema
    }

    /// All definitions that were asked for, and those they need.
    pub(super) fn into_definitions(self) -> Value {
        Value::Object(self.kept)
    }
}

/// Follows a reference to its definition.
fn object(generator: &SchemaGenerator, schema: &Schema) -> Map<String, Value> {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix(PLACE))
        .and_then(|name| generator.definitions().get(name))
        .or(Some(schema.as_value()))
        .map(tidy)
        .and_then(|definition| definition.as_object().cloned())
        .unwrap_or_default()
}

fn keep(kept: &mut Map<String, Value>, definitions: &Map<String, Value>, schema: &Value) {
    let mut open = references(schema);
    while let Some(name) = open.pop() {
        let definition = named(&name, tidy(&definitions[&name]));
        if let Some(known) = kept.get(&name) {
            debug_assert_eq!(
                *known, definition,
                "{name} goes in and comes out in different shapes: give one of them another name"
            );
            continue;
        }
        open.extend(references(&definition));
        kept.insert(name, definition);
    }
}

/// The names of the definitions that a schema refers to.
fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(to) if key == "$ref" => to
                    .strip_prefix(PLACE)
                    .map(str::to_owned)
                    .into_iter()
                    .collect(),
                _ => references(value),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A text with a rule of its own says in `format` whose rule it is: a pattern could not.
fn named(name: &str, mut definition: Value) -> Value {
    let has_rule = definition["type"] == "string" && definition.get("maxLength").is_some();
    if has_rule && definition.get("pattern").is_none() {
        let mut format = String::new();
        for c in name.chars() {
            if c.is_uppercase() && !format.is_empty() {
                format.push('-');
            }
            format.extend(c.to_lowercase());
        }
        definition["format"] = format.into();
    }
    definition
}

/// The bounds that the width of a number sets, which a reader of `format` alone would have to know.
const WIDTHS: &[(&str, i64, i64)] = &[
    ("uint32", 0, u32::MAX as i64),
    ("uint64", 0, (1 << 53) - 1),
    ("int64", -(1 << 53) + 1, (1 << 53) - 1),
];

/// Turns what was written for readers of the code into what readers of the document expect.
fn tidy(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(tidy).collect(),
        Value::Object(fields) => {
            let mut tidied: Map<String, Value> = fields
                .iter()
                .map(|(key, value)| match value {
                    Value::String(text) if key == "description" => {
                        (key.clone(), prose(text).into())
                    }
                    _ => (key.clone(), tidy(value)),
                })
                .collect();
            let width = fields.get("format").and_then(Value::as_str);
            let width = WIDTHS.iter().find(|(name, ..)| Some(*name) == width);
            if let Some((_, least, most)) = width {
                tidied.entry("minimum").or_insert_with(|| (*least).into());
                tidied.entry("maximum").or_insert_with(|| (*most).into());
            }
            tidied.into()
        }
        other => other.clone(),
    }
}

/// Joins wrapped lines, and takes the brackets off links between Rust items.
fn prose(text: &str) -> String {
    let joined = text
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n\n");
    let mut parts = joined.split("[`");
    let mut tidied = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        tidied.push('`');
        match part.split_once("`]") {
            Some((name, rest)) => {
                let rest = match rest.strip_prefix('(').and_then(|to| to.split_once(')')) {
                    Some((_, rest)) => rest,
                    None => rest,
                };
                tidied.extend([name, "`", rest]);
            }
            None => tidied.push_str(part),
        }
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_between_rust_items_become_plain_words() {
        let text = "Welcome in a [`Name`], or\nin [`Other`](crate::Other).\n\nThe `end` [is].";

        assert_eq!(
            prose(text),
            "Welcome in a `Name`, or in `Other`.\n\nThe `end` [is]."
        );
    }
}
