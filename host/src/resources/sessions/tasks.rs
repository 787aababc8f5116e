//! Keeps signing keys ahead of time, and forgets what has ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{signing, store, throttle};
use crate::error::Result;
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

/// Makes the next signing key in time.
#[derive(Debug, Serialize, Deserialize)]
pub struct RotateSigningKeys {}

impl Task for RotateSigningKeys {
    const KIND: &'static str = "sessions.rotate_signing_keys";
    const TIMEOUT: Duration = Duration::from_secs(60);

    async fn run(self, services: &Services, _: Attempt) -> Result<(), Stop> {
        Ok(signing::refresh(services).await?)
    }
}

/// Sessions are kept this long after their end, for whoever asks where they were signed in.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Forgets old sessions and failed sign-ins.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetSessions {}

impl Task for ForgetSessions {
    const KIND: &'static str = "sessions.forget";
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, _: Attempt) -> Result<(), Stop> {
        let now = services.clock.now();
        let mut tx = services.db.begin_system().await?;
        store::delete_tokens_before(&mut tx, now - KEPT).await?;
        let sessions = store::delete_before(&mut tx, now - KEPT).await?;
        let failures = store::delete_failures_before(&mut tx, now - throttle::FORGET_AFTER).await?;
        tx.commit().await?;
        tracing::debug!(sessions, failures, "forgot old sessions and failed sign-ins");
        Ok(())
    }
}
