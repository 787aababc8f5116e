//! The graphics state, as far as text depends on it.

use std::rc::Rc;

use crate::color::ColorSpace;
use crate::font::Font;
use crate::matrix::Matrix;

#[derive(Clone)]
pub(super) struct State {
    pub(super) ctm: Matrix,
    pub(super) fill_space: ColorSpace,
    pub(super) fill: u32,
    pub(super) transparent: bool,
    pub(super) line_width: f32,
    pub(super) font: Option<Rc<Font>>,
    pub(super) size: f32,
    pub(super) char_spacing: f32,
    pub(super) word_spacing: f32,
    /// 1 is normal.
    pub(super) stretch: f32,
    pub(super) leading: f32,
    pub(super) rise: f32,
    pub(super) render: u8,
    /// The style in the ink, once known.
    pub(super) style: Option<u32>,
}

impl State {
    pub(super) fn new(ctm: Matrix) -> Self {
        Self {
            ctm,
            fill_space: ColorSpace::Gray,
            fill: 0,
            transparent: false,
            line_width: 1.0,
            font: None,
            size: 1.0,
            char_spacing: 0.0,
            word_spacing: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
            render: 0,
            style: None,
        }
    }

    /// Modes 3 and 7 show nothing.
    pub(super) fn is_invisible(&self) -> bool {
        self.render == 3 || self.render == 7
    }

    /// Outlined as well as filled; or transparent, as browsers print text over letters they drew as fattened shapes.
    pub(super) fn is_thickened(&self) -> bool {
        self.render % 4 == 2 || self.transparent
    }
}
