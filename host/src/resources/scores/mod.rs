//! Scores: how well an application fits its job, by each rule that the tenant asks, and why. Decides what several scores add
//! up to, and when one need not be made again.

pub mod actions;
pub mod blind;
pub mod inputs;
pub mod replays;
pub mod routes;
pub mod scoring;
pub mod shadows;
pub(crate) mod store;
pub mod tasks;
pub mod wire;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::clock::Time;
use crate::hooks::{Failure, Kind, PluginRef};
use crate::ids::{ApplicationId, BindingId, RunId, ScoreId};
use crate::resources::plugin_bindings::{Rule, millionths};
use crate::scoring::{Contribution, Score, Settings, settings_hash};

/// The latest score of an application by one rule, or why there is none.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApplicationScore {
    pub id: ScoreId,
    pub application_id: ApplicationId,
    /// None: by the default rule.
    pub binding_id: Option<BindingId>,
    pub plugin: String,
    /// None when it is not installed.
    pub version: Option<String>,
    pub digest: Option<String>,
    pub status: Status,
    pub error_code: Option<String>,
    pub error_detail: Option<String>,
    /// In millionths of a point.
    pub value: Option<i64>,
    pub label: Option<String>,
    pub contributions: Json<Vec<Contribution>>,
    /// What the rule said beyond the contract.
    pub extra: Json<Map<String, Value>>,
    /// Beside the others, in millionths.
    pub weight: i64,
    pub is_blind: i64,
    /// The settings it was made with.
    pub config: Json<Settings>,
    pub config_hash: String,
    /// SHA-256 of what the rule was given; empty when it was given nothing, or the person is erased.
    pub input_hash: String,
    /// SHA-256 of what it answered.
    pub result_hash: Option<String>,
    pub fuel: Option<i64>,
    pub run_id: Option<RunId>,
    pub scored_at: Time,
}

/// What became of scoring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ScoreStatus)]
pub enum Status {
    Scored,
    /// There was nothing to ask, or nobody to be asked.
    Skipped,
    /// The rule gave no answer that could be accepted.
    Failed,
}

impl ApplicationScore {
    /// Nothing was asked so far.
    pub fn new(id: ScoreId, application: ApplicationId, rule: &Rule, now: Time) -> Self {
        Self {
            id,
            application_id: application,
            binding_id: rule.binding,
            plugin: rule.plugin.clone(),
            version: None,
            digest: None,
            status: Status::Skipped,
            error_code: None,
            error_detail: None,
            value: None,
            label: None,
            contributions: Json(Vec::new()),
            extra: Json(Map::new()),
            weight: rule.weight,
            is_blind: i64::from(rule.is_blind),
            config: Json((*rule.config).clone()),
            config_hash: settings_hash(&rule.config),
            input_hash: String::new(),
            result_hash: None,
            fuel: None,
            run_id: None,
            scored_at: now,
        }
    }

    pub fn skip(&mut self, code: &str, detail: &str) {
        self.status = Status::Skipped;
        self.error_code = Some(code.into());
        self.error_detail = Some(detail.into());
    }

    pub fn fail(&mut self, failure: Failure) {
        self.status = Status::Failed;
        self.error_code = Some(failure.code);
        self.error_detail = Some(failure.message);
    }

    pub fn succeed(&mut self, score: Score) {
        self.status = Status::Scored;
        self.value = Some(millionths(score.value));
        self.result_hash = Some(score.hash());
        self.label = score.label;
        self.contributions = Json(score.contributions);
        self.extra = Json(score.extra);
    }

    /// Which version of which rule was asked; none when it was not installed.
    pub fn plugin(&self) -> Option<PluginRef> {
        let (version, digest) = self.version.clone().zip(self.digest.clone())?;
        Some(PluginRef { id: self.plugin.clone(), version, kind: Kind::ScoringRule, digest })
    }

