//! Somebody from outside applies. Whatever is known of them already, they learn nothing of it, and nothing of it changes
//! but by the résumé they send.

use serde_json::Map;

use super::Tracking;
use super::actions::{Beginning, begin};
use super::public_form::Form;
use super::{Outcome, letters, store};
use crate::caller::Origin;
use crate::db::Tx;
use crate::error::Result;
use crate::fields;
use crate::ids::{CandidateId, JobId};
use crate::permissions::Permission;
use crate::resources::jobs::{self, Job};
use crate::resources::{candidates, consents, emails, privacy_policies, resumes, tracking_links};
use crate::services::Services;
use crate::tasks::Priority;

const SOURCE: &str = "careers page";

/// How a consent given with the form is known.
const EVIDENCE: &str = "application form";

/// # Errors
/// `NotFound` when the job is not open; `Invalid`, naming the part; `UnsupportedMedia`.
pub(crate) async fn apply(services: &Services, origin: Origin, id: JobId, form: Form) -> Result<()> {
    let (mut tx, job) = jobs::public::enter(services, origin, id).await?;
    let visitor = tx.caller().clone();
    let policy = privacy_policies::actions::get(&mut tx, services.clock.now()).await?;
    let link = tracking_links::actions::followed(&mut tx, job.id, form.link.as_deref()).await?;
    tx.commit().await?;

    policy.require_consents("consent", &form.consents)?;
    let name = fields::line("name", &form.name.unwrap_or_default(), 200)?;
    let email = fields::email("email", &form.email.unwrap_or_default())?;
    let source = fields::optional_line("source", form.source, 200)?;
    let source = link.as_ref().map(|link| link.source.clone()).or(source).unwrap_or_else(|| SOURCE.into());
    let answers = jobs::actions::checked_answers(&job, form.answers, jobs::actions::Answers::Complete)?;
    let mut tracking = form.tracking.checked()?;
    if let Some(link) = &link {
        tracking.utm_medium = tracking.utm_medium.or_else(|| link.medium.clone());
        tracking.utm_campaign = tracking.utm_campaign.or_else(|| link.campaign.clone());
    }
    let tracking = Some(tracking).filter(|tracking| *tracking != Tracking::default());
    let details = candidates::Details {
        name: Some(Some(name)),
        emails: Some(Some(vec![email.clone()])),
        phones: form.phone.map(|phone| Some(vec![phone])),
        source: Some(Some(source.clone())),
        ..candidates::Details::default()
    };
    let received = match form.resume {
        Some((name, bytes)) => {
            Some(resumes::actions::receive(services, &visitor, Permission::ResumeCreate, &name, bytes).await?)
        }
        None => None,
    };

    let mut tx = services.db.begin(&visitor, Permission::ApplicationWrite).await?;
    let job = jobs::store::get(&mut tx, job.id).await?;
    job.require_public(services.clock.now())?;
    let candidate = candidates::actions::find_or_create(&mut tx, services, &email, details).await?;
    consents::actions::agree(&mut tx, services, candidate, form.consents, EVIDENCE).await?;
    let resume = match received {
        Some(received) => {
            let resume = resumes::actions::add(
                &mut tx,
                services,
                received,
                Some(candidate),
                Some(source.clone()),
                Priority::High,
            )
            .await?;
            Some(resume.id)
        }
        None => None,
    };
    if !has_active(&mut tx, candidate, &job).await? {
        let beginning = Beginning {
            candidate,
            source: Some(source),
            tracking,
            credited_to: None,
            resume,
            answers,
            tags: Vec::new(),
            custom_fields: Map::new(),
            transferred_from: None,
        };
        let application = begin(&mut tx, services, &job, beginning, true).await?;
        if let Some(link) = link {
            tx.write_inserts().await?;
            tracking_links::store::insert_use(&mut tx, link.id, application.id).await?;
        }
        letters::tell(&mut tx, services, emails::Kind::ApplicationReceived, &application, Some(&email))
            .await?;
    }
    tx.commit().await
}

/// Whoever sends the form twice has applied once.
async fn has_active(tx: &mut Tx, candidate: CandidateId, job: &Job) -> Result<bool> {
    let earlier = store::list_of(tx, candidate, job.id).await?;
    Ok(earlier.iter().any(|application| application.outcome == Outcome::Active))
}
