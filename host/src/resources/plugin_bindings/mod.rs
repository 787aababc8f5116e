//! Plugin bindings: which scoring rules a tenant asks, for all jobs or for one, with which weight and settings. Decides which
//! of them an application is scored by.

pub mod actions;
pub mod routes;
pub(crate) mod store;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::audit::Audited;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::ids::{BindingId, JobId, MemberId};
use crate::scoring::Settings;

/// Scores where a tenant has said nothing about scoring.
pub const DEFAULT_RULE: &str = "mortise/skills-score";

/// Weights and scores are kept as whole numbers of millionths, which both databases compare alike.
pub const MILLIONTHS: f64 = 1_000_000.0;

/// A plugin, and what it is asked for.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PluginBinding {
    pub id: BindingId,
    pub kind: Kind,
    /// `vendor/name`.
    pub plugin: String,
    /// None: for every job.
    pub job_id: Option<JobId>,
    /// Beside the others, in millionths.
    pub weight: i64,
    /// 1: the plugin does not learn who it is.
    pub is_blind: i64,
    pub is_enabled: i64,
    pub config: Json<Settings>,
    pub created_by: Option<MemberId>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// What a plugin is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = PluginBindingKind)]
pub enum Kind {
    /// To score applications.
    Scoring,
}

/// What may be changed; what is absent stays.
#[derive(Debug, Default)]
pub struct Details {
    pub weight: Option<f64>,
    pub is_blind: Option<bool>,
    pub is_enabled: Option<bool>,
    pub config: Option<Settings>,
}

const MOST_WEIGHT: f64 = 1_000.0;
const MOST_CONFIG: usize = 64 << 10;

