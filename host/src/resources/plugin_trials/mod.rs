//! Trials: what a version of a plugin makes of chosen résumés, applications or events beside what is made of them now. Nothing
//! is kept but a report, and that says which fields differ, never what they say; of a score also the number.

pub mod actions;
mod applications;
mod events;
mod naming;
mod resumes;
pub mod routes;
pub(crate) mod store;
pub mod tasks;

use std::collections::HashSet;
use std::hash::Hash;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::clock::Time;
use crate::error::{Error, Fault, Result};
use crate::hooks::Kind;
use crate::ids::{
    ApplicationId, EventId, MemberId, PluginId, PluginVersionId, ResumeId, TrialId, WebhookEndpointId,
};
use crate::resources::plugins::comparison::FieldDifference;

/// Things of one trial.
pub const MOST_SUBJECTS: usize = 50;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Trial {
    pub id: TrialId,
    pub plugin_id: PluginId,
    pub version_id: PluginVersionId,
    pub resumes: Json<Vec<ResumeId>>,
    /// None: the résumés.
    pub subjects: Option<Json<Subjects>>,
    pub state: State,
    pub error_code: Option<String>,
    pub report: Option<Json<Report>>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub finished_at: Option<Time>,
    pub version: i64,
}

/// What a version is tried on where that is not résumés.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subjects {
    Applications(Vec<ApplicationId>),
    Events {
        ids: Vec<EventId>,
        /// As this one is sent them. None: as an endpoint for thin payloads without settings of its own.
        endpoint: Option<WebhookEndpointId>,
    },
}

/// What to try a version on, as it was asked for.
#[derive(Debug, Default)]
pub struct Chosen {
    pub resumes: Option<Vec<ResumeId>>,
    pub applications: Option<Vec<ApplicationId>>,
    pub events: Option<Vec<EventId>>,
    pub endpoint: Option<WebhookEndpointId>,
}

/// The same, as a kind of plugin is tried on it.
#[derive(Debug, PartialEq, Eq)]
pub enum Suited {
    Resumes(Vec<ResumeId>),
    Others(Subjects),
}

impl Chosen {
    /// # Errors
    /// `Invalid`: a list that is given has none, too many, or one twice.
    pub fn check(&self) -> Result<()> {
        check("#/resume_ids", self.resumes.as_deref())?;
        check("#/application_ids", self.applications.as_deref())?;
        check("#/event_ids", self.events.as_deref())
    }

    /// # Errors
    /// `Invalid`, naming each field that a plugin of this kind is not tried on, or the missing one that it is.
    pub fn suited(self, kind: Kind) -> Result<Suited> {
        let wanted = match kind {
            Kind::TextExtractor | Kind::ResumeParser => "#/resume_ids",
            Kind::ScoringRule => "#/application_ids",
            Kind::WebhookTransform => "#/event_ids",
        };
        let fields = [
            ("#/resume_ids", self.resumes.is_some()),
            ("#/application_ids", self.applications.is_some()),
            ("#/event_ids", self.events.is_some()),
            ("#/endpoint_id", self.endpoint.is_some()),
        ];
        let is_wrong = |pointer: &str| {
            let is_of_events = pointer == "#/endpoint_id" && kind == Kind::WebhookTransform;
            pointer != wanted && !is_of_events
        };
        let wrong = fields.into_iter().filter(|(pointer, is_given)| *is_given && is_wrong(pointer));
        let faults: Vec<_> = wrong.map(|(pointer, _)| unsuited(pointer, kind, wanted)).collect();
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        Ok(match kind {
            Kind::TextExtractor | Kind::ResumeParser => Suited::Resumes(given(wanted, self.resumes)?),
            Kind::ScoringRule => Suited::Others(Subjects::Applications(given(wanted, self.applications)?)),
            Kind::WebhookTransform => {
                let ids = given(wanted, self.events)?;
                Suited::Others(Subjects::Events { ids, endpoint: self.endpoint })
            }
        })
    }
}

