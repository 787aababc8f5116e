//! Answers without what differs from run to run: ids, digests, request ids.

use serde_json::Value;

/// Replaces ids by `[prefix]` and SHA-256 digests by `[digest]`, everywhere in a document. Times come from the test's
/// clock and may stay.
pub fn redact(mut value: Value) -> Value {
    walk(&mut value);
    value
}

fn walk(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(replacement) = replacement(text) {
                *text = replacement;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(walk),
        Value::Object(fields) => fields.values_mut().for_each(walk),
        _ => {}
    }
}

fn replacement(text: &str) -> Option<String> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some("[digest]".into());
    }
    let (prefix, suffix) = text.rsplit_once('_')?;
    let is_id =
        suffix.len() == 26 && suffix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    is_id.then(|| format!("[{prefix}]"))
}
