//! The generated border between host and components. `bindgen!` only: generated types never leave `wasm/`.
//! The parser's world is the widest, so its modules serve the other worlds too.

pub(super) mod parser {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "resume-parser",
        imports: {
            "mortise:plugin/http.fetch": async | trappable,
            "mortise:plugin/kv.get": async | trappable,
            "mortise:plugin/kv.set": async | trappable,
            "mortise:plugin/kv.delete": async | trappable,
            "mortise:plugin/kv.list-keys": async | trappable,
            "mortise:plugin/inference.complete": async | trappable,
            "mortise:plugin/inference.embed": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        require_store_data_send: true,
        with: { "mortise:plugin/document.document": crate::wasm::imports::document::OpenDocument },
    });
}

pub(super) mod extractor {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "text-extractor",
        imports: { default: trappable },
        exports: { default: async },
        require_store_data_send: true,
        with: {
            "mortise:plugin/types": crate::wasm::bindings::parser::mortise::plugin::types,
            "mortise:plugin/log": crate::wasm::bindings::parser::mortise::plugin::log,
            "mortise:plugin/config": crate::wasm::bindings::parser::mortise::plugin::config,
            "mortise:plugin/document": crate::wasm::bindings::parser::mortise::plugin::document,
            "mortise:plugin/text": crate::wasm::bindings::parser::mortise::plugin::text,
        },
    });
}

pub(super) mod scorer {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "scoring-rule",
        imports: { default: trappable },
        exports: { default: async },
        require_store_data_send: true,
        with: {
            "mortise:plugin/types": crate::wasm::bindings::parser::mortise::plugin::types,
            "mortise:plugin/log": crate::wasm::bindings::parser::mortise::plugin::log,
            "mortise:plugin/config": crate::wasm::bindings::parser::mortise::plugin::config,
            "mortise:plugin/text": crate::wasm::bindings::parser::mortise::plugin::text,
            "mortise:plugin/resume": crate::wasm::bindings::parser::mortise::plugin::resume,
        },
    });
}

pub(super) mod transformer {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "webhook-transform",
        imports: { default: trappable },
        exports: { default: async },
        require_store_data_send: true,
        with: {
            "mortise:plugin/types": crate::wasm::bindings::parser::mortise::plugin::types,
            "mortise:plugin/log": crate::wasm::bindings::parser::mortise::plugin::log,
            "mortise:plugin/config": crate::wasm::bindings::parser::mortise::plugin::config,
            "mortise:plugin/secrets": crate::wasm::bindings::parser::mortise::plugin::secrets,
            "mortise:plugin/kv": crate::wasm::bindings::parser::mortise::plugin::kv,
            "mortise:plugin/clock": crate::wasm::bindings::parser::mortise::plugin::clock,
        },
    });
}

pub(super) use parser::mortise::plugin::{
    clock, config, document, http, inference, kv, log, resume, secrets, text, types,
};
