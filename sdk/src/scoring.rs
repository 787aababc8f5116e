//! What a scoring rule reads and answers.

use crate::Json;
use crate::resume::ParsedResume;

/// Who applied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// Opaque; stable for this candidate within one plugin.
    pub id: String,
    /// The résumé, without what the tenant withholds from scoring.
    pub resume: ParsedResume,
    /// Years of work, as the host counts them.
    pub years_of_experience: Option<f32>,
    /// For instance `senior`.
    pub experience_level: Option<String>,
    /// The candidate's tags.
    pub tags: Vec<String>,
    /// The tenant's custom fields as one JSON object.
    pub custom_fields: Json,
}

/// A skill a job asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightedSkill {
    /// The skill, as the job spells it.
    pub name: String,
    /// 0 to 1.
    pub weight: f32,
    /// Whether the job is out of reach without it.
    pub required: bool,
    /// Other spellings that count as this skill.
    pub aliases: Vec<String>,
}

/// What was applied for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    /// The job's id.
    pub id: String,
    /// The job's title.
    pub title: String,
    /// The advertisement.
    pub description: Option<String>,
    /// What the job asks for.
    pub skills: Vec<WeightedSkill>,
    /// For instance `senior`.
    pub experience_level: Option<String>,
    /// Years of work asked for.
    pub min_years: Option<f32>,
    /// Where the work is done.
    pub location: Option<String>,
    /// Whether it can be done from afar.
    pub remote: Option<String>,
    /// For instance `full_time`.
    pub employment_type: Option<String>,
    /// The tenant's custom fields as one JSON object.
    pub custom_fields: Json,
}

/// An answer to one of the job's questions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The question's id.
    pub question_id: String,
    /// The question as it was asked.
    pub question: String,
    /// String, number, boolean or list.
    pub value: Json,
}

/// One reason for the score. The values of all contributions sum to the score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contribution {
    /// A stable snake_case word, for instance `skill_match`.
    pub code: String,
    /// Points added, or taken when negative.
    pub value: f64,
    /// One sentence for a person.
    pub message: String,
    /// JSON Pointers into the candidate's résumé.
    pub evidence: Vec<String>,
}

impl Contribution {
    /// A reason without evidence.
    pub fn new(code: impl Into<String>, value: f64, message: impl Into<String>) -> Self {
        Self { code: code.into(), value, message: message.into(), evidence: Vec::new() }
    }

    /// Adds a JSON Pointer into the résumé, for instance `/skills/0/name`.
    #[must_use]
    pub fn because_of(mut self, pointer: impl Into<String>) -> Self {
        self.evidence.push(pointer.into());
        self
    }
}

/// The answer of a scoring rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreResult {
    /// 0 to 100; anything else, NaN included, is refused.
    pub value: f64,
    /// Why.
    pub contributions: Vec<Contribution>,
    /// A word for the score, for instance `strong`.
    pub label: Option<String>,
    /// Anything else, as a JSON object.
    pub extra_json: Option<String>,
}

impl ScoreResult {
    /// A score that is the sum of its reasons, so that the host's check of the sum always passes.
    ///
    /// ```
    /// use mortise_sdk::{Contribution, ScoreResult};
    ///
    /// let score = ScoreResult::from_contributions(vec![
    ///     Contribution::new("skill_match", 60.0, "Three of four skills."),
    ///     Contribution::new("years_short", -5.0, "Two years less than asked for."),
    /// ]);
    /// assert_eq!(score.value, 55.0);
    /// ```
    pub fn from_contributions(contributions: Vec<Contribution>) -> Self {
        let value = contributions.iter().fold(0.0, |sum, contribution| sum + contribution.value);
        Self { value, contributions, label: None, extra_json: None }
    }
}
