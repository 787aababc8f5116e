//! Sends what is in the outbox, and forgets what was sent long ago.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{actions, store};
use crate::error::{Error, Result};
use crate::ids::EmailId;
use crate::services::Services;
use crate::tasks::{Attempt, Queue, Stop, Task};

/// Hands one message to the SMTP server. If its end cannot be written, it goes out again with the same `Message-ID`.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendEmail {
    pub email: EmailId,
}

impl Task for SendEmail {
    const KIND: &'static str = "emails.send";
    const QUEUE: Queue = Queue::Outbound;
    /// A day and a bit, with the queue's back-off.
    const MAX_ATTEMPTS: u32 = 14;
    /// Longer than the mailer's deadline: its slots are few, and an attempt may wait for one.
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let Some(outgoing) = actions::prepare(services, &caller, self.email).await? else { return Ok(()) };
        let Some(mailer) = &services.mailer else { return Ok(()) };
        let outcome = mailer.send(outgoing).await;
        actions::note(services, &caller, self.email, outcome).await?;
        match outcome {
            Err(failed) if !failed.is_final => {
                let status = failed.status.map(|status| format!(" ({status})")).unwrap_or_default();
                let detail = format!("the SMTP server did not take it over: {}{status}", failed.code);
                Err(Stop::Retry(Error::Unavailable { detail }))
            }
            _ => Ok(()),
        }
    }

    async fn buried(self, services: &Services, attempt: Attempt, _last_error: &str) -> Result<()> {
        actions::give_up(services, &attempt.caller()?, self.email).await
    }
}

const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
const AT_ONCE: i64 = 5_000;

/// Deletes messages that were sent, or failed, more than ninety days ago.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetEmails {}

impl Task for ForgetEmails {
    const KIND: &'static str = "emails.forget";
    const MAX_ATTEMPTS: u32 = 3;
    const TIMEOUT: Duration = Duration::from_secs(300);

    async fn run(self, services: &Services, _attempt: Attempt) -> Result<(), Stop> {
        loop {
            let mut tx = services.db.begin_system().await?;
            let before = services.clock.now() - KEPT;
            let deleted = store::delete_before(&mut tx, before, AT_ONCE).await?;
            tx.commit().await?;
            if deleted == 0 {
                return Ok(());
            }
        }
    }
}
