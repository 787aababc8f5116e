//! Makes code of a component that was installed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{actions, using};
use crate::components::Refusal;
use crate::error::{Error, Result};
use crate::ids::PluginVersionId;
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

/// Compiles one version.
#[derive(Debug, Serialize, Deserialize)]
pub struct CompilePlugin {
    pub version: PluginVersionId,
}

impl Task for CompilePlugin {
    const KIND: &'static str = "plugins.compile";
    const MAX_ATTEMPTS: u32 = 4;
    /// Longer than the compiler may take, a wait for its turn included.
    const TIMEOUT: Duration = Duration::from_secs(240);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let Some(version) = actions::begin_compiling(services, &caller, self.version).await? else {
            return Ok(());
        };
        let component = using::component(services, &caller, &version).await?;
        let outcome = match services.hooks.hold(component).await {
            Ok(_) => Ok(()),
            // It may go better the next time, or on another node.
            Err(refusal) if is_ours(&refusal) => {
                return Err(Stop::Retry(Error::Unavailable { detail: refusal.message }));
            }
            Err(refusal) => Err(refusal),
        };
        actions::compiled(services, &caller, version.id, outcome).await?;
        Ok(())
    }

    async fn buried(self, services: &Services, attempt: Attempt, last_error: &str) -> Result<()> {
        tracing::error!(version = %self.version, last_error, "gave up compiling a plugin");
        let refusal = Refusal::new(
            "compile_failed",
            "the component could not be compiled after several attempts; the server's log says why. Install it again later",
        );
        actions::compiled(services, &attempt.caller()?, self.version, Err(refusal)).await
    }
}

fn is_ours(refusal: &Refusal) -> bool {
    matches!(refusal.code, "plugin_host_error" | "plugins_unavailable")
}
