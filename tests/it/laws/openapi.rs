//! The published document is the program's own, and changes only add. `UPDATE_OPENAPI=1` writes it anew unless something
//! would be taken away; `UPDATE_OPENAPI=breaking` does so all the same, before a release that says so.

use std::collections::{BTreeMap, BTreeSet};

use mortise_host::router;
use serde_json::{Value, json};

use super::sources;

#[test]
fn the_published_document_is_the_programs_own() {
    let file = sources::root().join("tests/openapi.json");
    let ours: Value = serde_json::to_value(router::document()).expect("the document is JSON");
    let published: Option<Value> =
        std::fs::read(&file).ok().map(|text| serde_json::from_slice(&text).expect("JSON"));
    let broken = published.as_ref().map(|published| taken_away(published, &ours)).unwrap_or_default();
    let wanted = std::env::var("UPDATE_OPENAPI").unwrap_or_default();

    assert!(broken.is_empty() || wanted == "breaking", "clients would break:\n{}", broken.join("\n"));
    if !wanted.is_empty() {
        std::fs::write(&file, format!("{ours:#}\n")).expect("the document can be written");
    } else {
        let same = published.as_ref() == Some(&ours);
        assert!(same, "tests/openapi.json is not the program's; UPDATE_OPENAPI=1 writes it anew");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document: Value = serde_json::to_value(router::document()).expect("the document is JSON");
    let mut references = Vec::new();
    collect_references(&document, &mut references);

    assert!(references.len() > 10, "{references:?}");
    let dangling: BTreeSet<_> = references
        .iter()
        .filter(|reference| document.pointer(reference.trim_start_matches('#')).is_none())
        .collect();
    assert!(dangling.is_empty(), "{dangling:?}");
}

/// Of two types with one name the document would hold one, and describe the other by it.
#[test]
fn every_schema_has_a_name_of_its_own() {
    let mut names = BTreeMap::new();
    for source in sources::read("host/src") {
        for item in &source.syntax.items {
            let (attributes, ident) = match item {
                syn::Item::Struct(item) => (&item.attrs, &item.ident),
                syn::Item::Enum(item) => (&item.attrs, &item.ident),
                _ => continue,
            };
            let text = |attribute: &syn::Attribute| quote::ToTokens::to_token_stream(attribute).to_string();
            let is_schema = |a: &syn::Attribute| a.path().is_ident("derive") && text(a).contains("ToSchema");
            if !attributes.iter().any(is_schema) {
                continue;
            }
            let renamed = attributes.iter().filter(|attribute| attribute.path().is_ident("schema"));
            let renamed =
                renamed.filter_map(|a| text(a).split_once("as = ").map(|(_, name)| name.to_owned()));
            let name = renamed.map(|name| name.trim_end_matches([')', ']', ' ']).to_owned()).next();
            let name = name.unwrap_or_else(|| ident.to_string());
            if let Some(other) = names.insert(name.clone(), source.path.clone()) {
                panic!("{other} and {} both describe a {name}; name one #[schema(as = …)]", source.path);
            }
        }
    }
    assert!(names.contains_key("Problem") && names.len() > 30, "{names:?}");
}

#[test]
fn every_body_has_an_example_that_its_schema_takes() {
    let document: Value = serde_json::to_value(router::document()).expect("the document is JSON");
    let mut faults = Vec::new();
    let mut count = 0;
    for (path, method, operation) in operations(&document) {
        let answered = operation["responses"].as_object().into_iter().flatten();
        let answered = answered.filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response);
        for holder in std::iter::once(&operation["requestBody"]).chain(answered) {
            for (kind, body) in holder["content"].as_object().into_iter().flatten() {
                if !kind.ends_with("json") || kind.ends_with("ndjson") {
                    continue;
                }
                count += 1;
                match body.get("example") {
                    None => faults.push(format!("{method} {path}: {kind} without an example")),
                    Some(example) => {
                        let schema =
                            json!({ "allOf": [body["schema"]], "components": document["components"] });
                        let validator = jsonschema::validator_for(&schema).expect("it is a schema");
                        let wrong = validator.iter_errors(example).map(|error| error.to_string());
                        faults.extend(wrong.map(|wrong| format!("{method} {path}: {wrong} in {example}")));
                    }
                }
            }
        }
    }
    assert!(count > 200, "{count}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flatten();
        operations.map(move |(method, operation)| (path, method, operation))
    })
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| collect_references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

