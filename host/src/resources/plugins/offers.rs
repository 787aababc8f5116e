//! Plugins that come with the server and ask for capabilities: nobody's before a tenant installs one among its own. Decides what
//! is on offer; from then on it lives as any other installed plugin does, pinned by its digest.

use super::actions;
use super::installation::Incoming;
use crate::caller::Caller;
use crate::components::{Examined, Manifest};
use crate::error::{Error, Result};
use crate::hooks::{Hooks, PluginRef};
use crate::ids::PluginId;
use crate::permissions::Permission;
use crate::services::Services;

/// Whether what comes with the server is only on offer: it asks for what somebody has to consent to.
pub fn is_offer(manifest: &Manifest) -> bool {
    !manifest.capabilities.is_empty()
}

/// Whether these are the very bytes of something on offer: whoever trusts the server trusts them, signed or not.
pub fn is_offered(hooks: &dyn Hooks, examined: &Examined) -> bool {
    let is_it =
        |(plugin, manifest): &(PluginRef, Manifest)| plugin.digest == examined.digest && is_offer(manifest);
    hooks.shipped().iter().any(is_it)
}

/// What is on offer under the name of this plugin, the tenant's own or one that comes with the server.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Conflict` when nothing is.
pub(super) async fn take(services: &Services, caller: &Caller, id: PluginId) -> Result<Incoming> {
    let mut tx = services.db.read(caller, Permission::PluginWrite).await?;
    let name = actions::get(services, &mut tx, id).await?.name;
    tx.commit().await?;
    let shipped = services.hooks.shipped();
    let is_it = |(plugin, manifest): &(PluginRef, Manifest)| plugin.id == name && is_offer(manifest);
    let component = match shipped.iter().any(is_it) {
        true => services.hooks.shipped_component(&name),
        false => None,
    };
    let component = component.ok_or_else(|| {
        let detail =
            format!("`{name}` does not come with the server to be installed, as mortise/llm-parser does");
        Error::Conflict { code: "plugin_not_offered", detail }
    })?;
    Ok(Incoming { component, place: "id", source: None, signature: None, allows_unsigned: false })
}
