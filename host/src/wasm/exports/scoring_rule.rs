//! `scoring-rule`: candidate, job and answers in, a score with its reasons out. Pure.

use serde_json::Value;
use sha2::{Digest, Sha256};
use wasmtime::Store;

use super::{at_most, context, object, resume_lent};
use crate::hooks::{Call, Failure, Kind};
use crate::scoring::{Answer, Contribution, Score, ScoredCandidate, ScoredJob, ScoringInput, WeightedSkill};
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

pub(crate) struct Scoring {
    input: ScoringInput,
    /// What the hash is made of; also the measure of the input's size.
    bytes: Vec<u8>,
}

impl Scoring {
    pub(crate) fn new(input: ScoringInput) -> Self {
        let bytes = input.bytes();
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
        resume: resume_lent::lend(candidate.resume),
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
