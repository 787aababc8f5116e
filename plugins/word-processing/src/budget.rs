//! How much of a document is read: far more than any résumé has, and far less than what would fill a sandbox.

use mortise_sdk::PluginError;

use crate::too_large;

const MAX_CHARACTERS: usize = 1 << 20;
const MAX_DEPTH: usize = 60;
/// Paragraphs, cells and runs together.
const MAX_PIECES: usize = 300_000;

/// What has been read so far.
#[derive(Debug, Default)]
pub struct Budget {
    characters: usize,
    pieces: usize,
}

impl Budget {
    /// Counts text, in bytes.
    ///
    /// # Errors
    /// It is too much.
    pub fn text(&mut self, length: usize) -> Result<(), PluginError> {
        self.characters = self.characters.saturating_add(length);
        if self.characters > MAX_CHARACTERS {
            return Err(too_large("The document holds far more text than a résumé can."));
        }
        Ok(())
    }

    /// Counts a paragraph, a cell or a run.
    ///
    /// # Errors
    /// There are too many.
    pub fn piece(&mut self) -> Result<(), PluginError> {
        self.pieces += 1;
        if self.pieces > MAX_PIECES {
            return Err(too_large("The document has far more pieces of text than a résumé can."));
        }
        Ok(())
    }

    /// One level further down.
    ///
    /// # Errors
    /// It is too deep for the stack of a sandbox.
    pub fn deeper(depth: usize) -> Result<usize, PluginError> {
        if depth >= MAX_DEPTH {
            return Err(too_large("The document is nested more deeply than a résumé can be."));
        }
        Ok(depth + 1)
    }
}
