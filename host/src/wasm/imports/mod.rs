//! What a plugin may ask of the host, one file per interface, and the linkers that offer it.
//! A capability nobody granted is linked and answers `denied`: a value, never a trap.

pub(crate) mod clock;
pub(crate) mod config;
pub(crate) mod document;
pub(crate) mod http;
pub(crate) mod inference;
pub(crate) mod kv;
pub(crate) mod log;
pub(crate) mod secrets;
pub(crate) mod wasi;

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use super::bindings::{self, types};
use super::engine::Class;
use super::sandbox::Sandbox;

/// Everything a plugin of this class can be linked against. The pure class has nothing that could make two
/// calls differ.
pub(crate) fn linker(engine: &Engine, class: Class) -> wasmtime::Result<Linker<Sandbox>> {
    let mut linker = Linker::new(engine);
    wasi::add_to_linker(&mut linker)?;
    match class {
        Class::General => {
            bindings::parser::ResumeParser::add_to_linker::<_, HasSelf<Sandbox>>(&mut linker, |sandbox| {
                sandbox
            })?;
        }
        Class::Pure => {
            bindings::scorer::ScoringRule::add_to_linker::<_, HasSelf<Sandbox>>(&mut linker, |sandbox| {
                sandbox
            })?;
        }
    }
    Ok(linker)
}

impl bindings::types::Host for Sandbox {}
impl bindings::text::Host for Sandbox {}
impl bindings::resume::Host for Sandbox {}

fn denied(capability: &str) -> types::HostError {
    types::HostError {
        kind: types::HostErrorKind::Denied,
        code: "not_granted".into(),
        message: format!("the capability `{capability}` has not been granted to this plugin"),
    }
}
