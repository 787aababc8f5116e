//! UnifiedResume to JSON Resume (jsonresume.org, schema 1.0.0) and back, losing nothing in either direction:
//! what one shape has no word for travels as an additional property.

use serde_json::{Map, Value};

use crate::unified_resume::UnifiedResume;

/// (list, our key, JSON Resume's key)
const RENAMED: [(&str, &str, &str); 3] = [
    ("work", "company", "name"),
    ("education", "gpa", "score"),
    ("projects", "technologiesUsed", "keywords"),
];

/// JSON Resume for one of ours. Nulls and empty lists are left out, as that schema's documents do.
pub fn from_unified(resume: &UnifiedResume) -> Value {
    let mut document = serde_json::to_value(resume).expect("a résumé of strings, lists and maps is JSON");
    for_each_record(&mut document, &mut |list, record| {
        for (_, ours, theirs) in RENAMED.iter().filter(|(named, ..)| *named == list) {
            rename(record, ours, theirs);
        }
        match list {
            "work" if is_plain(record) => drop(record.remove("isCurrent")),
            "projects" => join_roles(record),
            _ => {}
        }
    });
    without_empty(document).unwrap_or_else(|| Value::Object(Map::new()))
}

/// Ours for a JSON Resume document.
///
/// # Errors
/// A sentence naming the field whose type is not the schema's.
pub fn to_unified(mut document: Value) -> Result<UnifiedResume, String> {
    for_each_record(&mut document, &mut |list, record| {
        for (_, ours, theirs) in RENAMED.iter().filter(|(named, ..)| *named == list) {
            rename(record, theirs, ours);
        }
        match list {
            "work" if !record.contains_key("isCurrent") => {
                record.insert("isCurrent".into(), has_only_started(record).into());
            }
            "projects" => split_roles(record),
            _ => {}
        }
    });
    serde_json::from_value(document).map_err(|error| error.to_string())
}

fn for_each_record(document: &mut Value, change: &mut dyn FnMut(&str, &mut Map<String, Value>)) {
    for (list, records) in document.as_object_mut().into_iter().flatten() {
        for record in records.as_array_mut().into_iter().flatten() {
            if let Some(record) = record.as_object_mut() {
                change(list, record);
            }
        }
    }
}

fn rename(record: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = record.remove(from) {
        record.insert(to.into(), value);
    }
}

/// A post with a start and no end is a current one in that schema; only where ours says otherwise the flag travels.
fn is_plain(record: &Map<String, Value>) -> bool {
    record.get("isCurrent").and_then(Value::as_bool).unwrap_or_default() == has_only_started(record)
}

fn has_only_started(record: &Map<String, Value>) -> bool {
    let has = |date| record.get(date).is_some_and(|date| !date.is_null());
    has("startDate") && !has("endDate")
}

fn join_roles(record: &mut Map<String, Value>) {
    let first = record.remove("role").filter(|role| !role.is_null());
    // Without a first one the others stay what they are: they would come back as the first.
    if first.is_none() {
        return;
    }
    let others = record.remove("otherRoles").and_then(|roles| roles.as_array().cloned()).unwrap_or_default();
    record.insert("roles".into(), first.into_iter().chain(others).collect());
}

fn split_roles(record: &mut Map<String, Value>) {
    if let Some(Value::Array(roles)) = record.remove("roles") {
        let mut roles = roles.into_iter();
        record.insert("role".into(), roles.next().unwrap_or(Value::Null));
        record.insert("otherRoles".into(), roles.collect());
    }
}

fn without_empty(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(items) => {
            let items: Vec<_> = items.into_iter().filter_map(without_empty).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(fields) => {
            let fields: Map<_, _> =
                fields.into_iter().filter_map(|(key, field)| Some((key, without_empty(field)?))).collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        scalar => Some(scalar),
    }
}
