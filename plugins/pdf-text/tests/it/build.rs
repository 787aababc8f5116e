//! Small PDFs written in code.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};
use mortise_sdk::{ExtractedText, Span};

/// A document under construction: pages of 600 × 800 points with Helvetica as F1 and its bold as F2.
pub(crate) struct Pdf {
    pub(crate) doc: Document,
    pub(crate) resources: ObjectId,
    pub(crate) tree: ObjectId,
    pages: Vec<Object>,
}

impl Pdf {
    pub(crate) fn new() -> Self {
        let mut doc = Document::with_version("1.7");
        let tree = doc.new_object_id();
        let resources = doc.add_object(dictionary! {
            "Font" => dictionary! {
                "F1" => dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding" },
                "F2" => dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica-Bold", "Encoding" => "WinAnsiEncoding" },
            },
            "XObject" => dictionary! {},
            "ExtGState" => dictionary! {},
        });
        Self { doc, resources, tree, pages: Vec::new() }
    }

    /// One page with this content.
    pub(crate) fn of(content: &str) -> Vec<u8> {
        let mut pdf = Self::new();
        pdf.page(content, dictionary! {});
        pdf.bytes()
    }

    /// Adds a page; `extra` goes into its dictionary.
    pub(crate) fn page(&mut self, content: &str, extra: Dictionary) -> ObjectId {
        let content = self.doc.add_object(Stream::new(dictionary! {}, content.as_bytes().to_vec()));
        let mut page = dictionary! {
            "Type" => "Page",
            "Parent" => self.tree,
            "Contents" => content,
        };
        page.extend(&extra);
        let page = self.doc.add_object(page);
        self.pages.push(page.into());
        page
    }

    /// Puts an entry under a name into a category of the resources.
    pub(crate) fn resource(&mut self, category: &str, name: &str, value: impl Into<Object>) {
        let resources = self.doc.get_dictionary_mut(self.resources).expect("added first");
        let entries = resources
            .get_mut(category.as_bytes())
            .and_then(Object::as_dict_mut)
            .expect("there from the start");
        entries.set(name, value);
    }

    pub(crate) fn stream(&mut self, dict: Dictionary, content: &[u8]) -> ObjectId {
        self.doc.add_object(Stream::new(dict, content.to_vec()))
    }

    /// Ties pages and catalog together.
    pub(crate) fn finish(&mut self) {
        let count = self.pages.len() as i64;
        let tree = dictionary! {
            "Type" => "Pages",
            "Kids" => self.pages.clone(),
            "Count" => count,
            "Resources" => self.resources,
            "MediaBox" => vec![0.into(), 0.into(), 600.into(), 800.into()],
        };
        self.doc.objects.insert(self.tree, tree.into());
        let catalog = self.doc.add_object(dictionary! { "Type" => "Catalog", "Pages" => self.tree, "Lang" => Object::string_literal("en-GB") });
        self.doc.trailer.set("Root", catalog);
    }

    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.finish();
        save(&mut self.doc)
    }
}

pub(crate) fn save(doc: &mut Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    doc.save_to(&mut bytes).expect("writing to memory");
    bytes
}

pub(crate) fn extract(bytes: &[u8]) -> ExtractedText {
    pdf_text::extract(bytes).expect("a sound PDF")
}

pub(crate) fn plain(content: &str) -> String {
    extract(&Pdf::of(content)).plain()
}

/// The spans of the first page.
pub(crate) fn spans(content: &str) -> Vec<Span> {
    extract(&Pdf::of(content)).pages.remove(0).spans
}

/// Lines of text, each at its own place.
pub(crate) fn placed(items: &[(f32, f32, &str)]) -> String {
    items.iter().map(|(x, y, text)| format!("BT /F1 10 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n")).collect()
}
