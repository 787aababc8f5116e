//! Evaluations: what an interviewer thinks of a candidate, one an interviewer and interview. Decides what one may say, and
//! who sees whose.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::grants::Scope;
use crate::ids::{EvaluationId, InterviewId, MemberId};
use crate::permissions::Permission;
use crate::resources::audit::Audited;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Evaluation {
    pub id: EvaluationId,
    pub interview_id: InterviewId,
    /// Whose it is.
    pub member_id: MemberId,
    /// 1 to 5.
    pub rating: Option<i64>,
    pub recommendation: Option<Recommendation>,
    pub attributes: Json<Vec<Attribute>>,
    pub feedback: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Recommendation {
    StrongNo,
    No,
    Undecided,
    Yes,
    StrongYes,
}

/// One line of a scorecard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EvaluationAttribute)]
pub struct Attribute {
    #[schema(example = "Communication")]
    pub name: String,
    #[schema(example = 4, minimum = 1, maximum = 5)]
    pub rating: i64,
    #[schema(example = "Asked before answering.")]
    pub note: Option<String>,
}

/// Fields of an evaluation; in a change, what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub rating: Option<Option<i64>>,
    pub recommendation: Option<Option<Recommendation>>,
    pub attributes: Option<Vec<Attribute>>,
    pub feedback: Option<Option<String>>,
}

const MOST_ATTRIBUTES: usize = 50;

impl Evaluation {
    /// # Errors
    /// `Invalid`, naming the field; also when it would say nothing.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(rating) = details.rating {
            self.rating = rating.map(|rating| in_range("#/rating", rating)).transpose()?;
        }
        if let Some(recommendation) = details.recommendation {
            self.recommendation = recommendation;
        }
        if let Some(attributes) = details.attributes {
            self.attributes.0 = checked(attributes)?;
        }
        if let Some(feedback) = details.feedback {
            self.feedback = fields::optional_text("#/feedback", feedback, 20_000)?;
        }
        let says_nothing = self.rating.is_none()
            && self.recommendation.is_none()
            && self.attributes.is_empty()
            && self.feedback.is_none();
        if says_nothing {
            let detail = "say something: a rating, a recommendation, attributes or feedback";
            return Err(Error::invalid("#", "missing", detail));
        }
        Ok(())
    }
}

fn in_range(pointer: &str, rating: i64) -> Result<i64> {
    let is_in_range = (1..=5).contains(&rating);
    is_in_range.then_some(rating).ok_or_else(|| Error::invalid(pointer, "out_of_range", "a rating is 1 to 5"))
}

fn checked(attributes: Vec<Attribute>) -> Result<Vec<Attribute>> {
    if attributes.len() > MOST_ATTRIBUTES {
        let detail = format!("at most {MOST_ATTRIBUTES} attributes");
        return Err(Error::invalid("#/attributes", "too_many", detail));
    }
    let mut names = BTreeSet::new();
    let mut checked = Vec::new();
    for (index, Attribute { name, rating, note }) in attributes.into_iter().enumerate() {
        let place = |field: &str| format!("#/attributes/{index}/{field}");
        let name = fields::line(&place("name"), &name, 200)?;
        if !names.insert(name.to_lowercase()) {
            return Err(Error::invalid(place("name"), "given_twice", "the attribute is rated before"));
        }
        let rating = in_range(&place("rating"), rating)?;
        let note = fields::optional_text(&place("note"), note, 2_000)?;
        checked.push(Attribute { name, rating, note });
    }
    Ok(checked)
}

impl Audited for Evaluation {
    /// What somebody writes about somebody.
    const PERSONAL: &'static [&'static str] = &["attributes", "feedback"];

    fn audited(&self) -> Value {
        json!({
            "interview_id": self.interview_id, "member_id": self.member_id, "rating": self.rating,
            "recommendation": self.recommendation, "attributes": self.attributes.0, "feedback": self.feedback,
        })
    }
}

/// Whose evaluations somebody sees: their own with `evaluation:write`, everybody's with `evaluation:read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    pub everybodys: bool,
    pub own: Option<MemberId>,
}

impl Sight {
    /// Of the caller's on whatever belongs there.
    pub fn of(caller: &Caller, scope: Scope) -> Self {
        let held = caller.grants.at(scope);
        let own = caller.member().filter(|_| held.contains(Permission::EvaluationWrite));
        Self { everybodys: held.contains(Permission::EvaluationRead), own }
    }

    /// # Errors
    /// `NotFound`: what is out of sight is not there.
    pub fn require(self, evaluation: &Evaluation) -> Result<()> {
        let is_visible = self.everybodys || self.own == Some(evaluation.member_id);
        is_visible.then_some(()).ok_or(Error::NotFound { what: "evaluation" })
    }
}
