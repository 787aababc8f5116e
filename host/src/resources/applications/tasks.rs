//! Makes the applications that résumés were uploaded for.

use std::time::Duration;

use serde_json::Map;

use super::actions::{Beginning, begin};
use super::{Outcome, store};
use crate::error::Error;
use crate::permissions::Permission;
use crate::resources::application_requests::ApplyWithResume;
use crate::resources::{candidates, jobs, resumes};
use crate::services::Services;
use crate::tasks::{Attempt, Stop, Task};

impl Task for ApplyWithResume {
    const KIND: &'static str = "applications.apply_with_resume";
    const TIMEOUT: Duration = Duration::from_secs(30);

    async fn run(self, services: &Services, attempt: Attempt) -> Result<(), Stop> {
        let caller = attempt.caller()?;
        let mut tx = services.db.begin(&caller, Permission::ApplicationWrite).await?;
        // What was deleted meanwhile asks for nothing any more.
        let Some(resume) = resumes::store::find(&mut tx, self.resume).await? else { return Ok(()) };
        let Some(candidate) = resume.candidate_id else { return Ok(()) };
        let Some(job) = jobs::store::find(&mut tx, self.job).await? else { return Ok(()) };
        match candidates::actions::hold(&mut tx, candidate).await {
            Err(Error::NotFound { .. }) => return Ok(()),
            held => held?,
        }
        let earlier = store::list_of(&mut tx, candidate, job.id).await?;
        let is_made =
            earlier.iter().any(|one| one.outcome == Outcome::Active || one.resume_id == Some(resume.id));
        if is_made {
            return Ok(());
        }
        let beginning = Beginning {
            candidate,
            source: resume.source,
            tracking: None,
            credited_to: None,
            resume: Some(resume.id),
            answers: Map::new(),
            tags: Vec::new(),
            custom_fields: Map::new(),
            transferred_from: None,
        };
        match begin(&mut tx, services, &job, beginning, false).await {
            Ok(_) => tx.commit().await.map_err(Stop::from),
            // The job was closed meanwhile, or they have been turned down for it: that is for a person to decide.
            Err(Error::Conflict { detail, .. }) => Err(Stop::Cancel(detail)),
            Err(other) => Err(other.into()),
        }
    }
}
