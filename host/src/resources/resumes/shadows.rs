//! Has a shadow read what was read: once the answer is kept, in a task of its own, as a trial.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{reading, store};
use crate::error::Error;
use crate::hooks::{Call, Ran};
use crate::ids::{ParseId, ResumeId, RunId};
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::plugin_shadow_runs::actions::{self as shadow_runs, Occasion};
use crate::resources::plugins::comparison;
use crate::resources::plugins::rollouts::Beside;
use crate::services::Services;
use crate::tasks::{Attempt, Queue, Stop, Task};

/// One reading, by a parser or by an extractor.
#[derive(Debug, Serialize, Deserialize)]
pub struct ShadowReading {
    pub resume: ResumeId,
    /// What a parser read. None: it is the text that is compared.
    pub parse: Option<ParseId>,
    pub beside: Beside,
}

impl Task for ShadowReading {
    const KIND: &'static str = "resumes.shadow";
    const QUEUE: Queue = Queue::Shadow;
    const MAX_ATTEMPTS: u32 = 3;
    /// Longer than a plugin may take.
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let Some(handle) = shadow_runs::take(services, &caller, &self.beside).await? else { return Ok(()) };
        let (document, text) = match reading::material(services, &caller, self.resume).await {
            Ok(Some(material)) => material,
            Ok(None) | Err(Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if !handle.manifest.takes(&document.media_type) {
            return Ok(());
        }
        let invocation = RunId::new(&services.clock).uuid();
        let call = Call { tenant: caller.tenant, invocation, dry_run: true };
        let (kept, ran) = match self.parse {
            None => {
                let mut ran = services.hooks.extract(&handle.plugin, call, document).await;
                ran.drop_nulls();
                (Some(comparison::of_text(&text)), compared(ran, comparison::of_text))
            }
            Some(parse) => {
                let mut ran = services.hooks.parse(&handle.plugin, call, document, Arc::new(text)).await;
                ran.drop_nulls();
                let mut tx = services.db.read(&caller, Permission::ResumeParse).await?;
                let parse = store::find_parse(&mut tx, parse).await?;
                tx.commit().await?;
                let kept = parse.and_then(|parse| parse.unified).map(|kept| value(&kept.0));
                (kept, compared(ran, |read| value(&read.resume)))
            }
        };
        shadow_runs::require_asked(&ran)?;
        let Some(kept) = kept else { return Ok(()) };
        let mut tx = services.db.begin(&caller, Permission::ResumeParse).await?;
        // Of somebody who was erased meanwhile nothing is written down.
        if store::find(&mut tx, self.resume).await?.is_none() {
            return Ok(());
        }
        let occasion = Occasion { attempt, beside: self.beside, subject: self.resume.to_string() };
        shadow_runs::record(&mut tx, services, &handle, occasion, &kept, ran).await?;
        Ok(tx.commit().await?)
    }
}

fn compared<T>(ran: Ran<T>, as_value: impl Fn(&T) -> Value) -> Ran<Value> {
    Ran { result: ran.result.map(|answer| as_value(&answer)), record: ran.record }
}

fn value(resume: &impl Serialize) -> Value {
    serde_json::to_value(resume).unwrap_or_default()
}
