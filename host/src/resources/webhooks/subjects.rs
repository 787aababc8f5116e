//! What an event is about, as the API shows it: what a full payload carries beside the event.

use serde::Serialize;
use serde_json::Value;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, CandidateId, InterviewId, JobId, OfferId, ResumeId};
use crate::resources::candidates::views::CandidateView;
use crate::resources::resumes::views::ResumeView;
use crate::resources::{applications, candidates, interviews, jobs, offers, resumes};
use crate::services::Services;

/// A subject as it is now.
#[derive(Default)]
pub(super) struct Subject {
    /// None: it is not there any more, or nothing that can be shown.
    pub(super) shown: Option<Value>,
    /// Whose personal data that is.
    pub(super) candidate: Option<CandidateId>,
}

/// By its id on the wire.
///
/// # Errors
/// The database's.
pub(super) async fn find(tx: &mut Tx, services: &Services, id: &str) -> Result<Subject> {
    let prefix = id.rsplit_once('_').map_or("", |(prefix, _)| prefix);
    let found = match prefix {
        CandidateId::PREFIX => candidate(tx, id).await,
        ResumeId::PREFIX => resume(tx, id).await,
        JobId::PREFIX => job(tx, id).await,
        ApplicationId::PREFIX => application(tx, id).await,
        InterviewId::PREFIX => interview(tx, id).await,
        OfferId::PREFIX => offer(tx, services, id).await,
        _ => Ok(Subject::default()),
    };
    match found {
        // It was deleted, or merged into another.
        Err(Error::NotFound { .. } | Error::Moved { .. }) => Ok(Subject::default()),
        found => found,
    }
}

fn read<T: std::str::FromStr>(id: &str) -> Result<T> {
    id.parse().map_err(|_| Error::NotFound { what: "subject" })
}

fn shown(view: &impl Serialize, candidate: Option<CandidateId>) -> Result<Subject> {
    let shown = serde_json::to_value(view).map_err(anyhow::Error::new)?;
    Ok(Subject { shown: Some(shown), candidate })
}

async fn candidate(tx: &mut Tx, id: &str) -> Result<Subject> {
    let id: CandidateId = read(id)?;
    let found = candidates::store::get(tx, id).await?;
    let dossier = candidates::actions::open(tx, found).await?;
    shown(&CandidateView::of(dossier), Some(id))
}

async fn resume(tx: &mut Tx, id: &str) -> Result<Subject> {
    let found = resumes::store::get(tx, read(id)?).await?;
    let parse = match found.parse_id {
        Some(parse) => resumes::store::find_parse(tx, parse).await?,
        None => None,
    };
    let candidate = found.candidate_id;
    shown(&ResumeView::of(found, parse), candidate)
}

async fn job(tx: &mut Tx, id: &str) -> Result<Subject> {
    let found = jobs::store::get(tx, read(id)?).await?;
    shown(&jobs::wire::JobView::of(found), None)
}

async fn application(tx: &mut Tx, id: &str) -> Result<Subject> {
    let found = applications::store::get(tx, read(id)?).await?;
    let candidate = found.candidate_id;
    shown(&applications::wire::ApplicationView::of(found), Some(candidate))
}

async fn interview(tx: &mut Tx, id: &str) -> Result<Subject> {
    let found = interviews::store::get(tx, read(id)?).await?;
    let application = applications::store::get(tx, found.application_id).await?;
    shown(&interviews::wire::InterviewView::of(found), Some(application.candidate_id))
}

async fn offer(tx: &mut Tx, services: &Services, id: &str) -> Result<Subject> {
    let found = offers::store::get(tx, read(id)?).await?;
    let application = applications::store::get(tx, found.application_id).await?;
    shown(&offers::wire::OfferView::of(found, services.clock.now()), Some(application.candidate_id))
}
