//! Gathers everything that is known of a person.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Disclosure, Known, KnownResume, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{ApplicationId, CandidateId};
use crate::permissions::Permission;
use crate::resources::applications::wire::{ApplicationChangeView, ApplicationView};
use crate::resources::audit::{self, Change};
use crate::resources::candidates::Candidate;
use crate::resources::candidates::views::CandidateView;
use crate::resources::interviews::evaluations::{self, Sight};
use crate::resources::interviews::wire::InterviewView;
use crate::resources::notes::wire::NoteView;
use crate::resources::offers::wire::OfferView;
use crate::resources::resumes::views::ResumeView;
use crate::resources::scores::wire::ApplicationScores;
use crate::resources::{applications, candidates, consents, erasures, interviews, offers, resumes, scores};
use crate::services::Services;

/// More of one thing than anybody has.
const ALL: Position = Position { after: uuid::Uuid::max(), limit: 100_000 };

/// What is known of a candidate, deleted or not. That somebody asked is written down.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Moved` when the candidate was merged into another.
pub async fn gather(services: &Services, caller: &Caller, id: CandidateId) -> Result<Known> {
    let mut tx = services.db.begin(caller, Permission::CandidateExport).await?;
    let mut people = store::list_candidates(&mut tx, id).await?;
    let own = people.iter().position(|person| person.id == id);
    let person = own.map(|at| people.remove(at)).ok_or(Error::NotFound { what: "candidate" })?;
    if let Some(survivor) = person.merged_into {
        return Err(Error::Moved { to: format!("/v1/candidates/{survivor}/export") });
    }
    let candidate = person_of(&mut tx, person).await?;
    let mut duplicates = Vec::new();
    for duplicate in people {
        duplicates.push(person_of(&mut tx, duplicate).await?);
    }
    let consents = consents::store::list(&mut tx, id, ALL).await?;
    let consents = consents.iter().map(audit::Audited::audited).collect::<Vec<_>>();
    let hold = erasures::store::find_hold(&mut tx, id).await?;
    let hold = hold.map(|hold| json!({ "since": hold.created_at, "until": hold.until }));
    let mut applications = Vec::new();
    for application in store::list_applications(&mut tx, id).await? {
        applications.push(application_of(&mut tx, services, application).await?);
    }
    let mut interviews = Vec::new();
    for interview in store::list_interviews(&mut tx, id).await? {
        let seen = evaluations::store::list(&mut tx, interview, EVERYBODYS, ALL).await?;
        let seen: Vec<_> = seen.iter().map(audit::Audited::audited).collect();
        let interview = interviews::store::get(&mut tx, interview).await?;
        interviews.push(json!({ "interview": written(&InterviewView::of(interview))?, "evaluations": seen }));
    }
    let notes = store::list_notes(&mut tx, id).await?;
    let notes: Result<Vec<_>> = notes.into_iter().map(|note| written(&NoteView::of(note))).collect();
    let messages = written(&store::list_messages(&mut tx, id).await?)?;
    let disclosures = store::list_disclosures(&mut tx, id).await?;
    let disclosures: Vec<_> = disclosures.iter().map(Disclosure::shown).collect();
    let documents = vec![
        ("candidate.json", candidate),
        ("duplicates.json", duplicates.into()),
        ("consents.json", json!({ "consents": consents, "hold": hold })),
        ("applications.json", applications.into()),
        ("interviews.json", interviews.into()),
        ("notes.json", notes?.into()),
        ("emails.json", messages),
        ("disclosures.json", disclosures.into()),
    ];
    let mut known = Vec::new();
    for resume in store::list_resumes(&mut tx, id).await? {
        known.push(resume_of(&mut tx, resume).await?);
    }
    audit::record(&mut tx, &services.clock, "candidate.exported", id, Change::none());
    tx.commit().await?;
    Ok(Known { documents, resumes: known })
}

const EVERYBODYS: Sight = Sight { everybodys: true, own: None };

/// As the API shows them, and whole although they may be deleted.
async fn person_of(tx: &mut Tx, mut person: Candidate) -> Result<Value> {
    let deleted_at = person.deleted_at.take();
    let mut shown = written(&CandidateView::of(candidates::actions::open(tx, person).await?))?;
    shown["deleted_at"] = json!(deleted_at);
    Ok(shown)
}

async fn application_of(
    tx: &mut Tx,
    services: &Services,
    application: applications::Application,
) -> Result<Value> {
    let id: ApplicationId = application.id;
    let history = applications::store::list_changes(tx, id).await?;
    let history: Vec<_> = history.into_iter().map(ApplicationChangeView::of).collect();
    let now = services.clock.now();
    let offers = offers::store::list(tx, id, ALL).await?;
    let offers: Vec<_> = offers.into_iter().map(|offer| OfferView::of(offer, now)).collect();
    let scores = ApplicationScores::of(scores::store::list(tx, id).await?);
    let application = ApplicationView::of(application);
    Ok(json!({
        "application": written(&application)?, "history": written(&history)?, "offers": written(&offers)?,
        "scores": written(&scores.data)?,
    }))
}

async fn resume_of(tx: &mut Tx, resume: resumes::Resume) -> Result<KnownResume> {
    let text = store::find_text(tx, resume.id).await?;
    let parse = match resume.parse_id {
        Some(parse) => resumes::store::find_parse(tx, parse).await?,
        None => None,
    };
    let unified = parse.as_ref().and_then(|parse| parse.unified.as_ref());
    let reading = unified.map(|unified| {
        let evidence = parse.as_ref().and_then(|parse| parse.evidence.as_ref()).map(|evidence| &evidence.0);
        json!({ "unified": resume.corrected(unified), "evidence": evidence })
    });
    let view = written(&ResumeView::of(resume.clone(), parse))?;
    Ok(KnownResume { resume, view, text, reading })
}

fn written(view: &impl Serialize) -> Result<Value> {
    Ok(serde_json::to_value(view).map_err(anyhow::Error::new)?)
}
