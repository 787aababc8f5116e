//! Analytics: how long it takes to fill and to hire, how far applications get, where hires come from. Decides every figure
//! from the append-only history as it stood at an instant; writes nothing.

pub mod calendar;
pub mod costs;
pub mod frame;
pub mod groups;
pub mod ladder;
pub mod offers;
pub mod overview;
pub mod quality;
pub mod routes;
pub mod sources;
pub mod stage_conversion;
pub mod statistics;
pub(crate) mod store;
pub mod time_in_stage;
pub mod time_to_fill;
pub mod time_to_hire;
pub mod timeline;

use std::collections::BTreeMap;

/// Why something was not counted, and how often; what never happened is not there.
pub type Excluded = BTreeMap<&'static str, u64>;

/// Counts one more that is left out for this reason.
fn exclude(excluded: &mut Excluded, reason: &'static str) {
    *excluded.entry(reason).or_default() += 1;
}
