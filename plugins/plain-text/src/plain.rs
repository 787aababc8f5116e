//! Plain text: lines as they are, blank lines between blocks, a form feed for a page.

use mortise_sdk::PluginError;
use mortise_sdk::flow::Style;

use crate::outline::Outline;

pub(crate) fn read(text: &str) -> Result<Outline, PluginError> {
    let mut outline = Outline::default();
    let style = Style { monospace: true, ..Style::default() };
    for (number, page) in text.split('\u{c}').enumerate() {
        if number > 0 {
            outline.page_break()?;
        }
        for line in lines(page) {
            let trimmed = line.trim();
            if trimmed.is_empty() {
                outline.end_block()?;
            } else if is_rule(trimmed) {
                outline.rule()?;
            } else {
                outline.text(line, &style, None)?;
                outline.end_line()?;
            }
        }
    }
    Ok(outline)
}

/// Lines ended by LF, CRLF, a lone CR, or one of Unicode's own separators.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\u{85}', '\u{2028}', '\u{2029}', '\u{b}'])
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// A line drawn with characters.
fn is_rule(line: &str) -> bool {
    let mut characters = line.chars();
    characters.next().is_some_and(|first| {
        "-=_*~─━═—".contains(first) && characters.clone().count() >= 3 && characters.all(|next| next == first)
    })
}
