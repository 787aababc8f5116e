//! The zip around a document: opened with limits, parts found through their relationships.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use mortise_sdk::PluginError;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::{damaged, too_large, xml};

const MAX_ENTRIES: usize = 2_000;
/// All entries together, as the directory declares them.
const MAX_INFLATED: u64 = 200 << 20;
/// One part, as it really is.
const MAX_PART: u64 = 24 << 20;
/// From this size on an entry that shrank more than `MAX_RATIO` times is taken for a bomb.
const RATIO_FROM: u64 = 4 << 20;
const MAX_RATIO: u64 = 100;

pub(crate) struct Package {
    archive: ZipArchive<Cursor<Vec<u8>>>,
}

/// Where a relationship leads.
pub(crate) struct Relationship {
    pub(crate) kind: String,
    pub(crate) target: String,
    pub(crate) external: bool,
}

pub(crate) type Relationships = HashMap<String, Relationship>;

impl Package {
    pub(crate) fn open(bytes: Vec<u8>) -> Result<Self, PluginError> {
        if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            return Err(compound_file(&bytes));
        }
        if !bytes.starts_with(b"PK") {
            return Err(not_a_docx());
        }
        // Counted before the directory is held in memory; each entry has a header of its own there.
        if bytes.windows(4).filter(|window| window == b"PK\x01\x02").count() > MAX_ENTRIES {
            return Err(too_large(format!("The file is an archive of more than {MAX_ENTRIES} entries.")));
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken_zip)?;
        let mut total = 0u64;
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(broken_zip)?;
            total = total.saturating_add(entry.size());
            let bomb = entry.size() > RATIO_FROM && entry.size() / MAX_RATIO > entry.compressed_size();
            if bomb || total > MAX_INFLATED {
                return Err(too_large("The file would be far larger unpacked than a résumé can be."));
            }
        }
        Ok(Self { archive })
    }

    /// The main part's name.
    pub(crate) fn main(&mut self) -> Result<String, PluginError> {
        let found = self
            .relationships("")?
            .into_values()
            .find(|relationship| relationship.kind == "officeDocument" && !relationship.external)
            .map(|relationship| relationship.target);
        let name = found.unwrap_or_else(|| "word/document.xml".to_owned());
        if self.archive.index_for_name(&name).is_none() { Err(not_a_docx()) } else { Ok(name) }
    }

    /// A part's text, if the package has it.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<String>, PluginError> {
        let Some(index) = self.archive.index_for_name(name) else {
            return Ok(None);
        };
        let raw = self.archive.by_index_raw(index).map_err(broken_zip)?;
        if raw.encrypted() {
            return Err(encrypted());
        }
        drop(raw);
        let entry = self.archive.by_index(index).map_err(broken_zip)?;
        let mut bytes = Vec::new();
        entry
            .take(MAX_PART + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| damaged(format!("The part {name} cannot be unpacked.")))?;
        if bytes.len() as u64 > MAX_PART {
            return Err(too_large(format!("The part {name} is larger than a résumé's can be.")));
        }
        xml::decode(bytes).map(Some).ok_or_else(|| damaged(format!("The part {name} is not text.")))
    }

    /// The relationships of a part by id; of the package itself for an empty name.
    pub(crate) fn relationships(&mut self, part: &str) -> Result<Relationships, PluginError> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let name = if folder.is_empty() {
            format!("_rels/{file}.rels")
        } else {
            format!("{folder}/_rels/{file}.rels")
        };
        let Some(text) = self.part(&name)? else {
            return Ok(Relationships::new());
        };
        let document = xml::parse(&text)?;
        let mut relationships = Relationships::new();
        for node in document.root_element().children().filter(|node| xml::is(*node, "Relationship")) {
            let (Some(id), Some(target)) = (xml::attribute(node, "Id"), xml::attribute(node, "Target"))
            else {
                continue;
            };
            let kind = xml::attribute(node, "Type").unwrap_or_default();
            let external = xml::attribute(node, "TargetMode") == Some("External");
            let target = if external { target.to_owned() } else { resolve(folder, target) };
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            relationships.insert(id.to_owned(), Relationship { kind, target, external });
        }
        Ok(relationships)
    }
}

/// A target relative to the folder of the part that names it.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    segments.join("/")
}

/// OLE's container holds either an encrypted package or an old binary document.
fn compound_file(bytes: &[u8]) -> PluginError {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(name.len()).any(|window| window == name) {
        encrypted()
    } else {
        PluginError::invalid_input(
            "not_a_docx",
            "The file is in the binary format of old office programs; saved as DOCX it can be read.",
        )
    }
}

fn encrypted() -> PluginError {
    PluginError::unsupported("encrypted", "The document is protected by a password.")
}

fn not_a_docx() -> PluginError {
    PluginError::invalid_input("not_a_docx", "The file is not a Word document.")
}

fn broken_zip(error: ZipError) -> PluginError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => encrypted(),
        other => damaged(format!("The file's archive is damaged: {other}.")),
    }
}
