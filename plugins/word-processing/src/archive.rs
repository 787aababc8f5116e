//! The zip around a document, opened with limits.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::{Fault, xml};

const MAX_ENTRIES: usize = 2_000;
/// All entries together, as the directory declares them.
const MAX_INFLATED: u64 = 200 << 20;
/// One part, as it really is.
const MAX_PART: u64 = 24 << 20;
/// From this size on an entry that shrank more than `MAX_RATIO` times is taken for a bomb.
const RATIO_FROM: u64 = 4 << 20;
const MAX_RATIO: u64 = 100;

/// Parts by name.
pub struct Archive(ZipArchive<Cursor<Vec<u8>>>);

impl Archive {
    /// Reads the directory and unpacks nothing.
    ///
    /// # Errors
    /// It is damaged, or would be far larger unpacked than a résumé can be.
    pub fn open(bytes: Vec<u8>) -> Result<Self, Fault> {
        // Counted before the directory is held in memory; each entry has a header of its own there.
        if bytes.windows(4).filter(|window| window == b"PK\x01\x02").count() > MAX_ENTRIES {
            return Err(Fault::TooLarge(format!(
                "The file is an archive of more than {MAX_ENTRIES} entries."
            )));
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
        let mut total = 0u64;
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(broken)?;
            total = total.saturating_add(entry.size());
            let bomb = entry.size() > RATIO_FROM && entry.size() / MAX_RATIO > entry.compressed_size();
            if bomb || total > MAX_INFLATED {
                let message = "The file would be far larger unpacked than a résumé can be.";
                return Err(Fault::TooLarge(message.into()));
            }
        }
        Ok(Self(archive))
    }

    /// Whether there is a part of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.index_for_name(name).is_some()
    }

    /// A part's text, if there is one.
    ///
    /// # Errors
    /// It is protected by a password, damaged, no text, or larger than a résumé's can be.
    pub fn part(&mut self, name: &str) -> Result<Option<String>, Fault> {
        let Some(index) = self.0.index_for_name(name) else {
            return Ok(None);
        };
        let raw = self.0.by_index_raw(index).map_err(broken)?;
        if raw.encrypted() {
            return Err(Fault::Encrypted);
        }
        drop(raw);
        let entry = self.0.by_index(index).map_err(broken)?;
        let mut bytes = Vec::new();
        entry
            .take(MAX_PART + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| Fault::Damaged(format!("The part {name} cannot be unpacked.")))?;
        if bytes.len() as u64 > MAX_PART {
            return Err(Fault::TooLarge(format!("The part {name} is larger than a résumé's can be.")));
        }
        let not_text = || Fault::Damaged(format!("The part {name} is not text."));
        xml::decode(bytes).map(Some).ok_or_else(not_text)
    }
}

fn broken(error: ZipError) -> Fault {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Fault::Encrypted,
        other => Fault::Damaged(format!("The file's archive is damaged: {other}.")),
    }
}
