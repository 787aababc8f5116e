//! The generated border, one module a world. The parser's world is the widest: its module holds the
//! interfaces all four share, so that a type of the contract exists once.

use std::mem::ManuallyDrop;

use resume_parser::mortise::plugin::document::Document;

/// The same document once more, to be kept in the SDK's own type for the length of the call.
pub(crate) fn lend(document: &Document) -> ManuallyDrop<Document> {
    // SAFETY: the handle is live while `document` is borrowed, and is given back once: by the generated
    // code, since this copy is never dropped.
    ManuallyDrop::new(unsafe { Document::from_handle(document.handle()) })
}

#[rustfmt::skip]
pub mod resume_parser {
    wit_bindgen::generate!({
        path: "../wit",
        world: "resume-parser",
        pub_export_macro: true,
        export_macro_name: "export_resume_parser",
    });
}

#[rustfmt::skip]
pub mod text_extractor {
    wit_bindgen::generate!({
        path: "../wit",
        world: "text-extractor",
        pub_export_macro: true,
        export_macro_name: "export_text_extractor",
        with: {
            "mortise:plugin/types@0.1.0": crate::bindings::resume_parser::mortise::plugin::types,
            "mortise:plugin/log@0.1.0": crate::bindings::resume_parser::mortise::plugin::log,
            "mortise:plugin/config@0.1.0": crate::bindings::resume_parser::mortise::plugin::config,
            "mortise:plugin/document@0.1.0": crate::bindings::resume_parser::mortise::plugin::document,
            "mortise:plugin/text@0.1.0": crate::bindings::resume_parser::mortise::plugin::text,
        },
    });
}

#[rustfmt::skip]
pub mod scoring_rule {
    wit_bindgen::generate!({
        path: "../wit",
        world: "scoring-rule",
        pub_export_macro: true,
        export_macro_name: "export_scoring_rule",
        with: {
            "mortise:plugin/types@0.1.0": crate::bindings::resume_parser::mortise::plugin::types,
            "mortise:plugin/log@0.1.0": crate::bindings::resume_parser::mortise::plugin::log,
            "mortise:plugin/config@0.1.0": crate::bindings::resume_parser::mortise::plugin::config,
            "mortise:plugin/text@0.1.0": crate::bindings::resume_parser::mortise::plugin::text,
            "mortise:plugin/resume@0.1.0": crate::bindings::resume_parser::mortise::plugin::resume,
        },
    });
}

#[rustfmt::skip]
pub mod webhook_transform {
    wit_bindgen::generate!({
        path: "../wit",
        world: "webhook-transform",
        pub_export_macro: true,
        export_macro_name: "export_webhook_transform",
        with: {
            "mortise:plugin/types@0.1.0": crate::bindings::resume_parser::mortise::plugin::types,
            "mortise:plugin/log@0.1.0": crate::bindings::resume_parser::mortise::plugin::log,
            "mortise:plugin/config@0.1.0": crate::bindings::resume_parser::mortise::plugin::config,
            "mortise:plugin/secrets@0.1.0": crate::bindings::resume_parser::mortise::plugin::secrets,
            "mortise:plugin/kv@0.1.0": crate::bindings::resume_parser::mortise::plugin::kv,
            "mortise:plugin/clock@0.1.0": crate::bindings::resume_parser::mortise::plugin::clock,
        },
    });
}
