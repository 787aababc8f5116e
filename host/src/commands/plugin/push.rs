//! `mortise plugin push`: publishes a component in an OCI registry, once it has passed a server's checks.

use std::time::Duration;

use serde_json::json;

use super::{PushOptions, anywhere, find_signature, print, read, refused};
use crate::commands::parse::settings;
use crate::components::signature::Signature;
use crate::config::Config;
use crate::hooks::Hooks;
use crate::oci::{self, Access, Publication};
use crate::outbound::Outbound;
use crate::wasm::Plugins;

/// A large component over a thin line takes its time.
const DEADLINE: Duration = Duration::from_secs(300);

pub(super) async fn push(config: &Config, options: &PushOptions) -> anyhow::Result<()> {
    let reference = options.registry.reference(&options.reference)?;
    let component = read(&options.file)?;
    let plugins = Plugins::bare(settings(config)?)?;
    let examined = plugins.examine(component.clone()).await.map_err(refused)?;
    plugins.admit(&examined).map_err(refused)?;
    let signature = find_signature(options.signature.as_deref(), &options.file)?;
    let signature = signature.map(|text| Signature::read(&text)).transpose().map_err(refused)?;
    if let Some(signature) = &signature {
        signature.matches(&examined).map_err(refused)?;
    }
    let access = Access {
        credentials: options.registry.credentials()?,
        plain_http: options.registry.plain_http,
        deadline: DEADLINE,
    };
    let publication =
        Publication { component: &component, examined: &examined, signature: signature.as_ref() };
    let published = oci::push(&Outbound::new(&anywhere(config))?, &reference, &access, publication).await;
    let published = published.map_err(refused)?;
    print(&json!({
        "reference": published.to_string(), "digest": published.digest, "id": examined.manifest.id,
        "version": examined.manifest.version, "component": examined.digest,
        "signed_by": signature.map(|signature| signature.key_id),
    }))
}
