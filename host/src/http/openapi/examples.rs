//! Examples of bodies: put together from what the fields say of themselves, so that they are whole and cannot fall behind.

use serde_json::{Map, Value, json};
use utoipa::openapi::{Content, OpenApi, RefOr};

/// Deeper than any body that is no tree of its own kind.
const DEEPEST: usize = 12;

/// Gives every JSON body of an operation, sent or answered with 2xx, an example where it has none.
pub(super) fn add(document: &mut OpenApi) {
    let schemas = serde_json::to_value(&document.components).expect("schemas are JSON")["schemas"].take();
    for item in document.paths.paths.values_mut() {
        let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in methods.into_iter().flatten() {
            if let Some(RefOr::T(body)) = &mut operation.request_body {
                body.content.iter_mut().for_each(|(kind, content)| fill(kind, content, &schemas));
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response
                    && status.starts_with('2')
                {
                    response.content.iter_mut().for_each(|(kind, content)| fill(kind, content, &schemas));
                }
            }
        }
    }
}

fn fill(kind: &str, content: &mut RefOr<Content>, schemas: &Value) {
    let RefOr::T(content) = content else { return };
    let is_bare = content.example.is_none() && content.examples.is_empty();
    if kind.ends_with("json") && is_bare {
        let schema = content.schema.as_ref().and_then(|schema| serde_json::to_value(schema).ok());
        content.example = schema.and_then(|schema| of(&schema, schemas, 0));
    }
}

/// A value of this schema; nothing where none says what one looks like.
fn of(schema: &Value, schemas: &Value, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    for own in ["example", "const"] {
        if let Some(value) = schema.get(own) {
            return Some(value.clone());
        }
    }
    for list in ["examples", "enum"] {
        if let Some(value) = schema.get(list).and_then(|values| values.get(0)) {
            return Some(value.clone());
        }
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return of(schemas.get(reference.rsplit('/').next()?)?, schemas, depth + 1);
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let parts: Option<Vec<_>> = parts.iter().map(|part| of(part, schemas, depth + 1)).collect();
        let fields = parts?.into_iter().filter_map(|part| part.as_object().cloned()).flatten();
        return Some(Value::Object(fields.collect()));
    }
    let choices = ["oneOf", "anyOf"].iter().find_map(|word| schema.get(word)).and_then(Value::as_array);
    if let Some(choices) = choices {
        return choices
            .iter()
            .filter(|one| one["type"] != "null")
            .find_map(|one| of(one, schemas, depth + 1));
    }
    of_type(schema, schemas, depth)
}

fn of_type(schema: &Value, schemas: &Value, depth: usize) -> Option<Value> {
    match kind(schema) {
        "object" => object(schema, schemas, depth),
        "array" => {
            let item = schema.get("items").and_then(|items| of(items, schemas, depth + 1));
            Some(Value::Array(item.into_iter().collect()))
        }
        "boolean" => Some(false.into()),
        "integer" => schema.get("minimum").cloned().or(Some(json!(1))),
        "number" => schema.get("minimum").cloned().or(Some(json!(0.5))),
        "string" => match schema.get("format").and_then(Value::as_str) {
            Some("date-time") => Some("2026-03-02T09:00:00Z".into()),
            Some("date") => Some("2026-03-02".into()),
            _ => None,
        },
        _ => None,
    }
}

/// What is always there, and whatever else says what it looks like.
fn object(schema: &Value, schemas: &Value, depth: usize) -> Option<Value> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let required: Vec<_> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    let mut fields = Map::new();
    for (name, property) in properties.into_iter().flatten() {
        let is_required = required.iter().any(|one| one.as_str() == Some(name));
        match of(property, schemas, depth + 1) {
            Some(value) => drop(fields.insert(name.clone(), value)),
            None if is_required && may_be_null(property) => drop(fields.insert(name.clone(), Value::Null)),
            // It takes somebody who knows what it looks like.
            None if is_required => return None,
            None => {}
        }
    }
    Some(Value::Object(fields))
}

fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default()
        }
        _ => "",
    }
}

fn may_be_null(schema: &Value) -> bool {
    let of_types =
        schema.get("type").and_then(Value::as_array).is_some_and(|kinds| kinds.contains(&"null".into()));
    let choices = ["oneOf", "anyOf"].iter().find_map(|word| schema.get(word)).and_then(Value::as_array);
    of_types || choices.is_some_and(|choices| choices.iter().any(|one| one["type"] == "null"))
}
