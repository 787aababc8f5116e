//! How well a text suits a field: features from the grammars and lexicons, and the weights that judge them.
//! `FieldModel` is the seam: a trained model replaces `Weights` without touching the template search.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::rows::is_sentence;
use crate::fields::{contacts, degrees, organisations, places, titles};

/// What a value of an entry can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    /// Employer, school or body.
    Organisation,
    /// Post or role.
    Title,
    Place,
    /// "Bachelor of Science in Physics": kind and subject in one text.
    Degree,
    StudyType,
    Area,
    Grade,
    /// What a certificate, award, project or publication is called.
    Name,
    /// Who gave or published it.
    Issuer,
    Url,
    /// Running text.
    Text,
    /// Nothing worth keeping.
    Ignore,
}

pub(crate) const FIELD_COUNT: usize = 12;

/// What is known about a text without knowing its field.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextFeatures {
    pub(crate) title: f32,
    pub(crate) organisation: f32,
    pub(crate) place: f32,
    /// How surely it is a school.
    pub(crate) school: f32,
    /// How surely a degree was recognised.
    pub(crate) degree: f32,
    /// A kind of degree was recognised.
    pub(crate) study_type: bool,
    /// A subject beside the degree.
    pub(crate) area: bool,
    pub(crate) grade: bool,
    pub(crate) url: bool,
    pub(crate) sentence: bool,
    pub(crate) words: usize,
    pub(crate) starts_lower: bool,
    /// "Issued by", "Awarded by" and the like stand before it.
    pub(crate) by: bool,
}

/// Where the text stands in its entry.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    /// Slot number from 0 in the entry.
    pub(crate) order: usize,
    pub(crate) right: bool,
    pub(crate) margin: bool,
    /// The boldest or largest style of the header.
    pub(crate) prominent: bool,
}

pub(crate) trait FieldModel {
    fn features(&self, text: &str) -> Rc<TextFeatures>;
    /// About -1 to 1; 0 is neither for nor against.
    fn score(&self, field: Field, text: &TextFeatures, position: Position) -> f32;
}

/// Hand-set weights over the lexicons.
#[derive(Default)]
pub(crate) struct Weights {
    cache: RefCell<BTreeMap<String, Rc<TextFeatures>>>,
}

const BY_WORDS: &[&str] = &[
    "issued by",
    "awarded by",
    "issuer:",
    "issuer",
    "by ",
    "from ",
    "ausgestellt von",
    "verliehen von",
    "herausgeber",
    "délivré par",
    "décerné par",
    "emis par",
    "émis par",
    "par ",
    "otorgado por",
    "emitido por",
    "por ",
    "rilasciato da",
    "uitgegeven door",
    "uitgereikt door",
    "door ",
    "von ",
    "issuing organization",
    "published by",
    "publisher:",
    "presented by",
];

/// The text without "Issued by" and the like, if it starts so.
pub(crate) fn after_by(text: &str) -> Option<&str> {
    BY_WORDS.iter().find_map(|word| {
        let head = text.get(..word.len())?;
        let rest = &text[word.len()..];
        (head.to_lowercase() == *word && (word.ends_with([' ', ':']) || rest.starts_with([' ', ':'])))
            .then(|| rest.trim_start_matches([' ', ':']))
            .filter(|rest| !rest.is_empty())
    })
}

impl FieldModel for Weights {
    fn features(&self, text: &str) -> Rc<TextFeatures> {
        if let Some(found) = self.cache.borrow().get(text) {
            return Rc::clone(found);
        }
        let features = Rc::new(measure(text));
        self.cache.borrow_mut().insert(text.to_owned(), Rc::clone(&features));
        features
    }

