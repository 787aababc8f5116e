//! A plugin's settings: checked against its author's JSON Schema, the secret ones (`x-secret`) kept apart from the rest.

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value};

use crate::error::{Error, Fault, Result};

/// JSON text of all settings together, in bytes.
const MOST_BYTES: usize = 64 << 10;
const MOST_FAULTS: usize = 50;

/// What an author says about the settings.
pub struct Schema<'a> {
    schema: Option<&'a Value>,
}

/// Settings in two parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// What may be shown.
    pub plain: Map<String, Value>,
    /// What may not.
    pub secret: Map<String, Value>,
}

impl<'a> Schema<'a> {
    /// Without one there are no settings.
    pub fn new(schema: Option<&'a Value>) -> Self {
        Self { schema }
    }

    /// Whether the author's schema is one.
    ///
    /// # Errors
    /// What is wrong with it, for the author.
    pub fn check(&self) -> Result<(), String> {
        let Some(schema) = self.schema else { return Ok(()) };
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err("config_schema has to be of the type object".into());
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        let top = properties.into_iter().flat_map(|properties| properties.iter());
        for (name, property) in top {
            let is_text = property.get("type").and_then(Value::as_str) == Some("string");
            if is_secret(property) && !is_text {
                return Err(format!(
                    "`{name}` of config_schema is secret, so it has to be of the type string"
                ));
            }
        }
        let marks = count_marks(schema);
        if marks > self.secret_names().len() {
            return Err("only the settings themselves can be secret (x-secret), nothing inside them".into());
        }
        self.validator().map(drop)
    }

    fn validator(&self) -> Result<Validator, String> {
        let never = Value::Bool(true);
        let schema = self.schema.unwrap_or(&never);
        // An author's pattern must not take for ever; nothing is fetched from elsewhere.
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex().size_limit(1 << 20));
        options.build(schema).map_err(|error| format!("config_schema is not a JSON Schema: {error}"))
    }

    /// Which settings are secret, in order.
    pub fn secret_names(&self) -> Vec<String> {
        let properties = self.schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
        let properties = properties.into_iter().flat_map(|properties| properties.iter());
        let mut names: Vec<String> =
            properties.filter(|(_, property)| is_secret(property)).map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// Reads what an admin set. A secret that is left out stays as it is, `null` clears it.
    ///
    /// # Errors
    /// `Invalid`, naming each place below `#/config`; never says what a value is.
    pub fn read(&self, given: Map<String, Value>, before: &Map<String, Value>) -> Result<Settings> {
        let secret_names = self.secret_names();
        let mut settings = Settings::default();
        for name in &secret_names {
            if let Some(kept) = before.get(name) {
                settings.secret.insert(name.clone(), kept.clone());
            }
        }
        for (name, value) in given {
            match (secret_names.contains(&name), value) {
                (true, Value::Null) => drop(settings.secret.remove(&name)),
                (true, value) => drop(settings.secret.insert(name, value)),
                (false, value) => drop(settings.plain.insert(name, value)),
            }
        }
        self.require(&settings)?;
        Ok(settings)
    }

    /// # Errors
    /// As [`Schema::read`].
    pub fn require(&self, settings: &Settings) -> Result<()> {
        if self.schema.is_none() && !settings.plain.is_empty() {
            return Err(Error::invalid("#/config", "no_settings", "this plugin has no settings"));
        }
        let mut all = settings.plain.clone();
        all.extend(settings.secret.clone());
        let all = Value::Object(all);
        if all.to_string().len() > MOST_BYTES {
            let detail = format!("at most {MOST_BYTES} bytes of JSON");
            return Err(Error::invalid("#/config", "too_large", detail));
        }
        let validator = self.validator().map_err(Error::internal)?;
        let faults: Vec<Fault> = validator
            .iter_errors(&all)
            .take(MOST_FAULTS)
            .map(|error| Fault {
                pointer: format!("#/config{}", error.instance_path()),
                code: "invalid_setting",
                // With its value left out: it may be a secret.
                detail: error.masked().to_string(),
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }

    /// Whether these settings would do.
    pub fn accepts(&self, settings: &Settings) -> bool {
        self.require(settings).is_ok()
    }
}

fn is_secret(property: &Value) -> bool {
    property.get("x-secret").and_then(Value::as_bool) == Some(true)
}

fn count_marks(value: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            usize::from(is_secret(value)) + fields.values().map(count_marks).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(count_marks).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{Schema, Settings};
    use crate::error::Error;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            other => panic!("{other} is no object"),
        }
    }

    fn schema() -> Value {
        json!({
            "type": "object", "required": ["key"], "additionalProperties": false,
            "properties": {
                "key": { "type": "string", "x-secret": true, "minLength": 8 },
                "limit": { "type": "integer", "maximum": 10 },
            },
        })
    }

    #[test]
    fn secrets_stay_until_they_are_cleared_and_are_never_named() {
        let schema = schema();
        let schema = Schema::new(Some(&schema));
        assert_eq!(schema.secret_names(), ["key"]);

        let first = schema.read(object(json!({ "key": "hush-hush", "limit": 3 })), &Map::new());
        let first = first.expect("it fits");
        assert_eq!(first.plain, object(json!({ "limit": 3 })));
        let second = schema.read(object(json!({ "limit": 4 })), &first.secret).expect("the key stays");
        assert_eq!(second.secret, object(json!({ "key": "hush-hush" })));
        let cleared = schema.read(object(json!({ "key": null })), &second.secret);
        assert!(matches!(cleared, Err(Error::Invalid(_))), "it is required");

        let short = schema.read(object(json!({ "key": "hush", "limit": 11 })), &Map::new());
        let Err(Error::Invalid(faults)) = short else { panic!("both are wrong") };
        let mut places: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        places.sort_unstable();
        assert_eq!(places, ["#/config/key", "#/config/limit"]);
        assert!(faults.iter().all(|fault| !fault.detail.contains("hush")), "{faults:?}");
    }

    #[test]
    fn without_a_schema_there_is_nothing_to_set() {
        let schema = Schema::new(None);
        assert!(schema.accepts(&Settings::default()));
        assert!(schema.read(object(json!({ "a": 1 })), &Map::new()).is_err());
    }

    #[test]
    fn schemas_that_are_none_are_refused() {
        assert_eq!(Schema::new(Some(&schema())).check(), Ok(()));
        for wrong in [
            json!({ "type": "string" }),
            json!({ "type": "object", "properties": { "a": { "type": "strong" } } }),
            json!({ "type": "object", "properties": { "a": { "type": "integer", "x-secret": true } } }),
            json!({ "type": "object", "properties": { "a": {
                "type": "object", "properties": { "b": { "type": "string", "x-secret": true } } } } }),
            json!({ "type": "object", "properties": { "a": { "$ref": "https://elsewhere.example/schema" } } }),
            json!({ "type": "object", "properties": { "a": { "type": "string", "pattern": "(" } } }),
        ] {
            assert!(Schema::new(Some(&wrong)).check().is_err(), "{wrong}");
        }
    }
}
