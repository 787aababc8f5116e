//! Which jobs a list is asked for.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Status;
use super::content::{EmploymentType, JobLevel, Workplace};
use super::terms::{Filter, Term};
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{DepartmentId, MemberId, OfficeId};
use crate::resources::search::query::Query;

const MOST_SKILLS: usize = 50;

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct JobParams {
    /// In full text: words, `"phrases"`, and `-` before what is not wanted, in title, reference, descriptions,
    /// responsibilities, skills, tags and place.
    #[param(example = "\"civil engineer\" -junior")]
    pub(super) q: Option<String>,
    pub(super) status: Option<Status>,
    /// Of this department or one below.
    pub(super) department_id: Option<DepartmentId>,
    /// At this office.
    pub(super) office_id: Option<OfficeId>,
    pub(super) employment_type: Option<EmploymentType>,
    pub(super) experience_level: Option<JobLevel>,
    pub(super) workplace: Option<Workplace>,
    /// ISO 3166-1 alpha-2.
    pub(super) country: Option<String>,
    pub(super) city: Option<String>,
    /// In this place: words of its address, postal code, city, region or country.
    #[param(example = "Berlin")]
    pub(super) location: Option<String>,
    /// With all of these skills, required or nice to have, each by any of its names.
    #[serde(default)]
    pub(super) skill: Vec<String>,
    /// With all of these tags.
    #[serde(default)]
    pub(super) tag: Vec<String>,
    pub(super) reference: Option<String>,
    pub(super) hiring_manager_id: Option<MemberId>,
    /// Made later than this.
    pub(super) created_after: Option<DateTime<Utc>>,
    /// Changed later than this, in the order of their changes: for keeping a copy up to date. Ask again from a minute before
    /// the last `updated_at` you saw, as changes of the same moment may become visible one after the other.
    pub(super) updated_after: Option<DateTime<Utc>>,
    /// With `updated_after`: also those that were deleted, with `deleted_at`.
    #[serde(default)]
    pub(super) include_deleted: bool,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    pub(super) cursor: Option<String>,
}

impl JobParams {
    /// Department and skills are looked up by whoever lists.
    ///
    /// # Errors
    /// `Invalid`, naming the parameter.
    pub(super) fn filter(&self) -> Result<Filter> {
        let instant = |time| fields::instant("created_after", time);
        let created_after = self.created_after.map(instant).transpose()?;
        let mut filter = Filter { created_after, ..Filter::default() };
        filter.add(self.status.map(Term::Status));
        filter.add(self.employment_type.map(Term::Type));
        filter.add(self.experience_level.map(Term::Level));
        filter.add(self.workplace.map(Term::Workplace));
        filter.add(self.country.as_deref().map(Term::Country));
        filter.add(self.city.as_deref().map(Term::City));
        filter.add(self.reference.as_deref().map(Term::Reference));
        filter.add(self.hiring_manager_id.map(Term::HiringManager));
        filter.add(self.office_id.map(Term::Office));
        if let Some(text) = &self.q {
            filter.require_text(&Query::parse(text)?);
        }
        if let Some(text) = &self.location {
            filter.require_place(text)?;
        }
        if self.skill.len() > MOST_SKILLS {
            return Err(Error::invalid("skill", "too_many", format!("at most {MOST_SKILLS} skills")));
        }
        self.tag.iter().for_each(|tag| filter.add(Some(Term::Tag(tag))));
        Ok(filter)
    }
}
