//! `mortise:plugin/inference`: denied, as no grant exists yet that could allow it.

use super::denied;
use crate::wasm::bindings::inference::{Completion, Host, Options};
use crate::wasm::bindings::types::HostError;
use crate::wasm::sandbox::Sandbox;

impl Host for Sandbox {
    fn complete(
        &mut self,
        _prompt: String,
        _options: Options,
    ) -> wasmtime::Result<Result<Completion, HostError>> {
        self.host_calls = self.host_calls.saturating_add(1);
        Ok(Err(denied("inference")))
    }

    fn embed(&mut self, _texts: Vec<String>) -> wasmtime::Result<Result<Vec<Vec<f32>>, HostError>> {
        self.host_calls = self.host_calls.saturating_add(1);
        Ok(Err(denied("inference")))
    }
}
