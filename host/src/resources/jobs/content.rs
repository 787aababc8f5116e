//! What a job says of itself: place, descriptions, skills, pay, questions. Decides what each part may hold; every fault
//! names its place in the request.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::fields;
use crate::typed_values;

const MAX_LINE: usize = 200;
const MAX_TEXT: usize = 50_000;
const MAX_PARTS: usize = 100;
const MAX_WEIGHT: u8 = 10;

/// How somebody is employed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum EmploymentType {
    FullTime,
    PartTime,
    Contract,
    Temporary,
    Internship,
    Apprenticeship,
    Volunteer,
}

/// How much experience is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum JobLevel {
    Entry,
    Junior,
    Mid,
    Senior,
    Lead,
    Executive,
}

/// Where the work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Workplace {
    OnSite,
    Hybrid,
    Remote,
}

/// The place of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JobLocation {
    pub workplace: Option<Workplace>,
    #[schema(example = "Torstraße 1")]
    pub address: Option<String>,
    #[schema(example = "10119")]
    pub postal_code: Option<String>,
    #[schema(example = "Berlin")]
    pub city: Option<String>,
    #[schema(example = "Berlin")]
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "DE", pattern = "^[A-Z]{2}$")]
    pub country: Option<String>,
    /// From where one may work, in words.
    #[schema(example = "Anywhere in the EU, two days a month in Berlin")]
    pub remote_policy: Option<String>,
}

impl JobLocation {
    pub fn checked(self) -> Result<Self> {
        let line = |field: &str, text| fields::optional_line(&format!("#/location/{field}"), text, MAX_LINE);
        Ok(Self {
            workplace: self.workplace,
            address: line("address", self.address)?,
            postal_code: line("postal_code", self.postal_code)?,
            city: line("city", self.city)?,
            region: line("region", self.region)?,
            country: fields::optional_country("#/location/country", self.country)?,
            remote_policy: fields::optional_text("#/location/remote_policy", self.remote_policy, MAX_TEXT)?,
        })
    }
}

/// One description of a job: for a language, and for a platform if it is for one only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Description {
    #[schema(example = "You design joints that hold.")]
    pub text: String,
    /// BCP 47.
    #[serde(default = "english")]
    #[schema(example = "en", default = "en")]
    pub language: String,
    /// Where it is to be published; everywhere without one.
    #[serde(default)]
    #[schema(example = "linkedin")]
    pub platform: Option<String>,
    /// What this text is to achieve there.
    #[serde(default)]
    pub goal: Option<String>,
}

fn english() -> String {
    "en".into()
}

impl Description {
    fn checked(self, at: &str) -> Result<Self> {
        let text = fields::optional_text(&format!("{at}/text"), Some(self.text), MAX_TEXT)?;
        let missing = || Error::invalid(format!("{at}/text"), "invalid_text", "a description has a text");
        let is_tag = |tag: &str| {
            let mut parts = tag.split('-');
            let language = parts.next().unwrap_or_default();
            (2..=3).contains(&language.len())
                && language.chars().all(|c| c.is_ascii_alphabetic())
                && parts.all(|part| {
                    (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
                })
        };
        if !is_tag(&self.language) {
            let detail = "a language tag looks like en or de-AT";
            return Err(Error::invalid(format!("{at}/language"), "invalid_language", detail));
        }
        Ok(Self {
            text: text.ok_or_else(missing)?,
            language: self.language,
            platform: fields::optional_line(&format!("{at}/platform"), self.platform, MAX_LINE)?,
            goal: fields::optional_text(&format!("{at}/goal"), self.goal, MAX_TEXT)?,
        })
    }
}

/// A skill the job asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobSkill {
    #[schema(example = "Rust")]
    pub name: String,
    /// How much it counts beside the others.
    #[serde(default = "middle")]
    #[schema(minimum = 1, maximum = 10, default = 5)]
    pub weight: u8,
    #[serde(default)]
    pub importance: Importance,
}

/// Whether a skill is a condition or a bonus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Importance {
    #[default]
    Required,
    Nice,
}

fn middle() -> u8 {
    5
}

impl JobSkill {
    fn checked(self, at: &str) -> Result<Self> {
        if !(1..=MAX_WEIGHT).contains(&self.weight) {
            let detail = format!("a weight is 1 to {MAX_WEIGHT}");
            return Err(Error::invalid(format!("{at}/weight"), "out_of_range", detail));
        }
        let name = fields::line(&format!("{at}/name"), &self.name, MAX_LINE)?;
        Ok(Self { name, ..self })
    }
}

/// What a job pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Compensation {
    /// What the amounts are paid for.
    pub period: PayPeriod,
    /// ISO 4217.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// In the currency's minor unit: 5500000 is 55,000.00 EUR.
    #[serde(default)]
    #[schema(example = 5_500_000, minimum = 0)]
    pub min_amount: Option<i64>,
    #[serde(default)]
    #[schema(example = 7_000_000, minimum = 0)]
    pub max_amount: Option<i64>,
    /// In words.
    #[serde(default)]
    pub summary: Option<String>,
    #[serde(default)]
    #[schema(example = json!(["30 days of leave"]))]
    pub benefits: Vec<String>,
}

