//! What can be exported, page by page, each as a single one is answered.

use std::collections::HashMap;

use sqlx::types::Json;
use uuid::Uuid;

use super::Asked;
use super::stream::{Line, Noun};
use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;
use crate::grants::Reach;
use crate::http::page::{Order, Position};
use crate::permissions::Permission;
use crate::resources::applications::wire::ApplicationView;
use crate::resources::candidates::Dossier;
use crate::resources::candidates::views::CandidateView;
use crate::resources::interviews::wire::InterviewView;
use crate::resources::jobs::wire::JobView;
use crate::resources::notes::wire::NoteView;
use crate::resources::offers::wire::OfferView;
use crate::resources::resumes::views::ResumeView;
use crate::resources::{applications, candidates, interviews, jobs, notes, offers, resumes};
use crate::services::Services;

type Start = Position<(Time, Uuid)>;

pub(crate) struct Candidates;

impl Noun for Candidates {
    type View = CandidateView;
    const NAME: &'static str = "candidates";
    const READ: Permission = Permission::CandidateRead;

    async fn page(
        tx: &mut Tx,
        _: &Services,
        reach: &Reach,
        asked: &Asked,
        position: Start,
    ) -> Result<Vec<Line<CandidateView>>> {
        let include_deleted = asked.include_deleted;
        let filter =
            candidates::listing::Filter { include_deleted, ..candidates::listing::Filter::default() };
        let rows = candidates::listing::store::list(tx, reach, &filter, Order::Changes(position)).await?;
        // Nothing of the person is left of those who were deleted.
        let there: Vec<_> = rows.iter().filter(|row| row.deleted_at.is_none()).map(|row| row.id).collect();
        let mut profiles: HashMap<_, _> =
            candidates::listing::store::list_profiles(tx, &there).await?.into_iter().collect();
        let mut contacts: HashMap<_, Vec<_>> = HashMap::new();
        for (id, contact) in candidates::listing::store::list_contacts(tx, &there).await? {
            contacts.entry(id).or_default().push(contact);
        }
        let line = |mut candidate: candidates::Candidate| {
            let key = (candidate.updated_at, candidate.id.uuid());
            candidate.profile = profiles.remove(&candidate.id).map(Json);
            if candidate.deleted_at.is_some() {
                candidate.profile_resume_id = None;
            }
            let contacts = contacts.remove(&candidate.id).unwrap_or_default();
            Line { key, view: CandidateView::of(Dossier { candidate, contacts }) }
        };
        Ok(rows.into_iter().map(line).collect())
    }
}

pub(crate) struct Jobs;

impl Noun for Jobs {
    type View = JobView;
    const NAME: &'static str = "jobs";
    const READ: Permission = Permission::JobRead;

    async fn page(
        tx: &mut Tx,
        _: &Services,
        reach: &Reach,
        asked: &Asked,
        position: Start,
    ) -> Result<Vec<Line<JobView>>> {
        let every = jobs::terms::Filter::default();
        let rows = jobs::store::list_changed(tx, reach, &every, asked.include_deleted, position).await?;
        let line = |job: jobs::Job| Line { key: (job.updated_at, job.id.uuid()), view: JobView::of(job) };
        Ok(rows.into_iter().map(line).collect())
    }
}

pub(crate) struct Applications;

impl Noun for Applications {
    type View = ApplicationView;
    const NAME: &'static str = "applications";
    const READ: Permission = Permission::ApplicationRead;

    async fn page(
        tx: &mut Tx,
        _: &Services,
        reach: &Reach,
        asked: &Asked,
        position: Start,
    ) -> Result<Vec<Line<ApplicationView>>> {
        let every = applications::listing::Filter::default();
        let rows =
            applications::listing::store::list_changed(tx, reach, &every, asked.include_deleted, position)
                .await?;
        let line = |row: applications::Application| Line {
            key: (row.updated_at, row.id.uuid()),
            view: ApplicationView::of(row),
        };
        Ok(rows.into_iter().map(line).collect())
    }
}

pub(crate) struct Resumes;

impl Noun for Resumes {
    type View = ResumeView;
    const NAME: &'static str = "resumes";
    const READ: Permission = Permission::ResumeRead;

    async fn page(
        tx: &mut Tx,
        _: &Services,
        reach: &Reach,
        asked: &Asked,
        position: Start,
    ) -> Result<Vec<Line<ResumeView>>> {
        let include_deleted = asked.include_deleted;
        let filter = resumes::listing::Filter { include_deleted, ..resumes::listing::Filter::default() };
        let rows = resumes::listing::store::list(tx, reach, &filter, Order::Changes(position)).await?;
        let there: Vec<_> =
            rows.iter().filter(|row| row.deleted_at.is_none()).filter_map(|row| row.parse_id).collect();
        let parses = resumes::listing::store::list_parses(tx, &there).await?;
        let mut parses: HashMap<_, _> = parses.into_iter().map(|parse| (parse.id, parse)).collect();
        let line = |row: resumes::Resume| {
            let parse = row.parse_id.and_then(|parse| parses.remove(&parse));
            Line { key: (row.updated_at, row.id.uuid()), view: ResumeView::of(row, parse) }
        };
        Ok(rows.into_iter().map(line).collect())
    }
}

pub(crate) struct Interviews;

impl Noun for Interviews {
    type View = InterviewView;
    const NAME: &'static str = "interviews";
    const READ: Permission = Permission::InterviewRead;

    async fn page(
        tx: &mut Tx,
        _: &Services,
        reach: &Reach,
        _: &Asked,
        position: Start,
    ) -> Result<Vec<Line<InterviewView>>> {
        let rows = interviews::store::list_changed(tx, reach, position).await?;
        let line = |row: interviews::Interview| Line {
            key: (row.updated_at, row.id.uuid()),
            view: InterviewView::of(row),
        };
        Ok(rows.into_iter().map(line).collect())
    }
}

pub(crate) struct Offers;

impl Noun for Offers {
    type View = OfferView;
    const NAME: &'static str = "offers";
    const READ: Permission = Permission::OfferRead;

    async fn page(
        tx: &mut Tx,
        services: &Services,
        reach: &Reach,
        _: &Asked,
        position: Start,
    ) -> Result<Vec<Line<OfferView>>> {
        let now = services.clock.now();
        let rows = offers::store::list_changed(tx, reach, position).await?;
        let line =
            |row: offers::Offer| Line { key: (row.updated_at, row.id.uuid()), view: OfferView::of(row, now) };
        Ok(rows.into_iter().map(line).collect())
    }
}

pub(crate) struct Notes;

impl Noun for Notes {
    type View = NoteView;
    const NAME: &'static str = "notes";
    const READ: Permission = Permission::NoteRead;

    async fn page(
        tx: &mut Tx,
        _: &Services,
        reach: &Reach,
        _: &Asked,
        position: Start,
    ) -> Result<Vec<Line<NoteView>>> {
        let rows = notes::store::list_changed(tx, reach, position).await?;
        let line = |row: notes::Note| Line { key: (row.updated_at, row.id.uuid()), view: NoteView::of(row) };
        Ok(rows.into_iter().map(line).collect())
    }
}
