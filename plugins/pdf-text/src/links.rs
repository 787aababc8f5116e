//! Hyperlinks from a page's annotations.

use lopdf::{Dictionary, Document};
use mortise_sdk::{Link, Rect};

use crate::interpret::decode_text;
use crate::lookup;
use crate::matrix::Matrix;

/// A page with more is not a résumé's.
const MAX_LINKS: usize = 500;
/// Longer addresses are not kept.
const MAX_TARGET: usize = 2048;

/// The links of a page, placed by `base`.
pub(crate) fn links(doc: &Document, page: &Dictionary, base: &Matrix) -> Vec<Link> {
    let annotations = lookup::array(doc, page, b"Annots").map(Vec::as_slice).unwrap_or_default();
    annotations
        .iter()
        .take(MAX_LINKS)
        .filter_map(|item| link(doc, lookup::as_dict(lookup::resolve(doc, item))?, base))
        .collect()
}

fn link(doc: &Document, annotation: &Dictionary, base: &Matrix) -> Option<Link> {
    let action = lookup::dict(doc, annotation, b"A")?;
    let target = decode_text(lookup::get(doc, action, b"URI")?.as_str().ok()?);
    let target = target.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    if target.is_empty() || target.len() > MAX_TARGET {
        return None;
    }
    let [x0, y0, x1, y1] = lookup::numbers(doc, annotation, b"Rect")?;
    let (a, b) = (base.apply(x0, y0), base.apply(x1, y1));
    let rect = Rect { x: a.0.min(b.0), y: a.1.min(b.1), width: (a.0 - b.0).abs(), height: (a.1 - b.1).abs() };
    Some(Link { rect, target: target.to_owned() })
}
