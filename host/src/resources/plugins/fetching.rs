//! Fetches a plugin that lies elsewhere, by its address and digest or out of a registry. While the admin waits, and before
//! anything is written: what is wrong with the file is the answer. Nothing is kept of how a registry was asked.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::form::read_signature;
use super::installation::Incoming;
use crate::components::signature::Signature;
use crate::components::{MAX_COMPONENT_BYTES, Refusal};
use crate::digest::sha256_hex;
use crate::error::{Error, Result};
use crate::oci::{self, Access, Credentials, Reference};
use crate::services::Services;

/// A component to fetch.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlugin {
    /// `oci://registry/name:tag` or `oci://registry/name@sha256:…` of an OCI registry: what a tag stands for is looked up this
    /// once. Or an address with https, together with `sha256`; redirects are not followed. Neither at private addresses.
    #[schema(example = "oci://registry.example.com/acme/parser:1.2.0")]
    url: String,
    /// SHA-256 of the component, hexadecimal: nothing else is taken. With https it has to be there.
    #[schema(
        pattern = "^[0-9a-fA-F]{64}$",
        example = "bdb881c2dea2a03b0a39ff419f29fb8eb089a121e26d3dd5b86de4dc0468f931"
    )]
    sha256: Option<String>,
    /// Who asks the registry, where it wants to know.
    credentials: Option<RegistryCredentials>,
    /// Asks the registry without TLS; only where the operator lets requests go so.
    #[serde(default)]
    plain_http: bool,
    /// The content of the file that `mortise plugin sign` wrote beside it. An artifact in a registry may bear its own, which
    /// counts where this is left out.
    #[schema(value_type = Option<Object>)]
    signature: Option<Value>,
    /// Takes a component that nobody signed. Leaves an entry of its own in the audit log.
    #[serde(default)]
    allow_unsigned: bool,
}

/// Used to fetch this component, and not kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryCredentials {
    username: String,
    /// A password, or a token in its place.
    #[schema(format = Password)]
    password: String,
}

/// What came, and from where.
struct Fetched {
    component: Bytes,
    source: String,
    signature: Option<Signature>,
}

/// # Errors
/// `Invalid`, with the field at fault; `TooLarge`.
pub(super) async fn fetch(services: &Services, new: NewPlugin) -> Result<Incoming> {
    let expected = new.sha256.as_deref().map(read_digest).transpose()?;
    let signature = new.signature.as_ref().map(|value| read_signature(value.to_string().as_bytes()));
    let signature = signature.transpose()?;
    let fetched = if Reference::is_meant(&new.url) {
        from_registry(services, &new).await?
    } else {
        if expected.is_none() {
            let detail = "a file at an address is taken by its SHA-256 only: 64 hexadecimal digits";
            return Err(Error::invalid("#/sha256", "missing", detail));
        }
        from_address(services, &new).await?
    };
    let actual = sha256_hex(&fetched.component);
    if expected.is_some_and(|expected| expected != actual) {
        let detail =
            format!("the file there has the SHA-256 {actual}; ask whoever publishes it which is right");
        return Err(Error::invalid("#/sha256", "digest_mismatch", detail));
    }
    Ok(Incoming {
        component: fetched.component,
        place: "#/url",
        source: Some(fetched.source),
        signature: signature.or(fetched.signature),
        allows_unsigned: new.allow_unsigned,
    })
}

fn read_digest(text: &str) -> Result<String> {
    let digest = text.to_ascii_lowercase();
    if crate::digest::from_hex::<32>(&digest).is_none() {
        let detail = "the SHA-256 of the component: 64 hexadecimal digits";
        return Err(Error::invalid("#/sha256", "invalid_digest", detail));
    }
    Ok(digest)
}

async fn from_address(services: &Services, new: &NewPlugin) -> Result<Fetched> {
    for (is_there, pointer) in
        [(new.credentials.is_some(), "#/credentials"), (new.plain_http, "#/plain_http")]
    {
        if is_there {
            let detail = "this is for registries, whose addresses begin with oci://";
            return Err(Error::invalid(pointer, "registry_only", detail));
        }
    }
    let fetched = services.outbound.get(&new.url, MAX_COMPONENT_BYTES).await;
    let component = fetched.map_err(|failed| match failed.code {
        "too_large" => Error::TooLarge { detail: failed.detail },
        code => Error::invalid("#/url", code, failed.detail),
    })?;
    Ok(Fetched { component: component.into(), source: new.url.clone(), signature: None })
}

async fn from_registry(services: &Services, new: &NewPlugin) -> Result<Fetched> {
    if new.plain_http && !services.config.egress_allow_http {
        let detail = "the operator lets no request go without TLS (egress_allow_http)";
        return Err(Error::invalid("#/plain_http", "https_only", detail));
    }
    let reference = Reference::parse(&new.url).map_err(refused)?;
    let credentials = new
        .credentials
        .as_ref()
        .map(|given| Credentials { username: given.username.clone(), password: given.password.clone() });
    let access = Access {
        credentials,
        plain_http: new.plain_http,
        deadline: Duration::from_secs(services.config.registry_timeout_seconds),
    };
    let pulled = oci::pull(&services.outbound, &reference, &access).await.map_err(|refusal| {
        let is_denied = refusal.code == "registry_denied";
        if is_denied {
            Error::invalid("#/credentials", refusal.code, refusal.message)
        } else {
            refused(refusal)
        }
    })?;
    Ok(Fetched {
        component: pulled.component,
        source: pulled.reference.to_string(),
        signature: pulled.signature,
    })
}

fn refused(refusal: Refusal) -> Error {
    match refusal.code {
        "too_large" | "component_too_large" => Error::TooLarge { detail: refusal.message },
        code @ "timeout" => {
            let advice = "the operator can have registries waited for longer (registry_timeout_seconds)";
            Error::invalid("#/url", code, format!("{}; {advice}", refusal.message))
        }
        code => Error::invalid("#/url", code, refusal.message),
    }
}
