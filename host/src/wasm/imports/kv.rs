//! `mortise:plugin/kv`: denied, as no grant exists yet that could allow it.

use super::denied;
use crate::wasm::bindings::kv::Host;
use crate::wasm::bindings::types::HostError;
use crate::wasm::sandbox::Sandbox;

impl Sandbox {
    fn kv_denied<T>(&mut self) -> wasmtime::Result<Result<T, HostError>> {
        self.host_calls = self.host_calls.saturating_add(1);
        Ok(Err(denied("kv")))
    }
}

impl Host for Sandbox {
    fn get(&mut self, _key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, HostError>> {
        self.kv_denied()
    }

    fn set(
        &mut self,
        _key: String,
        _value: Vec<u8>,
        _ttl: Option<u32>,
    ) -> wasmtime::Result<Result<(), HostError>> {
        self.kv_denied()
    }

    fn delete(&mut self, _key: String) -> wasmtime::Result<Result<(), HostError>> {
        self.kv_denied()
    }

    fn list_keys(&mut self, _prefix: String) -> wasmtime::Result<Result<Vec<String>, HostError>> {
        self.kv_denied()
    }
}
