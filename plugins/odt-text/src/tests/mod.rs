//! Documents made here and some made by other programs.

use std::io::{Cursor, Write};

use mortise_sdk::testing::Host;
use mortise_sdk::{CallContext, Document, ErrorKind, ExtractedText, Page, PluginError, Span, TextExtractor};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::OdtText;

mod hostile;
mod reading;

const NAMESPACES: &str = "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' \
    xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' \
    xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0' xmlns:draw='urn:oasis:names:tc:opendocument:xmlns:drawing:1.0' \
    xmlns:fo='urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0' xmlns:xlink='http://www.w3.org/1999/xlink'";

const KIND: &str = "application/vnd.oasis.opendocument.text";

/// A document in the making.
#[derive(Default)]
struct Made {
    body: String,
    automatic: String,
    /// Named styles.
    styles: String,
    /// What is in the styles part behind them.
    pages: String,
    /// Further parts by name.
    parts: Vec<(String, Vec<u8>)>,
}

impl Made {
    fn of(body: &str) -> Self {
        Self { body: body.to_owned(), ..Self::default() }
    }

    fn bytes(&self) -> Vec<u8> {
        let content = format!(
            "<office:document-content {NAMESPACES}><office:automatic-styles>{}</office:automatic-styles>\
             <office:body><office:text>{}</office:text></office:body></office:document-content>",
            self.automatic, self.body
        );
        let styles = format!(
            "<office:document-styles {NAMESPACES}><office:styles>{}</office:styles>{}</office:document-styles>",
            self.styles, self.pages
        );
        let parts = [
            ("mimetype".to_owned(), KIND.as_bytes().to_vec()),
            ("content.xml".to_owned(), content.into_bytes()),
            ("styles.xml".to_owned(), styles.into_bytes()),
        ];
        archive(parts.into_iter().chain(self.parts.iter().cloned()))
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
        let is_kind = name == "mimetype";
        let method = if is_kind { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        zip.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn extract(bytes: Vec<u8>) -> Result<ExtractedText, PluginError> {
    Host::new().run(|| OdtText::extract(&CallContext::default(), &Document::from_bytes(bytes)))
}

fn lines(page: &Page) -> Vec<String> {
    let text = ExtractedText { pages: vec![page.clone()], ..ExtractedText::default() };
    text.plain().lines().map(str::to_owned).collect()
}

fn find<'a>(page: &'a Page, text: &str) -> &'a Span {
    page.spans.iter().find(|span| span.text.contains(text)).unwrap_or_else(|| panic!("no span with {text}"))
}

/// A paragraph.
fn p(text: &str) -> String {
    format!("<text:p>{text}</text:p>")
}
