//! How much each part weighs beside the others; a tenant may say otherwise.

use mortise_sdk::PluginError;
use serde::Deserialize;

use crate::education::Degree;

/// Weights of the parts, and what is asked for beside the job.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Of the job's skills.
    pub skills: f64,
    /// Of the years of work.
    pub years: f64,
    /// Of the level of experience.
    pub level: f64,
    /// Of the place.
    pub location: f64,
    /// Of the studies.
    pub education: f64,
    /// Points that go when every required skill is missing; in proportion when some are.
    pub missing_required: f64,
    /// The degree asked for where the job's custom field `degree` names none.
    pub degree: Option<Degree>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            skills: 60.0,
            years: 15.0,
            level: 10.0,
            location: 10.0,
            education: 5.0,
            missing_required: 20.0,
            degree: None,
        }
    }
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), PluginError> {
        let weights = [self.skills, self.years, self.level, self.location, self.education];
        let is_bad = |number: &f64| !number.is_finite() || *number < 0.0 || *number > 1e6;
        if weights.iter().any(is_bad) || weights.iter().sum::<f64>() <= 0.0 {
            return Err(PluginError::config(
                "weights",
                "Weights are not negative, at most a million, and one of them is more than zero.",
            ));
        }
        if is_bad(&self.missing_required) || self.missing_required > 100.0 {
            return Err(PluginError::config("missing_required", "missing_required is 0 to 100 points."));
        }
        Ok(())
    }
}
