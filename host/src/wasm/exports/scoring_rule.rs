//! `scoring-rule`: candidate, job and answers in, a score with its reasons out. Pure.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use wasmtime::Store;

use super::{at_most, context, object, resume_lent};
use crate::hooks::{Call, Failure, Kind};
use crate::unified_resume::UnifiedResume;
use crate::wasm::bindings::scorer::ScoringRulePre;
use crate::wasm::bindings::scorer::exports::mortise::plugin::scoring as wit;
use crate::wasm::bindings::types::{CallContext, PluginError};
use crate::wasm::calls::Question;
use crate::wasm::failure::bad_result;
use crate::wasm::installed::Prepared;
use crate::wasm::sandbox::Sandbox;
use crate::wasm::settings::Limits;

const MAX_CONTRIBUTIONS: usize = 1_000;
/// How far the contributions' sum may be from the value: rounding, nothing else.
const TOLERANCE: f64 = 1e-6;

/// What a scoring rule is given.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScoringInput {
    pub candidate: ScoredCandidate,
    pub job: ScoredJob,
    pub answers: Vec<Answer>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScoredCandidate {
    pub id: String,
    pub resume: UnifiedResume,
    pub years_of_experience: Option<f32>,
    pub experience_level: Option<String>,
    pub tags: Vec<String>,
    pub custom_fields: Map<String, Value>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScoredJob {
    pub id: String,
    pub title: String,
    pub description: Option<String>,
    pub skills: Vec<WeightedSkill>,
    pub experience_level: Option<String>,
    pub min_years: Option<f32>,
    pub location: Option<String>,
    pub remote: Option<String>,
    pub employment_type: Option<String>,
    pub custom_fields: Map<String, Value>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WeightedSkill {
    pub name: String,
    /// 0 to 1.
    pub weight: f32,
    pub required: bool,
    pub aliases: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    pub question_id: String,
    pub question: String,
    pub value: Value,
}

/// 0 to 100, and the contributions that sum to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    pub value: f64,
    pub contributions: Vec<Contribution>,
    pub label: Option<String>,
    pub extra: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contribution {
    pub code: String,
    pub value: f64,
    pub message: String,
    /// JSON Pointers into the candidate's résumé.
    pub evidence: Vec<String>,
}

pub(crate) struct Scoring {
    input: ScoringInput,
    /// What the hash is made of; also the measure of the input's size.
    bytes: Vec<u8>,
}

impl Scoring {
    pub(crate) fn new(input: ScoringInput) -> Self {
        let bytes = serde_json::to_vec(&input).expect("the input is plain data");
        Self { input, bytes }
    }
}

impl Question for Scoring {
    type Pre = ScoringRulePre<Sandbox>;
    type Answer = wit::ScoreResult;
    type Accepted = Score;

    const KIND: Kind = Kind::ScoringRule;

    fn pre(prepared: &Prepared) -> Option<&Self::Pre> {
        match prepared {
            Prepared::ScoringRule(pre) => Some(pre),
            _ => None,
        }
    }

    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn hash(&self, into: &mut Sha256) {
        into.update(&self.bytes);
    }

    async fn ask(
        self,
        store: &mut Store<Sandbox>,
        pre: &Self::Pre,
        call: Call,
        limits: &Limits,
    ) -> wasmtime::Result<Result<wit::ScoreResult, PluginError>> {
        // Which call it is, and whether it is a trial, must not make a difference to the score.
        let context = CallContext { invocation_id: String::new(), dry_run: false, ..context(call, limits) };
        let ScoringInput { candidate, job, answers } = self.input;
        let (candidate, job) = (lend_candidate(candidate), lend_job(job));
        let answers: Vec<_> = answers.into_iter().map(lend_answer).collect();
        let instance = pre.instantiate_async(&mut *store).await?;
        instance.mortise_plugin_scoring().call_score(store, &context, &candidate, &job, &answers).await
    }

    fn accept(answer: wit::ScoreResult) -> Result<Score, Failure> {
        accept(answer)
    }
}

fn accept(score: wit::ScoreResult) -> Result<Score, Failure> {
    if !(0.0..=100.0).contains(&score.value) {
        return Err(bad_result(format!("the score is {}, not within 0 and 100", score.value)));
    }
    at_most("contributions", score.contributions.len(), MAX_CONTRIBUTIONS)?;
    let sum: f64 = score.contributions.iter().map(|part| part.value).sum();
    // Written so that a sum that is not a number is refused too.
    let adds_up = (sum - score.value).abs() <= TOLERANCE;
    if !adds_up {
        return Err(bad_result(format!("the contributions sum to {sum}, and the score is {}", score.value)));
    }
    let contributions = score.contributions.into_iter().map(|part| Contribution {
        code: part.code,
        value: part.value,
        message: part.message,
        evidence: part.evidence,
    });
    Ok(Score {
        value: score.value,
        contributions: contributions.collect(),
        label: score.label,
        extra: object(score.extra_json)?,
    })
}

fn lend_candidate(candidate: ScoredCandidate) -> wit::Candidate {
    wit::Candidate {
        id: candidate.id,
        resume: resume_lent::lend(&candidate.resume),
        years_of_experience: candidate.years_of_experience,
        experience_level: candidate.experience_level,
        tags: candidate.tags,
        custom_fields: Value::Object(candidate.custom_fields).to_string(),
    }
}

fn lend_job(job: ScoredJob) -> wit::Job {
    let lend_skill = |skill: WeightedSkill| wit::WeightedSkill {
        name: skill.name,
        weight: skill.weight,
        required: skill.required,
        aliases: skill.aliases,
    };
    wit::Job {
        id: job.id,
        title: job.title,
        description: job.description,
        skills: job.skills.into_iter().map(lend_skill).collect(),
        experience_level: job.experience_level,
        min_years: job.min_years,
        location: job.location,
        remote: job.remote,
        employment_type: job.employment_type,
        custom_fields: Value::Object(job.custom_fields).to_string(),
    }
}

fn lend_answer(answer: Answer) -> wit::Answer {
    wit::Answer {
        question_id: answer.question_id,
        question: answer.question,
        value: answer.value.to_string(),
    }
}
