//! Asking on behalf of a tenant: what holds is read anew for every question, what it may cost is taken before it is asked, and
//! what it did cost is put in the place of that. Of a question that never came back what was taken stays counted.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Settings, Source, actions, month, next_month, store};
use crate::caller::Caller;
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::inference::{
    self, Answered, Ask, Bounds, Completion, Embeddings, Endpoint, Models, Provision, Reason, Unanswered,
    cost,
};
use crate::keys::Keys;
use crate::outbound::Outbound;
use crate::permissions::Permission;
use crate::resources::data_keys;
use crate::services::Services;

/// Models for the plugins of one tenant. Holds no more than it needs: whoever calls plugins holds this.
pub struct TenantModels {
    db: Db,
    clock: Clock,
    keys: Keys,
    outbound: Outbound,
    operator: Option<Arc<Provision>>,
    tenant: TenantId,
}

/// Tokens that were taken for one question.
struct Reservation {
    month: String,
    tokens: i64,
}

fn unavailable(error: Error) -> Unanswered {
    tracing::warn!(error = format!("{error:#}"), "what a tenant may spend on language models cannot be read");
    let detail = "what this tenant may spend cannot be read at the moment";
    Unanswered::new(Reason::Unavailable, "inference_unavailable", detail)
}

fn whole(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}

impl TenantModels {
    pub fn new(services: &Services, tenant: TenantId) -> Self {
        Self {
            db: services.db.clone(),
            clock: services.clock.clone(),
            keys: services.keys.clone(),
            outbound: services.outbound.clone(),
            operator: services.inference.clone(),
            tenant,
        }
    }

    /// What a plugin asks is nobody's doing but its own.
    fn caller(&self) -> Caller {
        Caller::operator(self.tenant)
    }

    /// What holds at this moment.
    async fn read(&self) -> Result<(Settings, Option<String>)> {
        let mut tx = self.db.read(&self.caller(), Permission::PluginRead).await?;
        let settings = actions::get(&mut tx, self.clock.now()).await?;
        let key = match &settings.sealed_key {
            Some(sealed) => {
                let opened = data_keys::actions::unseal(&mut tx, &self.keys, actions::PLACE, sealed).await?;
                let key = String::from_utf8(opened);
                Some(key.map_err(|_| Error::internal("a key of a language model is no text"))?)
            }
            None => None,
        };
        tx.commit().await?;
        Ok((settings, key))
    }

    async fn provision(&self) -> Result<Provision, Unanswered> {
        let (settings, key) = self.read().await.map_err(unavailable)?;
        let terms = settings.terms(self.operator.as_deref());
        let endpoint = match (terms.source, settings.url, &self.operator) {
            (Source::Tenant, Some(url), _) => Endpoint::new(self.outbound.clone(), &url, key),
            (Source::Operator, _, Some(operator)) => operator.endpoint.clone(),
            _ => return Err(inference::not_set_up()),
        };
        Ok(Provision {
            endpoint,
            models: terms.models,
            embedding_model: terms.embedding_model,
            tokens_per_month: terms.tokens_per_month,
        })
    }

    async fn take(&self, tokens: i64, most: Option<i64>) -> Result<Option<Reservation>> {
        let now = self.clock.now();
        let month = month(now);
        let mut tx = self.db.begin(&self.caller(), Permission::PluginWrite).await?;
        if !store::reserve(&mut tx, &month, tokens, most, now).await? {
            return Ok(None);
        }
        tx.commit().await?;
        Ok(Some(Reservation { month, tokens }))
    }

    async fn reserve(&self, tokens: u64, provision: &Provision) -> Result<Reservation, Unanswered> {
        let taken = self.take(whole(tokens), provision.tokens_per_month.map(whole)).await;
        taken.map_err(unavailable)?.ok_or_else(|| {
            let most = provision.tokens_per_month.unwrap_or_default();
            let from = next_month(self.clock.now()).map(|day| format!("; there is room again from {day}"));
            let detail = format!(
                "of the {most} tokens that may be spent this month not enough are left for this question{}",
                from.unwrap_or_default()
            );
            Unanswered::new(Reason::Denied, "token_quota_exhausted", detail)
        })
    }

    /// What was spent is counted even if nobody waits for the answer any more; if the database does not take it, what was taken
    /// stays counted.
    async fn settle(&self, reservation: Reservation, spent: u64) {
        let Reservation { month, tokens } = reservation;
        let settled: Result<()> = async {
            let mut tx = self.db.begin(&self.caller(), Permission::PluginWrite).await?;
            store::settle(&mut tx, &month, tokens, whole(spent), self.clock.now()).await?;
            tx.commit().await
        }
        .await;
        if let Err(error) = settled {
            tracing::warn!(
                error = format!("{error:#}"),
                "what was spent on a language model is not counted exactly"
            );
        }
    }

    async fn completed(&self, ask: Ask, bounds: &Bounds, tokens: &mut u64) -> Result<Completion, Unanswered> {
        let provision = self.provision().await?;
        let ask = ask.within(bounds)?;
        let model = provision.model(ask.model.as_deref(), bounds)?;
        let estimate = ask.estimate();
        let taken = self.reserve(estimate.saturating_add(ask.max_tokens.into()), &provision).await?;
        let answer = provision.endpoint.complete(model, &ask, bounds.deadline).await;
        *tokens = cost(&answer, estimate, Completion::tokens);
        self.settle(taken, *tokens).await;
        answer
    }

    async fn embedded(
        &self,
        texts: &[String],
        bounds: &Bounds,
        tokens: &mut u64,
    ) -> Result<Embeddings, Unanswered> {
        let provision = self.provision().await?;
        inference::check_texts(texts)?;
        let model = provision.embedding_model(bounds)?;
        let estimate = inference::estimate(texts.iter().map(String::len).sum());
        let taken = self.reserve(estimate, &provision).await?;
        let answer = provision.endpoint.embed(model, texts, bounds.deadline).await;
        *tokens = cost(&answer, estimate, |answer| answer.tokens.into());
        self.settle(taken, *tokens).await;
        answer
    }
}

/// For whoever watches the server; a tenant reads its own at `/v1/inference`.
fn metered<T>(result: Result<T, Unanswered>, tokens: u64) -> Answered<T> {
    let outcome = result.as_ref().map_or_else(|why| why.code, |_| "ok");
    metrics::counter!("inference_calls_total", "outcome" => outcome).increment(1);
    metrics::counter!("inference_tokens_total").increment(tokens);
    Answered { result, tokens }
}

#[async_trait]
impl Models for TenantModels {
    async fn complete(&self, ask: Ask, bounds: Bounds) -> Answered<Completion> {
        let mut tokens = 0;
        let result = self.completed(ask, &bounds, &mut tokens).await;
        metered(result, tokens)
    }

    async fn embed(&self, texts: Vec<String>, bounds: Bounds) -> Answered<Embeddings> {
        let mut tokens = 0;
        let result = self.embedded(&texts, &bounds, &mut tokens).await;
        metered(result, tokens)
    }
}
