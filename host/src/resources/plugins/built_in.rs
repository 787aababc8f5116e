//! The plugins that come with the server, as they appear among a tenant's own: active, never to be changed. Those that ask for
//! capabilities are an offer: nobody uses them before a tenant has installed one among its own, and consented.

use sqlx::types::Json;
use uuid::Uuid;

use super::{Plugin, State, Version, offers};
use crate::clock::Time;
use crate::components::Manifest;
use crate::digest::sha256;
use crate::hooks::{Hooks, PluginRef};
use crate::ids::{FileId, PluginId, PluginVersionId};

/// The same for every tenant, and before every id that was made from a clock: in lists they come last.
fn id(of: &str) -> Uuid {
    let digest = sha256(of.as_bytes());
    let mut bytes = [0; 16];
    bytes[6..].copy_from_slice(&digest[..10]);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    Uuid::from_bytes(bytes)
}

/// All of them, in the descending order of their ids.
pub fn all(hooks: &dyn Hooks) -> Vec<(Plugin, Version)> {
    let mut all: Vec<_> = hooks.shipped().into_iter().map(rows).collect();
    all.sort_by_key(|(plugin, _)| std::cmp::Reverse(plugin.id));
    all
}

/// The one with this id.
pub fn find(hooks: &dyn Hooks, id: PluginId) -> Option<(Plugin, Version)> {
    hooks.shipped().into_iter().map(rows).find(|(plugin, _)| plugin.id == id)
}

fn rows((plugin, manifest): (PluginRef, Manifest)) -> (Plugin, Version) {
    let plugin_id = PluginId::from_uuid(id(&plugin.id));
    let version_id = PluginVersionId::from_uuid(id(&format!("{}@{}", plugin.id, plugin.version)));
    let version = Version {
        id: version_id,
        plugin_id,
        release: plugin.version,
        digest: plugin.digest,
        size: 0,
        file_id: FileId::from_uuid(Uuid::nil()),
        state: State::Ready,
        error_code: None,
        error_detail: None,
        granted: (!offers::is_offer(&manifest)).then(|| Json(Vec::new())),
        imports: Json(Vec::new()),
        source: None,
        signed_by: None,
        consented_by: None,
        consented_at: None,
        config: None,
        secret_names: Json(Vec::new()),
        secrets: None,
        created_by: None,
        created_at: Time::UNIX_EPOCH,
        updated_at: Time::UNIX_EPOCH,
        version: 1,
        manifest: Json(manifest.clone()),
    };
    let plugin = Plugin {
        id: plugin_id,
        name: plugin.id,
        kind: plugin.kind,
        title: manifest.title.clone(),
        active_version_id: (!offers::is_offer(&manifest)).then_some(version_id),
        activated_at: None,
        strikes: 0,
        suspended_at: None,
        suspended_until: None,
        created_by: None,
        created_at: Time::UNIX_EPOCH,
        updated_at: Time::UNIX_EPOCH,
        version: 1,
        is_built_in: true,
    };
    (plugin, version)
}
