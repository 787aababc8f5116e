//! `mortise:plugin/document`: the file, read piece by piece.

use wasmtime::component::Resource;

use crate::hooks::Document;
use crate::wasm::bindings::document::{Host, HostDocument};
use crate::wasm::bindings::types::HostError;
use crate::wasm::sandbox::Sandbox;

/// A document lent to a plugin for one call.
#[expect(unreachable_pub, reason = "the generated bindings re-export it from a private module")]
pub struct OpenDocument(pub(crate) Document);

impl Host for Sandbox {}

impl Sandbox {
    fn document(&mut self, handle: &Resource<OpenDocument>) -> wasmtime::Result<&Document> {
        self.host_calls = self.host_calls.saturating_add(1);
        Ok(&self.table.get(handle)?.0)
    }
}

impl HostDocument for Sandbox {
    fn media_type(&mut self, handle: Resource<OpenDocument>) -> wasmtime::Result<Option<String>> {
        let media_type = &self.document(&handle)?.media_type;
        Ok((!media_type.is_empty()).then(|| media_type.clone()))
    }

    fn file_name(&mut self, handle: Resource<OpenDocument>) -> wasmtime::Result<Option<String>> {
        let name = &self.document(&handle)?.file_name;
        Ok((!name.is_empty()).then(|| name.clone()))
    }

    fn size(&mut self, handle: Resource<OpenDocument>) -> wasmtime::Result<u64> {
        Ok(self.document(&handle)?.bytes.len() as u64)
    }

    fn sha256(&mut self, handle: Resource<OpenDocument>) -> wasmtime::Result<String> {
        Ok(self.document(&handle)?.sha256.clone())
    }

    /// Beyond the end there is nothing, which is no error.
    fn read(
        &mut self,
        handle: Resource<OpenDocument>,
        offset: u64,
        len: u32,
    ) -> wasmtime::Result<Result<Vec<u8>, HostError>> {
        let bytes = &self.document(&handle)?.bytes;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let end = start.saturating_add(len as usize).min(bytes.len());
        Ok(Ok(bytes[start..end].to_vec()))
    }

    /// Plugins only borrow documents; the host made this one and drops it with the store.
    fn drop(&mut self, handle: Resource<OpenDocument>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}
