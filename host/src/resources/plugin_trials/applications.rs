//! Tries scoring rules on applications: each is given what the rule would be given now, with the settings of its binding, and
//! blind where that is.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::naming::Told;
use super::tasks::{Bench, counted};
use super::{Cost, Found, Report, Values};
use crate::error::{Error, Result};
use crate::hooks::{Failure, Kind, PluginRef};
use crate::ids::ApplicationId;
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::applications;
use crate::resources::plugin_bindings::{self, Rule, millionths};
use crate::resources::plugins::comparison::compare;
use crate::resources::scores::inputs::{self, AskedJobs};
use crate::resources::scores::scoring::set_up;
use crate::scoring::{Contribution, Score, ScoringInput, Settings};
use crate::tasks::Stop;

impl Bench<'_> {
    pub(super) async fn try_application(
        &self,
        id: ApplicationId,
        report: &mut Report,
    ) -> Result<(Found, Values), Stop> {
        let Some((rule, input)) = self.question(id).await? else {
            return Ok((Found::skipped(), Values::default()));
        };
        let told = Told::by(&json!([input.candidate, input.answers]));
        let now = match self.rule_now(&rule) {
            Some((plugin, settings)) => {
                // A version in use that fails has no answer to compare with.
                self.scored(&plugin, settings, input.clone(), &mut report.baseline_cost).await?.ok()
            }
            None => None,
        };
        let settings = set_up(&rule, &self.candidate).config;
        let later = self.scored(&self.candidate.plugin, settings, input, &mut report.cost).await?;
        let baseline = now.as_ref().map(|score| score.value);
        Ok(match later {
            Err(failure) => (Found::failed(failure.code), Values { value: None, baseline }),
            Ok(later) => {
                // Where nothing is scored now, everything is new.
                let now = now.map_or_else(|| json!({}), |score| shape(&score, &told));
                let found = Found::of(compare(&now, &shape(&later, &told)));
                (found, Values { value: Some(later.value), baseline })
            }
        })
    }

    /// What is asked about an application now. Nothing when it is gone, or no résumé of theirs was read.
    async fn question(&self, id: ApplicationId) -> Result<Option<(Rule, ScoringInput)>> {
        let mut tx = self.services.db.read(self.caller, Permission::ScoreRead).await?;
        let Some(application) = applications::store::find(&mut tx, id).await? else { return Ok(None) };
        let Some(applicant) = inputs::applicant(&mut tx, &application).await? else { return Ok(None) };
        let bindings = plugin_bindings::store::list_scoring(&mut tx).await?;
        let rule = plugin_bindings::rule_of(bindings, application.job_id, &self.candidate.plugin.id);
        let mut jobs = AskedJobs::default();
        let asked = match jobs.get(&mut tx, application.job_id).await {
            Ok(asked) => asked,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let input = inputs::input(&application, &applicant, asked, &rule);
        tx.commit().await?;
        Ok(input.map(|input| (rule, input)))
    }

    /// Who is asked now, and with which settings: the version in use, else what comes with the server by this name.
    fn rule_now(&self, rule: &Rule) -> Option<(PluginRef, Arc<Settings>)> {
        if let Some(baseline) = &self.baseline {
            return Some((baseline.plugin.clone(), set_up(rule, baseline).config));
        }
        let (plugin, _) = self.services.hooks.named(Kind::ScoringRule, &rule.plugin)?;
        Some((plugin, Arc::clone(&rule.config)))
    }

    async fn scored(
        &self,
        plugin: &PluginRef,
        settings: Arc<Settings>,
        input: ScoringInput,
        cost: &mut Cost,
    ) -> Result<Result<Score, Failure>, Stop> {
        let mut answers = self.services.hooks.score_all(plugin, self.call(), settings, vec![input]).await;
        let mut ran = answers.pop().ok_or_else(|| Error::internal("one question has one answer"))?;
        ran.drop_nulls();
        counted(ran, cost)
    }
}

/// A score as it is compared: its contributions by their codes, so that one more does not make all behind it others.
fn shape(score: &Score, told: &Told) -> Value {
    let mut contributions: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (place, contribution) in score.contributions.iter().enumerate() {
        let Contribution { code, value, message, evidence } = contribution;
        // What is no word for programs may be anything.
        let code = if is_word(code) { code.clone() } else { place.to_string() };
        let shape = json!({ "value": millionths(*value), "message": message, "evidence": evidence });
        contributions.entry(code).or_default().push(shape);
    }
    json!({
        "value": millionths(score.value), "label": score.label, "contributions": contributions,
        "extra": told.unnamed(Value::Object(score.extra.clone())),
    })
}

/// As codes are: small letters, digits and underscores.
fn is_word(code: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !code.is_empty() && code.len() <= 64 && code.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shape;
    use crate::resources::plugin_trials::naming::Told;
    use crate::resources::plugins::comparison::compare;
    use crate::scoring::{Contribution, Score};

    fn score(contributions: &[(&str, f64, &str)]) -> Score {
        let contributions = contributions.iter().map(|(code, value, message)| Contribution {
            code: (*code).into(),
            value: *value,
            message: (*message).into(),
            evidence: Vec::new(),
        });
        let contributions: Vec<_> = contributions.collect();
        let value = contributions.iter().map(|one| one.value).sum();
        let extra = json!({ "model": contributions.len() });
        Score {
            value,
            contributions,
            extra: extra.as_object().cloned().unwrap_or_default(),
            ..Score::default()
        }
    }

    #[test]
    fn contributions_are_compared_by_their_codes() {
        let told = Told::by(&json!("Ada"));
        let before = score(&[("skill_match", 10.0, "Rust"), ("place", 5.0, "Near"), ("Ada!", 1.0, "?")]);
        let after =
            score(&[("years", 2.0, "Many"), ("skill_match", 10.0, "Rust, Go"), ("skill_match", 3.0, "C")]);
        let found = compare(&shape(&before, &told), &shape(&after, &told));

        let pointers: Vec<_> = found.iter().map(|one| one.pointer.as_str()).collect();
        let expected = [
            "/contributions/2",
            "/contributions/place",
            "/contributions/skill_match/0/message",
            "/contributions/skill_match/1",
            "/contributions/years",
            "/value",
        ];
        assert_eq!(pointers, expected);
        assert!(compare(&shape(&before, &told), &shape(&before, &told)).is_empty());
    }
}
