//! Holding JSON against the schemas of a document: every field that is said must be described, and every field that is
//! described as always there must be said.

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A document with schemas in `components`, and the validators that were made from it.
pub struct Schemas {
    /// The document itself.
    pub document: Value,
    components: Value,
    made: HashMap<String, Validator>,
}

impl Schemas {
    /// From a document as it is served.
    pub fn new(document: Value) -> Self {
        let mut components = json!({"schemas": document["components"]["schemas"]});
        let definitions = components["schemas"].as_object_mut();
        definitions
            .into_iter()
            .flatten()
            .for_each(|(_, schema)| close(schema));
        Self {
            document,
            components,
            made: HashMap::new(),
        }
    }

    /// What is wrong with a value, by the schema at a place (`/components/messages/error/payload`).
    ///
    /// # Panics
    /// When there is no schema at that place, or it is none.
    pub fn errors(&mut self, place: &str, value: &Value) -> Vec<String> {
        if !self.made.contains_key(place) {
            let schema = self.document.pointer(place);
            let mut schema = schema
                .unwrap_or_else(|| panic!("there is no schema at {place}"))
                .clone();
            close(&mut schema);
            let whole = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "allOf": [schema],
                "components": self.components,
            });
            let options = jsonschema::options()
                .with_draft(Draft::Draft202012)
                .should_validate_formats(true);
            let validator = options.build(&whole);
            let validator =
                validator.unwrap_or_else(|error| panic!("no schema at {place}: {error}"));
            self.made.insert(place.to_owned(), validator);
        }
        let errors = self.made[place].iter_errors(value);
        errors
            .map(|error| format!("{place}: {error} at {}", error.instance_path()))
            .collect()
    }
}

/// An object that lists its fields has no others.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(_, inner)| close(inner));
            if is_closed_object(fields) {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn is_closed_object(fields: &Map<String, Value>) -> bool {
    let composed = ["allOf", "anyOf", "oneOf", "$ref", "additionalProperties"];
    fields.get("type").is_some_and(|kind| kind == "object")
        && fields.get("properties").is_some_and(Value::is_object)
        && !composed.iter().any(|word| fields.contains_key(*word))
}
