//! Where two answers differ, field by field.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::text::ExtractedText;

const MOST: usize = 200;

/// One place where two answers differ; not how, for that is somebody's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldDifference {
    /// JSON Pointer into the answer.
    #[schema(example = "/basics/emails/0")]
    pub pointer: String,
    pub change: FieldChange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldChange {
    Added,
    Removed,
    Changed,
}

/// Every place where `after` is not what `before` was, up to a bound, in the order of the fields' names.
pub fn compare(before: &Value, after: &Value) -> Vec<FieldDifference> {
    let mut found = Vec::new();
    walk("", Some(before), Some(after), &mut found);
    found.truncate(MOST);
    found
}

/// An extractor's answer as it is compared: page by page.
pub fn of_text(text: &ExtractedText) -> Value {
    let pages: Vec<String> = text.pages.iter().map(|page| page_text(text, page.number)).collect();
    json!({ "pages": pages, "language": text.language })
}

/// The text of one page alone.
fn page_text(text: &ExtractedText, number: u32) -> String {
    let pages = text.pages.iter().filter(|page| page.number == number).cloned().collect();
    ExtractedText { pages, ..ExtractedText::default() }.plain()
}

fn walk(pointer: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<FieldDifference>) {
    if before == after || found.len() >= MOST {
        return;
    }
    match (before, after) {
        (Some(Value::Object(was)), Some(Value::Object(is))) => {
            let names: std::collections::BTreeSet<&String> = was.keys().chain(is.keys()).collect();
            for name in names {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                walk(&format!("{pointer}/{escaped}"), was.get(name), is.get(name), found);
            }
        }
        (Some(Value::Array(was)), Some(Value::Array(is))) => {
            for index in 0..was.len().max(is.len()) {
                walk(&format!("{pointer}/{index}"), was.get(index), is.get(index), found);
            }
        }
        (before, after) => {
            let is_there = |value: Option<&Value>| value.is_some_and(|value| !is_nothing(value));
            let change = match (is_there(before), is_there(after)) {
                (false, false) => return,
                (false, true) => FieldChange::Added,
                (true, false) => FieldChange::Removed,
                (true, true) => FieldChange::Changed,
            };
            found.push(FieldDifference { pointer: pointer.to_owned(), change });
        }
    }
}

/// An empty list says as much as none.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{FieldChange, compare};

    #[test]
    fn every_field_that_differs_is_named_and_none_is_quoted() {
        let before = json!({ "basics": { "name": "Ada", "emails": ["a@x.example"] }, "work": [], "a/b": 1 });
        let after =
            json!({ "basics": { "name": "Bob", "emails": ["a@x.example", "b@x.example"] }, "url": null });

        let found = compare(&before, &after);

        let pairs: Vec<_> = found.iter().map(|one| (one.pointer.as_str(), one.change)).collect();
        let expected = [
            ("/a~1b", FieldChange::Removed),
            ("/basics/emails/1", FieldChange::Added),
            ("/basics/name", FieldChange::Changed),
        ];
        assert_eq!(pairs, expected);
        assert!(compare(&before, &before).is_empty());
    }

    #[test]
    fn there_is_a_bound() {
        let many: Vec<u32> = (0..10_000).collect();
        assert_eq!(compare(&json!([]), &json!(many)).len(), 200);
    }
}
