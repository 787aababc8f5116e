//! Custom fields: what else a tenant keeps about its candidates, jobs and applications. Decides what a definition may be,
//! how it may change, and whether given values fit the definitions.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Fault, Result};
use crate::fields;
use crate::ids::CustomFieldId;
use crate::typed_values::{self, Kind};

/// A definition. Subject, key and kind stay: what is kept under a key never comes to mean something else.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CustomField {
    pub id: CustomFieldId,
    pub subject: Subject,
    pub key: String,
    pub label: String,
    pub description: Option<String>,
    pub kind: Kind,
    /// Of kinds that choose among them; only ever more.
    pub options: Json<Vec<String>>,
    /// 1: nothing is made without a value.
    pub is_required: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// What a field is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = CustomFieldSubject)]
pub enum Subject {
    Candidate,
    Job,
    Application,
}

impl Subject {
    pub fn as_str(self) -> &'static str {
        match self {
            Subject::Candidate => "candidate",
            Subject::Job => "job",
            Subject::Application => "application",
        }
    }
}

/// Fields of a definition that may change; what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub label: Option<String>,
    pub description: Option<Option<String>>,
    pub options: Option<Vec<String>>,
    pub is_required: Option<bool>,
}

/// Fields a subject may have.
pub const MOST_FIELDS: i64 = 200;

impl CustomField {
    /// # Errors
    /// `Invalid`, naming the field; `Conflict` when an option is missing.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(label) = details.label {
            self.label = fields::line("#/label", &label, 200)?;
        }
        if let Some(description) = details.description {
            self.description = fields::optional_text("#/description", description, 2_000)?;
        }
        if let Some(options) = details.options {
            let options = typed_values::options("#/options", self.kind, options)?;
            if let Some(gone) = self.options.iter().find(|option| !options.contains(option)) {
                let detail = format!(
                    "options only grow, as the one that is missing may have been chosen; name also {gone:?}, or make a \
                     new field"
                );
                return Err(Error::Conflict { code: "option_removed", detail });
            }
            self.options.0 = options;
        }
        if let Some(is_required) = details.is_required {
            self.is_required = i64::from(is_required);
        }
        Ok(())
    }
}

/// # Errors
/// `Invalid`.
fn key(text: String) -> Result<String> {
    fields::key("#/key", &text)
}

