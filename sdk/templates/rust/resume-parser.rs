//! Takes the largest line for the name, and finds the first e-mail address.

use mortise_sdk::resume::{Evidence, ParsedResume};
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser, Span};

struct Plugin;

impl ResumeParser for Plugin {
    fn parse(_: &CallContext, _: &Document, text: ExtractedText) -> Result<ParsedResume, PluginError> {
        let spans: Vec<(u32, &Span)> =
            text.pages.iter().flat_map(|page| page.spans.iter().map(|span| (page.number, span))).collect();
        let Some((page, title)) = spans.iter().copied().reduce(larger) else {
            return Err(PluginError::invalid_input("no_text", "There is no text to read."));
        };
        let mut resume = ParsedResume::default();
        resume.basics.name = Some(title.text.clone());
        resume.evidence.push(found("/basics/name", page, title, 0.6));
        for (page, span) in spans {
            if let Some(address) = address(&span.text) {
                resume.basics.emails.push(address.to_owned());
                resume.evidence.push(found("/basics/email", page, span, 0.9));
                break;
            }
        }
        Ok(resume)
    }
}

/// The first of the largest.
fn larger<'a>(one: (u32, &'a Span), other: (u32, &'a Span)) -> (u32, &'a Span) {
    if other.1.font_size > one.1.font_size { other } else { one }
}

fn address(text: &str) -> Option<&str> {
    let words = text.split_whitespace().map(|word| word.trim_matches([',', ';', '.', '<', '>', '(', ')']));
    words
        .into_iter()
        .find(|word| word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')))
}

/// Where a value was read, and how sure this is of it: the share of such values that are right.
fn found(pointer: &str, page: u32, span: &Span, confidence: f32) -> Evidence {
    Evidence { pointer: pointer.to_owned(), page: Some(page), rect: Some(span.rect), confidence }
}

mortise_sdk::export_resume_parser!(Plugin);

/// `cargo test` needs no sandbox: the host's functions are answered by one of the test's own.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_a_name_and_a_host() {
        assert_eq!(address("Write to <ada@example.com>, please."), Some("ada@example.com"));
        assert_eq!(address("@ada or ada@home"), None);
    }
}
