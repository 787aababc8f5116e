//! Runs a page's content and collects its ink.

mod operands;
mod path;
mod show;
pub(crate) use show::decode_text;
mod state;

use std::rc::Rc;

use lopdf::{Dictionary, Document, Object, Stream};
use rustc_hash::FxHashMap;

use crate::color::{self, ColorSpace};
use crate::font::Font;
use crate::inflate::Budget;
use crate::ink::Ink;
use crate::lookup;
use crate::matrix::Matrix;
use crate::syntax::Lexer;
use operands::Operands;
use path::Path;
use state::State;

const MAX_FORM_DEPTH: u8 = 12;
const MAX_SAVED_STATES: usize = 512;
/// Over the whole document, so that forms drawing forms cannot multiply for ever.
const MAX_OPERATORS: u32 = 20_000_000;
const MAX_FORMS: u32 = 20_000;
pub(crate) const MAX_GLYPHS: usize = 400_000;

/// What the pages of a document share.
pub(crate) struct Shared<'a> {
    pub(crate) doc: &'a Document,
    pub(crate) budget: &'a Budget,
    /// By the address of the font's dictionary, which does not move while the document lives.
    fonts: FxHashMap<*const Dictionary, Rc<Font>>,
    forms: FxHashMap<*const Stream, Rc<Vec<u8>>>,
    operators: u32,
    form_count: u32,
    pub(crate) glyphs: usize,
    /// Set when a limit above cut something off.
    pub(crate) cut_short: bool,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(doc: &'a Document, budget: &'a Budget) -> Self {
        Self {
            doc,
            budget,
            fonts: FxHashMap::default(),
            forms: FxHashMap::default(),
            operators: 0,
            form_count: 0,
            glyphs: 0,
            cut_short: false,
        }
    }
}

/// Text shown between `BDC` and `EMC` whose letters the file gives separately.
struct Marked {
    actual_text: Option<String>,
    first_glyph: usize,
}

pub(crate) struct Interpreter<'a, 's> {
    shared: &'s mut Shared<'a>,
    pub(crate) ink: Ink,
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
    path: Path,
    marked: Vec<Marked>,
    order: u32,
}

impl<'a, 's> Interpreter<'a, 's> {
    pub(crate) fn new(shared: &'s mut Shared<'a>, base: Matrix) -> Self {
        Self {
            shared,
            ink: Ink::default(),
            state: State::new(base),
            saved: Vec::new(),
            text: Matrix::IDENTITY,
            line: Matrix::IDENTITY,
            path: Path::default(),
            marked: Vec::new(),
            order: 0,
        }
    }

    pub(crate) fn run(&mut self, content: &[u8], resources: Option<&'a Dictionary>, depth: u8) {
        let mut lexer = Lexer::new(content);
        let mut operands = Operands::default();
        let floor = self.saved.len();
        while let Some(operator) = operands.read(&mut lexer) {
            self.shared.operators += 1;
            if self.shared.operators > MAX_OPERATORS || self.shared.glyphs > MAX_GLYPHS {
                self.shared.cut_short = true;
                return;
            }
            match operator {
                b"q" => {
                    if self.saved.len() < MAX_SAVED_STATES {
                        self.saved.push(self.state.clone());
                    }
                }
                b"Q" => {
                    if self.saved.len() > floor
                        && let Some(state) = self.saved.pop()
                    {
                        self.state = state;
                    }
                }
                b"cm" => {
                    if let Some(matrix) = operands.numbers() {
                        self.state.ctm = Matrix::new(matrix).then(&self.state.ctm);
                    }
                }
                b"Do" => self.draw(operands.name(), resources, depth),
                b"gs" => self.external_state(operands.name(), resources),
                b"ID" => lexer.skip_inline_image(),
                b"BMC" => self.begin_marked(None),
                b"BDC" => {
                    let text =
                        operands.actual_text.take().or_else(|| self.property_text(&operands, resources));
                    self.begin_marked(text);
                }
                b"EMC" => self.end_marked(),
                _ => {
                    if !self.color_operator(operator, &operands, resources)
                        && !self.path_operator(operator, &operands)
                    {
                        self.text_operator(operator, &operands, resources);
                    }
                }
            }
        }
        self.saved.truncate(floor);
    }

