//! Cleans the extractor's spans: absurd boxes, icons, letter-spacing, soft hyphens, double-drawn bold.

use super::{PageLink, StyleKey};
use mortise_sdk::{ExtractedText, Rect, Span};

const MAX_RUNS: usize = 12_000;
const MAX_RUN_BYTES: usize = 12_000;
const MAX_BYTES: usize = 400_000;
const MAX_COORDINATE: f32 = 100_000.0;

/// A span after cleaning: never empty, no spaces at its ends, finite box.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) rect: Rect,
    pub(crate) style: StyleKey,
    pub(crate) space_before: bool,
    pub(crate) space_after: bool,
    /// An icon or tab stood before it: never joined with what is left of it.
    pub(crate) break_before: bool,
    pub(crate) order: u32,
}

impl Run {
    pub(crate) fn size(&self) -> f32 {
        f32::from(self.style.size) / 2.0
    }

    pub(crate) fn baseline(&self) -> f32 {
        self.rect.y + self.rect.height * 0.8
    }
}

#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) pages: Vec<Vec<Run>>,
    pub(crate) rules: Vec<Vec<Rect>>,
    pub(crate) links: Vec<PageLink>,
    pub(crate) page_sizes: Vec<(f32, f32)>,
    pub(crate) truncated: bool,
}

pub(crate) fn gather(text: &ExtractedText) -> Gathered {
    let mut gathered = Gathered::default();
    let mut bytes = 0;
    let mut count = 0;
    for (index, page) in text.pages.iter().enumerate() {
        let mut runs = Vec::with_capacity(page.spans.len().min(MAX_RUNS));
        for span in &page.spans {
            if count >= MAX_RUNS || bytes >= MAX_BYTES {
                gathered.truncated = true;
                break;
            }
            let before = runs.len();
            clean(span, &mut runs);
            count += runs.len() - before;
            bytes += span.text.len().min(MAX_RUN_BYTES);
            gathered.truncated |= span.text.len() > MAX_RUN_BYTES;
        }
        drop_doubles(&mut runs);
        gathered.pages.push(runs);
        gathered.rules.push(page.rules.iter().filter(|rule| is_sane(rule)).take(2_000).copied().collect());
        gathered.page_sizes.push((page.width, page.height));
        for link in page.links.iter().take(500) {
            if is_sane(&link.rect) && link.target.len() < 2_000 {
                gathered.links.push(PageLink { page: index, rect: link.rect, target: link.target.clone() });
            }
        }
    }
    gathered
}

fn is_sane(rect: &Rect) -> bool {
    [rect.x, rect.y, rect.width, rect.height].iter().all(|v| v.is_finite() && v.abs() < MAX_COORDINATE)
}

fn clean(span: &Span, out: &mut Vec<Run>) {
    if !is_sane(&span.rect) {
        return;
    }
    let mut end = span.text.len().min(MAX_RUN_BYTES);
    while !span.text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &span.text[..end];
    let size =
        if span.font_size.is_finite() && span.font_size > 0.5 { span.font_size } else { span.rect.height };
    // Half points times a percentage fit sixteen bits: larger type looks the same to us.
    let size = if size.is_finite() { size.clamp(1.0, 250.0) } else { 10.0 };
    let style = StyleKey {
        size: (size * 2.0).round() as u16,
        weight: match span.font_weight {
            0..=350 => 0,
            351..=550 => 1,
            _ => 2,
        },
        italic: span.italic,
        color: quantised(span.color),
    };
    let total = text.chars().count().max(1) as f32;
    let mut piece = String::new();
    let mut piece_start = 0;
    let mut space_before = false;
    let mut break_before = false;
    let mut position = 0;
    let mut flush = |piece: &mut String, from: usize, to: usize, space: bool, after: bool, broken: bool| {
        let raw = std::mem::take(piece);
        let joined = unspaced(raw.trim());
        if joined.is_empty() {
            return false;
        }
        let left = span.rect.width * from as f32 / total;
        let rect = Rect {
            x: span.rect.x + left,
            y: span.rect.y,
            width: (span.rect.width * (to - from) as f32 / total).max(0.0),
            height: if span.rect.height > 0.5 { span.rect.height } else { size },
        };
        out.push(Run {
            space_before: space || raw.starts_with(char::is_whitespace),
            space_after: after || raw.ends_with(char::is_whitespace),
            text: joined,
            rect,
            style,
            break_before: broken,
            order: span.stream_order,
        });
        true
    };
    for character in text.chars() {
        if is_icon(character) || character == '\t' {
            flush(&mut piece, piece_start, position, space_before, true, break_before);
            break_before = true;
            space_before = true;
        } else if !is_invisible(character) {
            if piece.is_empty() {
                piece_start = position;
            }
            piece.push(if character.is_whitespace() { ' ' } else { plain(character) });
        }
        position += 1;
    }
    let had_text = flush(&mut piece, piece_start, position, space_before, false, break_before);
    if !had_text && break_before {
        // An icon alone parts its neighbours: leave a mark that the row builder reads and drops.
        out.push(Run {
            text: String::new(),
            rect: span.rect,
            style,
            space_before: true,
            space_after: true,
            break_before: true,
            order: span.stream_order,
        });
    }
}

/// Near-equal colours are one style: anti-aliased themes shade the same grey twice.
fn quantised(color: u32) -> u32 {
    color & 0x00f0_f0f0
}

fn is_icon(character: char) -> bool {
    matches!(u32::from(character),
        0xE000..=0xF8FF | 0xF_0000..=0x10_FFFF | 0x1F000..=0x1FAFF | 0x2600..=0x26FF | 0x2700..=0x2712 | 0x2715..=0x2793)
}

fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}'
    ) || (character.is_control() && character != '\t')
}

fn plain(character: char) -> char {
    match character {
        '\u{2010}' | '\u{2011}' => '-',
        '\u{2018}' | '\u{2019}' => '\'',
        other => other,
    }
}

/// Joins letter-spaced text: "E X P E R I E N C E" is one word, two or more spaces part words.
pub(crate) fn unspaced(text: &str) -> String {
    let mut singles = 0;
    let mut tokens = 0;
    for token in text.split(' ').filter(|token| !token.is_empty()) {
        tokens += 1;
        let mut letters = token.chars();
        if letters.next().is_some() && letters.next().is_none() {
            singles += 1;
        }
    }
    let collapsed = || text.split_whitespace().collect::<Vec<_>>().join(" ");
    if tokens < 4 || singles * 10 < tokens * 8 {
        return collapsed();
    }
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if letters * 2 < tokens {
        return collapsed();
    }
    text.split("  ")
        .map(|word| word.split(' ').collect::<String>())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Bold is sometimes the same text drawn twice with a small shift.
fn drop_doubles(runs: &mut Vec<Run>) {
    let mut seen = std::collections::BTreeMap::<(String, i32), Vec<f32>>::new();
    runs.retain(|run| {
        if run.text.len() < 3 {
            return true;
        }
        let places = seen.entry((run.text.clone(), (run.rect.y / 3.0) as i32)).or_default();
        if places.len() < 64 && places.iter().any(|x| (x - run.rect.x).abs() < 1.5) {
            return false;
        }
        places.push(run.rect.x);
        true
    });
}
