//! `mortise:plugin/config`: the settings a tenant's admin gave this plugin.

use crate::wasm::bindings::config::Host;
use crate::wasm::sandbox::Sandbox;

impl Host for Sandbox {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<String>> {
        self.host_calls = self.host_calls.saturating_add(1);
        Ok(self.config.get(&key).map(ToString::to_string))
    }

    fn all(&mut self) -> wasmtime::Result<String> {
        self.host_calls = self.host_calls.saturating_add(1);
        // Built by hand from its values: nothing here recurses on the plugin's stack deeper than the settings.
        let fields: Vec<String> = self
            .config
            .iter()
            .map(|(key, value)| format!("{}:{value}", serde_json::Value::from(key.as_str())))
            .collect();
        Ok(format!("{{{}}}", fields.join(",")))
    }
}
