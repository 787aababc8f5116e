//! What a page's content leaves on the page: glyphs with places and looks, and ruled lines.

use std::rc::Rc;

use mortise_sdk::Rect;

use crate::font::Font;

/// A glyph whose baseline runs from (x0, y0) to (x1, y1) in points from the upper left corner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyph {
    pub(crate) x0: f32,
    pub(crate) y0: f32,
    pub(crate) x1: f32,
    pub(crate) y1: f32,
    /// Height of an em.
    pub(crate) size: f32,
    /// Index into [`Ink::styles`].
    pub(crate) style: u32,
    /// Number of the string-showing operation.
    pub(crate) order: u32,
    pub(crate) kind: GlyphKind,
    pub(crate) invisible: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GlyphKind {
    /// Start and length in [`Ink::letters`].
    Letters(u32, u8),
    Space,
    Nothing,
    Unknown,
}

/// A font in a colour.
#[derive(Clone)]
pub(crate) struct InkStyle {
    pub(crate) font: Rc<Font>,
    pub(crate) color: u32,
    /// Outlined as well as filled: drawn bolder than the font says.
    pub(crate) thickened: bool,
}

#[derive(Default)]
pub(crate) struct Ink {
    pub(crate) glyphs: Vec<Glyph>,
    pub(crate) letters: String,
    pub(crate) styles: Vec<InkStyle>,
    pub(crate) rules: Vec<Rect>,
}

impl Ink {
    pub(crate) fn text(&self, glyph: &Glyph) -> &str {
        match glyph.kind {
            GlyphKind::Letters(start, length) => {
                let start = start as usize;
                self.letters.get(start..start + usize::from(length)).unwrap_or_default()
            }
            _ => "",
        }
    }

    pub(crate) fn style_of(&mut self, font: &Rc<Font>, color: u32, thickened: bool) -> u32 {
        let same = |style: &InkStyle| {
            Rc::ptr_eq(&style.font, font) && style.color == color && style.thickened == thickened
        };
        // Only the latest are searched: a page may hold a colour a glyph.
        let from = self.styles.len().saturating_sub(64);
        if let Some(index) = self.styles[from..].iter().rposition(same) {
            return (from + index) as u32;
        }
        self.styles.push(InkStyle { font: Rc::clone(font), color, thickened });
        (self.styles.len() - 1) as u32
    }
}