    fn color_operator(
        &mut self,
        operator: &[u8],
        operands: &Operands<'_>,
        resources: Option<&'a Dictionary>,
    ) -> bool {
        let fill = match operator {
            b"g" => operands.numbers().map(|[value]| (ColorSpace::Gray, color::gray(value))),
            b"rg" => operands.numbers().map(|[r, g, b]| (ColorSpace::Rgb, color::rgb(r, g, b))),
            b"k" => operands.numbers().map(|[c, m, y, k]| (ColorSpace::Cmyk, color::cmyk(c, m, y, k))),
            b"cs" => operands.name().map(|name| (ColorSpace::find(self.shared.doc, resources, name), 0)),
            b"sc" | b"scn" => {
                let space = self.state.fill_space;
                Some((space, space.color(&operands.all_numbers())))
            }
            _ => return false,
        };
        if let Some((space, color)) = fill {
            self.state.fill_space = space;
            if self.state.fill != color {
                self.state.fill = color;
                self.state.style = None;
            }
        }
        true
    }

    fn path_operator(&mut self, operator: &[u8], operands: &Operands<'_>) -> bool {
        let ctm = self.state.ctm;
        let scale = (ctm.a * ctm.d - ctm.b * ctm.c).abs().sqrt();
        let width = self.state.line_width * scale;
        let mut paint = |fill, stroke| self.path.paint(fill, stroke, width, &mut self.ink.rules);
        match operator {
            b"m" => operands.numbers().map_or((), |[x, y]| self.path.move_to(&ctm, x, y)),
            b"l" => operands.numbers().map_or((), |[x, y]| self.path.line_to(&ctm, x, y)),
            b"c" | b"v" | b"y" => operands.numbers().map_or((), |[x, y]| self.path.curve_to(&ctm, x, y)),
            b"h" => self.path.close(),
            b"re" => operands.numbers().map_or((), |rect| self.path.rectangle(&ctm, rect)),
            b"w" => self.state.line_width = operands.number(0).unwrap_or(1.0),
            b"S" => paint(false, true),
            b"s" => {
                self.path.close();
                self.path.paint(false, true, width, &mut self.ink.rules);
            }
            b"f" | b"F" | b"f*" => paint(true, false),
            b"B" | b"B*" | b"b" | b"b*" => paint(true, true),
            b"n" => self.path.clear(),
            _ => return false,
        }
        true
    }

    fn external_state(&mut self, name: Option<&[u8]>, resources: Option<&'a Dictionary>) {
        let doc = self.shared.doc;
        let Some(state) = name.zip(resources).and_then(|(name, resources)| {
            lookup::dict(doc, lookup::dict(doc, resources, b"ExtGState")?, name)
        }) else {
            return;
        };
        if let Some(alpha) = lookup::number(doc, state, b"ca") {
            self.state.transparent = alpha <= 0.0;
            self.state.style = None;
        }
        if let Some([font, size]) = lookup::array(doc, state, b"Font").map(Vec::as_slice)
            && let Some(font) = lookup::as_dict(lookup::resolve(doc, font))
        {
            let font = self.font(font);
            self.set_font(font, lookup::as_number(doc, size).unwrap_or(1.0));
        }
    }

    fn font(&mut self, dict: &'a Dictionary) -> Rc<Font> {
        let key = std::ptr::from_ref(dict);
        if let Some(font) = self.shared.fonts.get(&key) {
            return Rc::clone(font);
        }
        let font = Rc::new(Font::read(self.shared.doc, dict, self.shared.budget));
        self.shared.fonts.insert(key, Rc::clone(&font));
        font
    }

    fn set_font(&mut self, font: Rc<Font>, size: f32) {
        self.state.font = Some(font);
        self.state.size = size;
        self.state.style = None;
    }

    fn draw(&mut self, name: Option<&[u8]>, resources: Option<&'a Dictionary>, depth: u8) {
        let doc = self.shared.doc;
        let found = name
            .zip(resources)
            .and_then(|(name, resources)| lookup::get(doc, lookup::dict(doc, resources, b"XObject")?, name));
        let Some(Object::Stream(form)) = found else { return };
        if lookup::name(doc, &form.dict, b"Subtype") != Some(b"Form") {
            return;
        }
        self.shared.form_count += 1;
        if depth >= MAX_FORM_DEPTH || self.shared.form_count > MAX_FORMS {
            self.shared.cut_short = true;
            return;
        }
        let content = match self.shared.forms.get(&std::ptr::from_ref(form)) {
            Some(content) => Rc::clone(content),
            None => {
                let content = Rc::new(self.shared.budget.plain(form).unwrap_or_default());
                self.shared.forms.insert(std::ptr::from_ref(form), Rc::clone(&content));
                content
            }
        };
        let outer = self.state.clone();
        let (text, line) = (self.text, self.line);
        let marked = self.marked.len();
        if let Some(matrix) = lookup::numbers(doc, &form.dict, b"Matrix") {
            self.state.ctm = Matrix::new(matrix).then(&self.state.ctm);
        }
        let own = lookup::dict(doc, &form.dict, b"Resources").or(resources);
        self.run(&content, own, depth + 1);
        self.marked.truncate(marked);
        self.state = outer;
        self.text = text;
        self.line = line;
    }
}
