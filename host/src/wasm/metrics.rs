//! Calls of plugins as `/metrics` has them. The server's own plugins are named; those of tenants are counted together, by kind:
//! their names are the tenants' to choose, so a label for each would grow without bound, and tell whoever may look at metrics
//! what a tenant uses. A tenant sees each call of its own at `/v1/plugins/{id}/runs`.

use crate::components::OWN_VENDOR;
use crate::hooks::{Outcome, PluginRef, RunRecord};

/// Stands for the plugins of all tenants.
const INSTALLED: &str = "installed";

fn name(plugin: &PluginRef) -> String {
    // Nobody else's may be called so: an upload is refused.
    let is_ours = plugin.id.split_once('/').is_some_and(|(vendor, _)| vendor == OWN_VENDOR);
    if is_ours { plugin.id.clone() } else { INSTALLED.to_owned() }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Error => "error",
        Outcome::Trap => "trap",
        Outcome::Timeout => "timeout",
        Outcome::Memory => "memory",
        Outcome::Refused => "refused",
    }
}

/// Counts a call, and times it if it reached a sandbox.
pub(crate) fn count(record: &RunRecord) {
    let (plugin, kind) = (name(&record.plugin), record.plugin.kind.as_str());
    let outcome = word(record.outcome);
    metrics::counter!("plugin_calls_total", "plugin" => plugin.clone(), "kind" => kind, "outcome" => outcome)
        .increment(1);
    if record.wall.is_zero() {
        return;
    }
    if let Some(fuel) = record.fuel {
        metrics::counter!("plugin_fuel_total", "plugin" => plugin.clone(), "kind" => kind).increment(fuel);
    }
    if record.host_calls > 0 {
        metrics::counter!("plugin_host_calls_total", "plugin" => plugin.clone(), "kind" => kind)
            .increment(record.host_calls.into());
    }
    metrics::histogram!("plugin_call_seconds", "plugin" => plugin, "kind" => kind).record(record.wall);
}

#[cfg(test)]
mod tests {
    use super::name;
    use crate::hooks::{Kind, PluginRef};

    #[test]
    fn tenants_plugins_have_no_names_here() {
        let named = |id: &str| {
            let (version, digest) = ("1.0.0".into(), String::new());
            name(&PluginRef { id: id.into(), version, kind: Kind::ScoringRule, digest })
        };
        assert_eq!(named("mortise/skills-score"), "mortise/skills-score");
        for theirs in ["acme/skills-score", "mortise-two/skills-score", "mortise", ""] {
            assert_eq!(named(theirs), "installed", "{theirs}");
        }
    }
}
