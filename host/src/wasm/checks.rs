//! Whether a file may become a plugin. Everything here reads; nothing is compiled, nothing is run.
//! Raise [`REVISION`] when a check becomes stricter: kept artifacts are then checked again.

use std::fmt;

use wasmparser::{Parser, Payload, ValidPayload, Validator, WasmFeatures};
use wasmtime::Engine;

use super::manifest::{CapabilityName, Manifest};
use crate::hooks::Kind;

/// Part of an artifact's key.
pub(crate) const REVISION: u32 = 1;

const MAX_FUNCTIONS: u32 = 60_000;
const MAX_CORE_MODULES: u32 = 64;
const MAX_CUSTOM_BYTES: usize = 1 << 20;

/// What the engines compile. Anything newer is refused here, with the offset where it is used.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .difference(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::COMPONENT_MODEL);

/// Parts of WASI 0.2 that a language's standard library imports whether it needs them or not. They are there,
/// and can do nothing: no files, no arguments, no variables, no network.
const AMBIENT: [&str; 5] = ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/"];

const OURS: &str = "mortise:plugin/";

/// Why a file does not become a plugin, for the person who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A stable snake_case word.
    pub code: &'static str,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn malformed(error: &wasmparser::BinaryReaderError) -> Self {
        Self::new(
            "component_invalid",
            format!("the component is not valid at byte {}: {}", error.offset(), error.message()),
        )
    }

    pub(crate) fn truncated() -> Self {
        Self::new("component_invalid", "the component ends in the middle; was it uploaded completely?")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for Refusal {}

/// All checks that need no compiler, in order of cost.
pub(crate) fn check(bytes: &[u8], max_bytes: usize) -> Result<Manifest, Refusal> {
    if bytes.len() > max_bytes {
        return Err(Refusal::new(
            "component_too_large",
            format!("the component has {} bytes; at most {max_bytes} are accepted", bytes.len()),
        ));
    }
    is_component(bytes)?;
    let surface = validate(bytes)?;
    let manifest = Manifest::of(bytes)?;
    exports(&surface, manifest.kind)?;
    imports(&surface, &manifest)?;
    Ok(manifest)
}

/// A WebAssembly component in its binary form, and nothing that only looks like it.
pub(crate) fn is_component(bytes: &[u8]) -> Result<(), Refusal> {
    if Engine::detect_precompiled(bytes).is_some() || bytes.starts_with(b"\x7fELF") {
        return Err(Refusal::new(
            "component_precompiled",
            "this is machine code, which is never accepted; send the .wasm file it was compiled from",
        ));
    }
    match bytes {
        [b'\0', b'a', b's', b'm', _, _, 1, 0, ..] => Ok(()),
        [b'\0', b'a', b's', b'm', _, _, 0, 0, ..] => Err(Refusal::new(
            "component_is_core_module",
            "this is a core module, not a component; build it for the target `wasm32-wasip2`",
        )),
        _ if is_text(bytes) => Err(Refusal::new(
            "component_is_text",
            "this is WebAssembly in its text format; send the binary .wasm file",
        )),
        _ => Err(Refusal::new("component_not_wasm", "this is not a WebAssembly file")),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start(), [b'(', ..] | [b';', b';', ..])
}

/// Names on the outside of a component.
struct Surface {
    imports: Vec<String>,
    exports: Vec<String>,
}

/// Validates every byte, within limits far below those of the format.
fn validate(bytes: &[u8]) -> Result<Surface, Refusal> {
    let too_complex = |what: String| Err(Refusal::new("component_too_complex", what));
    let mut validator = Validator::new_with_features(FEATURES);
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    let mut surface = Surface { imports: Vec::new(), exports: Vec::new() };
    let (mut depth, mut functions, mut modules, mut custom) = (0_u32, 0_u32, 0_u32, 0_usize);
    let mut allocations = wasmparser::FuncValidatorAllocations::default();

    for payload in parser.parse_all(bytes) {
        let payload = payload.map_err(|error| Refusal::malformed(&error))?;
        match &payload {
            Payload::ModuleSection { .. } => {
                modules += 1;
                if modules > MAX_CORE_MODULES {
                    return too_complex(format!(
                        "the component has more than {MAX_CORE_MODULES} core modules"
                    ));
                }
            }
            Payload::FunctionSection(section) => {
                functions = functions.saturating_add(section.count());
                if functions > MAX_FUNCTIONS {
                    return too_complex(format!("the component has more than {MAX_FUNCTIONS} functions"));
                }
            }
            Payload::CustomSection(section) => {
                custom = custom.saturating_add(section.data().len());
                if custom > MAX_CUSTOM_BYTES {
                    return too_complex(format!(
                        "the custom sections take more than {MAX_CUSTOM_BYTES} bytes; \
                         strip debug information (`strip = true` in the build profile)"
                    ));
                }
            }
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section.clone() {
                    let import = import.map_err(|error| Refusal::malformed(&error))?;
                    surface.imports.push(import.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section.clone() {
                    let export = export.map_err(|error| Refusal::malformed(&error))?;
                    surface.exports.push(export.name.name.to_owned());
                }
            }
            _ => {}
        }
        match validator.payload(&payload).map_err(|error| Refusal::malformed(&error))? {
            ValidPayload::Func(function, body) => {
                let mut function = function.into_validator(allocations);
                function.validate(&body).map_err(|error| Refusal::malformed(&error))?;
                allocations = function.into_allocations();
            }
            ValidPayload::Parser(_) => depth += 1,
            ValidPayload::End(_) => depth = depth.saturating_sub(1),
            ValidPayload::Ok => {}
        }
    }
    Ok(surface)
}

/// The interface a plugin of this kind exports.
pub(crate) fn export_of(kind: Kind) -> &'static str {
    match kind {
        Kind::TextExtractor => "extraction",
        Kind::ResumeParser => "resume-parsing",
        Kind::ScoringRule => "scoring",
        Kind::WebhookTransform => "transforming",
    }
}

/// The interfaces a world of ours imports besides those everybody may use.
fn world_of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::TextExtractor => &["document", "text"],
        Kind::ResumeParser => &["document", "text", "resume", "http", "secrets", "kv", "inference", "clock"],
        Kind::ScoringRule => &["text", "resume"],
        Kind::WebhookTransform => &["secrets", "kv", "clock"],
    }
}

