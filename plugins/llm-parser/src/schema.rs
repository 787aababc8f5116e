//! The JSON Schema the model answers by. Every field is there and may be null, and nothing else is: what endpoints that hold a
//! model to a schema ask of one (OpenAI, “Structured model outputs”, supported schemas).

use serde_json::{Map, Value, json};

fn text() -> Value {
    json!({ "type": ["string", "null"] })
}

fn date() -> Value {
    json!({ "type": ["string", "null"], "description": "YYYY, YYYY-MM or YYYY-MM-DD" })
}

fn texts() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item })
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let required: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let required = json!(required);
    let properties: Map<String, Value> =
        fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

pub(crate) fn resume() -> Value {
    let location = object([
        ("address", text()),
        ("postal_code", text()),
        ("city", text()),
        ("region", text()),
        ("country", text()),
        ("country_code", text()),
    ]);
    let profile = object([("network", text()), ("username", text()), ("url", text())]);
    let work = object([
        ("company", text()),
        ("position", text()),
        ("location", text()),
        ("url", text()),
        ("start_date", date()),
        ("end_date", date()),
        ("is_current", json!({ "type": "boolean" })),
        ("summary", text()),
        ("highlights", texts()),
    ]);
    let education = object([
        ("institution", text()),
        ("area", text()),
        ("study_type", text()),
        ("location", text()),
        ("start_date", date()),
        ("end_date", date()),
        ("score", text()),
        ("courses", texts()),
    ]);
    let project = object([
        ("name", text()),
        ("description", text()),
        ("role", text()),
        ("url", text()),
        ("start_date", date()),
        ("end_date", date()),
        ("highlights", texts()),
        ("technologies", texts()),
    ]);
    let volunteer = object([
        ("organization", text()),
        ("position", text()),
        ("location", text()),
        ("start_date", date()),
        ("end_date", date()),
        ("summary", text()),
        ("highlights", texts()),
    ]);
    let publication =
        object([("name", text()), ("publisher", text()), ("release_date", date()), ("url", text())]);
    object([
        ("name", text()),
        ("label", text()),
        ("emails", texts()),
        ("phones", texts()),
        ("url", text()),
        ("summary", text()),
        ("location", location),
        ("profiles", list(profile)),
        ("work", list(work)),
        ("education", list(education)),
        ("skills", list(object([("name", text()), ("keywords", texts())]))),
        ("languages", list(object([("language", text()), ("fluency", text())]))),
        ("projects", list(project)),
        ("certificates", list(object([("name", text()), ("issuer", text()), ("date", date())]))),
        ("publications", list(publication)),
        ("awards", list(object([("title", text()), ("awarder", text()), ("date", date())]))),
        ("volunteer", list(volunteer)),
        ("interests", texts()),
        ("references", list(object([("name", text()), ("reference", text())]))),
        ("language", text()),
    ])
}
