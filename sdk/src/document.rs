//! The file a candidate sent.

use std::mem::ManuallyDrop;

use crate::bindings::resume_parser::mortise::plugin::document as wit;
use crate::convert::Convert;
use crate::{HostError, HostErrorKind};

/// How much [`Document::bytes`] asks of the host at a time.
const CHUNK: u32 = 1 << 20;

/// A file, read piece by piece or whole. In a test, [`Document::from_bytes`] makes one.
#[derive(Debug)]
pub struct Document {
    source: Source,
}

#[derive(Debug)]
enum Source {
    Host(ManuallyDrop<wit::Document>),
    Memory { bytes: Vec<u8>, media_type: Option<String>, file_name: Option<String> },
}

impl Document {
    /// A document that lies in memory, without a name or a media type.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self { source: Source::Memory { bytes: bytes.into(), media_type: None, file_name: None } }
    }

    /// Gives a document made by [`Document::from_bytes`] a media type; others keep what the host says.
    #[must_use]
    pub fn with_media_type(mut self, value: impl Into<String>) -> Self {
        if let Source::Memory { media_type, .. } = &mut self.source {
            *media_type = Some(value.into());
        }
        self
    }

    /// Gives a document made by [`Document::from_bytes`] a name; others keep what the host says.
    #[must_use]
    pub fn with_file_name(mut self, value: impl Into<String>) -> Self {
        if let Source::Memory { file_name, .. } = &mut self.source {
            *file_name = Some(value.into());
        }
        self
    }

    pub(crate) fn from_host(document: &wit::Document) -> Self {
        Self { source: Source::Host(crate::bindings::lend(document)) }
    }

    /// Media type as the host determined it from name and content, for instance `application/pdf`.
    pub fn media_type(&self) -> Option<String> {
        match &self.source {
            Source::Host(document) => document.media_type(),
            Source::Memory { media_type, .. } => media_type.clone(),
        }
    }

    /// The name the file was uploaded under, without any folder.
    pub fn file_name(&self) -> Option<String> {
        match &self.source {
            Source::Host(document) => document.file_name(),
            Source::Memory { file_name, .. } => file_name.clone(),
        }
    }

    /// Length in bytes.
    pub fn size(&self) -> u64 {
        match &self.source {
            Source::Host(document) => document.size(),
            Source::Memory { bytes, .. } => bytes.len() as u64,
        }
    }

    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub fn sha256(&self) -> String {
        match &self.source {
            Source::Host(document) => document.sha256(),
            Source::Memory { bytes, .. } => digest(bytes),
        }
    }

    /// Up to `length` bytes from `offset`; fewer only at the end of the file.
    pub fn read(&self, offset: u64, length: u32) -> Result<Vec<u8>, HostError> {
        match &self.source {
            Source::Host(document) => document.read(offset, length).map_err(Convert::convert),
            Source::Memory { bytes, .. } => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let end = start.saturating_add(length as usize).min(bytes.len());
                Ok(bytes[start..end].to_vec())
            }
        }
    }

    /// The whole file.
    ///
    /// ```
    /// let document = mortise_sdk::Document::from_bytes(*b"Grace Hopper");
    /// assert_eq!(document.bytes()?, b"Grace Hopper");
    /// # Ok::<(), mortise_sdk::HostError>(())
    /// ```
    pub fn bytes(&self) -> Result<Vec<u8>, HostError> {
        if let Source::Memory { bytes, .. } = &self.source {
            return Ok(bytes.clone());
        }
        let size = self.size();
        let mut bytes = Vec::new();
        usize::try_from(size).ok().and_then(|size| bytes.try_reserve_exact(size).ok()).ok_or_else(|| {
            HostError::new(
                HostErrorKind::TooLarge,
                "document_too_large",
                "The document does not fit into the plugin's memory.",
            )
        })?;
        while (bytes.len() as u64) < size {
            let piece = self.read(bytes.len() as u64, CHUNK)?;
            if piece.is_empty() {
                return Err(HostError::new(
                    HostErrorKind::Unavailable,
                    "document_cut_short",
                    "The document ended before its stated length.",
                ));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn digest(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Inside the sandbox the host hashes; a document a plugin made up there has no digest worth its code size.
#[cfg(target_arch = "wasm32")]
fn digest(_: &[u8]) -> String {
    String::new()
}
