//! What a group inherits from the one around it, and what control words change of it until it ends.

use std::rc::Rc;

use word_processing::{Alignment, ParagraphProperties, Stop, StopKind};

/// What becomes of a group's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// It is shown.
    Text,
    /// It is a list's marker.
    Marker,
    /// It says what a field does.
    Instruction,
    /// It is the font table.
    Fonts,
    /// It is the colour table.
    Colors,
    /// It is not read.
    Skip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Character {
    pub(super) font: i32,
    /// In half points.
    pub(super) size: i32,
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) capitals: bool,
    pub(super) hidden: bool,
    /// With changes tracked.
    pub(super) deleted: bool,
    /// Index into the colour table.
    pub(super) color: usize,
    /// Windows' number of a language.
    pub(super) language: i32,
}

impl Character {
    pub(super) fn new(font: i32) -> Self {
        Self {
            font,
            size: 24,
            bold: false,
            italic: false,
            capitals: false,
            hidden: false,
            deleted: false,
            color: 0,
            language: 0,
        }
    }

    /// Whether the word was one of characters.
    pub(super) fn word(&mut self, name: &str, number: Option<i32>, default_font: i32) -> bool {
        let is_on = number != Some(0);
        match name {
            "plain" => *self = Self::new(default_font),
            "b" => self.bold = is_on,
            "i" => self.italic = is_on,
            "fs" => self.size = number.unwrap_or(24).clamp(2, 800),
            "f" => self.font = number.unwrap_or(default_font),
            "cf" => self.color = usize::try_from(number.unwrap_or(0)).unwrap_or(0),
            "caps" => self.capitals = is_on,
            "v" => self.hidden = is_on,
            "deleted" => self.deleted = is_on,
            "lang" => self.language = number.unwrap_or(0),
            _ => return false,
        }
        true
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Border {
    Above,
    Below,
}

#[derive(Clone)]
pub(super) struct State {
    pub(super) destination: Destination,
    /// Where the text goes that Unicode has for the group's, which is skipped.
    pub(super) alternative: Option<Destination>,
    pub(super) character: Character,
    pub(super) paragraph: Rc<ParagraphProperties>,
    /// Tables around the paragraph.
    pub(super) level: usize,
    /// Within the description of a row of an inner table.
    pub(super) is_inner_row: bool,
    pub(super) link: Option<Rc<str>>,
    /// How many characters after a Unicode one stand for it where nobody reads Unicode.
    pub(super) fallback: usize,
    /// Fields and stories that were begun in this group and those around it.
    pub(super) fields: usize,
    pub(super) stories: usize,
    /// What kind of stop the next one is.
    stop: StopKind,
    /// Which of the paragraph's borders is being described.
    border: Option<Border>,
}

/// Twentieths of a point, in points.
pub(super) fn points(twips: Option<i32>) -> f32 {
    (twips.unwrap_or(0) as f32 / 20.0).clamp(-2000.0, 2000.0)
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            destination: Destination::Text,
            alternative: None,
            character: Character::new(0),
            paragraph: Rc::default(),
            level: 0,
            is_inner_row: false,
            link: None,
            fallback: 1,
            fields: 0,
            stories: 1,
            stop: StopKind::Left,
            border: None,
        }
    }

    /// Whether the word was one of paragraphs.
    pub(super) fn paragraph_word(&mut self, name: &str, number: Option<i32>) -> bool {
        const MAX_STOPS: usize = 100;
        let paragraph = &mut self.paragraph;
        match name {
            "pard" => {
                *paragraph = Rc::default();
                (self.level, self.stop, self.border) = (0, StopKind::Left, None);
            }
            "li" | "lin" => Rc::make_mut(paragraph).left = Some(points(number)),
            "fi" => Rc::make_mut(paragraph).first = Some(points(number)),
            "sb" => Rc::make_mut(paragraph).before = Some(points(number)),
            "sa" => Rc::make_mut(paragraph).after = Some(points(number)),
            "ql" | "qj" => Rc::make_mut(paragraph).alignment = Some(Alignment::Left),
            "qc" => Rc::make_mut(paragraph).alignment = Some(Alignment::Center),
            "qr" => Rc::make_mut(paragraph).alignment = Some(Alignment::Right),
            "pagebb" => Rc::make_mut(paragraph).page_break = Some(number != Some(0)),
            "tqr" | "tqdec" => self.stop = StopKind::Right,
            "tqc" => self.stop = StopKind::Center,
            "tx" => {
                let kind = std::mem::replace(&mut self.stop, StopKind::Left);
                if paragraph.stops.len() < MAX_STOPS {
                    Rc::make_mut(paragraph).stops.push(Stop { at: points(number), kind });
                }
            }
            "brdrt" => self.begin_border(Some(Border::Above)),
            "brdrb" => self.begin_border(Some(Border::Below)),
            "brdrnone" | "brdrnil" => self.set_border(false),
            // The next words describe another border, or something else's.
            "box" | "brdrl" | "brdrr" | "brdrbtw" | "brdrbar" => self.begin_border(None),
            _ if name.contains("brdr") && !name.starts_with("brdr") => self.begin_border(None),
            "intbl" => self.level = self.level.max(1),
            "itap" => self.level = usize::try_from(number.unwrap_or(1)).unwrap_or(0),
            _ => return false,
        }
        self.level = self.level.min(super::story::MAX_LEVEL);
        true
    }

    fn begin_border(&mut self, border: Option<Border>) {
        self.border = border;
        self.set_border(true);
    }

    fn set_border(&mut self, is_drawn: bool) {
        match self.border {
            Some(Border::Above) => Rc::make_mut(&mut self.paragraph).rule_above = Some(is_drawn),
            Some(Border::Below) => Rc::make_mut(&mut self.paragraph).rule_below = Some(is_drawn),
            None => {}
        }
    }
}
