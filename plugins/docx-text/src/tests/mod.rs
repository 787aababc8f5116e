//! Documents made here and one made by another program.

use std::io::{Cursor, Write};

use mortise_sdk::testing::Host;
use mortise_sdk::{CallContext, Document, ErrorKind, ExtractedText, Page, PluginError, Span, TextExtractor};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::DocxText;

mod hostile;
mod reading;

const NAMESPACES: &str = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main' \
    xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships' \
    xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' \
    xmlns:wps='http://schemas.microsoft.com/office/word/2010/wordprocessingShape' xmlns:v='urn:schemas-microsoft-com:vml'";

/// A document in the making.
#[derive(Default)]
struct Made {
    body: String,
    styles: String,
    numbering: String,
    /// Relationships of the main part.
    links: String,
    /// Further parts by name.
    parts: Vec<(String, Vec<u8>)>,
}

impl Made {
    fn of(body: &str) -> Self {
        Self { body: body.to_owned(), ..Self::default() }
    }

    fn bytes(&self) -> Vec<u8> {
        let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let rels = "xmlns='http://schemas.openxmlformats.org/package/2006/relationships'";
        let mut parts = vec![
            (
                "_rels/.rels".to_owned(),
                format!(
                    "<Relationships {rels}><Relationship Id='a' Type='{kind}/officeDocument' Target='word/document.xml'/></Relationships>"
                ),
            ),
            (
                "word/document.xml".to_owned(),
                format!("<w:document {NAMESPACES}><w:body>{}</w:body></w:document>", self.body),
            ),
            ("word/styles.xml".to_owned(), format!("<w:styles {NAMESPACES}>{}</w:styles>", self.styles)),
            (
                "word/numbering.xml".to_owned(),
                format!("<w:numbering {NAMESPACES}>{}</w:numbering>", self.numbering),
            ),
            (
                "word/_rels/document.xml.rels".to_owned(),
                format!(
                    "<Relationships {rels}><Relationship Id='s' Type='{kind}/styles' Target='styles.xml'/>\
                 <Relationship Id='n' Type='{kind}/numbering' Target='/word/numbering.xml'/>{}</Relationships>",
                    self.links
                ),
            ),
        ];
        let more = self.parts.iter().map(|(name, bytes)| (name.clone(), bytes.clone()));
        archive(parts.drain(..).map(|(name, text)| (name, text.into_bytes())).chain(more))
    }

    fn page(&self) -> Page {
        self.text().pages.remove(0)
    }

    fn text(&self) -> ExtractedText {
        extract(self.bytes()).unwrap()
    }
}

fn archive(parts: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn extract(bytes: Vec<u8>) -> Result<ExtractedText, PluginError> {
    Host::new().run(|| DocxText::extract(&CallContext::default(), &Document::from_bytes(bytes)))
}

fn lines(page: &Page) -> Vec<String> {
    let text = ExtractedText { pages: vec![page.clone()], ..ExtractedText::default() };
    text.plain().lines().map(str::to_owned).collect()
}

fn find<'a>(page: &'a Page, text: &str) -> &'a Span {
    page.spans.iter().find(|span| span.text.contains(text)).unwrap_or_else(|| panic!("no span with {text}"))
}

/// A paragraph of one run.
fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>")
}