    fn score(&self, field: Field, t: &TextFeatures, p: Position) -> f32 {
        let flag = |on: bool, weight: f32| if on { weight } else { 0.0 };
        let long =
            0.12 * t.words.saturating_sub(if t.title + t.organisation > 0.6 { 8 } else { 5 }).min(12) as f32;
        let degree = t.study_type;
        let unlike = 0.9 * t.degree;
        let common =
            flag(t.sentence, -0.8) + flag(t.url, -0.8) + flag(t.grade, -0.9) + flag(t.starts_lower, -0.25)
                - long;
        match field {
            Field::Organisation => {
                0.25 + t.organisation
                    - 0.9 * t.title
                    - 0.35 * t.place * (1.0 - t.organisation)
                    - unlike * (1.0 - 0.7 * t.organisation)
                    + flag(p.margin, -0.6)
                    + common
            }
            Field::Title => {
                0.25 + t.title
                    - 0.8 * t.organisation * (1.0 - 0.5 * t.title)
                    - 0.5 * t.place
                    - flag(degree, 0.2)
                    + flag(p.margin, -0.6)
                    + flag(p.right, -0.15)
                    + common
            }
            Field::Place => {
                if t.place < 0.2 {
                    return -0.9 + flag(p.right, 0.25) + common;
                }
                t.place - 0.6 * t.organisation - 0.6 * t.title - flag(degree, 0.8) + flag(p.right, 0.15)
                    - flag(p.order == 0, 0.3)
                    - flag(p.prominent, 0.2)
                    + common
            }
            Field::Degree => match (degree, t.area) {
                (true, true) => {
                    0.55 + 0.6 * t.degree - 0.4 * t.organisation + common + flag(t.starts_lower, 0.1)
                }
                (true, false) => 0.1 + common,
                _ => -0.9,
            },
            Field::StudyType => match (degree, t.area) {
                (true, false) => 0.35 + 0.6 * t.degree - 0.4 * t.organisation + common,
                (true, true) => 0.25 + common,
                _ => -0.35 - 0.6 * t.organisation - 0.5 * t.place + common,
            },
            Field::Area => {
                0.42 - 0.8 * t.organisation - 0.5 * t.place - unlike - flag(p.order == 0, 0.15)
                    + flag(p.margin, 0.2)
                    + common
            }
            Field::Grade => {
                if t.grade {
                    1.0
                } else {
                    -1.2
                }
            }
            Field::Name => {
                0.55 - 0.35 * p.order.min(3) as f32 + flag(p.prominent, 0.45)
                    - flag(t.by, 0.9)
                    - flag(t.url, 0.8)
                    - flag(t.sentence && p.order > 0, 0.5)
                    - flag(p.right, 0.2)
                    - flag(p.margin, 0.4)
                    - 0.2 * t.organisation
            }
            Field::Issuer => {
                0.1 + 0.7 * t.organisation + flag(t.by, 0.9)
                    - flag(t.starts_lower && !t.by, 0.4)
                    - flag(p.order == 0, 0.35)
                    - flag(p.order > 2, 0.2)
                    + flag(t.sentence, -0.9)
                    + flag(t.url, -0.8)
                    - long
            }
            Field::Url => {
                if t.url {
                    1.0
                } else {
                    -1.5
                }
            }
            Field::Text => {
                -0.35 + flag(t.sentence, 1.0) + flag(t.starts_lower, 0.15) + 0.06 * t.words.min(12) as f32
                    - flag(p.order == 0, 0.4)
                    - flag(p.prominent, 0.3)
                    - 0.3 * t.title
                    - 0.3 * t.organisation
                    - 0.3 * t.place
            }
            Field::Ignore => -0.3,
        }
    }
}

fn measure(text: &str) -> TextFeatures {
    if text.len() > 300 {
        return TextFeatures {
            sentence: true,
            words: text.split_whitespace().take(200).count(),
            ..TextFeatures::default()
        };
    }
    // A degree that is only a part of the text does not make the whole a degree.
    let degree = degrees::parse(text)
        .filter(|degree| degree.confidence >= 0.3 && degree.bytes.len() * 10 >= text.trim().len() * 6);
    // "High School Diploma" names no school, "Whitehaven High School" does.
    let school = organisations::is_school(text).clamp(0.0, 1.0);
    // "Whitehaven High School" is a school although "High School" is a degree.
    let is_degree = |degree: &degrees::Degree| match degree.area {
        None => school < 0.5 || degree.bytes.len() + 1 >= text.trim().len(),
        Some(_) => school < 0.5 || degree.bytes.start == 0 && degree.confidence > school,
    };
    let degree = degree.filter(is_degree);
    TextFeatures {
        school,
        title: titles::score(text).clamp(0.0, 1.0),
        organisation: organisations::score(text).clamp(0.0, 1.0),
        place: place(text),
        study_type: degree.is_some(),
        degree: degree.as_ref().map_or(0.0, |degree| degree.confidence.clamp(0.0, 1.0)),
        area: degree.as_ref().is_some_and(|degree| degree.area.is_some()),
        grade: grade(text).is_some(),
        url: text.contains('.') && !text.contains(' ') && !contacts::find_urls(text).is_empty(),
        sentence: is_sentence(text),
        words: text.split_whitespace().count(),
        starts_lower: text.chars().next().is_some_and(char::is_lowercase),
        by: after_by(text).is_some(),
    }
}

fn place(text: &str) -> f32 {
    places::parse(text)
        .map_or(0.0, |place| if place.remote { place.confidence.max(0.8) } else { place.confidence })
        .clamp(0.0, 1.0)
}

/// "GPA: 3.8/4.0", "3.8 / 4.0", "Note 1,3", a bare "3.8".
pub(crate) fn grade(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > 60 {
        return None;
    }
    let bare = text.len() <= 5
        && text.contains(['.', ','])
        && text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',')
        && text.starts_with(|c: char| c.is_ascii_digit());
    if bare {
        return Some(text.to_owned());
    }
    degrees::find_score(text)
        .filter(|found| found.bytes.len() * 10 >= text.len() * 6)
        .map(|found| found.value)
}
