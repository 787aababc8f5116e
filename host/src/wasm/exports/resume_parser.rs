//! `resume-parser`: a file and its text in, a structured résumé out.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use wasmtime::Store;

use super::text_extractor::hash_document;
use super::{context, resume, text};
use crate::hooks::{Call, Document, Failure, Kind};
use crate::text::ExtractedText;
use crate::unified_resume::ReadResume;
use crate::wasm::bindings::parser::ResumeParserPre;
use crate::wasm::bindings::resume as wit;
use crate::wasm::bindings::types::PluginError;
use crate::wasm::calls::Question;
use crate::wasm::imports::document::OpenDocument;
use crate::wasm::installed::Prepared;
use crate::wasm::sandbox::Sandbox;
use crate::wasm::settings::Limits;

pub(crate) struct Parse {
    pub(crate) document: Document,
    pub(crate) text: Arc<ExtractedText>,
}

impl Question for Parse {
    type Pre = ResumeParserPre<Sandbox>;
    type Answer = wit::ParsedResume;
    type Accepted = ReadResume;

    const KIND: Kind = Kind::ResumeParser;

    fn pre(prepared: &Prepared) -> Option<&Self::Pre> {
        match prepared {
            Prepared::ResumeParser(pre) => Some(pre),
            _ => None,
        }
    }

    fn size(&self) -> u64 {
        let spans = self.text.pages.iter().flat_map(|page| &page.spans);
        let text: usize = spans.map(|span| span.text.len()).sum();
        (text as u64).max(self.document.bytes.len() as u64)
    }

    fn hash(&self, into: &mut Sha256) {
        hash_document(&self.document, into);
        let mut bytes = Vec::with_capacity(64 << 10);
        text::feed(&self.text, &mut bytes);
        into.update(&bytes);
    }

    async fn ask(
        self,
        store: &mut Store<Sandbox>,
        pre: &Self::Pre,
        call: Call,
        limits: &Limits,
    ) -> wasmtime::Result<Result<wit::ParsedResume, PluginError>> {
        let text = text::lend(&self.text);
        let document = store.data_mut().table.push(OpenDocument(self.document))?;
        let instance = pre.instantiate_async(&mut *store).await?;
        instance
            .mortise_plugin_resume_parsing()
            .call_parse(store, &context(call, limits), document, &text)
            .await
    }

    fn accept(answer: wit::ParsedResume) -> Result<ReadResume, Failure> {
        resume::accept(answer)
    }
}
