//! `mortise:plugin/clock`: whole milliseconds. The interface has no error, so a plugin without the grant reads 0.

use crate::components::CapabilityName;
use crate::wasm::bindings::clock;
use crate::wasm::sandbox::Sandbox;

impl clock::Host for Sandbox {
    fn now_unix_ms(&mut self) -> wasmtime::Result<u64> {
        self.host_calls = self.host_calls.saturating_add(1);
        let is_granted = self.terms().is_some_and(|terms| terms.of(CapabilityName::Clock).is_some());
        let now = self.clock.as_ref().filter(|_| is_granted).map(|clock| clock.now().timestamp_millis());
        Ok(now.and_then(|millis| u64::try_from(millis).ok()).unwrap_or(0))
    }
}
