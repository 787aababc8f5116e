//! Figures in groups: by job, department, source or month. Keeps one tally for all and one a group, and turns them into
//! the answer.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calendar::{Calendar, Month};
use super::frame::{Frame, Subject, UNATTRIBUTED};
use super::store::Job;
use crate::ids::{DepartmentId, JobId};

/// By what figures may be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    Job,
    Department,
    Source,
    Month,
}

/// Texts of sources, as small numbers.
#[derive(Debug, Default)]
pub struct Sources {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Sources {
    pub fn intern(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).expect("memory ends before the numbers do");
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        number
    }

    pub fn text(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(AsRef::as_ref)
    }
}

/// Which group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Job(JobId),
    Department(Option<DepartmentId>),
    Source(Option<u32>),
    Month(Month),
}

/// How things are put into groups.
pub(super) struct Grouping {
    pub(super) by: Option<GroupBy>,
    calendar: Option<Calendar>,
}

impl Grouping {
    pub(super) fn new(by: Option<GroupBy>, frame: &Frame) -> Self {
        Self { by, calendar: (by == Some(GroupBy::Month)).then(|| Calendar::new(frame.zone)) }
    }

    /// The group of an application; `at` is what its month goes by, if it has any.
    pub(super) fn key(&self, subject: &Subject<'_>, at: Option<i64>) -> Option<Key> {
        self.key_of(subject.job, subject.source, at)
    }

    pub(super) fn key_of(&self, job: &Job, source: Option<u32>, at: Option<i64>) -> Option<Key> {
        match self.by? {
            GroupBy::Job => Some(Key::Job(job.id)),
            GroupBy::Department => Some(Key::Department(job.department_id)),
            GroupBy::Source => Some(Key::Source(source)),
            GroupBy::Month => Some(Key::Month(self.calendar.as_ref()?.month(at?))),
        }
    }
}

/// A tally of everything, and one of each group.
pub(super) struct Groups<T> {
    empty: T,
    total: T,
    groups: HashMap<Key, T>,
}

impl<T: Clone> Groups<T> {
    pub(super) fn new(empty: T) -> Self {
        Self { total: empty.clone(), empty, groups: HashMap::new() }
    }

    /// Counts something in the total and in its group.
    pub(super) fn add(&mut self, key: Option<Key>, mut add: impl FnMut(&mut T)) {
        add(&mut self.total);
        if let Some(key) = key {
            add(self.groups.entry(key).or_insert_with(|| self.empty.clone()));
        }
    }

    pub(super) fn into_total(self) -> T {
        self.total
    }

    /// The answer; groups in the order of their names.
    pub(super) fn report<F>(
        self,
        frame: &Frame,
        grouping: &Grouping,
        sources: &Sources,
        figures: impl Fn(T) -> F,
    ) -> Report<F> {
        let named = |(key, tally)| {
            let (key, label) = name(key, frame, sources);
            Group { key, label, figures: figures(tally) }
        };
        let mut groups: Vec<_> = self.groups.into_iter().map(named).collect();
        groups.sort_by(|a, b| (&a.label, &a.key).cmp(&(&b.label, &b.key)));
        Report::of(frame, figures(self.total), grouping.by, groups)
    }
}

fn name(key: Key, frame: &Frame, sources: &Sources) -> (Option<String>, Option<String>) {
    match key {
        Key::Job(id) => (Some(id.to_string()), frame.jobs.get(&id).map(|job| job.title.clone())),
        Key::Department(None) => (None, None),
        Key::Department(Some(id)) => {
            let mut jobs = frame.jobs.values().filter(|job| job.department_id == Some(id));
            (Some(id.to_string()), jobs.next().and_then(|job| job.department.clone()))
        }
        Key::Source(number) => {
            let text = number.and_then(|number| sources.text(number)).map(str::to_owned);
            (text.clone(), Some(text.unwrap_or_else(|| UNATTRIBUTED.into())))
        }
        Key::Month(month) => (Some(month.to_string()), Some(month.to_string())),
    }
}

/// Figures, and what they are of.
#[derive(Debug, Serialize, ToSchema)]
pub struct Report<F> {
    /// Everything as it stood at this instant.
    pub as_of: DateTime<Utc>,
    /// The beginning of the span asked for.
    pub from: Option<DateTime<Utc>>,
    /// Its end, which is not in it.
    pub to: Option<DateTime<Utc>>,
    /// Where dates and months begin.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
    /// Of everything.
    pub total: F,
    pub group_by: Option<GroupBy>,
    /// Of each group that has anything.
    pub groups: Vec<Group<F>>,
}

/// The figures of one group.
#[derive(Debug, Serialize, ToSchema)]
pub struct Group<F> {
    /// The id of the job or department, the source, or the month; `null` for what has none.
    #[schema(example = "2026-02")]
    pub key: Option<String>,
    /// In words: the title of the job, the name of the department.
    #[schema(example = "2026-02")]
    pub label: Option<String>,
    pub figures: F,
}

impl<F> Report<F> {
    pub(super) fn of(frame: &Frame, total: F, group_by: Option<GroupBy>, groups: Vec<Group<F>>) -> Self {
        let time = |micros: i64| DateTime::from_timestamp_micros(micros).unwrap_or_default();
        Self {
            as_of: time(frame.as_of),
            from: frame.window.from.map(time),
            to: frame.window.to.map(time),
            time_zone: frame.zone.name().into(),
            total,
            group_by,
            groups,
        }
    }
}
