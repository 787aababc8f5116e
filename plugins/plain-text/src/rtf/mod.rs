//! Rich Text Format, by the specification's version 1.9.1: text in its code pages and in Unicode, looks, lists, tables,
//! links, headers, footers and text boxes. One pass without recursion; groups are a stack.

mod fonts;
mod state;
mod story;
mod tokens;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};
use mortise_sdk::flow::Style;
use mortise_sdk::{ExtractedText, PluginError};
use word_processing::markers::is_bullet;
use word_processing::{Block, Budget, hyperlink, too_large};

use fonts::{Charset, Fonts};
use state::{Destination, State, points};
use story::{Kind, Story};
use tokens::{Token, Tokens};

/// Word makes a few dozen.
const MAX_GROUPS: usize = 1_000;
const MAX_STORIES: usize = 20;
const MAX_COLORS: usize = 4_096;
const MAX_INSTRUCTION: usize = 4_096;
/// How many characters may stand for one.
const MAX_FALLBACK: i32 = 64;

pub(crate) fn is_rtf(bytes: &[u8]) -> bool {
    start(bytes).starts_with(b"{\\rtf")
}

/// The file without what some programs put before it.
fn start(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

pub(crate) fn read(bytes: &[u8]) -> Result<ExtractedText, PluginError> {
    if !is_rtf(bytes) {
        return Err(PluginError::invalid_input("not_rtf", "The file does not hold Rich Text (RTF)."));
    }
    let bytes = start(bytes);
    let mut reader = Reader::new(!bytes.is_ascii() && std::str::from_utf8(bytes).is_ok());
    for token in Tokens::new(bytes) {
        reader.token(&token)?;
        // What follows the outermost group is no part of the document.
        if reader.outer.is_empty() && token == Token::Close {
            break;
        }
    }
    reader.finish()
}

struct Reader {
    state: State,
    /// Of the groups around.
    outer: Vec<State>,
    /// The group's first word may be passed over by whoever does not know it.
    is_starred: bool,
    /// Characters to pass over: they stand for a Unicode one that was read.
    fallback: usize,
    /// The first half of a character that UTF-16 writes in two.
    surrogate: Option<u16>,
    /// Encoded text, not yet decoded: characters may take several bytes.
    encoded: Vec<u8>,
    encoding: &'static Encoding,
    /// Against the rules, but nothing else it could be.
    is_utf_8: bool,
    default_font: i32,
    fonts: Fonts,
    colors: Vec<u32>,
    /// The next colour, so far.
    color: u32,
    /// What the fields around say they do.
    fields: Vec<String>,
    /// The innermost last; the first is the body.
    stories: Vec<Story>,
    /// Headers and footers that were read: of later sections they are the same.
    seen: BTreeSet<Kind>,
    margins: BTreeMap<Kind, Vec<Block>>,
    first_differs: bool,
    /// A section has begun: its first paragraph stands on a new page.
    is_new_section: bool,
    /// Paper, left and right margin, in points.
    page: [f32; 3],
    budget: Budget,
    /// Characters per language.
    languages: BTreeMap<String, usize>,
    warnings: BTreeSet<String>,
}

impl Reader {
    fn new(is_utf_8: bool) -> Self {
        Self {
            state: State::new(),
            outer: Vec::new(),
            is_starred: false,
            fallback: 0,
            surrogate: None,
            encoded: Vec::new(),
            encoding: WINDOWS_1252,
            is_utf_8,
            default_font: 0,
            fonts: Fonts::default(),
            colors: Vec::new(),
            color: 0,
            fields: Vec::new(),
            stories: vec![Story::new(Kind::Body)],
            seen: BTreeSet::new(),
            margins: BTreeMap::new(),
            first_differs: false,
            is_new_section: false,
            page: [612.0, 90.0, 90.0],
            budget: Budget::default(),
            languages: BTreeMap::new(),
            warnings: BTreeSet::new(),
        }
    }

    fn token(&mut self, token: &Token<'_>) -> Result<(), PluginError> {
        if !matches!(token, Token::Text(_) | Token::Byte(_)) {
            self.decode()?;
        }
        match *token {
            Token::Open => self.open(),
            Token::Close => self.close(),
            Token::Word(name, number) => self.word(name, number),
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Byte(_) if self.fallback > 0 => {
                self.fallback -= 1;
                Ok(())
            }
            Token::Byte(byte) => {
                if self.state.destination != Destination::Skip {
                    self.encoded.push(byte);
                }
                Ok(())
            }
            Token::Text(bytes) => self.bytes(bytes),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), PluginError> {
        let passed = self.fallback.min(bytes.len());
        self.fallback -= passed;
        let bytes = &bytes[passed..];
        if self.state.destination == Destination::Skip || bytes.is_empty() {
            return Ok(());
        }
        if self.is_utf_8 && !bytes.is_ascii() {
            self.decode()?;
            return self.text(&String::from_utf8_lossy(bytes));
        }
        self.encoded.extend_from_slice(bytes);
        Ok(())
    }

    /// Makes text of the bytes so far.
    fn decode(&mut self) -> Result<(), PluginError> {
        if self.encoded.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.encoded);
        let charset = match self.state.destination {
            // Names are in the document's own encoding.
            Destination::Fonts | Destination::Colors => Charset::Encoded(self.encoding),
            _ => self.fonts.charset(self.state.character.font, self.encoding),
        };
        match charset {
            Charset::Symbols => {
                let drawn = |byte: &u8| match *byte {
                    b' ' | b'\t' => Some(char::from(*byte)),
                    byte => is_bullet(byte.into()).then_some('•'),
                };
                let text: String = bytes.iter().filter_map(drawn).collect();
                self.text(&text)
            }
            Charset::Encoded(encoding) => {
                let (text, damaged) = encoding.decode_without_bom_handling(&bytes);
                if damaged {
                    let name = encoding.name();
                    self.warnings.insert(format!("Some characters are not valid {name} and were replaced."));
                }
                self.text(&text)
            }
        }
    }

    fn open(&mut self) -> Result<(), PluginError> {
        (self.is_starred, self.fallback, self.surrogate) = (false, 0, None);
        if self.outer.len() >= MAX_GROUPS {
            return Err(too_large("The document is nested more deeply than a résumé can be."));
        }
        self.outer.push(self.state.clone());
        Ok(())
    }

    fn close(&mut self) -> Result<(), PluginError> {
        (self.is_starred, self.fallback, self.surrogate) = (false, 0, None);
        if self.outer.len() == 1 {
            // The document's last paragraph need not be ended.
            self.end_open_paragraph(self.state.level)?;
        }
        let Some(outer) = self.outer.pop() else { return Ok(()) };
        while self.stories.len() > outer.stories {
            self.end_story()?;
        }
        self.fields.truncate(outer.fields);
        self.state = outer;
        Ok(())
    }

    fn symbol(&mut self, symbol: u8) -> Result<(), PluginError> {
        if symbol == b'*' {
            self.is_starred = true;
            return Ok(());
        }
        let text = match symbol {
            b'~' => "\u{a0}",
            b'_' => "-",
            b'\\' => "\\",
            b'{' => "{",
            b'}' => "}",
            // Where a word may be broken, and marks of an index.
            _ => "",
        };
        self.character(text)
    }

    /// Text that stands for itself, or for a Unicode character that was read already.
    fn character(&mut self, text: &str) -> Result<(), PluginError> {
        if self.fallback > 0 {
            self.fallback -= 1;
            return Ok(());
        }
        self.text(text)
    }

    fn unicode(&mut self, number: i32) -> Result<(), PluginError> {
        self.fallback = self.state.fallback;
        // Numbers are of 16 bits, and signed; some programs write greater ones all the same.
        let code = if number < 0 { number.wrapping_add(0x1_0000) } else { number };
        let code = u32::try_from(code).unwrap_or(0xfffd);
        let first = self.surrogate.take();
        let unit = u16::try_from(code).unwrap_or(0);
        let character = match (first, code) {
            (_, 0xd800..=0xdbff) => {
                self.surrogate = Some(unit);
                return Ok(());
            }
            (Some(first), 0xdc00..=0xdfff) => {
                char::decode_utf16([first, unit]).next().and_then(Result::ok).unwrap_or('\u{fffd}')
            }
            // Characters of symbol fonts.
            (_, 0xf000..=0xf0ff) if is_bullet(code) => '•',
            (_, 0xf000..=0xf0ff) => return Ok(()),
            _ => char::from_u32(code).unwrap_or('\u{fffd}'),
        };
        self.text(character.encode_utf8(&mut [0; 4]))
    }

    /// Text goes where its group belongs.
    fn text(&mut self, text: &str) -> Result<(), PluginError> {
        if text.is_empty() {
            return Ok(());
        }
        // Its other half did not come.
        self.surrogate = None;
        match self.state.destination {
            Destination::Skip => Ok(()),
            Destination::Text => self.write(text),
            Destination::Fonts => {
                self.fonts.text(text);
                Ok(())
            }
            Destination::Colors => {
                for _ in text.matches(';') {
                    if self.colors.len() < MAX_COLORS {
                        self.colors.push(std::mem::take(&mut self.color));
                    }
                }
                Ok(())
            }
            Destination::Instruction => {
                let field = self.state.fields.checked_sub(1).and_then(|field| self.fields.get_mut(field));
                if let Some(field) = field {
                    let room = MAX_INSTRUCTION.saturating_sub(field.len());
                    field.extend(text.chars().take(room));
                }
                Ok(())
            }
            Destination::Marker => {
                let marker = self.story().marker.get_or_insert_default();
                if marker.chars().count() + text.chars().count() <= 40 {
                    marker.push_str(text);
                }
                Ok(())
            }
        }
    }

    fn write(&mut self, text: &str) -> Result<(), PluginError> {
        let Self { state, fonts, colors, stories, budget, languages, is_new_section, .. } = self;
        let character = state.character;
        if character.hidden || character.deleted {
            return Ok(());
        }
        let story = stories.last_mut().expect("the body is never taken away");
        if story.kind == Kind::Body && std::mem::take(is_new_section) {
            story.page_break();
        }
        if let Some(language) = words::language(character.language) {
            *languages.entry(language.to_owned()).or_default() += text.len();
        }
        let upper = character.capitals.then(|| text.to_uppercase());
        let look = || Style {
            size: character.size as f32 / 2.0,
            weight: if character.bold { 700 } else { 400 },
            italic: character.italic,
            color: colors.get(character.color).copied().unwrap_or(0),
            font_name: fonts.name(character.font),
            monospace: false,
        };
        story.write(upper.as_deref().unwrap_or(text), character, state.link.as_ref(), look, budget)
    }

    fn word(&mut self, name: &str, number: Option<i32>) -> Result<(), PluginError> {
        let is_starred = std::mem::take(&mut self.is_starred);
        if name == "u" {
            return self.unicode(number.unwrap_or(0));
        }
        match words::text(name) {
            Some(text @ ("\t" | "\n")) => {
                self.fallback = 0;
                return self.text(text);
            }
            Some(text) => return self.character(text),
            None => {}
        }
        // Whatever is no character does not stand for one.
        (self.fallback, self.surrogate) = (0, None);
        if is_starred && !words::is_known(name) || words::is_skipped(name) {
            self.state.destination = Destination::Skip;
            return Ok(());
        }
        match (self.state.destination, name) {
            (_, "upr") => {
                let shown = std::mem::replace(&mut self.state.destination, Destination::Skip);
                self.state.alternative = Some(shown);
                Ok(())
            }
            (_, "ud") => {
                self.state.destination = self.state.alternative.take().unwrap_or(self.state.destination);
                Ok(())
            }
            (Destination::Skip, _) => Ok(()),
            (_, "uc") => {
                self.state.fallback = number.unwrap_or(1).clamp(0, MAX_FALLBACK).unsigned_abs() as usize;
                Ok(())
            }
            (Destination::Fonts, _) => {
                self.fonts.word(name, number);
                Ok(())
            }
            (Destination::Colors, _) => {
                let shift = match name {
                    "red" => 16,
                    "green" => 8,
                    "blue" => 0,
                    _ => return Ok(()),
                };
                self.color |= number.unwrap_or(0).clamp(0, 255).unsigned_abs() << shift;
                Ok(())
            }
            _ => {
                if self.begins(name) {
                    return Ok(());
                }
                let default = self.default_font;
                if self.state.character.word(name, number, default)
                    || self.state.paragraph_word(name, number)
                    || self.document_word(name, number)
                {
                    return Ok(());
                }
                self.structure(name, number)
            }
        }
    }

    /// Whether the word began a destination.
    fn begins(&mut self, name: &str) -> bool {
        let story = match name {
            "header" | "headerr" => Kind::Header,
            "headerf" => Kind::FirstHeader,
            "footer" | "footerr" => Kind::Footer,
            "footerf" => Kind::FirstFooter,
            "shptxt" | "dptxbxtext" => Kind::TextBox,
            _ => {
                self.state.destination = match name {
                    "fonttbl" => Destination::Fonts,
                    "colortbl" => Destination::Colors,
                    "fldinst" => Destination::Instruction,
                    "listtext" | "pntext" => {
                        self.story().marker = None;
                        Destination::Marker
                    }
                    "field" => {
                        if self.fields.len() < MAX_GROUPS {
                            self.fields.push(String::new());
                            self.state.fields = self.fields.len();
                        }
                        self.state.destination
                    }
                    "fldrslt" => {
                        let target = self.fields.last().and_then(|field| hyperlink(field)).map(Rc::from);
                        self.state.link = target.or(self.state.link.take());
                        self.state.destination
                    }
                    _ => return false,
                };
                return true;
            }
        };
        let is_shown = match story {
            Kind::FirstHeader | Kind::FirstFooter => self.first_differs && self.seen.insert(story),
            Kind::Header | Kind::Footer => self.seen.insert(story),
            Kind::Body | Kind::TextBox => true,
        };
        if !is_shown || self.stories.len() >= MAX_STORIES {
            self.state.destination = Destination::Skip;
            return true;
        }
        self.stories.push(Story::new(story));
        let around = std::mem::replace(&mut self.state, State::new());
        (self.state.stories, self.state.fields) = (self.stories.len(), around.fields);
        self.state.character.font = self.default_font;
        true
    }

    /// Whether the word was one of the whole document or of a section.
    fn document_word(&mut self, name: &str, number: Option<i32>) -> bool {
        match name {
            "ansicpg" => match number.and_then(fonts::code_page) {
                Some(encoding) => self.encoding = encoding,
                None => {
                    let number = number.unwrap_or(0);
                    self.warnings.insert(format!(
                        "The document's code page {number} is not known; it was read as windows-1252."
                    ));
                }
            },
            "mac" => self.encoding = MACINTOSH,
            "deff" => {
                self.default_font = number.unwrap_or(0);
                self.state.character.font = self.default_font;
            }
            "paperw" => self.page[0] = points(number),
            "margl" => self.page[1] = points(number),
            "margr" => self.page[2] = points(number),
            "titlepg" => self.first_differs = true,
            "sbknone" | "sbkcol" => self.is_new_section = false,
            _ => return false,
        }
        true
    }

    /// Ends paragraphs, cells, rows and pages.
    fn structure(&mut self, name: &str, number: Option<i32>) -> Result<(), PluginError> {
        if self.state.destination != Destination::Text {
            return Ok(());
        }
        let inner = self.state.level.max(2);
        let described = if self.state.is_inner_row { inner } else { 1 };
        match name {
            "par" => self.end_paragraph(self.state.level)?,
            "cell" | "nestcell" => {
                let level = if name == "cell" { 1 } else { inner };
                self.end_paragraph(level)?;
                let Self { stories, budget, .. } = self;
                stories.last_mut().expect("the body is never taken away").end_cell(level, budget)?;
            }
            "row" | "nestrow" => {
                let level = if name == "row" { 1 } else { inner };
                self.end_open_paragraph(level)?;
                self.story().end_row(level);
            }
            "sect" => {
                self.end_open_paragraph(self.state.level)?;
                self.is_new_section = true;
            }
            "page" => {
                self.end_open_paragraph(self.state.level)?;
                self.budget.piece()?;
                // Within a table it breaks nothing.
                if self.state.level == 0 {
                    self.story().page_break();
                }
            }
            "column" => self.end_open_paragraph(self.state.level)?,
            "nesttableprops" => self.state.is_inner_row = true,
            "trowd" => self.story().begin_definition(described),
            "trleft" => self.story().set_left(described, number.unwrap_or(0)),
            "cellx" => self.story().add_edge(described, number.unwrap_or(0)),
            _ => {}
        }
        Ok(())
    }

    fn story(&mut self) -> &mut Story {
        self.stories.last_mut().expect("the body is never taken away")
    }

    fn end_open_paragraph(&mut self, level: usize) -> Result<(), PluginError> {
        if self.story().is_open() { self.end_paragraph(level) } else { Ok(()) }
    }

    fn end_paragraph(&mut self, level: usize) -> Result<(), PluginError> {
        let Self { state, stories, budget, .. } = self;
        let base = Style { size: state.character.size as f32 / 2.0, ..Style::default() };
        let story = stories.last_mut().expect("the body is never taken away");
        story.end_paragraph(&state.paragraph, level, &base, budget)
    }

    fn end_story(&mut self) -> Result<(), PluginError> {
        self.end_open_paragraph(self.state.level)?;
        let Some(story) = self.stories.pop() else { return Ok(()) };
        let kind = story.kind;
        let blocks = story.finish();
        match self.stories.last_mut() {
            Some(around) if kind == Kind::TextBox => around.boxes.extend(blocks),
            _ => drop(self.margins.insert(kind, blocks)),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<ExtractedText, PluginError> {
        self.decode()?;
        if !self.outer.is_empty() {
            self.warnings.insert("The file ends in the middle; something may be missing.".into());
        }
        while self.stories.len() > 1 {
            self.end_story()?;
        }
        self.end_open_paragraph(self.state.level)?;
        let body = self.stories.pop().map(Story::finish).unwrap_or_default();
        let mut part = |kind| self.margins.remove(&kind).unwrap_or_default();
        let (mut blocks, header) = (part(Kind::FirstHeader), part(Kind::Header));
        blocks.extend(header);
        blocks.extend(body);
        blocks.extend(part(Kind::FirstFooter));
        blocks.extend(part(Kind::Footer));
        let [paper, left, right] = self.page;
        let width = (paper - left - right).clamp(100.0, 2000.0);
        let text = word_processing::finish(blocks, width, self.languages)?;
        Ok(ExtractedText { warnings: self.warnings.into_iter().collect(), ..text })
    }
}
