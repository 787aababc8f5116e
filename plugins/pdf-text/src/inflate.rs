//! Streams are unpacked within a budget, so that a small file cannot fill the memory.

use std::cell::Cell;

use lopdf::{Error, Stream};

/// No honest page or font needs more.
const MAX_STREAM: usize = 24 << 20;
/// For all streams of a document together.
const MAX_TOTAL: usize = 96 << 20;

/// Counts what was unpacked.
pub(crate) struct Budget {
    left: Cell<usize>,
    exceeded: Cell<bool>,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self { left: Cell::new(MAX_TOTAL), exceeded: Cell::new(false) }
    }

    /// The decoded bytes of a stream; nothing when it cannot be decoded or is too large.
    pub(crate) fn plain(&self, stream: &Stream) -> Option<Vec<u8>> {
        let limit = self.left.get().min(MAX_STREAM);
        match stream.get_plain_content_with_limit(limit) {
            Ok(bytes) => {
                self.left.set(self.left.get().saturating_sub(bytes.len()));
                Some(bytes)
            }
            Err(Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. })) => {
                self.exceeded.set(true);
                None
            }
            Err(_) => None,
        }
    }

    /// Whether a stream was refused for its size.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }
}