fn unsuited(pointer: &str, kind: Kind, wanted: &str) -> Fault {
    let field = wanted.trim_start_matches("#/");
    let detail = format!("a plugin of the kind {} is tried on `{field}`; leave this out", kind.as_str());
    Fault { pointer: pointer.into(), code: "trial_unsupported", detail }
}

fn given<Id>(pointer: &str, ids: Option<Vec<Id>>) -> Result<Vec<Id>> {
    let detail = format!("name 1 to {MOST_SUBJECTS} to try it on");
    ids.ok_or_else(|| Error::invalid(pointer, "missing", detail))
}

/// Some, not too many, and each once.
fn check<Id: Copy + Eq + Hash>(pointer: &str, ids: Option<&[Id]>) -> Result<()> {
    let Some(ids) = ids else { return Ok(()) };
    if ids.is_empty() || ids.len() > MOST_SUBJECTS {
        let detail = format!("1 to {MOST_SUBJECTS} of them");
        return Err(Error::invalid(pointer, "out_of_range", detail));
    }
    let mut seen = HashSet::new();
    let again = ids.iter().enumerate().filter(|(_, id)| !seen.insert(**id));
    let faults: Vec<_> = again
        .map(|(index, _)| Fault {
            pointer: format!("{pointer}/{index}"),
            code: "duplicate",
            detail: "it is named before; name each once".into(),
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

impl Suited {
    /// Writes down how many of what, for the audit log.
    pub fn count(&self, into: &mut Value) {
        match self {
            Suited::Resumes(ids) => into["resumes"] = ids.len().into(),
            Suited::Others(Subjects::Applications(ids)) => into["applications"] = ids.len().into(),
            Suited::Others(Subjects::Events { ids, endpoint }) => {
                into["events"] = ids.len().into();
                into["endpoint_id"] = json!(endpoint);
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = TrialState)]
pub enum State {
    /// Waits for a worker.
    Pending,
    Running,
    /// The report is there.
    Done,
    Failed,
}

/// What a trial found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TrialReport)]
pub struct Report {
    /// Résumés, applications or events that were there to be tried.
    #[schema(example = 20)]
    pub tried: u32,
    /// Of them, those the version had no answer for.
    #[schema(example = 1)]
    pub failed: u32,
    /// Of them, those whose answers differ.
    #[schema(example = 4)]
    pub different: u32,
    /// 0 to 1: the share that failed.
    #[schema(example = 0.05)]
    pub failure_rate: f64,
    /// Of all calls of the version together.
    pub cost: Cost,
    /// Of all calls of what it was compared with.
    pub baseline_cost: Cost,
    /// Of a parser or a text extractor; otherwise empty.
    pub resumes: Vec<TriedResume>,
    /// Of a scoring rule; otherwise empty.
    #[serde(default)]
    pub applications: Vec<TriedApplication>,
    /// Of a webhook transform; otherwise empty.
    #[serde(default)]
    pub events: Vec<TriedEvent>,
}

/// What calls cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TrialCost)]
pub struct Cost {
    /// From call to answer, in microseconds.
    #[schema(example = 184_000)]
    pub wall_micros: i64,
    /// On a core, in microseconds.
    #[schema(example = 171_000)]
    pub cpu_micros: i64,
    /// Instructions; null where none are counted, as they are of scoring rules.
    #[serde(default)]
    #[schema(example = 412_000)]
    pub fuel: Option<i64>,
    /// Bytes, of the call that needed most.
    #[schema(example = 2424832)]
    pub peak_memory: i64,
}

/// One résumé of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TriedResume {
    pub resume_id: ResumeId,
    pub outcome: Outcome,
    /// Why there was no answer.
    #[schema(example = "plugin_timeout")]
    pub error_code: Option<String>,
    /// Where the answers differ.
    pub differences: Vec<FieldDifference>,
}

/// One application of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TriedApplication {
    pub application_id: ApplicationId,
    pub outcome: Outcome,
    /// Why there was no answer.
    #[schema(example = "plugin_timeout")]
    pub error_code: Option<String>,
    /// What the version scores it, 0 to 100. Null where it has no answer, and for whoever may not read every score.
    #[schema(example = 82.0, minimum = 0, maximum = 100)]
    pub value: Option<f64>,
    /// What the version in use scores it, given the same; null as `value` is, and where no version is in use.
    #[schema(example = 74.5, minimum = 0, maximum = 100)]
    pub baseline_value: Option<f64>,
    /// Where the answers differ: `/value`, `/label`, `/contributions/{code}/{which of this code}/{field}`, `/extra/{name}`.
    #[schema(example = json!([{ "pointer": "/contributions/skill_match/0/value", "change": "changed" }]))]
    pub differences: Vec<FieldDifference>,
}

/// One event of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TriedEvent {
    pub event_id: EventId,
    pub outcome: Outcome,
    /// Why there was no answer.
    #[schema(example = "plugin_timeout")]
    pub error_code: Option<String>,
    /// Where what would be sent differs: `/is_dropped`, `/drop_reason`, and of each request `/requests/{number}`, or in it
    /// `…/content_type`, `…/headers/{name}`, `…/body`, where that is JSON with the pointer into it. A field that is called
    /// what a full payload says of somebody is not named; what it is a part of is.
    #[schema(example = json!([{ "pointer": "/requests/0/body/text", "change": "changed" }]))]
    pub differences: Vec<FieldDifference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TrialOutcome)]
pub enum Outcome {
    /// The same as now.
    Same,
    Different,
    /// The version has no answer.
    Failed,
    /// It is gone, or there is nothing in it to ask about.
    Skipped,
}

/// What came of asking about one thing.
#[derive(Debug)]
pub struct Found {
    pub outcome: Outcome,
    pub error_code: Option<String>,
    pub differences: Vec<FieldDifference>,
}

impl Found {
    fn skipped() -> Self {
        Self { outcome: Outcome::Skipped, error_code: None, differences: Vec::new() }
    }

    fn failed(code: String) -> Self {
        Self { outcome: Outcome::Failed, error_code: Some(code), differences: Vec::new() }
    }

    fn of(differences: Vec<FieldDifference>) -> Self {
        let outcome = if differences.is_empty() { Outcome::Same } else { Outcome::Different };
        Self { outcome, error_code: None, differences }
    }
}

/// What an application is scored by the version, and by what it is compared with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values {
    pub value: Option<f64>,
    pub baseline: Option<f64>,
}

