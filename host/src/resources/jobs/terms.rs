//! What lists find jobs by: each job has its terms, a filter asks for some. Made here, so that both databases compare the
//! same texts.

use std::collections::BTreeSet;

use super::content::{EmploymentType, JobLevel, Workplace};
use super::{Job, Status};
use crate::clock::Time;
use crate::fields::word;
use crate::ids::{DepartmentId, MemberId, OfficeId};

/// Which jobs of a list: those with all of the terms.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub(crate) terms: BTreeSet<String>,
    /// None: of any department, or of none.
    pub(crate) departments: Option<BTreeSet<DepartmentId>>,
    pub(crate) created_after: Option<Time>,
    /// Texts that stand in the job's words: of each list at least one.
    pub(crate) wanted: Vec<Vec<String>>,
    /// Texts that do not.
    pub(crate) unwanted: Vec<String>,
}

/// What can be asked for, in a word each.
#[derive(Clone, Copy, Debug)]
pub enum Term<'a> {
    Status(Status),
    Type(EmploymentType),
    Level(JobLevel),
    Workplace(Workplace),
    Country(&'a str),
    City(&'a str),
    Skill(&'a str),
    Tag(&'a str),
    Reference(&'a str),
    HiringManager(MemberId),
    Office(OfficeId),
}

impl Term<'_> {
    /// As it is compared: without regard to case.
    fn text(self) -> String {
        match self {
            Term::Status(status) => format!("status:{}", word(status)),
            Term::Type(kind) => format!("type:{}", word(kind)),
            Term::Level(level) => format!("level:{}", word(level)),
            Term::Workplace(workplace) => format!("workplace:{}", word(workplace)),
            Term::Country(country) => format!("country:{}", country.trim().to_lowercase()),
            Term::City(city) => format!("city:{}", city.trim().to_lowercase()),
            Term::Skill(skill) => format!("skill:{}", skill.trim().to_lowercase()),
            Term::Tag(tag) => format!("tag:{}", tag.trim().to_lowercase()),
            Term::Reference(reference) => format!("reference:{}", reference.trim()),
            Term::HiringManager(member) => format!("manager:{member}"),
            Term::Office(office) => format!("office:{office}"),
        }
    }
}

impl Filter {
    pub fn add(&mut self, term: Option<Term<'_>>) {
        self.terms.extend(term.map(Term::text));
    }

    pub(crate) fn is_of_any_department(&self) -> i64 {
        i64::from(self.departments.is_none())
    }

    pub(crate) fn department_digits(&self) -> Vec<String> {
        let departments = self.departments.iter().flatten();
        departments.map(|id| id.uuid().simple().to_string()).collect()
    }
}

impl Job {
    pub(crate) fn terms(&self) -> BTreeSet<String> {
        let place = self.location.as_ref();
        let one = [
            Some(Term::Status(self.status)),
            self.employment_type.map(Term::Type),
            self.experience_level.map(Term::Level),
            place.and_then(|place| place.workplace).map(Term::Workplace),
            place.and_then(|place| place.country.as_deref()).map(Term::Country),
            place.and_then(|place| place.city.as_deref()).map(Term::City),
            self.reference.as_deref().map(Term::Reference),
            self.hiring_manager_id.map(Term::HiringManager),
        ];
        let skills = self.skills.iter().map(|skill| Term::Skill(&skill.name));
        let tags = self.tags.iter().map(|tag| Term::Tag(tag));
        let offices = self.offices().iter().copied().map(Term::Office);
        one.into_iter().flatten().chain(skills).chain(tags).chain(offices).map(Term::text).collect()
    }
}
