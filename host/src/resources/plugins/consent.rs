//! Consent: what a version asks for beside what it is granted, and beside what the version in use may do.

use sqlx::types::Json;

use super::{Version, actions, store, using};
use crate::caller::Caller;
use crate::components::{Capability, CapabilityName};
use crate::error::{Error, Result};
use crate::http::etag::IfMatch;
use crate::ids::{PluginId, PluginVersionId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::services::Services;

/// One capability as it was before and would be.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub name: CapabilityName,
    /// What the version in use may do.
    pub before: Option<Capability>,
    /// What this one asks for.
    pub after: Option<Capability>,
}

/// Where what a version asks for differs from what another was granted.
pub fn differences(granted: &[Capability], asked: &[Capability]) -> Vec<Difference> {
    let find = |list: &[Capability], name| list.iter().find(|one| one.name == name).cloned();
    let of = |name| Difference { name, before: find(granted, name), after: find(asked, name) };
    let is_different = |difference: &Difference| match (&difference.before, &difference.after) {
        (Some(before), Some(after)) => before.scope != after.scope,
        (None, None) => false,
        _ => true,
    };
    CapabilityName::EVERY.into_iter().map(of).filter(is_different).collect()
}

/// Lets a version do what is named of what it asks for, and nothing else. Holds at once where it is in use.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Invalid` for what it does not ask for.
pub async fn give(
    services: &Services,
    caller: &Caller,
    plugin: PluginId,
    version: PluginVersionId,
    if_match: &IfMatch,
    names: Vec<CapabilityName>,
) -> Result<Version> {
    let mut tx = services.db.begin(caller, Permission::PluginWrite).await?;
    actions::get_own(services, &mut tx, plugin).await?;
    let mut version = actions::get_version(services, &mut tx, plugin, version).await?;
    if_match.require(version.version)?;
    let asked = version.manifest.capabilities.clone();
    if let Some((index, name)) =
        names.iter().enumerate().find(|(_, name)| !asked.iter().any(|one| one.name == **name))
    {
        let detail = format!("the version does not ask for `{}`", name.interface());
        return Err(Error::invalid(format!("#/capabilities/{index}"), "not_requested", detail));
    }
    let before = version.clone();
    let now = services.clock.now();
    version.granted = Some(Json(asked.into_iter().filter(|one| names.contains(&one.name)).collect()));
    version.consented_by = caller.member();
    version.consented_at = Some(now);
    version.updated_at = now;
    store::update_version(&mut tx, &mut version).await?;
    let change = Change::between(&before, &version);
    audit::record(&mut tx, &services.clock, "plugin.consented", version.id, change);
    let terms = using::renew(services, &mut tx, &version).await?;
    tx.commit().await?;
    if let Some(terms) = terms {
        services.hooks.lend(caller.tenant, &version.digest, terms);
    }
    Ok(version)
}

impl Difference {
    /// Whether it asks for more.
    pub fn is_more(&self) -> bool {
        match (&self.before, &self.after) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(before), Some(after)) => !before.covers(after),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::differences;
    use crate::components::{Capability, CapabilityName};

    fn capabilities(value: Value) -> Vec<Capability> {
        serde_json::from_value(value).expect("they are capabilities")
    }

    #[test]
    fn an_upgrade_shows_what_is_new_what_is_wider_and_what_is_gone() {
        let granted = capabilities(json!([
            { "name": "kv", "reason": "r" },
            { "name": "http", "reason": "r", "hosts": ["a.example"] },
            { "name": "clock", "reason": "r" },
        ]));
        let asked = capabilities(json!([
            { "name": "http", "reason": "r", "hosts": ["a.example", "b.example"] },
            { "name": "secrets", "reason": "r" },
            { "name": "clock", "reason": "in other words" },
        ]));

        let found = differences(&granted, &asked);

        let more: Vec<_> = found.iter().map(|one| (one.name, one.is_more())).collect();
        let expected =
            [(CapabilityName::Http, true), (CapabilityName::Kv, false), (CapabilityName::Secrets, true)];
        assert_eq!(more, expected);
    }
}
