//! What the operations may be asked. All of them look from an instant, at a span of time and at jobs.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::ids::{DepartmentId, JobId};
use crate::resources::analytics::frame::Asked;
use crate::resources::analytics::groups::GroupBy;
use crate::resources::analytics::sources::{self, Attribution};
use crate::resources::analytics::stage_conversion::{self, Population, Reached};
use crate::resources::analytics::time_in_stage::{self, Exits, Unit};
use crate::resources::analytics::time_to_fill::{self, Basis, End, Estimator};
use crate::resources::analytics::time_to_hire::{self, Start};

/// Fields of one operation's own, and those of all: what is flattened in cannot refuse what it does not know.
macro_rules! params {
    ($(#[$about:meta])* $name:ident { $($(#[$of_field:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Deserialize, IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            /// Everything as it stood at this instant (RFC 3339), or at the beginning of this date in the tenant's time
            /// zone. Now without it.
            #[param(example = "2026-03-01T00:00:00Z")]
            as_of: Option<String>,
            /// From this instant or date on.
            #[param(example = "2026-01-01")]
            from: Option<String>,
            /// Before this instant or date.
            #[param(example = "2026-04-01")]
            to: Option<String>,
            /// Only this job.
            job_id: Option<JobId>,
            /// Only jobs of this department and those below it.
            department_id: Option<DepartmentId>,
            $($(#[$of_field])* pub(super) $field: $kind,)*
        }

        impl $name {
            pub(super) fn asked(&self, source: Option<String>) -> Asked {
                let Self { as_of, from, to, job_id, department_id, .. } = self;
                let (as_of, from, to) = (as_of.clone(), from.clone(), to.clone());
                Asked { as_of, from, to, job: *job_id, department: *department_id, source }
            }
        }
    };
}

/// By what figures may be told apart that know no source, or tell sources apart anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum GroupByOther {
    Job,
    Department,
    Month,
}

impl GroupByOther {
    fn any(self) -> GroupBy {
        match self {
            GroupByOther::Job => GroupBy::Job,
            GroupByOther::Department => GroupBy::Department,
            GroupByOther::Month => GroupBy::Month,
        }
    }
}

params! {
    /// Which openings, and how they count.
    TimeToFillParams {
        /// `month`: in the tenant's time zone, the one in which the opening was filled.
        #[param(inline)]
        group_by: Option<GroupByOther>,
        /// Where the time begins: when it was opened last, or first.
        #[param(inline)]
        #[serde(default)]
        basis: Basis,
        /// Where it ends: when the offer was accepted, else when the application was moved to hired; or always the latter.
        #[param(inline)]
        #[serde(default)]
        end: End,
        /// `km` adds the Kaplan–Meier median over openings that were filled and those that were not.
        #[param(inline)]
        estimator: Option<Estimator>,
        /// Also openings of evergreen jobs.
        #[param(default = false)]
        #[serde(default)]
        include_evergreen: bool,
    }
}

impl TimeToFillParams {
    pub(super) fn rules(&self) -> time_to_fill::Rules {
        let Self { basis, end, estimator, include_evergreen, .. } = *self;
        time_to_fill::Rules { basis, end, estimator, include_evergreen }
    }

    pub(super) fn groups(&self) -> Option<GroupBy> {
        self.group_by.map(GroupByOther::any)
    }
}

params! {
    /// Which applications, and how they count.
    TimeToHireParams {
        /// Only applications of this source; `unattributed`: those without one.
        source: Option<String>,
        /// `month`: in the tenant's time zone, the one of the hire.
        #[param(inline)]
        group_by: Option<GroupBy>,
        /// Where the time begins: when the application came in, or when the candidate was first heard of.
        #[param(inline)]
        #[serde(default)]
        start: Start,
        /// Where it ends: when the offer was accepted, else when the application was moved to hired; or always the latter.
        #[param(inline)]
        #[serde(default)]
        end: End,
        /// An application that was reopened begins anew.
        #[param(default = false)]
        #[serde(default)]
        restart_on_reopen: bool,
    }
}

impl TimeToHireParams {
    pub(super) fn rules(&self) -> time_to_hire::Rules {
        let Self { start, end, restart_on_reopen, .. } = *self;
        time_to_hire::Rules { start, end, restart_on_reopen }
    }
}

params! {
    /// Which applications, and how they count.
    StageConversionParams {
        /// Only applications of this source; `unattributed`: those without one.
        source: Option<String>,
        /// `month`: in the tenant's time zone, the one in which the application came in.
        #[param(inline)]
        group_by: Option<GroupBy>,
        /// Whether applications under way count.
        #[param(inline)]
        #[serde(default)]
        population: Population,
        /// Whether a stage that was jumped over was reached.
        #[param(inline)]
        #[serde(default)]
        reached: Reached,
    }
}

impl StageConversionParams {
    pub(super) fn rules(&self) -> stage_conversion::Rules {
        stage_conversion::Rules { population: self.population, reached: self.reached }
    }
}

params! {
    /// Which visits, and how they count.
    TimeInStageParams {
        /// Only applications of this source; `unattributed`: those without one.
        source: Option<String>,
        /// `month`: in the tenant's time zone, the one in which the application came in.
        #[param(inline)]
        group_by: Option<GroupBy>,
        /// What is one figure: a visit, or all visits of an application together.
        #[param(inline)]
        #[serde(default)]
        unit: Unit,
        /// Which ways out of a stage count.
        #[param(inline)]
        #[serde(default)]
        exits: Exits,
        /// `km` adds the Kaplan–Meier median, in which whoever is still there counts as long as they were seen.
        #[param(inline)]
        estimator: Option<Estimator>,
    }
}

impl TimeInStageParams {
    pub(super) fn rules(&self) -> time_in_stage::Rules {
        let Self { unit, exits, estimator, .. } = *self;
        time_in_stage::Rules { unit, exits, estimator }
    }
}

params! {
    /// Which applications, and how they count.
    SourcesParams {
        /// Only this source; `unattributed`: those without one.
        source: Option<String>,
        /// Sources are told apart within each group. `month`: in the tenant's time zone, the one in which the application
        /// came in.
        #[param(inline)]
        group_by: Option<GroupByOther>,
        /// Whose source counts: the application's, or the candidate's.
        #[param(inline)]
        #[serde(default)]
        attribution: Attribution,
        /// Leave rates out where fewer applications are concluded.
        #[param(minimum = 0, default = 0)]
        #[serde(default)]
        min_n: u32,
        /// Also how well those fit who come from a source, by the scores they have now: this needs `score:read` as well.
        #[param(default = false)]
        #[serde(default)]
        scores: bool,
    }
}

impl SourcesParams {
    pub(super) fn rules(&self) -> sources::Rules {
        sources::Rules { attribution: self.attribution, min_n: self.min_n.into(), with_scores: self.scores }
    }

    pub(super) fn groups(&self) -> Option<GroupBy> {
        self.group_by.map(GroupByOther::any)
    }
}

params! {
    /// Which offers.
    OffersParams {
        /// Only applications of this source; `unattributed`: those without one.
        source: Option<String>,
        /// `month`: in the tenant's time zone, the one in which the offer was sent.
        #[param(inline)]
        group_by: Option<GroupBy>,
    }
}

params! {
    /// Which span of time, and which jobs.
    OverviewParams {}
}
