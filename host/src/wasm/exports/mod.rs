//! What the host asks of a plugin, one file per world: the call, and the translation of what goes in and comes out.
//! An answer that breaks a rule of the contract is refused here, whole.

pub(crate) mod resume;
pub(crate) mod resume_lent;
pub(crate) mod resume_parser;
pub(crate) mod scoring_rule;
pub(crate) mod text;
pub(crate) mod text_extractor;
pub(crate) mod webhook_transform;

use serde_json::{Map, Value};

use super::bindings::types::CallContext;
use super::settings::Limits;
use crate::hooks::{Call, Failure};
use crate::wasm::failure::bad_result;

fn context(call: Call, limits: &Limits) -> CallContext {
    CallContext {
        invocation_id: call.invocation.to_string(),
        deadline_ms: u32::try_from(limits.wall.as_millis()).unwrap_or(u32::MAX),
        locale: None,
        dry_run: call.dry_run,
    }
}

/// Reads an `extra-json` field.
fn object(json: Option<String>) -> Result<Map<String, Value>, Failure> {
    match json.as_deref().map(serde_json::from_str::<Value>) {
        None => Ok(Map::new()),
        Some(Ok(Value::Object(fields))) => Ok(fields),
        Some(Ok(_)) => Err(bad_result("extra-json is not a JSON object")),
        Some(Err(error)) => Err(bad_result(format!("extra-json is not JSON: {error}"))),
    }
}

fn at_most(what: &str, count: usize, most: usize) -> Result<(), Failure> {
    if count > most {
        return Err(bad_result(format!("{count} {what}, of which at most {most} are accepted")));
    }
    Ok(())
}
