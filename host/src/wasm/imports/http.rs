//! `mortise:plugin/http`: denied, as no grant exists yet that could allow it.

use super::denied;
use crate::wasm::bindings::http::{Host, Request, Response};
use crate::wasm::bindings::types::HostError;
use crate::wasm::sandbox::Sandbox;

impl Host for Sandbox {
    fn fetch(&mut self, _request: Request) -> wasmtime::Result<Result<Response, HostError>> {
        self.host_calls = self.host_calls.saturating_add(1);
        Ok(Err(denied("http")))
    }
}