/// The values as they are kept: each of its field's kind, every required one there, nulls dropped.
///
/// # Errors
/// `Invalid`, naming every fault at `#/custom_fields/<key>`.
pub(crate) fn fitted(definitions: &[CustomField], given: Map<String, Value>) -> Result<Map<String, Value>> {
    let mut kept = Map::new();
    let mut faults = Vec::new();
    for (key, value) in given.into_iter().filter(|(_, value)| !value.is_null()) {
        let place = place(&key);
        let Some(field) = definitions.iter().find(|field| field.key == key) else {
            let detail = "there is no such custom field; GET /v1/custom-fields lists them".into();
            faults.push(Fault { pointer: place, code: "unknown_custom_field", detail });
            continue;
        };
        match typed_values::checked(&place, field.kind, &field.options, value) {
            Ok(value) => drop(kept.insert(key, value)),
            Err(Error::Invalid(found)) => faults.extend(found),
            Err(other) => return Err(other),
        }
    }
    let is_missing = |field: &&CustomField| {
        let place = place(&field.key);
        let is_faulty = |fault: &Fault| {
            fault.pointer.strip_prefix(&place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        field.is_required == 1 && !kept.contains_key(&field.key) && !faults.iter().any(is_faulty)
    };
    let missing: Vec<_> = definitions
        .iter()
        .filter(is_missing)
        .map(|field| {
            let detail = format!("{:?} is required", field.label);
            Fault { pointer: place(&field.key), code: "missing", detail }
        })
        .collect();
    faults.extend(missing);
    if faults.is_empty() { Ok(kept) } else { Err(Error::Invalid(faults)) }
}

fn place(key: &str) -> String {
    format!("#/custom_fields/{}", key.replace('~', "~0").replace('/', "~1"))
}

impl Audited for CustomField {
    fn audited(&self) -> Value {
        json!({
            "subject": self.subject, "key": self.key, "label": self.label, "description": self.description,
            "kind": self.kind, "options": self.options.0, "is_required": self.is_required == 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};
    use sqlx::types::Json;
    use uuid::Uuid;

    use super::{CustomField, Details, Subject, fitted, key};
    use crate::error::{Error, Result};
    use crate::ids::CustomFieldId;
    use crate::typed_values::Kind;

    fn field(key: &str, kind: Kind, options: &[&str], is_required: i64) -> CustomField {
        let at = "2026-03-02T09:00:00Z".parse().expect("it is a time");
        CustomField {
            id: CustomFieldId::from_uuid(Uuid::nil()),
            subject: Subject::Candidate,
            key: key.into(),
            label: key.to_uppercase(),
            description: None,
            kind,
            options: Json(options.iter().map(|option| (*option).into()).collect()),
            is_required,
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().expect("it is an object").clone()
    }

    fn places<T: std::fmt::Debug>(result: Result<T>) -> Vec<(String, &'static str)> {
        match result {
            Err(Error::Invalid(faults)) => faults.into_iter().map(|f| (f.pointer, f.code)).collect(),
            other => panic!("{other:?} is not invalid"),
        }
    }

    #[test]
    fn values_that_fit_are_kept_and_nulls_drop_out() {
        let fields = [
            field("size", Kind::SingleSelect, &["s", "m"], 1),
            field("since", Kind::Date, &[], 0),
            field("note", Kind::Text, &[], 0),
        ];

        let kept = fitted(&fields, map(json!({ "size": "m", "since": "2026-03-02", "note": null })));

        assert_eq!(kept.expect("they fit"), map(json!({ "size": "m", "since": "2026-03-02" })));
    }

    #[test]
    fn every_fault_names_its_place_once() {
        let fields = [
            field("size", Kind::SingleSelect, &["s", "m"], 1),
            field("since", Kind::Date, &[], 1),
            field("tags", Kind::MultiSelect, &["a"], 1),
            field("tag", Kind::Text, &[], 1),
        ];

        let given = json!({ "size": null, "since": "soon", "tags": ["b"], "pay/~": 1, "gone": null });

        assert_eq!(
            places(fitted(&fields, map(given))),
            [
                ("#/custom_fields/pay~1~0".into(), "unknown_custom_field"),
                ("#/custom_fields/since".into(), "invalid_date"),
                ("#/custom_fields/tags/0".into(), "unknown_option"),
                ("#/custom_fields/size".into(), "missing"),
                ("#/custom_fields/tag".into(), "missing"),
            ]
        );
    }

    #[test]
    fn options_only_grow() {
        let mut field = field("size", Kind::SingleSelect, &["s", "m"], 0);
        let options = |given: &[&str]| Details {
            options: Some(given.iter().map(|option| (*option).into()).collect()),
            ..Details::default()
        };

        field.set(options(&["m", "s", "l"])).expect("one is new, the order may change");
        assert_eq!(field.options.0, ["m", "s", "l"]);
        assert!(matches!(
            field.set(options(&["m", "s"])),
            Err(Error::Conflict { code: "option_removed", .. })
        ));
        assert_eq!(field.options.0, ["m", "s", "l"]);
    }

    #[test]
    fn keys_are_plain_words() {
        for good in ["a", "t_shirt_size", "x2", &"a".repeat(63)] {
            assert!(key(good.into()).is_ok(), "{good}");
        }
        for bad in ["", "2x", "_x", "Size", "t-shirt", "größe", "a b", "a\n", &"a".repeat(64)] {
            assert_eq!(places(key(bad.into())), [("#/key".into(), "invalid_key")], "{bad}");
        }
    }
}
