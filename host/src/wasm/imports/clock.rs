//! `mortise:plugin/clock`: whole milliseconds. The interface has no error, so a plugin without the grant reads 0.

use crate::wasm::bindings::clock;
use crate::wasm::sandbox::Sandbox;

impl clock::Host for Sandbox {
    fn now_unix_ms(&mut self) -> wasmtime::Result<u64> {
        self.host_calls = self.host_calls.saturating_add(1);
        Ok(0)
    }
}
