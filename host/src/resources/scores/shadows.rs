//! Has a shadow score what was scored: once the score is kept, in a task of its own, as a trial.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ApplicationScore, replays, scoring, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::hooks::{Call, Ran};
use crate::ids::{RunId, ScoreId};
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::plugin_bindings::{Rule, millionths};
use crate::resources::plugin_shadow_runs::actions::{self as shadow_runs, Occasion};
use crate::resources::plugins::rollouts::Beside;
use crate::resources::{applications, plugin_bindings};
use crate::scoring::{Score, ScoringInput, Settings};
use crate::services::Services;
use crate::tasks::{Attempt, Queue, Stop, Task};

/// One score.
#[derive(Debug, Serialize, Deserialize)]
pub struct ShadowScore {
    pub score: ScoreId,
    pub beside: Beside,
}

impl Task for ShadowScore {
    const KIND: &'static str = "scores.shadow";
    const QUEUE: Queue = Queue::Shadow;
    const MAX_ATTEMPTS: u32 = 3;
    /// Longer than a rule may take.
    const TIMEOUT: Duration = Duration::from_secs(30);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let Some(handle) = shadow_runs::take(services, &caller, &self.beside).await? else { return Ok(()) };
        let Some((kept, input, laid_over)) = self.asked(services, &caller).await? else { return Ok(()) };
        let rule = Rule {
            binding: kept.binding_id,
            plugin: kept.plugin.clone(),
            weight: kept.weight,
            is_blind: kept.is_blind == 1,
            config: Arc::new(laid_over),
        };
        let settings = scoring::set_up(&rule, &handle).config;
        let invocation = RunId::new(&services.clock).uuid();
        let call = Call { tenant: caller.tenant, invocation, dry_run: true };
        let mut answers = services.hooks.score_all(&handle.plugin, call, settings, vec![input]).await;
        let mut ran = answers.pop().ok_or_else(|| Error::internal("one question has one answer"))?;
        ran.drop_nulls();
        shadow_runs::require_asked(&ran)?;
        let ran = Ran { result: ran.result.map(|score| answer(&score)), record: ran.record };
        let mut tx = services.db.begin(&caller, Permission::ScoreWrite).await?;
        // Of somebody who was erased meanwhile nothing is written down.
        if self.kept(&mut tx).await?.is_none_or(|now| now.input_hash != kept.input_hash) {
            return Ok(());
        }
        let occasion = Occasion { attempt, beside: self.beside, subject: kept.application_id.to_string() };
        shadow_runs::record(&mut tx, services, &handle, occasion, &kept_answer(&kept), ran).await?;
        Ok(tx.commit().await?)
    }
}

impl ShadowScore {
    /// The score, unless it was made again since.
    async fn kept(&self, tx: &mut Tx) -> Result<Option<ApplicationScore>> {
        let kept = store::find(tx, self.score).await?;
        Ok(kept.filter(|kept| kept.run_id == Some(self.beside.run)))
    }

    /// The score, what was asked, and the settings that were laid over the rule's own. Nothing when any of it is not what it
    /// was: then it is scored again, and that is compared.
    async fn asked(
        &self,
        services: &Services,
        caller: &Caller,
    ) -> Result<Option<(ApplicationScore, ScoringInput, Settings)>> {
        let mut tx = services.db.read(caller, Permission::ScoreRead).await?;
        let Some(kept) = self.kept(&mut tx).await? else { return Ok(None) };
        let Some(application) = applications::store::find(&mut tx, kept.application_id).await? else {
            return Ok(None);
        };
        let laid_over = match kept.binding_id {
            None => Settings::new(),
            Some(binding) => match plugin_bindings::store::get(&mut tx, binding).await {
                Ok(binding) => binding.config.0,
                Err(Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        let input = match replays::rebuilt(&mut tx, &application, &kept).await {
            Ok(input) => input,
            Err(Error::Conflict { .. } | Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        tx.commit().await?;
        Ok(Some((kept, input, laid_over)))
    }
}

/// A score as it is compared.
fn answer(score: &Score) -> Value {
    json!({
        "value": millionths(score.value), "label": score.label, "contributions": score.contributions,
        "extra": score.extra,
    })
}

/// The one that was kept, in the same shape.
fn kept_answer(kept: &ApplicationScore) -> Value {
    json!({
        "value": kept.value, "label": kept.label, "contributions": kept.contributions.0, "extra": kept.extra.0,
    })
}
