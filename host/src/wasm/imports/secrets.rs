//! `mortise:plugin/secrets`: whether a secret is set. Without a grant none is, and no plugin ever reads one.

use crate::wasm::bindings::secrets;
use crate::wasm::sandbox::Sandbox;

impl secrets::Host for Sandbox {
    fn exists(&mut self, name: String) -> wasmtime::Result<bool> {
        self.host_calls = self.host_calls.saturating_add(1);
        Ok(self.terms().is_some_and(|terms| terms.secret(&name).is_some()))
    }
}
