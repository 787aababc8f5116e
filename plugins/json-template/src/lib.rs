//! Turns an event into the JSON that an endpoint expects: a template whose placeholders are JSON Pointers into the event.

mod template;

use std::collections::BTreeMap;

use mortise_sdk::{CallContext, Decision, Delivery, Event, PluginError, WebhookTransform};
use serde::Deserialize;
use serde_json::Value;

/// One event makes no more deliveries than this.
const MOST_DELIVERIES: usize = 100;

/// The plugin `mortise/json-template`.
#[derive(Debug)]
pub struct JsonTemplate;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    template: Option<Value>,
    remove: Vec<String>,
    each: Option<String>,
    only_if: BTreeMap<String, Value>,
    headers: BTreeMap<String, String>,
}

impl WebhookTransform for JsonTemplate {
    fn transform(_: &CallContext, event: Event) -> Result<Decision, PluginError> {
        let config: Config = mortise_sdk::config()?;
        let mut document: Value = event.payload.read()?;
        for (pointer, wanted) in &config.only_if {
            if document.pointer(pointer) != Some(wanted) {
                return Ok(Decision::Drop(format!("{pointer} is not {wanted}")));
            }
        }
        for pointer in &config.remove {
            template::remove(&mut document, pointer);
        }
        let Some(each) = &config.each else {
            return Ok(Decision::Deliver(vec![delivery(&config, &document)?]));
        };
        let items: Vec<Value> = match document.pointer(each) {
            Some(Value::Array(items)) => items.clone(),
            Some(Value::Object(entries)) => entries.values().cloned().collect(),
            Some(_) | None => Vec::new(),
        };
        if items.is_empty() {
            return Ok(Decision::Drop(format!("there is nothing at {each}")));
        }
        if items.len() > MOST_DELIVERIES {
            let message =
                format!("There are {} entries at {each}; at most {MOST_DELIVERIES} are sent.", items.len());
            return Err(PluginError::limit("too_many_entries", message));
        }
        let mut deliveries = Vec::new();
        for item in items {
            if let Value::Object(fields) = &mut document {
                fields.insert("item".to_owned(), item);
            }
            deliveries.push(delivery(&config, &document)?);
        }
        Ok(Decision::Deliver(deliveries))
    }
}

fn delivery(config: &Config, document: &Value) -> Result<Delivery, PluginError> {
    let body = match &config.template {
        Some(template) => template::fill(template, document)?,
        None => document.clone(),
    };
    let mut delivery = Delivery::json(&body)?;
    for (name, value) in &config.headers {
        delivery.headers.push((name.clone(), template::fill_text(value, document)?));
    }
    Ok(delivery)
}

mortise_sdk::export_webhook_transform!(JsonTemplate);

#[cfg(test)]
mod tests;
