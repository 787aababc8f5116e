//! Stages: the pipeline of a job, copied from the tenant's own when the job is made. Decides which lists of stages are a
//! pipeline.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::fields;
use crate::ids::{JobId, StageId};
use crate::resources::audit::Audited;

/// What a stage is for. Across jobs, whose stages have names of their own, figures are counted by kind.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = StageKind)]
pub enum Kind {
    /// Where every application begins.
    Applied,
    Screening,
    Interview,
    Offer,
    /// Where hiring ends.
    Hired,
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Stage {
    pub id: StageId,
    pub job_id: JobId,
    pub name: String,
    pub kind: Kind,
    /// Within the job, from 0.
    pub position: i64,
    pub created_at: Time,
}

/// A stage as it is wanted: one that is there, by its id, or a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub id: Option<StageId>,
    pub name: String,
    pub kind: Kind,
}

/// A stage of the tenant's own pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineStage {
    #[schema(example = "Phone screen")]
    pub name: String,
    pub kind: Kind,
}

/// The stages new jobs begin with.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Pipeline {
    pub stages: Json<Vec<PipelineStage>>,
    pub updated_at: Time,
    pub version: i64,
}

const MAX_STAGES: usize = 50;
const MAX_NAME: usize = 100;

impl Pipeline {
    /// What a tenant has that never said otherwise.
    pub fn usual(now: Time) -> Self {
        let stages = [
            ("Applied", Kind::Applied),
            ("Screening", Kind::Screening),
            ("Interview", Kind::Interview),
            ("Offer", Kind::Offer),
            ("Hired", Kind::Hired),
        ];
        let stages = stages.map(|(name, kind)| PipelineStage { name: name.into(), kind });
        Self { stages: Json(stages.into()), updated_at: now, version: 0 }
    }
}

/// Stages in their order, each named once: it begins with the one `applied`, ends with the one `hired`, and no kind comes
/// before an earlier one, so that how far an application got can be told from its stage.
///
/// # Errors
/// `Invalid`, naming the stage.
pub fn checked(stages: Vec<Wanted>) -> Result<Vec<Wanted>> {
    let at = |index: usize, field: &str| format!("#/stages/{index}/{field}");
    if !(2..=MAX_STAGES).contains(&stages.len()) {
        let detail = format!("a pipeline has 2 to {MAX_STAGES} stages, from applied to hired");
        return Err(Error::invalid("#/stages", "not_a_pipeline", detail));
    }
    let last = stages.len() - 1;
    let mut checked: Vec<Wanted> = Vec::with_capacity(stages.len());
    for (index, stage) in stages.into_iter().enumerate() {
        let name = fields::line(&at(index, "name"), &stage.name, MAX_NAME)?;
        if checked.iter().any(|earlier| earlier.name.to_lowercase() == name.to_lowercase()) {
            return Err(Error::invalid(at(index, "name"), "given_twice", "two stages have this name"));
        }
        if stage.id.is_some() && checked.iter().any(|earlier| earlier.id == stage.id) {
            return Err(Error::invalid(at(index, "id"), "given_twice", "this stage is there more than once"));
        }
        let is_in_place = (stage.kind == Kind::Applied) == (index == 0)
            && (stage.kind == Kind::Hired) == (index == last)
            && checked.last().is_none_or(|earlier| earlier.kind <= stage.kind);
        if !is_in_place {
            let detail = "a pipeline is one stage applied, then any screening, then any interview, then any offer, then \
                          one hired";
            return Err(Error::invalid(at(index, "kind"), "not_a_pipeline", detail));
        }
        checked.push(Wanted { name, ..stage });
    }
    Ok(checked)
}

/// A job's stages as the audit log has them.
pub struct Stages<'a>(pub &'a [Stage]);

impl Audited for Stages<'_> {
    fn audited(&self) -> Value {
        let stages =
            self.0.iter().map(|stage| json!({ "id": stage.id, "name": stage.name, "kind": stage.kind }));
        json!({ "stages": stages.collect::<Vec<_>>() })
    }
}

impl Audited for Pipeline {
    fn audited(&self) -> Value {
        json!({ "stages": self.stages })
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Wanted, checked};

    fn stages(kinds: &[Kind]) -> Vec<Wanted> {
        let stage =
            |(index, kind): (usize, &Kind)| Wanted { id: None, name: format!("{index}"), kind: *kind };
        kinds.iter().enumerate().map(stage).collect()
    }

    #[test]
    fn a_pipeline_runs_from_applied_to_hired() {
        for good in [
            vec![Kind::Applied, Kind::Hired],
            vec![Kind::Applied, Kind::Interview, Kind::Interview, Kind::Offer, Kind::Hired],
        ] {
            assert!(checked(stages(&good)).is_ok(), "{good:?}");
        }
        for bad in [
            vec![],
            vec![Kind::Applied],
            vec![Kind::Screening, Kind::Hired],
            vec![Kind::Applied, Kind::Offer],
            vec![Kind::Applied, Kind::Offer, Kind::Screening, Kind::Hired],
            vec![Kind::Applied, Kind::Applied, Kind::Hired],
            vec![Kind::Applied, Kind::Hired, Kind::Hired],
        ] {
            assert!(checked(stages(&bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn two_stages_of_one_name_are_refused() {
        let mut twice = stages(&[Kind::Applied, Kind::Screening, Kind::Hired]);
        twice[1].name = "Talk".into();
        twice[2].name = "talk".into();
        assert!(checked(twice).is_err());
    }
}
