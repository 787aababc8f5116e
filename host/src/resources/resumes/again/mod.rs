//! Reading many résumés again, after a parser changed or after one failed on them: a task that begins their readings, some
//! at a time.

pub mod actions;
pub mod routes;
pub(crate) mod store;
pub mod tasks;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which résumés are meant. None that is being read already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ResumesToParse)]
pub enum Which {
    /// All.
    #[default]
    All,
    /// Those that could not be read.
    Failed,
}
