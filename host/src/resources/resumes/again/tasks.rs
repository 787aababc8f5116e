//! Begins many readings in the background.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Which, actions};
use crate::clock::Time;
use crate::error::Result;
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

/// Begins the reading of all that have not changed since it was asked for: run twice, it begins none twice.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadAllAgain {
    pub which: Which,
    pub parser: Option<String>,
    pub before: Time,
}

impl Task for ReadAllAgain {
    const KIND: &'static str = "resumes.read_all_again";
    const TIMEOUT: Duration = Duration::from_secs(30 * 60);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        while actions::go_on(services, &caller, &self).await? {}
        Ok(())
    }
}