fn exports(surface: &Surface, kind: Kind) -> Result<(), Refusal> {
    let wanted = export_of(kind);
    if surface.exports.iter().any(|name| interface(name) == Some(wanted)) {
        return Ok(());
    }
    Err(Refusal::new(
        "export_missing",
        format!(
            "the manifest says `{}`, but the component does not export `{OURS}{wanted}`; it exports {}",
            kind.as_str(),
            list(&surface.exports)
        ),
    ))
}

fn imports(surface: &Surface, manifest: &Manifest) -> Result<(), Refusal> {
    let world = world_of(manifest.kind);
    for name in &surface.imports {
        if AMBIENT.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let Some(interface) = interface(name) else {
            return Err(Refusal::new(
                "import_unknown",
                format!("the component imports `{name}`, which this server does not offer to plugins"),
            ));
        };
        if matches!(interface, "types" | "log" | "config") {
            continue;
        }
        if !world.contains(&interface) {
            return Err(Refusal::new(
                "import_outside_world",
                format!(
                    "the component imports `{name}`, which the world `{}` does not have",
                    manifest.kind.as_str()
                ),
            ));
        }
        let capability =
            CapabilityName::EVERY.into_iter().find(|capability| capability.interface() == interface);
        if capability.is_some_and(|capability| !manifest.requests(capability)) {
            return Err(Refusal::new(
                "import_not_requested",
                format!(
                    "the component imports `{name}`, which its manifest does not request; \
                     add a capability `{interface}` with a reason, or do not use it"
                ),
            ));
        }
    }
    Ok(())
}

/// `extraction` of `mortise:plugin/extraction@0.1.0`.
fn interface(name: &str) -> Option<&str> {
    let rest = name.strip_prefix(OURS)?;
    Some(rest.split_once('@').map_or(rest, |(interface, _)| interface))
}

fn list(names: &[String]) -> String {
    match names {
        [] => "nothing".into(),
        names => names.iter().take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}
