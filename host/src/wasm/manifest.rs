//! What a plugin says about itself: `mortise-plugin.toml` while it is written, a JSON section once it is built.

use serde::Deserialize;
use wasmparser::{Parser, Payload};

use super::checks::{self, Refusal};
use super::section;
use super::settings::Limits;
use crate::components::MANIFEST_VERSION;
use crate::components::settings::Schema;
pub use crate::components::{Capability, CapabilityName, Manifest, RequestedLimits};
use crate::hooks::Kind;

/// The most a manifest may take.
const MAX_BYTES: usize = 64 << 10;

impl RequestedLimits {
    /// The lesser of both, limit by limit.
    pub(crate) fn within(&self, budget: Limits) -> Limits {
        let millis = |asked: Option<u64>, most: std::time::Duration| {
            asked.map_or(most, |asked| most.min(std::time::Duration::from_millis(asked)))
        };
        Limits {
            wall: millis(self.wall_ms, budget.wall),
            cpu: millis(self.cpu_ms, budget.cpu),
            memory: self
                .memory_mib
                .map_or(budget.memory, |mib| budget.memory.min(mib.saturating_mul(1 << 20))),
            fuel: budget.fuel.map(|most| self.fuel.map_or(most, |asked| most.min(asked))),
            ..budget
        }
    }
}

impl Manifest {
    /// Reads what an author writes.
    ///
    /// # Errors
    /// What is wrong with the text, for its author.
    pub fn from_toml(text: &str) -> Result<Self, Refusal> {
        readable(toml::from_str(text).ok())?;
        let manifest: Self = toml::from_str(text)
            .map_err(|error| invalid(format!("mortise-plugin.toml: {}", error.message())))?;
        manifest.checked()
    }

    /// Finds and reads the manifest of a component, without compiling or validating the rest of it.
    ///
    /// # Errors
    /// A refusal that says whether it is missing, there twice, too large, or wrong.
    pub fn of(component: &[u8]) -> Result<Self, Refusal> {
        let text = find(component)?;
        if memchr::memmem::find(text, b"\\u0000").is_some() {
            return Err(invalid("a text cannot hold the character U+0000".into()));
        }
        readable(serde_json::from_slice(text).ok())?;
        let manifest: Self = serde_json::from_slice(text).map_err(|error| invalid(error.to_string()))?;
        manifest.checked()
    }

    pub(crate) fn requests(&self, capability: CapabilityName) -> bool {
        self.capabilities.iter().any(|asked| asked.name == capability)
    }

    fn checked(self) -> Result<Self, Refusal> {
        let Some((vendor, name)) = self.id.split_once('/') else {
            return Err(invalid(format!("the id `{}` is not of the form vendor/name", self.id)));
        };
        if !is_word(vendor) || !is_word(name) {
            return Err(invalid(format!(
                "the id `{}` may hold only lower-case letters, digits and hyphens on each side of the slash, \
                 at most 64 of them",
                self.id
            )));
        }
        if let Err(error) = semver::Version::parse(&self.version) {
            return Err(invalid(format!(
                "the version `{}` is not a semantic version: {error}",
                self.version
            )));
        }
        if self.kind == Kind::TextExtractor && self.media_types.is_empty() {
            return Err(invalid("a text extractor has to name the media_types it opens".into()));
        }
        for media_type in &self.media_types {
            let is_type = media_type.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
            if !is_type
                || media_type.bytes().any(|byte| !byte.is_ascii_graphic() || byte.is_ascii_uppercase())
            {
                return Err(invalid(format!("`{media_type}` is not a media type in lower case")));
            }
        }
        for (index, capability) in self.capabilities.iter().enumerate() {
            let name = capability.name.interface();
            if capability.reason.trim().is_empty() {
                return Err(invalid(format!("the capability `{name}` gives no reason")));
            }
            if self.capabilities[..index].iter().any(|other| other.name == capability.name) {
                return Err(invalid(format!("the capability `{name}` is there twice")));
            }
            if !checks::world_of(self.kind).contains(&name) {
                let kind = self.kind.as_str();
                return Err(invalid(format!("a {kind} cannot have the capability `{name}`; take it out")));
            }
            capability.check().map_err(invalid)?;
        }
        Schema::new(self.config_schema.as_ref()).check().map_err(invalid)?;
        Ok(self)
    }
}

/// What every version of a manifest says, whatever else it holds.
#[derive(Deserialize)]
struct Shape {
    manifest_version: Option<u32>,
}

/// Refuses a manifest of a newer shape as such, and not for the first thing in it that nobody here knows.
fn readable(shape: Option<Shape>) -> Result<(), Refusal> {
    match shape.and_then(|shape| shape.manifest_version) {
        None | Some(MANIFEST_VERSION) => Ok(()),
        Some(version) => Err(invalid(format!(
            "manifest_version is {version}, and this server reads {MANIFEST_VERSION}; update the server, or build \
             the plugin with its SDK"
        ))),
    }
}

/// The component with this manifest as its last section.
pub fn embed(component: &[u8], manifest: &Manifest) -> Vec<u8> {
    let json = serde_json::to_value(manifest).expect("a manifest is plain data");
    section::embed(component, &section::canonical(json))
}

fn is_word(text: &str) -> bool {
    let of_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(of_word) && !text.starts_with('-')
}

fn invalid(what: String) -> Refusal {
    Refusal::new("manifest_invalid", format!("the manifest is not valid: {what}"))
}

/// The section's content. Skips over nested modules and components: only the outermost level counts.
fn find(component: &[u8]) -> Result<&[u8], Refusal> {
    let mut parser = Parser::new(0);
    let mut rest = component;
    let mut found = Vec::new();
    loop {
        let chunk = parser.parse(rest, true).map_err(|error| Refusal::malformed(&error))?;
        let wasmparser::Chunk::Parsed { consumed, payload } = chunk else {
            return Err(Refusal::truncated());
        };
        rest = &rest[consumed..];
        match payload {
            Payload::ModuleSection { unchecked_range, .. }
            | Payload::ComponentSection { unchecked_range, .. } => {
                rest = rest.get(unchecked_range.len()..).ok_or_else(Refusal::truncated)?;
            }
            Payload::CustomSection(custom) if custom.name() == section::NAME => found.push(custom.data()),
            Payload::End(_) => break,
            _ => {}
        }
    }
    let data = match found[..] {
        [data] => data,
        [] => {
            return Err(Refusal::new(
                "manifest_missing",
                format!(
                    "the component has no `{}` section; build it with `mortise plugin build`, which embeds \
                     mortise-plugin.toml",
                    section::NAME
                ),
            ));
        }
        _ => {
            return Err(Refusal::new(
                "manifest_duplicate",
                format!("the component has more than one `{}` section; build it again", section::NAME),
            ));
        }
    };
    if data.len() > MAX_BYTES {
        return Err(Refusal::new(
            "manifest_too_large",
            format!("the manifest has {} bytes; at most {} are read", data.len(), MAX_BYTES),
        ));
    }
    Ok(data)
}
