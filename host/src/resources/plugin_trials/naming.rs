//! Which fields of an answer a report may name: a plugin may call a field what it likes, also after somebody.

use std::collections::HashSet;

use serde_json::Value;

use crate::words;

/// The words that a plugin was told about somebody.
#[derive(Default)]
pub(super) struct Told(HashSet<String>);

impl Told {
    /// Every word of every text in it.
    pub(super) fn by(value: &Value) -> Self {
        let mut told = Self::default();
        told.add(value);
        told
    }

    fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.0.extend(words::words(text).into_iter().filter(|word| counts(word))),
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(fields) => fields.values().for_each(|field| self.add(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn names(&self, field: &str) -> bool {
        words::words(field).iter().any(|word| self.0.contains(word))
    }

    /// The answer with every object that has a field of such a name as a text: that it differs can be told then, and no
    /// longer in which field.
    pub(super) fn unnamed(&self, answer: Value) -> Value {
        match answer {
            Value::Object(fields) if fields.keys().any(|field| self.names(field)) => {
                Value::String(Value::Object(fields).to_string())
            }
            Value::Object(fields) => {
                fields.into_iter().map(|(field, value)| (field, self.unnamed(value))).collect()
            }
            Value::Array(items) => items.into_iter().map(|item| self.unnamed(item)).collect(),
            other => other,
        }
    }
}

/// A single letter or digit is nobody's name; a single ideograph may be one.
fn counts(word: &str) -> bool {
    word.len() > 1
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Told;
    use crate::resources::plugins::comparison::compare;

    #[test]
    fn a_field_called_after_somebody_is_not_named_and_what_it_is_a_part_of_is() {
        let told = Told::by(&json!({ "name": "Ada Lovelace", "tags": ["a", "Öl"], "age": 36 }));
        let pointers = |before, after| -> Vec<String> {
            compare(&told.unnamed(before), &told.unnamed(after)).into_iter().map(|one| one.pointer).collect()
        };
        for named in ["Ada", "LOVELACE", "notes-on-ada", "oel and ol"] {
            let before = json!({ "people": { named: 1, "other": 1 }, "text": "x", "a": 1 });
            let after = json!({ "people": { named: 2, "other": 1 }, "text": "y", "a": 2 });
            assert_eq!(pointers(before.clone(), after), ["/a", "/people", "/text"], "{named}");
            assert!(pointers(before.clone(), before).is_empty());
        }
        let before = json!([{ "name": "Ada" }, { "lovelace": 1 }]);
        assert_eq!(pointers(before, json!([{ "name": "Bob" }])), ["/0/name", "/1"]);
    }
}
