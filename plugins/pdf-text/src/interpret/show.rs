//! Text operators: where each glyph lands.

use lopdf::Dictionary;

use super::operands::{Operand, Operands};
use super::{Interpreter, Marked};
use crate::characters::{self, Meaning};
use crate::font::GlyphText;
use crate::ink::{Glyph, GlyphKind};
use crate::lookup;
use crate::matrix::Matrix;

impl<'a> Interpreter<'a, '_> {
    pub(super) fn text_operator(
        &mut self,
        operator: &[u8],
        operands: &Operands<'_>,
        resources: Option<&'a Dictionary>,
    ) {
        match operator {
            b"BT" => self.set_line(Matrix::IDENTITY),
            b"Tm" => {
                if let Some(matrix) = operands.numbers() {
                    self.set_line(Matrix::new(matrix));
                }
            }
            b"Td" => {
                if let Some([x, y]) = operands.numbers() {
                    self.set_line(Matrix::translation(x, y).then(&self.line));
                }
            }
            b"TD" => {
                if let Some([x, y]) = operands.numbers() {
                    self.state.leading = -y;
                    self.set_line(Matrix::translation(x, y).then(&self.line));
                }
            }
            b"T*" => self.next_line(),
            b"Tf" => {
                let doc = self.shared.doc;
                let size = operands.number(1).unwrap_or(1.0);
                let font = operands.name().zip(resources).and_then(|(name, resources)| {
                    lookup::dict(doc, lookup::dict(doc, resources, b"Font")?, name)
                });
                if let Some(dict) = font {
                    let font = self.font(dict);
                    self.set_font(font, size);
                } else {
                    self.state.size = size;
                }
            }
            b"Tc" => self.state.char_spacing = operands.number(0).unwrap_or(0.0),
            b"Tw" => self.state.word_spacing = operands.number(0).unwrap_or(0.0),
            b"Tz" => self.state.stretch = operands.number(0).unwrap_or(100.0) / 100.0,
            b"TL" => self.state.leading = operands.number(0).unwrap_or(0.0),
            b"Ts" => self.state.rise = operands.number(0).unwrap_or(0.0),
            b"Tr" => {
                self.state.render = operands.number(0).unwrap_or(0.0) as u8;
                self.state.style = None;
            }
            b"Tj" => self.show(operands.last_text().unwrap_or_default()),
            b"TJ" => self.show_adjusted(&operands.list),
            b"'" => {
                self.next_line();
                self.show(operands.last_text().unwrap_or_default());
            }
            b"\"" => {
                self.state.word_spacing = operands.number(0).unwrap_or(0.0);
                self.state.char_spacing = operands.number(1).unwrap_or(0.0);
                self.next_line();
                self.show(operands.last_text().unwrap_or_default());
            }
            _ => {}
        }
    }

    fn set_line(&mut self, matrix: Matrix) {
        self.line = matrix;
        self.text = matrix;
    }

    fn next_line(&mut self) {
        self.set_line(Matrix::translation(0.0, -self.state.leading).then(&self.line));
    }

    fn show_adjusted(&mut self, items: &[Operand<'_>]) {
        for item in items {
            match item {
                Operand::Text(bytes) => self.show_string(bytes),
                Operand::Number(adjustment) => {
                    let shift = -adjustment / 1000.0 * self.state.size;
                    let vertical = self.state.font.as_ref().is_some_and(|font| font.vertical);
                    let (x, y) = if vertical { (0.0, shift) } else { (shift * self.state.stretch, 0.0) };
                    self.text = Matrix::translation(x, y).then(&self.text);
                }
                Operand::Name(_) => {}
            }
        }
        self.order += 1;
    }

    fn show(&mut self, bytes: &[u8]) {
        self.show_string(bytes);
        self.order += 1;
    }

    fn show_string(&mut self, bytes: &[u8]) {
        let Some(font) = self.state.font.clone() else { return };
        let state = &self.state;
        let style = match state.style {
            Some(style) => style,
            None => self.ink.style_of(&font, state.fill, state.is_thickened()),
        };
        let matrix = self.text.then(&state.ctm);
        let size = state.size.abs() * matrix.c.hypot(matrix.d);
        let (stretch, rise, vertical) = (state.stretch, state.rise, font.vertical);
        let invisible = state.is_invisible();
        let (mut x, mut y) = (0.0f32, 0.0f32);
        let ink = &mut self.ink;
        let order = self.order;
        font.decode(bytes, |length, code, info, letters| {
            let advance = info.advance * state.size;
            let spacing =
                state.char_spacing + if length == 1 && code == 32 { state.word_spacing } else { 0.0 };
            let (x0, y0) = matrix.apply(x, y + rise);
            if vertical {
                y -= advance + spacing;
            } else {
                x += advance * stretch;
            }
            let (x1, y1) = matrix.apply(x, y + rise);
            if !vertical {
                x += spacing * stretch;
            }
            let kind = match info.text {
                GlyphText::Letters(..) => {
                    let start = ink.letters.len() as u32;
                    ink.letters.push_str(letters);
                    GlyphKind::Letters(start, letters.len() as u8)
                }
                GlyphText::Space => GlyphKind::Space,
                GlyphText::Nothing => GlyphKind::Nothing,
                GlyphText::Unknown => GlyphKind::Unknown,
            };
            if x0.is_finite() && y0.is_finite() && x1.is_finite() && y1.is_finite() && size.is_finite() {
                ink.glyphs.push(Glyph { x0, y0, x1, y1, size, style, order, kind, invisible });
            }
        });
        self.shared.glyphs += bytes.len();
        self.state.style = Some(style);
        self.text = Matrix::translation(x, y).then(&self.text);
    }

    pub(super) fn property_text(
        &self,
        operands: &Operands<'_>,
        resources: Option<&'a Dictionary>,
    ) -> Option<Vec<u8>> {
        let doc = self.shared.doc;
        let list = lookup::dict(doc, lookup::dict(doc, resources?, b"Properties")?, operands.second_name()?)?;
        lookup::get(doc, list, b"ActualText")?.as_str().ok().map(<[u8]>::to_vec)
    }

    pub(super) fn begin_marked(&mut self, actual_text: Option<Vec<u8>>) {
        if self.marked.len() < 4096 {
            let actual_text = actual_text.map(|bytes| decode_text(&bytes));
            self.marked.push(Marked { actual_text, first_glyph: self.ink.glyphs.len() });
        }
    }

    /// The stated text stands in only for glyphs that say nothing themselves: beside an icon it is often an address.
    pub(super) fn end_marked(&mut self) {
        let Some(Marked { actual_text: Some(text), first_glyph }) = self.marked.pop() else { return };
        let Some(glyphs) = self.ink.glyphs.get_mut(first_glyph..) else { return };
        let untold = !glyphs.is_empty() && glyphs.iter().all(|glyph| glyph.kind == GlyphKind::Unknown);
        let address = text.contains("://") || text.starts_with("mailto:") || text.starts_with("tel:");
        if !untold || address {
            return;
        }
        if let Meaning::Letters(letters) = characters::meaning(&text, false)
            && let Ok(length) = u8::try_from(letters.len())
        {
            let end = glyphs.last().map(|last| (last.x1, last.y1));
            let start = self.ink.letters.len() as u32;
            self.ink.letters.push_str(&letters);
            self.ink.glyphs.truncate(first_glyph + 1);
            if let (Some(first), Some((x1, y1))) = (self.ink.glyphs.last_mut(), end) {
                first.kind = GlyphKind::Letters(start, length);
                (first.x1, first.y1) = (x1, y1);
            }
        }
    }
}

/// A text string: UTF-16 or UTF-8 by its mark, else near enough to Latin-1.
pub(crate) fn decode_text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let units: Vec<u16> =
                rest.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}