#[test]
fn what_is_taken_away_is_noticed() {
    let schema = json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "string" },
        "state": { "type": "string", "enum": ["open", "closed"] } } });
    let body = json!({ "type": "object", "properties": { "note": { "type": "string" } } });
    let before = json!({
        "paths": { "/v1/things": { "post": {
            "parameters": [{ "name": "q", "in": "query", "schema": { "type": "string" } }],
            "requestBody": { "content": { "application/json": { "schema": body } } },
            "responses": { "200": { "content": { "application/json": { "schema": schema } } } },
        } } },
    });
    let operation = "/paths/~1v1~1things/post";
    let answer = format!("{operation}/responses/200/content/application~1json/schema");
    let request = format!("{operation}/requestBody/content/application~1json/schema");
    let changes: [(&str, String, Option<Value>); 8] = [
        ("an operation", "/paths/~1v1~1things".into(), None),
        ("a response", format!("{operation}/responses/200"), None),
        ("a field", format!("{answer}/properties/state"), None),
        ("an enum's word", format!("{answer}/properties/state/enum"), Some(json!(["open"]))),
        ("a type", format!("{answer}/properties/id/type"), Some(json!("integer"))),
        ("a field that was always there", format!("{answer}/required"), Some(json!([]))),
        ("an optional field", format!("{request}/required"), Some(json!(["note"]))),
        ("an optional parameter", format!("{operation}/parameters/0/required"), Some(json!(true))),
    ];

    for (what, pointer, value) in changes {
        let after = with(&before, &pointer, value);
        assert_ne!(taken_away(&before, &after), [""; 0], "nobody noticed that {what} was taken away");
    }
}

