//! Saved searches: the filters of a list under a name, a member's own or shared with all. Decides what one may hold and
//! whose it is.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{MemberId, SavedSearchId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SavedSearch {
    pub id: SavedSearchId,
    /// Whose it is.
    pub member_id: MemberId,
    pub subject: Subject,
    pub name: String,
    pub query: Json<Query>,
    /// 1: everybody sees it.
    pub is_shared: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// Which list it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = SavedSearchSubject)]
pub enum Subject {
    Candidates,
    Jobs,
    Applications,
}

/// Parameters of the list, by name.
pub type Query = BTreeMap<String, Parameter>;

/// One value, or several of a parameter that is given more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a text or a list of texts")]
#[schema(as = SavedSearchParameter)]
pub enum Parameter {
    One(String),
    Many(Vec<String>),
}

/// Fields of a saved search; in a change, what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub name: Option<String>,
    pub query: Option<Query>,
    pub is_shared: Option<bool>,
}

const MOST_PARAMETERS: usize = 50;
const MOST_VALUES: usize = 50;
const LONGEST_NAME: usize = 100;
const LONGEST_VALUE: usize = 1_000;

impl SavedSearch {
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(name) = details.name {
            self.name = fields::line("#/name", &name, 200)?;
        }
        if let Some(query) = details.query {
            check(&query)?;
            self.query.0 = query;
        }
        if let Some(is_shared) = details.is_shared {
            self.is_shared = i64::from(is_shared);
        }
        Ok(())
    }

    /// # Errors
    /// `NotFound`: what is not shared is there for nobody else.
    pub fn require_visible(&self, reader: MemberId) -> Result<()> {
        let is_visible = self.is_shared == 1 || self.member_id == reader;
        is_visible.then_some(()).ok_or(Error::NotFound { what: "saved search" })
    }

    /// # Errors
    /// `Refusal` when it is another's.
    pub fn require_own(&self, writer: MemberId) -> Result<()> {
        if self.member_id == writer {
            return Ok(());
        }
        let detail = "a saved search is changed and deleted by whoever saved it; save one of your own".into();
        Err(Error::Refusal { code: "not_your_saved_search", detail })
    }
}

/// Which parameters a list takes is said by the list, when the search is run.
fn check(query: &Query) -> Result<()> {
    if query.len() > MOST_PARAMETERS {
        return Err(Error::invalid("#/query", "too_many", format!("at most {MOST_PARAMETERS} parameters")));
    }
    for (name, parameter) in query {
        let place = format!("#/query/{}", name.replace('~', "~0").replace('/', "~1"));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_plain) {
            return Err(Error::invalid(
                place,
                "invalid_parameter",
                "a query parameter's name, as skill or custom.size",
            ));
        }
        if name == "cursor" {
            let detail = "a cursor is a place in a list, not a part of a search; leave it out";
            return Err(Error::invalid(place, "invalid_parameter", detail));
        }
        match parameter {
            Parameter::One(value) => check_value(&place, value)?,
            Parameter::Many(values) if (1..=MOST_VALUES).contains(&values.len()) => {
                for (index, value) in values.iter().enumerate() {
                    check_value(&format!("{place}/{index}"), value)?;
                }
            }
            Parameter::Many(_) => {
                return Err(Error::invalid(place, "out_of_range", format!("1 to {MOST_VALUES} values")));
            }
        }
    }
    Ok(())
}

/// Kept to the letter: only the list knows what a blank means.
fn check_value(place: &str, value: &str) -> Result<()> {
    let fits = value.chars().count() <= LONGEST_VALUE && !value.chars().any(char::is_control);
    let detail = format!("one line of at most {LONGEST_VALUE} characters");
    fits.then_some(()).ok_or_else(|| Error::invalid(place, "invalid_text", detail))
}

impl Audited for SavedSearch {
    /// One may look for a person.
    const PERSONAL: &'static [&'static str] = &["query"];

    fn audited(&self) -> Value {
        json!({
            "member_id": self.member_id, "subject": self.subject, "name": self.name, "query": self.query.0,
            "is_shared": self.is_shared == 1,
        })
    }
}