impl Report {
    pub fn add_resume(&mut self, resume_id: ResumeId, found: Found) {
        self.count(found.outcome);
        let Found { outcome, error_code, differences } = found;
        self.resumes.push(TriedResume { resume_id, outcome, error_code, differences });
    }

    pub fn add_application(&mut self, application_id: ApplicationId, found: Found, values: Values) {
        self.count(found.outcome);
        let Found { outcome, error_code, differences } = found;
        let Values { value, baseline: baseline_value } = values;
        self.applications.push(TriedApplication {
            application_id,
            outcome,
            error_code,
            value,
            baseline_value,
            differences,
        });
    }

    pub fn add_event(&mut self, event_id: EventId, found: Found) {
        self.count(found.outcome);
        let Found { outcome, error_code, differences } = found;
        self.events.push(TriedEvent { event_id, outcome, error_code, differences });
    }

    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Skipped => {}
            Outcome::Same => self.tried += 1,
            Outcome::Different => {
                self.tried += 1;
                self.different += 1;
            }
            Outcome::Failed => {
                self.tried += 1;
                self.failed += 1;
            }
        }
        self.failure_rate = match self.tried {
            0 => 0.0,
            tried => f64::from(self.failed) / f64::from(tried),
        };
    }

    /// That answers differ stays; where goes.
    pub fn forget(&mut self, resumes: &[ResumeId], applications: &[ApplicationId]) {
        for tried in self.resumes.iter_mut().filter(|tried| resumes.contains(&tried.resume_id)) {
            tried.differences.clear();
        }
        for tried in self.applications.iter_mut().filter(|one| applications.contains(&one.application_id)) {
            tried.differences.clear();
        }
    }

    /// For whoever may not read scores.
    #[must_use]
    pub fn without_values(mut self) -> Self {
        for tried in &mut self.applications {
            (tried.value, tried.baseline_value) = (None, None);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Chosen, Found, Outcome, Report, Subjects, Suited};
    use crate::error::Error;
    use crate::hooks::Kind;
    use crate::ids::{ApplicationId, EventId, ResumeId, WebhookEndpointId};

    #[test]
    fn what_was_skipped_is_not_counted() {
        let mut report = Report::default();
        for outcome in [Outcome::Skipped, Outcome::Same, Outcome::Failed, Outcome::Different, Outcome::Same] {
            let found = Found { outcome, error_code: None, differences: Vec::new() };
            report.add_resume(ResumeId::from_uuid(Uuid::nil()), found);
        }
        assert_eq!((report.tried, report.failed, report.different), (4, 1, 1));
        assert!((report.failure_rate - 0.25).abs() < f64::EPSILON);
    }

    fn faults(chosen: Chosen, kind: Kind) -> Vec<(String, &'static str)> {
        match chosen.check().and_then(|()| chosen.suited(kind)) {
            Err(Error::Invalid(faults)) => {
                faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_kind_is_tried_on_what_it_is_given_and_on_nothing_else() {
        let resumes = || Some(vec![ResumeId::from_uuid(Uuid::nil())]);
        let applications = || Some(vec![ApplicationId::from_uuid(Uuid::nil())]);
        let events = || Some(vec![EventId::from_uuid(Uuid::nil())]);
        let endpoint = Some(WebhookEndpointId::from_uuid(Uuid::nil()));
        let all = || Chosen { resumes: resumes(), applications: applications(), events: events(), endpoint };
        let unsupported = |pointers: &[&str]| -> Vec<_> {
            pointers.iter().map(|pointer| ((*pointer).to_owned(), "trial_unsupported")).collect()
        };

        let [r, a, e, p] = ["#/resume_ids", "#/application_ids", "#/event_ids", "#/endpoint_id"];
        for kind in [Kind::ResumeParser, Kind::TextExtractor] {
            assert_eq!(faults(all(), kind), unsupported(&[a, e, p]));
        }
        assert_eq!(faults(all(), Kind::ScoringRule), unsupported(&[r, e, p]));
        assert_eq!(faults(all(), Kind::WebhookTransform), unsupported(&[r, a]));

        let only = Chosen { events: events(), endpoint, ..Chosen::default() };
        let suited = Subjects::Events { ids: events().unwrap_or_default(), endpoint };
        assert_eq!(only.suited(Kind::WebhookTransform).expect("it suits"), Suited::Others(suited));
    }

    #[test]
    fn some_are_named_not_too_many_and_each_once() {
        let id = |number: u128| ApplicationId::from_uuid(Uuid::from_u128(number));
        let of = |ids: Vec<ApplicationId>| Chosen { applications: Some(ids), ..Chosen::default() };
        let one = |pointer: &str, code| vec![(pointer.to_owned(), code)];

        assert_eq!(faults(Chosen::default(), Kind::ScoringRule), one("#/application_ids", "missing"));
        assert_eq!(faults(of(vec![]), Kind::ScoringRule), one("#/application_ids", "out_of_range"));
        let many = (0..51).map(id).collect();
        assert_eq!(faults(of(many), Kind::ScoringRule), one("#/application_ids", "out_of_range"));
        let twice = of(vec![id(1), id(2), id(1)]);
        assert_eq!(faults(twice, Kind::ScoringRule), one("#/application_ids/2", "duplicate"));
        let fine = of((0..50).map(id).collect());
        assert!(fine.check().is_ok() && fine.suited(Kind::ScoringRule).is_ok());
    }
}