#[test]
fn a_schema_may_ask_for_less_where_it_is_only_sent_and_for_more_where_it_is_only_answered() {
    let of = |name: &str| json!({ "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } } });
    let schema = |required: &[&str]| json!({ "properties": { "a": {}, "b": {} }, "required": required });
    let nested = json!({ "properties": { "item": { "$ref": "#/components/schemas/Item" } } });
    let document = |name: &str, required: &[&str]| {
        let mut schemas =
            json!({ "New": nested, "Item": schema(&["a"]), "View": schema(&["a"]), "Both": schema(&["a"]) });
        schemas[name] = schema(required);
        let answers = |name| json!({ "200": of(name) });
        json!({ "components": { "schemas": schemas }, "paths": {
            "/v1/things": { "post": { "requestBody": of("New"), "responses": answers("View") } },
            "/v1/things/{id}": { "put": { "requestBody": of("Both"), "responses": answers("Both") } },
        } })
    };
    for (name, required, is_fine) in [
        ("Item", &[][..], true),
        ("Item", &["a", "b"], false),
        ("View", &["a", "b"], true),
        ("View", &[], false),
        ("Both", &[], false),
    ] {
        let missing = taken_away(&document(name, &["a"]), &document(name, required));
        assert_eq!(missing.is_empty(), is_fine, "{name} {required:?}: {missing:?}");
    }
}

#[test]
fn what_is_added_breaks_nobody() {
    let before = json!({ "paths": { "/v1/things": { "get": {
        "parameters": [],
        "responses": { "200": { "content": { "application/json": { "schema": { "properties": {} } } } } },
    } } } });
    let operation = "/paths/~1v1~1things/get";
    let additions = [
        ("/paths/~1v1~1others".to_owned(), json!({ "get": {} })),
        (format!("{operation}/parameters"), json!([{ "name": "q", "in": "query" }])),
        (format!("{operation}/description"), json!("In other words.")),
        (
            format!("{operation}/responses/200/content/application~1json/schema/properties"),
            json!({ "name": { "type": "string" } }),
        ),
    ];

    for (pointer, value) in additions {
        assert_eq!(taken_away(&before, &with(&before, &pointer, Some(value))), [""; 0], "{pointer}");
    }
}

/// The document with one place changed, or without it.
fn with(document: &Value, pointer: &str, value: Option<Value>) -> Value {
    let mut document = document.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let parent = document.pointer_mut(parent).and_then(Value::as_object_mut).expect("the place is there");
    let name = name.replace("~1", "/");
    match value {
        Some(value) => drop(parent.insert(name, value)),
        None => drop(parent.remove(&name).expect("the place is there")),
    }
    document
}

/// What a client written for `before` would miss in `after`.
fn taken_away(before: &Value, after: &Value) -> Vec<String> {
    let mut missing = Vec::new();
    compare("", before, after, (false, &only_sent(before)), &mut missing);
    missing
}

/// Places of schemas that stand in requests and in no answer.
fn only_sent(document: &Value) -> BTreeSet<String> {
    let (mut sent, mut answered) = (BTreeSet::new(), BTreeSet::new());
    for (_, _, operation) in operations(document) {
        reach(document, &operation["requestBody"], &mut sent);
        reach(document, &operation["responses"], &mut answered);
    }
    sent.difference(&answered).cloned().collect()
}

/// The places a part of the document refers to, and those they refer to.
fn reach(document: &Value, part: &Value, found: &mut BTreeSet<String>) {
    let mut references = Vec::new();
    collect_references(part, &mut references);
    for reference in references {
        let place = reference.trim_start_matches('#').to_owned();
        if let Some(target) = document.pointer(&place).filter(|_| found.insert(place.clone())) {
            reach(document, target, found);
        }
    }
}

/// `sent`: the client writes this part, so it may not be asked for more; it reads the rest, so it may not get less. With the
/// places of schemas it only writes.
fn compare(
    place: &str,
    before: &Value,
    after: &Value,
    (sent, only_sent): (bool, &BTreeSet<String>),
    missing: &mut Vec<String>,
) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, was) in before {
                let place = format!("{place}/{key}");
                let is_written = key == "requestBody" || key == "parameters" || only_sent.contains(&place);
                let sent = sent || is_written;
                match after.get(key) {
                    // Words for people may change.
                    _ if matches!(
                        key.as_str(),
                        "description" | "summary" | "example" | "examples" | "info"
                    ) => {}
                    _ if key == "required" => {}
                    Some(is) => compare(&place, was, is, (sent, only_sent), missing),
                    None => missing.push(format!("{place} is gone")),
                }
            }
            required(place, before.get("required"), after.get("required"), sent, missing);
        }
        (Value::Array(before), Value::Array(after)) if place.ends_with("/parameters") => {
            parameters(place, before, after, only_sent, missing);
        }
        (Value::Array(before), Value::Array(after)) if is_set(before) && is_set(after) => {
            for gone in before.iter().filter(|item| !after.contains(item)) {
                missing.push(format!("{place} has no {gone} any more"));
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            if after.len() < before.len() {
                missing.push(format!("{place} became shorter"));
            }
            for (index, (was, is)) in before.iter().zip(after).enumerate() {
                compare(&format!("{place}/{index}"), was, is, (sent, only_sent), missing);
            }
        }
        _ if before != after => missing.push(format!("{place} was {before} and is {after}")),
        _ => {}
    }
}

/// Enumerations, types, tags: what counts is what is in them.
fn is_set(items: &[Value]) -> bool {
    items.iter().all(Value::is_string)
}

fn required(
    place: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    sent: bool,
    missing: &mut Vec<String>,
) {
    let names = |list: Option<&Value>| -> BTreeSet<String> {
        match list {
            Some(Value::Bool(true)) => BTreeSet::from(["it".to_owned()]),
            Some(Value::Array(names)) => names.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect(),
            _ => BTreeSet::new(),
        }
    };
    let (was, is) = (names(before), names(after));
    if sent {
        missing.extend(is.difference(&was).map(|name| format!("{place}: {name} must be sent now")));
    } else {
        missing.extend(was.difference(&is).map(|name| format!("{place}: {name} may be absent now")));
    }
}

fn parameters(
    place: &str,
    before: &[Value],
    after: &[Value],
    only_sent: &BTreeSet<String>,
    missing: &mut Vec<String>,
) {
    let same = |a: &Value, b: &Value| a["name"] == b["name"] && a["in"] == b["in"];
    for was in before {
        let place = format!("{place}/{}", was["name"].as_str().unwrap_or_default());
        match after.iter().find(|is| same(was, is)) {
            Some(is) => compare(&place, was, is, (true, only_sent), missing),
            None => missing.push(format!("{place} is gone")),
        }
    }
    for new in after.iter().filter(|new| !before.iter().any(|was| same(was, new))) {
        if new["required"] == true {
            missing.push(format!("{place}/{} must be sent now", new["name"]));
        }
    }
}