    /// Whether the same rule with the same settings was given the same: then it has answered already.
    pub fn answers(&self, plugin: &PluginRef, rule: &Rule, input_hash: &str) -> bool {
        self.digest.as_deref() == Some(plugin.digest.as_str())
            && self.input_hash == input_hash
            && self.run_id.is_some()
            && self.config.0 == *rule.config
            && self.is_blind == i64::from(rule.is_blind)
            && self.weight == rule.weight
    }
}

/// The weighted mean of those that are scores, in millionths; none when none is.
pub fn weighted<'a>(scores: impl IntoIterator<Item = &'a ApplicationScore>) -> Option<i64> {
    let (mut sum, mut weights) = (0_i128, 0_i128);
    for score in scores {
        if let (Status::Scored, Some(value)) = (score.status, score.value) {
            sum += i128::from(value) * i128::from(score.weight);
            weights += i128::from(score.weight);
        }
    }
    // Rounded; values are not negative.
    (weights > 0).then(|| i64::try_from((sum + weights / 2) / weights).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use uuid::Uuid;

    use super::{ApplicationScore, Status, weighted};
    use crate::hooks::{Kind, PluginRef};
    use crate::ids::{ApplicationId, RunId, ScoreId};
    use crate::resources::plugin_bindings::{Rule, millionths};
    use crate::scoring::Score;

    fn rule(weight: f64) -> Rule {
        let config = json!({ "a": 1 }).as_object().expect("it is an object").clone();
        Rule {
            binding: None,
            plugin: "a/b".into(),
            weight: millionths(weight),
            is_blind: false,
            config: Arc::new(config),
        }
    }

    fn score(weight: f64, value: f64) -> ApplicationScore {
        let now = "2026-03-02T09:00:00Z".parse().expect("it is a time");
        let application = ApplicationId::from_uuid(Uuid::nil());
        let mut score =
            ApplicationScore::new(ScoreId::from_uuid(Uuid::nil()), application, &rule(weight), now);
        score.succeed(Score { value, ..Score::default() });
        score
    }

    #[test]
    fn scores_count_by_their_weights_and_only_when_there_is_one() {
        let mut skipped = score(100.0, 0.0);
        skipped.skip("no_resume", "Nothing was read.");
        assert_eq!(weighted([&score(1.0, 80.0), &score(3.0, 40.0), &skipped]), Some(50_000_000));
        assert_eq!(weighted([&score(1.0, 100.0), &score(2.0, 0.0)]), Some(33_333_333));
        assert_eq!(weighted([&score(0.000_001, 12.345_678)]), Some(12_345_678));
        assert_eq!((weighted([&skipped]), weighted([])), (None, None));
        assert_eq!(skipped.status, Status::Skipped);
    }

    #[test]
    fn an_answer_stands_while_nothing_it_rests_on_has_changed() {
        let plugin = PluginRef {
            id: "a/b".into(),
            version: "1.0.0".into(),
            kind: Kind::ScoringRule,
            digest: "d".into(),
        };
        let mut kept = score(1.0, 50.0);
        kept.version = Some("1.0.0".into());
        kept.digest = Some("d".into());
        kept.input_hash = "i".into();
        assert!(!kept.answers(&plugin, &rule(1.0), "i"), "nobody was asked");
        kept.run_id = Some(RunId::from_uuid(Uuid::nil()));

        assert!(kept.answers(&plugin, &rule(1.0), "i"));
        assert!(!kept.answers(&plugin, &rule(1.0), "j"));
        assert!(!kept.answers(&plugin, &rule(2.0), "i"));
        assert!(!kept.answers(&PluginRef { digest: "e".into(), ..plugin.clone() }, &rule(1.0), "i"));
        assert!(!kept.answers(&plugin, &Rule { is_blind: true, ..rule(1.0) }, "i"));
        assert!(!kept.answers(&plugin, &Rule { config: Arc::default(), ..rule(1.0) }, "i"));
    }
}
