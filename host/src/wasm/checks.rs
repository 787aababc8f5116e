//! Whether a file may become a plugin. Everything here reads; nothing is compiled, nothing is run.
//! Raise [`REVISION`] when a check becomes stricter: kept artifacts are then checked again.

use wasmparser::{Parser, Payload, ValidPayload, Validator, WasmFeatures};
use wasmtime::Engine;

use super::engine::TABLE_ELEMENTS;
use super::manifest::{CapabilityName, Manifest};
pub(crate) use crate::components::Refusal;
use crate::components::{Examined, Needs};
use crate::digest::sha256_hex;
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

impl Refusal {
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

/// All checks that need no compiler, in order of cost. `memory` says what such a plugin may have, in bytes.
pub(crate) fn check(
    bytes: &[u8],
    max_bytes: usize,
    memory: impl FnOnce(&Manifest) -> u64,
) -> Result<Examined, Refusal> {
    let examined = examine(bytes, max_bytes)?;
    let memory = memory(&examined.manifest);
    admit(&examined, memory)?;
    Ok(examined)
}

/// Those that come before the question whose signature it bears.
pub(crate) fn examine(bytes: &[u8], max_bytes: usize) -> Result<Examined, Refusal> {
    if bytes.len() > max_bytes {
        return Err(Refusal::new(
            "component_too_large",
            format!("the component has {} bytes; at most {max_bytes} are accepted", bytes.len()),
        ));
    }
    is_component(bytes)?;
    let Surface { imports, exports, needs } = validate(bytes)?;
    let manifest = Manifest::of(bytes)?;
    Ok(Examined { manifest, digest: sha256_hex(bytes), size: bytes.len(), imports, exports, needs })
}

/// Those that come after it. `memory` is what the plugin may have, in bytes.
pub(crate) fn admit(examined: &Examined, memory: u64) -> Result<(), Refusal> {
    exports(examined)?;
    imports(examined)?;
    fits(examined.needs, memory)
}

/// Refuses what no sandbox could hold before anybody compiles it; what is exact is known after that.
fn fits(needs: Needs, memory: u64) -> Result<(), Refusal> {
    if needs.memory > memory {
        return Err(Refusal::new(
            "component_needs_too_much",
            format!(
                "a memory of the component starts with {} bytes; its limit is {memory}. Link it with a smaller \
                 initial memory and stack",
                needs.memory
            ),
        ));
    }
    let most = TABLE_ELEMENTS as u64;
    if needs.table > most {
        return Err(Refusal::new(
            "component_needs_too_much",
            format!("a table of the component starts with more than {most} elements"),
        ));
    }
    Ok(())
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
    needs: Needs,
}

/// Validates every byte, within limits far below those of the format.
fn validate(bytes: &[u8]) -> Result<Surface, Refusal> {
    let too_complex = |what: String| Err(Refusal::new("component_too_complex", what));
    let mut validator = Validator::new_with_features(FEATURES);
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    let mut surface = Surface { imports: Vec::new(), exports: Vec::new(), needs: Needs::default() };
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
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let initial = memory.map_err(|error| Refusal::malformed(&error))?.initial;
                    surface.needs.memory = surface.needs.memory.max(initial.saturating_mul(64 << 10));
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    let initial = table.map_err(|error| Refusal::malformed(&error))?.ty.initial;
                    surface.needs.table = surface.needs.table.max(initial);
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
pub(crate) fn world_of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::TextExtractor => &["document", "text"],
        Kind::ResumeParser => &["document", "text", "resume", "http", "secrets", "kv", "inference", "clock"],
        Kind::ScoringRule => &["text", "resume"],
        Kind::WebhookTransform => &["secrets", "kv", "clock"],
    }
}

fn exports(examined: &Examined) -> Result<(), Refusal> {
    let kind = examined.manifest.kind;
    let wanted = export_of(kind);
    if examined.exports.iter().any(|name| interface(name) == Some(wanted)) {
        return Ok(());
    }
    Err(Refusal::new(
        "export_missing",
        format!(
            "the manifest says `{}`, but the component does not export `{OURS}{wanted}`; it exports {}",
            kind.as_str(),
            list(&examined.exports)
        ),
    ))
}

fn imports(examined: &Examined) -> Result<(), Refusal> {
    let manifest = &examined.manifest;
    let world = world_of(manifest.kind);
    for name in &examined.imports {
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
