//! Markdown, as far as its headings: they are larger and bold.

use mortise_sdk::flow::{Flow, Run, Style};
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, TextExtractor};

struct Plugin;

impl TextExtractor for Plugin {
    fn extract(_: &CallContext, document: &Document) -> Result<ExtractedText, PluginError> {
        let text = String::from_utf8(document.bytes()?)
            .map_err(|_| PluginError::invalid_input("not_text", "The file is not UTF-8."))?;
        let mut flow = Flow::new();
        for line in text.lines() {
            match line.strip_prefix("# ") {
                Some(heading) => {
                    let style = Style { size: 16.0, weight: 700, ..Style::default() };
                    flow.line(0.0, [Run::new(heading, style)]);
                }
                None if line.trim().is_empty() => flow.block(),
                None => flow.line(0.0, [Run::new(line, Style::default())]),
            }
        }
        Ok(flow.finish())
    }
}

mortise_sdk::export_text_extractor!(Plugin);

/// `cargo test` needs no sandbox: the host's functions are answered by one of the test's own.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_bold() {
        let document = Document::from_bytes("# Ada\nMathematician");
        let text = Plugin::extract(&CallContext::default(), &document).unwrap();
        let weights: Vec<u16> = text.pages[0].spans.iter().map(|span| span.font_weight).collect();
        assert_eq!(
            (text.plain().as_str(), weights.as_slice()),
            ("Ada\nMathematician", [700, 400].as_slice())
        );
    }
}
