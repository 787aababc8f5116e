//! Table of contents of background work: every task, every schedule.

use std::time::Duration;

use crate::error::Result;
use crate::resources::events::Deliver;
use crate::resources::{
    application_requests, audit, candidates, emails, erasures, files, idempotency, identity_providers,
    imports, jobs, plugin_runs, plugin_shadow_runs, plugin_trials, plugins, resumes, score_requests, scores,
    sessions, webhooks,
};
use crate::tasks::{PruneTasks, Registry, Schedule};

/// Every kind of task this version can run.
pub fn registry() -> Registry {
    Registry::new()
        .with::<resumes::tasks::ReadResume>()
        .with::<resumes::tasks::ReadResumeOutside>()
        .with::<files::tasks::SweepFiles>()
        .with::<plugin_runs::tasks::ForgetRuns>()
        .with::<plugins::tasks::CompilePlugin>()
        .with::<plugin_shadow_runs::tasks::ForgetShadowRuns>()
        .with::<resumes::shadows::ShadowReading>()
        .with::<scores::shadows::ShadowScore>()
        .with::<webhooks::transforms::shadows::ShadowTransform>()
        .with::<plugin_trials::tasks::RunTrial>()
        .with::<sessions::tasks::RotateSigningKeys>()
        .with::<sessions::tasks::ForgetSessions>()
        .with::<idempotency::tasks::ForgetAnswers>()
        .with::<audit::tasks::SealAuditLogs>()
        .with::<audit::tasks::SealAuditLog>()
        .with::<identity_providers::tasks::FetchKeys>()
        .with::<identity_providers::tasks::FetchStaleKeys>()
        .with::<erasures::tasks::ExpireCandidates>()
        .with::<erasures::tasks::ExpireCandidatesOf>()
        .with::<imports::tasks::RunImport>()
        .with::<imports::tasks::ForgetImports>()
        .with::<emails::tasks::SendEmail>()
        .with::<emails::tasks::ForgetEmails>()
        .with::<resumes::again::tasks::ReadAllAgain>()
        .with::<candidates::tasks::IndexCandidates>()
        .with::<jobs::tasks::IndexJobs>()
        .with::<Deliver>()
        .with::<webhooks::tasks::Release>()
        .with::<webhooks::tasks::ReleaseAll>()
        .with::<webhooks::tasks::Recover>()
        .with::<webhooks::tasks::ForgetDeliveries>()
        .with::<application_requests::ApplyWithResume>()
        .with::<score_requests::ScoreApplications>()
        .with::<score_requests::SpreadScores>()
        .with::<PruneTasks>()
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Every task that comes up by itself.
///
/// # Errors
/// A pattern or interval that is none.
pub fn schedules() -> Result<Vec<Schedule>> {
    Ok(vec![
        Schedule::every("files.sweep", HOUR, &files::tasks::SweepFiles {})?,
        Schedule::cron("plugin_runs.forget", "20 3 * * *", &plugin_runs::tasks::ForgetRuns {})?,
        Schedule::cron(
            "plugin_shadow_runs.forget",
            "20 3 * * *",
            &plugin_shadow_runs::tasks::ForgetShadowRuns {},
        )?,
        Schedule::every("sessions.rotate_signing_keys", HOUR, &sessions::tasks::RotateSigningKeys {})?,
        Schedule::cron("sessions.forget", "30 3 * * *", &sessions::tasks::ForgetSessions {})?,
        Schedule::every("idempotency.forget", HOUR, &idempotency::tasks::ForgetAnswers {})?,
        Schedule::every("audit.seal", 5 * MINUTE, &audit::tasks::SealAuditLogs {})?,
        Schedule::every(
            "identity_providers.fetch_stale_keys",
            HOUR,
            &identity_providers::tasks::FetchStaleKeys {},
        )?,
        Schedule::cron("erasures.expire", "10 2 * * *", &erasures::tasks::ExpireCandidates {})?,
        Schedule::cron("imports.forget", "50 3 * * *", &imports::tasks::ForgetImports {})?,
        Schedule::every("jobs.index", HOUR, &jobs::tasks::IndexJobs {})?,
        Schedule::cron("emails.forget", "50 3 * * *", &emails::tasks::ForgetEmails {})?,
        Schedule::every("webhooks.release_all", MINUTE, &webhooks::tasks::ReleaseAll {})?,
        Schedule::cron("webhooks.forget", "50 3 * * *", &webhooks::tasks::ForgetDeliveries {})?,
        Schedule::cron("tasks.prune", "40 3 * * *", &PruneTasks {})?,
    ])
}
