//! Text of PDF files with its place on the page.
//! One pass over each page's content collects glyphs; words, lines, columns and blocks follow from geometry alone.

mod characters;
mod color;
mod font;
mod inflate;
mod ink;
mod interpret;
mod layout;
mod links;
mod load;
mod lookup;
mod matrix;
mod pages;
mod syntax;

use mortise_sdk::{CallContext, Document, ExtractedText, Page, PageLayout, PluginError, TextExtractor};

use inflate::Budget;
use ink::GlyphKind;
use interpret::{Interpreter, Shared};

/// The plugin.
pub struct PdfText;

impl TextExtractor for PdfText {
    fn extract(_context: &CallContext, document: &Document) -> Result<ExtractedText, PluginError> {
        extract(&document.bytes()?)
    }
}

mortise_sdk::export_text_extractor!(PdfText);

/// Reads a PDF file.
pub fn extract(bytes: &[u8]) -> Result<ExtractedText, PluginError> {
    let document = load::open(bytes)?;
    let nodes = pages::pages(&document)?;
    if nodes.is_empty() {
        return Err(load::damaged());
    }
    let budget = Budget::new();
    let mut shared = Shared::new(&document, &budget);
    let mut text = ExtractedText::default();
    let mut unknown = 0;
    for (index, node) in nodes.iter().enumerate() {
        let (width, height, base) = node.geometry();
        let content = node.content(&document, &budget);
        let mut interpreter = Interpreter::new(&mut shared, base);
        interpreter.run(&content, node.resources, 0);
        let ink = interpreter.ink;
        unknown += ink.glyphs.iter().filter(|glyph| glyph.kind == GlyphKind::Unknown).count();
        text.pages.push(Page {
            number: index as u32 + 1,
            width,
            height,
            layout: PageLayout::Fixed,
            spans: layout::spans(&ink, width, height),
            links: links::links(&document, node.dict, &base),
            rules: ink.rules,
        });
    }
    let empty = text.pages.iter().all(|page| page.spans.is_empty());
    if empty {
        return Err(if budget.is_exceeded() { load::too_large() } else { load::no_text_layer() });
    }
    text.language = language(&document);
    warn(&mut text, &shared, unknown, document.xref_recovery.is_some());
    Ok(text)
}

fn warn(text: &mut ExtractedText, shared: &Shared<'_>, unknown: usize, repaired: bool) {
    if repaired {
        text.warnings.push("The file is damaged; what could be recovered was read.".to_owned());
    }
    if shared.cut_short || shared.budget.is_exceeded() {
        text.warnings
            .push("The file is too intricate to be read whole; some content was left out.".to_owned());
    }
    if unknown > 0 {
        text.warnings.push(format!(
            "{unknown} characters were left out because their font does not say what they are."
        ));
    }
    let blank: Vec<String> =
        text.pages.iter().filter(|page| page.spans.is_empty()).map(|page| page.number.to_string()).collect();
    if !blank.is_empty() {
        text.warnings.push(format!("These pages hold no text and may be scanned: {}.", blank.join(", ")));
    }
}

fn language(document: &lopdf::Document) -> Option<String> {
    let tag = lookup::get(document, document.catalog().ok()?, b"Lang")?.as_str().ok()?;
    let tag = interpret::decode_text(tag);
    let sound =
        (2..=35).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    sound.then_some(tag)
}
