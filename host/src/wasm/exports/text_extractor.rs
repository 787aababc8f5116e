//! `text-extractor`: a file in, positioned text out.

use sha2::{Digest, Sha256};
use wasmtime::Store;

use super::{context, text};
use crate::hooks::{Call, Document, Failure, Kind};
use crate::text::ExtractedText;
use crate::wasm::bindings::extractor::TextExtractorPre;
use crate::wasm::bindings::text as wit;
use crate::wasm::bindings::types::PluginError;
use crate::wasm::calls::Question;
use crate::wasm::imports::document::OpenDocument;
use crate::wasm::installed::Prepared;
use crate::wasm::sandbox::Sandbox;
use crate::wasm::settings::Limits;

pub(crate) struct Extract {
    pub(crate) document: Document,
}

impl Question for Extract {
    type Pre = TextExtractorPre<Sandbox>;
    type Answer = wit::ExtractedText;
    type Accepted = ExtractedText;

    const KIND: Kind = Kind::TextExtractor;

    fn pre(prepared: &Prepared) -> Option<&Self::Pre> {
        match prepared {
            Prepared::TextExtractor(pre) => Some(pre),
            _ => None,
        }
    }

    fn size(&self) -> u64 {
        self.document.bytes.len() as u64
    }

    fn hash(&self, into: &mut Sha256) {
        hash_document(&self.document, into);
    }

    async fn ask(
        self,
        store: &mut Store<Sandbox>,
        pre: &Self::Pre,
        call: Call,
        limits: &Limits,
    ) -> wasmtime::Result<Result<wit::ExtractedText, PluginError>> {
        let document = store.data_mut().table.push(OpenDocument(self.document))?;
        let instance = pre.instantiate_async(&mut *store).await?;
        instance.mortise_plugin_extraction().call_extract(store, &context(call, limits), document).await
    }

    fn accept(answer: wit::ExtractedText) -> Result<ExtractedText, Failure> {
        text::accept(answer)
    }
}

pub(super) fn hash_document(document: &Document, into: &mut Sha256) {
    for text in [&document.media_type, &document.file_name] {
        into.update((text.len() as u64).to_le_bytes());
        into.update(text);
    }
    into.update(Sha256::digest(&document.bytes));
}
