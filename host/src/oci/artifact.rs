//! How a component lies in a registry: the CNCF's layout of WebAssembly artifacts, an OCI image manifest whose one layer is
//! the component. The plugin's signature travels in an annotation: it is about the component, not about the manifest, and
//! stays when an artifact is copied from registry to registry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reference::is_digest;
use crate::components::signature::Signature;
use crate::components::{Examined, MAX_COMPONENT_BYTES, Refusal};
use crate::digest::sha256_hex;

pub(super) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const CONFIG_TYPE: &str = "application/vnd.wasm.config.v0+json";
pub(super) const LAYER_TYPE: &str = "application/wasm";

/// Where the signature is, as the JSON of a `.sig` file.
const SIGNATURE: &str = "mortise.plugin.signature";

/// The same file always makes the same artifact, so no time of day goes in; tools want to read some.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// What a manifest points to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) media_type: String,
    /// `sha256:…`
    pub(super) digest: String,
    /// In bytes.
    pub(super) size: u64,
}

impl Descriptor {
    pub(super) fn of(media_type: &str, content: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: format!("sha256:{}", sha256_hex(content)),
            size: content.len() as u64,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    schema_version: u32,
    media_type: Option<String>,
    config: Descriptor,
    layers: Vec<Descriptor>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// Enough of any manifest to say why it is none of ours.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    media_type: Option<String>,
}

/// What the artifact's config says: enough to list components without fetching them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    created: &'static str,
    architecture: &'static str,
    os: &'static str,
    layer_digests: [&'a str; 1],
    component: Component<'a>,
}

#[derive(Serialize)]
struct Component<'a> {
    exports: &'a [String],
    imports: &'a [String],
}

fn invalid(what: &str) -> Refusal {
    let advice = "an artifact of a plugin is what `mortise plugin push` makes";
    Refusal::new("invalid_artifact", format!("{what}; {advice}"))
}

fn wrong_type(what: &str, actual: &str, wanted: &str) -> Refusal {
    let actual: String = actual.chars().filter(|c| c.is_ascii_graphic()).take(100).collect();
    let message = format!(
        "{what} is of the media type `{actual}`, not `{wanted}`; publish it with `mortise plugin push`"
    );
    Refusal::new("wrong_media_type", message)
}

impl Manifest {
    /// # Errors
    /// `wrong_media_type` or `invalid_artifact`: there is something else than one component; `component_too_large`.
    pub(super) fn read(content_type: Option<&str>, text: &[u8]) -> Result<Self, Refusal> {
        let kind: Kind = serde_json::from_slice(text).map_err(|_| invalid("the manifest is no JSON"))?;
        // Old manifests say it in the header alone.
        let told = content_type.map(|told| told.split(';').next().unwrap_or_default().trim());
        let kind = kind.media_type.as_deref().or(told).unwrap_or_default();
        if kind != MANIFEST_TYPE {
            return Err(wrong_type("what is there", kind, MANIFEST_TYPE));
        }
        let manifest: Self = serde_json::from_slice(text)
            .map_err(|error| invalid(&format!("the manifest is none: {error}")))?;
        if manifest.config.media_type != CONFIG_TYPE {
            return Err(wrong_type("its config", &manifest.config.media_type, CONFIG_TYPE));
        }
        let layer = manifest.layer()?;
        if layer.media_type != LAYER_TYPE {
            return Err(wrong_type("its layer", &layer.media_type, LAYER_TYPE));
        }
        if !is_digest(&layer.digest) {
            return Err(invalid("the layer's digest is no SHA-256"));
        }
        if layer.size > MAX_COMPONENT_BYTES as u64 {
            let message =
                format!("the component has {} bytes; at most {MAX_COMPONENT_BYTES} are taken", layer.size);
            return Err(Refusal::new("component_too_large", message));
        }
        Ok(manifest)
    }

    /// The component.
    pub(super) fn layer(&self) -> Result<&Descriptor, Refusal> {
        match &self.layers[..] {
            [layer] => Ok(layer),
            layers => Err(invalid(&format!("it has {} layers instead of one", layers.len()))),
        }
    }

    /// # Errors
    /// `signature_invalid`.
    pub(super) fn signature(&self) -> Result<Option<Signature>, Refusal> {
        self.annotations.get(SIGNATURE).map(|text| Signature::read(text.as_bytes())).transpose()
    }
}

/// The config and the manifest of a component, as they are published.
pub(super) fn describe(
    examined: &Examined,
    component: &[u8],
    signature: Option<&Signature>,
) -> serde_json::Result<(Vec<u8>, Vec<u8>)> {
    let layer = Descriptor::of(LAYER_TYPE, component);
    let config = serde_json::to_vec(&Config {
        created: CREATED,
        architecture: "wasm",
        os: "wasip2",
        layer_digests: [&layer.digest],
        component: Component { exports: &examined.exports, imports: &examined.imports },
    })?;
    let about = &examined.manifest;
    let mut annotations = BTreeMap::from([
        ("org.opencontainers.image.title".to_owned(), about.title.clone()),
        ("org.opencontainers.image.version".to_owned(), about.version.clone()),
        ("org.opencontainers.image.vendor".to_owned(), about.vendor().to_owned()),
    ]);
    let optional =
        [("description", &about.description), ("licenses", &about.licence), ("url", &about.homepage)];
    annotations.extend(
        optional
            .into_iter()
            .filter_map(|(name, text)| Some((format!("org.opencontainers.image.{name}"), text.clone()?))),
    );
    if let Some(signature) = signature {
        annotations.insert(SIGNATURE.to_owned(), serde_json::to_string(signature)?);
    }
    let manifest = serde_json::to_vec(&Manifest {
        schema_version: 2,
        media_type: Some(MANIFEST_TYPE.to_owned()),
        config: Descriptor::of(CONFIG_TYPE, &config),
        layers: vec![layer],
        annotations,
    })?;
    Ok((config, manifest))
}
