//! The zip around a document, whose parts are found through their relationships.

use std::collections::HashMap;

use mortise_sdk::PluginError;
use word_processing::archive::Archive;
use word_processing::encrypted;

use crate::{fault, xml};

pub(crate) struct Package {
    archive: Archive,
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
        Ok(Self { archive: Archive::open(bytes).map_err(fault)? })
    }

    /// The main part's name.
    pub(crate) fn main(&mut self) -> Result<String, PluginError> {
        let found = self
            .relationships("")?
            .into_values()
            .find(|relationship| relationship.kind == "officeDocument" && !relationship.external)
            .map(|relationship| relationship.target);
        let name = found.unwrap_or_else(|| "word/document.xml".to_owned());
        if self.archive.has(&name) { Ok(name) } else { Err(not_a_docx()) }
    }

    /// A part's text, if the package has it.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<String>, PluginError> {
        self.archive.part(name).map_err(fault)
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

fn not_a_docx() -> PluginError {
    PluginError::invalid_input("not_a_docx", "The file is not a Word document.")
}
