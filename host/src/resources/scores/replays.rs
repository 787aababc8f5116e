//! Replays: whether a rule, given the same again, answers the same, byte for byte. Nothing of a score is changed by one.

use std::sync::Arc;

use super::inputs::{self, AskedJobs};
use super::{ApplicationScore, Status, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::hooks::{Call, Failure, Outcome, PluginRef, Ran};
use crate::ids::{RunId, ScoreId};
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::plugin_bindings::Rule;
use crate::resources::plugins::using;
use crate::resources::{applications, plugin_runs};
use crate::scoring::{Score, ScoringInput};
use crate::services::Services;

/// What a rule answered this time, beside what it had answered.
#[derive(Debug)]
pub struct Replay {
    pub run: RunId,
    pub kept: ApplicationScore,
    pub answer: Result<Score, Failure>,
    pub fuel: Option<u64>,
}

impl Replay {
    pub fn result_hash(&self) -> Option<String> {
        self.answer.as_ref().ok().map(Score::hash)
    }

    pub fn is_same(&self) -> bool {
        self.result_hash().is_some_and(|hash| self.kept.result_hash.as_ref() == Some(&hash))
    }
}

/// Asks the very version of the rule with the very settings about the very input once more.
///
/// # Errors
/// `NotFound`; `Conflict` when there is no score, its input was erased or is not what it was, or the version is no longer
/// installed; `Unavailable` while every sandbox is taken.
pub async fn replay(services: &Services, caller: &Caller, id: ScoreId) -> Result<Replay> {
    let (mut tx, reach) = services.db.read_within(caller, Permission::ScoreWrite).await?;
    let kept = store::get(&mut tx, id).await?;
    let application = applications::actions::get_within(&mut tx, &reach, kept.application_id).await;
    let application = application.map_err(|error| error.missing_as("score"))?;
    let plugin = asked_of(&kept)?;
    let input = rebuilt(&mut tx, &application, &kept).await?;
    tx.commit().await?;

    using::prepare_exactly(services, caller, &plugin).await?;
    let run = RunId::new(&services.clock);
    let call = Call { tenant: caller.tenant, invocation: run.uuid(), dry_run: true };
    let settings = Arc::new(kept.config.0.clone());
    let mut answers = services.hooks.score_all(&plugin, call, settings, vec![input]).await;
    let mut ran = answers.pop().ok_or_else(|| Error::internal("one question has one answer"))?;
    ran.drop_nulls();
    refuse_unasked(&ran)?;
    let Ran { result, record } = ran;

    let (mut tx, _) = services.db.begin_within(caller, Permission::ScoreWrite).await?;
    let code = result.as_ref().err().map(|failure| failure.code.as_str());
    let mut recorded = record.clone();
    // Whoever was erased meanwhile is not written about any more.
    if store::get(&mut tx, id).await.is_ok_and(|now| now.input_hash != kept.input_hash) {
        recorded.log_tail.clear();
    }
    let subject = kept.application_id.to_string();
    plugin_runs::store::insert(&mut tx, run, &subject, &recorded, code, services.clock.now()).await?;
    tx.commit().await?;
    Ok(Replay { run, kept, answer: result, fuel: record.fuel })
}

/// The version that has scored.
fn asked_of(kept: &ApplicationScore) -> Result<PluginRef> {
    if kept.status != Status::Scored {
        let detail = "there is no score to compare with; only one that is scored can be replayed".into();
        return Err(Error::Conflict { code: "not_scored", detail });
    }
    if kept.input_hash.is_empty() {
        let detail = "what the rule was given has been erased; nobody can tell any more".into();
        return Err(Error::Conflict { code: "input_erased", detail });
    }
    kept.plugin().ok_or_else(|| Error::internal("a score names the version that made it"))
}

/// The input as today's rows make it, if it is still the one it was.
pub(super) async fn rebuilt(
    tx: &mut Tx,
    application: &applications::Application,
    kept: &ApplicationScore,
) -> Result<ScoringInput> {
    let mut jobs = AskedJobs::default();
    let asked = jobs.get(tx, application.job_id).await?;
    let rule = Rule {
        binding: kept.binding_id,
        plugin: kept.plugin.clone(),
        weight: kept.weight,
        is_blind: kept.is_blind == 1,
        config: Arc::default(),
    };
    let applicant = inputs::applicant(tx, application).await?;
    let input = applicant.and_then(|applicant| inputs::input(application, &applicant, asked, &rule));
    let Some(input) = input else {
        let detail = "what the rule was given is gone: there is no candidate or no résumé any more".into();
        return Err(Error::Conflict { code: "input_erased", detail });
    };
    let hash = input.hash();
    if hash != kept.input_hash {
        let detail = format!(
            "candidate, job or answers have changed since: the rule was given {}, and would now be given {hash}; score it \
             again instead",
            kept.input_hash
        );
        return Err(Error::Conflict { code: "input_changed", detail });
    }
    Ok(input)
}

/// Where the rule was not asked there is nothing to compare.
fn refuse_unasked(ran: &Ran<Score>) -> Result<()> {
    let Err(failure) = &ran.result else { return Ok(()) };
    if failure.code == "plugin_not_installed" {
        let plugin = &ran.record.plugin;
        let detail = format!(
            "{} {} with the digest {} is no longer installed",
            plugin.id, plugin.version, plugin.digest
        );
        return Err(Error::Conflict { code: "plugin_gone", detail });
    }
    if failure.outcome == Outcome::Refused && failure.retryable {
        return Err(Error::Unavailable { detail: failure.message.clone() });
    }
    Ok(())
}