impl PluginBinding {
    /// # Errors
    /// `Invalid`, naming the field.
    pub fn set(&mut self, details: Details) -> Result<()> {
        if let Some(weight) = details.weight {
            self.weight = millionths(weight);
            if !(weight <= MOST_WEIGHT && self.weight > 0) {
                let detail = format!("a weight is 0.000001 to {MOST_WEIGHT}");
                return Err(Error::invalid("#/weight", "out_of_range", detail));
            }
        }
        if let Some(is_blind) = details.is_blind {
            self.is_blind = i64::from(is_blind);
        }
        if let Some(is_enabled) = details.is_enabled {
            self.is_enabled = i64::from(is_enabled);
        }
        if let Some(config) = details.config {
            if json!(config).to_string().len() > MOST_CONFIG {
                let detail = format!("settings of at most {} KiB", MOST_CONFIG >> 10);
                return Err(Error::invalid("#/config", "too_large", detail));
            }
            self.config = Json(config);
        }
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what does not fit is out of every range anyway")]
pub fn millionths(number: f64) -> i64 {
    (number * MILLIONTHS).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub fn from_millionths(number: i64) -> f64 {
    number as f64 / MILLIONTHS
}

impl Audited for PluginBinding {
    fn audited(&self) -> Value {
        json!({
            "kind": self.kind, "plugin": self.plugin, "job_id": self.job_id, "weight": from_millionths(self.weight),
            "is_blind": self.is_blind == 1, "is_enabled": self.is_enabled == 1, "config": self.config.0,
        })
    }
}

/// A rule that an application is scored by.
#[derive(Clone, Debug)]
pub struct Rule {
    /// None: nobody has said so, it is the default.
    pub binding: Option<BindingId>,
    pub plugin: String,
    pub weight: i64,
    pub is_blind: bool,
    pub config: Arc<Settings>,
}

impl Rule {
    fn by_default() -> Self {
        Self {
            binding: None,
            plugin: DEFAULT_RULE.into(),
            weight: millionths(1.0),
            is_blind: false,
            config: Arc::default(),
        }
    }

    fn of(binding: PluginBinding) -> Self {
        let PluginBinding { id, plugin, weight, is_blind, config, .. } = binding;
        Self { binding: Some(id), plugin, weight, is_blind: is_blind == 1, config: Arc::new(config.0) }
    }
}

/// The rules a job's applications are scored by, of all bindings of the tenant: a job's own binding takes the place of the
/// tenant's of the same plugin, also to switch it off. Without any binding the default rule is asked.
pub fn rules(bindings: Vec<PluginBinding>, job: JobId) -> Vec<Rule> {
    if bindings.is_empty() {
        return vec![Rule::by_default()];
    }
    let (own, of_tenant): (Vec<_>, Vec<_>) = bindings
        .into_iter()
        .filter(|b| b.job_id.is_none_or(|id| id == job))
        .partition(|b| b.job_id.is_some());
    let general: Vec<_> =
        of_tenant.into_iter().filter(|one| !own.iter().any(|other| other.plugin == one.plugin)).collect();
    let mut all: Vec<_> = own.into_iter().chain(general).filter(|binding| binding.is_enabled == 1).collect();
    all.sort_by_key(|binding| binding.id);
    all.into_iter().map(Rule::of).collect()
}

/// How one plugin is asked about a job's applications, of all bindings of the tenant, also of one that is switched off: by the
/// job's own binding, else by the tenant's. Without any, with nothing laid over its settings.
pub fn rule_of(bindings: Vec<PluginBinding>, job: JobId, plugin: &str) -> Rule {
    let of_plugin = bindings.into_iter().filter(|binding| binding.plugin == plugin);
    let bound = of_plugin.filter(|binding| binding.job_id.is_none_or(|id| id == job));
    let closest = bound.min_by_key(|binding| binding.job_id.is_none()).map(Rule::of);
    closest.unwrap_or_else(|| Rule { plugin: plugin.into(), ..Rule::by_default() })
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;
    use uuid::Uuid;

    use super::{DEFAULT_RULE, Details, Kind, PluginBinding, from_millionths, millionths, rule_of, rules};
    use crate::ids::{BindingId, JobId};
    use crate::scoring::Settings;

    fn job(number: u128) -> JobId {
        JobId::from_uuid(Uuid::from_u128(number))
    }

    fn binding(number: u128, plugin: &str, of: Option<u128>, is_enabled: i64) -> PluginBinding {
        let now = "2026-03-02T09:00:00Z".parse().expect("it is a time");
        PluginBinding {
            id: BindingId::from_uuid(Uuid::from_u128(number)),
            kind: Kind::Scoring,
            plugin: plugin.into(),
            job_id: of.map(job),
            weight: millionths(1.0),
            is_blind: 0,
            is_enabled,
            config: Json(Settings::new()),
            created_by: None,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    fn plugins(bindings: Vec<PluginBinding>, of: u128) -> Vec<String> {
        rules(bindings, job(of)).into_iter().map(|rule| rule.plugin).collect()
    }

    #[test]
    fn without_a_binding_the_default_is_asked_and_with_any_it_is_not() {
        assert_eq!(plugins(Vec::new(), 1), [DEFAULT_RULE]);
        assert_eq!(plugins(vec![binding(1, DEFAULT_RULE, None, 0)], 1), Vec::<String>::new());
        assert_eq!(plugins(vec![binding(1, "a/b", Some(2), 1)], 1), Vec::<String>::new());
    }

    #[test]
    fn a_jobs_own_binding_takes_the_place_of_the_tenants() {
        let all = || {
            vec![
                binding(1, "a/a", None, 1),
                binding(2, "a/b", None, 1),
                binding(3, "a/b", Some(1), 1),
                binding(4, "a/a", Some(2), 0),
                binding(5, "a/c", Some(2), 1),
            ]
        };
        assert_eq!(plugins(all(), 1), ["a/a", "a/b"]);
        assert_eq!(rules(all(), job(1))[1].binding, Some(BindingId::from_uuid(Uuid::from_u128(3))));
        assert_eq!(plugins(all(), 2), ["a/b", "a/c"]);
        assert_eq!(plugins(all(), 3), ["a/a", "a/b"]);
    }

    #[test]
    fn a_plugin_that_is_not_asked_has_a_rule_too() {
        let blind = PluginBinding { is_blind: 1, ..binding(1, "a/a", None, 0) };
        let all = || vec![blind.clone(), binding(2, "a/a", Some(1), 1), binding(3, "a/b", None, 1)];
        assert_eq!(rule_of(all(), job(1), "a/a").binding, Some(BindingId::from_uuid(Uuid::from_u128(2))));
        assert!(rule_of(all(), job(2), "a/a").is_blind, "what is switched off says how it is asked");
        let unbound = rule_of(all(), job(1), "a/c");
        assert_eq!((unbound.plugin.as_str(), unbound.binding, unbound.is_blind), ("a/c", None, false));
    }

    #[test]
    fn weights_are_more_than_nothing() {
        let mut one = binding(1, "a/a", None, 1);
        for bad in [0.0, -1.0, 1e-9, 1_000.1, f64::NAN, f64::INFINITY] {
            assert!(one.set(Details { weight: Some(bad), ..Details::default() }).is_err(), "{bad}");
        }
        one.set(Details { weight: Some(2.5), ..Details::default() }).expect("it is one");
        assert!((from_millionths(one.weight) - 2.5).abs() < 1e-9);
    }
}
