//! How well those fit who come from a source: the median of their scores, as they are now. A million scores take longer than
//! a figure may, so they are looked at only when somebody asks.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::frame::{Frame, UNATTRIBUTED};
use super::groups::Report;
use super::sources::SourceEffectiveness;
use super::statistics::percentile;
use super::store;
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::{Reach, Scope};
use crate::permissions::Permission;

/// How well applications from a source fit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct SourceScore {
    /// Applications that are scored.
    #[schema(example = 3)]
    pub n: usize,
    /// Of 0 to 100.
    #[schema(example = 72.5)]
    pub median: f64,
}

/// Scores are kept in millionths of a point.
const POINT: f64 = 1_000_000.0;

/// Adds scores to the figures of everything.
///
/// # Errors
/// `Refusal` without the permission to read scores; only what it reaches is looked at.
pub(super) async fn add(
    tx: &mut Tx,
    caller: &Caller,
    frame: &Frame,
    first_touch: bool,
    report: &mut Report<SourceEffectiveness>,
) -> Result<()> {
    let reach = caller.reach(Permission::ScoreRead).map_err(|_| Error::Refusal {
        code: "not_readable",
        detail: "with scores=true this needs the permission score:read as well".into(),
    })?;
    let jobs = (!frame.is_whole() || reach != Reach::Everywhere).then(|| {
        let jobs = frame.jobs.values();
        let readable = jobs.filter(|job| reach.includes(Scope::Job(job.id, job.department_id)));
        readable.map(|job| job.id.uuid().simple().to_string()).collect::<Vec<_>>()
    });
    let mut by_source: HashMap<Option<String>, Vec<i64>> = HashMap::new();
    for (source, score) in store::list_scores(tx, jobs, first_touch, frame).await? {
        let label = source.as_deref().unwrap_or(UNATTRIBUTED);
        if frame.source.as_deref().is_none_or(|only| only == label) {
            by_source.entry(source).or_default().push(score);
        }
    }
    for figures in &mut report.total.sources {
        let Some(mut scores) = by_source.remove(&figures.source) else { continue };
        scores.sort_unstable();
        let median = percentile(&scores, 0.5);
        figures.score = median.map(|median| SourceScore { n: scores.len(), median: median / POINT });
    }
    Ok(())
}
