//! Placeholders in JSON: `{{/pointer}}`.

use mortise_sdk::PluginError;
use serde_json::Value;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// The template with its placeholders filled. Keys stay as they are.
pub(crate) fn fill(template: &Value, document: &Value) -> Result<Value, PluginError> {
    match template {
        Value::String(text) => fill_string(text, document),
        Value::Array(items) => items.iter().map(|item| fill(item, document)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| Ok((name.clone(), fill(value, document)?))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(template.clone()),
    }
}

/// A text that is a placeholder and nothing else keeps the type of its value.
fn fill_string(text: &str, document: &Value) -> Result<Value, PluginError> {
    let inner = text.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE));
    match inner.filter(|inner| !inner.contains(OPEN) && !inner.contains(CLOSE)) {
        Some(pointer) => Ok(look_up(pointer, document)?.cloned().unwrap_or(Value::Null)),
        None => fill_text(text, document).map(Value::String),
    }
}

/// Text with values between; what is not there is nothing.
pub(crate) fn fill_text(text: &str, document: &Value) -> Result<String, PluginError> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(OPEN) {
        filled.push_str(before);
        let (pointer, after) = after.split_once(CLOSE).ok_or_else(|| {
            PluginError::config("open_placeholder", format!("A placeholder is not closed: {text:?}."))
        })?;
        match look_up(pointer, document)? {
            None | Some(Value::Null) => {}
            Some(Value::String(value)) => filled.push_str(value),
            Some(value) => filled.push_str(&value.to_string()),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn look_up<'a>(pointer: &str, document: &'a Value) -> Result<Option<&'a Value>, PluginError> {
    let pointer = pointer.trim();
    if pointer.is_empty() || pointer.starts_with('/') {
        return Ok(document.pointer(pointer));
    }
    let message = format!("{pointer:?} is no JSON Pointer; one looks like /data/candidate_id.");
    Err(PluginError::config("bad_pointer", message))
}

/// Takes out what stands at a pointer, if anything does.
pub(crate) fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        *document = Value::Null;
        return;
    };
    let last = last.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.remove(&last);
        }
        Some(Value::Array(items)) => {
            if let Some(index) = last.parse().ok().filter(|index: &usize| *index < items.len()) {
                items.remove(index);
            }
        }
        Some(_) | None => {}
    }
}
