//! `mortise:plugin/inference`: as far as the grant, the tenant and the operator allow. Where a model answers and with which
//! credential is not the plugin's to see; whatever goes wrong there is a value here.

use std::sync::Arc;
use std::time::Duration;

use super::denied;
use crate::components::CapabilityName;
use crate::inference::{self, Answered, Ask, Bounds, Models, Reason, Unanswered};
use crate::wasm::bindings::inference::{Completion, Host, Options};
use crate::wasm::bindings::types::{HostError, HostErrorKind};
use crate::wasm::sandbox::Sandbox;

/// Questions of one call.
const MOST_ASKED: u32 = 16;
/// What is left of a call's time for the plugin to make something of the answer, or of there being none.
const LAST_PART: u32 = 10;
const LONGEST_LAST_PART: Duration = Duration::from_secs(2);

fn failed(why: Unanswered) -> HostError {
    let kind = match why.reason {
        Reason::Denied => HostErrorKind::Denied,
        Reason::NotFound => HostErrorKind::NotFound,
        Reason::TooLarge => HostErrorKind::TooLarge,
        Reason::Timeout => HostErrorKind::Timeout,
        Reason::RateLimited => HostErrorKind::RateLimited,
        Reason::Unavailable => HostErrorKind::Unavailable,
        Reason::InvalidArgument => HostErrorKind::InvalidArgument,
    };
    HostError { kind, code: why.code.into(), message: why.detail }
}

impl Sandbox {
    /// Whom to ask, and to what the question is held.
    fn models(&mut self) -> Result<(Arc<dyn Models>, Bounds), HostError> {
        self.host_calls = self.host_calls.saturating_add(1);
        let terms = self.terms().ok_or_else(|| denied("inference"))?;
        let granted = terms.of(CapabilityName::Inference).ok_or_else(|| denied("inference"))?;
        self.asked = self.asked.saturating_add(1);
        if self.asked > MOST_ASKED {
            return Err(HostError {
                kind: HostErrorKind::RateLimited,
                code: "too_many_questions".into(),
                message: format!("at most {MOST_ASKED} questions a call"),
            });
        }
        let last_part = (self.limits.wall / LAST_PART).min(LONGEST_LAST_PART);
        let bounds = Bounds {
            models: granted.words("models"),
            max_tokens: granted.number("max_tokens"),
            deadline: self.deadline.checked_sub(last_part).unwrap_or(self.deadline),
        };
        Ok((Arc::clone(&terms.means.models), bounds))
    }

    fn count<T>(&mut self, answered: Answered<T>) -> Result<T, HostError> {
        self.inference_tokens = self.inference_tokens.saturating_add(answered.tokens);
        answered.result.map_err(failed)
    }
}

impl Host for Sandbox {
    async fn complete(
        &mut self,
        prompt: String,
        options: Options,
    ) -> wasmtime::Result<Result<Completion, HostError>> {
        let (models, bounds) = match self.models() {
            Ok(models) => models,
            Err(error) => return Ok(Err(error)),
        };
        let Options { system, model, max_tokens, temperature, json_schema } = options;
        let ask = Ask { system, prompt, model, max_tokens, temperature, json_schema };
        let answered = models.complete(ask, bounds).await;
        Ok(self.count(answered).map(|answer| {
            let inference::Completion { text, model, prompt_tokens, completion_tokens, truncated } = answer;
            Completion { text, model, prompt_tokens, completion_tokens, truncated }
        }))
    }

    async fn embed(&mut self, texts: Vec<String>) -> wasmtime::Result<Result<Vec<Vec<f32>>, HostError>> {
        let (models, bounds) = match self.models() {
            Ok(models) => models,
            Err(error) => return Ok(Err(error)),
        };
        let answered = models.embed(texts, bounds).await;
        Ok(self.count(answered).map(|answer| answer.vectors))
    }
}