/// What an amount is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayPeriod {
    Hour,
    Day,
    Week,
    Month,
    Year,
    Once,
}

impl Compensation {
    pub fn checked(self) -> Result<Self> {
        let at = |field: &str| format!("#/compensation/{field}");
        fields::require_currency(&at("currency"), &self.currency)?;
        for (field, amount) in [("min_amount", self.min_amount), ("max_amount", self.max_amount)] {
            if amount.is_some_and(|amount| amount < 0) {
                return Err(Error::invalid(at(field), "out_of_range", "an amount is not negative"));
            }
        }
        if let (Some(least), Some(most)) = (self.min_amount, self.max_amount)
            && least > most
        {
            return Err(Error::invalid(at("max_amount"), "out_of_range", "max_amount is below min_amount"));
        }
        Ok(Self {
            summary: fields::optional_text(&at("summary"), self.summary, MAX_TEXT)?,
            benefits: lines("#/compensation/benefits", self.benefits)?,
            ..self
        })
    }
}

/// What a candidate goes through, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterviewStep {
    #[schema(example = "Talk with the team")]
    pub title: String,
    #[serde(default)]
    pub description: Option<String>,
}

impl InterviewStep {
    fn checked(self, at: &str) -> Result<Self> {
        Ok(Self {
            title: fields::line(&format!("{at}/title"), &self.title, MAX_LINE)?,
            description: fields::optional_text(&format!("{at}/description"), self.description, MAX_TEXT)?,
        })
    }
}

/// A question to whoever applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Names the answer.
    #[schema(example = "start", pattern = "^[a-z][a-z0-9_]{0,62}$")]
    pub key: String,
    #[schema(example = "When could you start?")]
    pub label: String,
    pub kind: typed_values::Kind,
    /// What may be chosen, of the kinds that choose.
    #[serde(default)]
    pub options: Vec<String>,
    #[serde(default)]
    pub is_required: bool,
}

impl Question {
    fn checked(self, at: &str) -> Result<Self> {
        Ok(Self {
            key: fields::key(&format!("{at}/key"), &self.key)?,
            label: fields::line(&format!("{at}/label"), &self.label, 500)?,
            options: typed_values::options(&format!("{at}/options"), self.kind, self.options)?,
            ..self
        })
    }
}

/// # Errors
/// `Invalid`, naming the part.
pub fn descriptions(parts: Vec<Description>) -> Result<Vec<Description>> {
    each("#/descriptions", parts, Description::checked)
}

/// # Errors
/// `Invalid`, naming the part; two skills of one name.
pub fn skills(parts: Vec<JobSkill>) -> Result<Vec<JobSkill>> {
    let skills = each("#/skills", parts, JobSkill::checked)?;
    distinct("#/skills", skills.iter().map(|skill| skill.name.to_lowercase()))?;
    Ok(skills)
}

/// # Errors
/// `Invalid`, naming the part.
pub fn interview_process(parts: Vec<InterviewStep>) -> Result<Vec<InterviewStep>> {
    each("#/interview_process", parts, InterviewStep::checked)
}

/// # Errors
/// `Invalid`, naming the part; two questions of one key.
pub fn questions(parts: Vec<Question>) -> Result<Vec<Question>> {
    let questions = each("#/questions", parts, Question::checked)?;
    distinct("#/questions", questions.iter().map(|question| question.key.clone()))?;
    Ok(questions)
}

/// # Errors
/// `Invalid`, naming the line.
pub fn responsibilities(parts: Vec<String>) -> Result<Vec<String>> {
    each("#/responsibilities", parts, |text, at| {
        let checked = fields::optional_text(at, Some(text), MAX_TEXT)?;
        checked.ok_or_else(|| Error::invalid(at, "invalid_text", "a responsibility is a text"))
    })
}

fn lines(at: &str, parts: Vec<String>) -> Result<Vec<String>> {
    each(at, parts, |text, at| fields::line(at, &text, MAX_LINE))
}

fn each<T>(at: &str, parts: Vec<T>, check: impl Fn(T, &str) -> Result<T>) -> Result<Vec<T>> {
    if parts.len() > MAX_PARTS {
        return Err(Error::invalid(at, "too_many", format!("at most {MAX_PARTS}")));
    }
    parts.into_iter().enumerate().map(|(index, part)| check(part, &format!("{at}/{index}"))).collect()
}

fn distinct(at: &str, keys: impl Iterator<Item = String>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (index, key) in keys.enumerate() {
        if !seen.insert(key) {
            return Err(Error::invalid(format!("{at}/{index}"), "given_twice", "it is there more than once"));
        }
    }
    Ok(())
}
