//! What runs and paragraphs may say about themselves; unsaid things come from their styles. Lengths are in points.

use mortise_sdk::flow::Style;

use crate::tabs::Stop;

/// How text looks.
#[derive(Clone, Debug, Default)]
pub struct RunProperties {
    /// The name of a style that says the rest.
    pub style: Option<String>,
    /// Heavier than regular.
    pub bold: Option<bool>,
    /// Slanted.
    pub italic: Option<bool>,
    /// Font size.
    pub size: Option<f32>,
    /// 0xRRGGBB.
    pub color: Option<u32>,
    /// The font's name.
    pub font: Option<String>,
    /// Shown in capital letters.
    pub capitals: Option<bool>,
    /// Not shown.
    pub hidden: Option<bool>,
    /// BCP 47.
    pub language: Option<String>,
}

impl RunProperties {
    /// Takes from `outer` what is unsaid here.
    #[must_use]
    pub fn or(mut self, outer: &Self) -> Self {
        self.bold = self.bold.or(outer.bold);
        self.italic = self.italic.or(outer.italic);
        self.size = self.size.or(outer.size);
        self.color = self.color.or(outer.color);
        self.font = self.font.or_else(|| outer.font.clone());
        self.capitals = self.capitals.or(outer.capitals);
        self.hidden = self.hidden.or(outer.hidden);
        self.language = self.language.or_else(|| outer.language.clone());
        self
    }

    /// As a run is set; what is still unsaid is regular, black, and of 10 points.
    pub fn look(&self) -> Style {
        Style {
            size: self.size.unwrap_or(10.0),
            weight: if self.bold == Some(true) { 700 } else { 400 },
            italic: self.italic == Some(true),
            color: self.color.unwrap_or(0),
            font_name: self.font.clone(),
            monospace: false,
        }
    }
}

/// On which side lines are even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Justified lines, too.
    Left,
    /// On neither.
    Center,
    /// At the right margin.
    Right,
}

/// Where text stands.
#[derive(Clone, Debug, Default)]
pub struct ParagraphProperties {
    /// The name of a style that says the rest.
    pub style: Option<String>,
    /// Indent of all lines.
    pub left: Option<f32>,
    /// Of the first line, beside `left`; negative where it hangs.
    pub first: Option<f32>,
    /// Room above.
    pub before: Option<f32>,
    /// Room below.
    pub after: Option<f32>,
    /// On which side lines are even.
    pub alignment: Option<Alignment>,
    /// The list it is an item of.
    pub list: Option<String>,
    /// The item's level, from 0.
    pub level: Option<usize>,
    /// Where tabs lead.
    pub stops: Vec<Stop>,
    /// Begins on a new page.
    pub page_break: Option<bool>,
    /// A line is drawn below.
    pub rule_below: Option<bool>,
    /// A line is drawn above.
    pub rule_above: Option<bool>,
}

impl ParagraphProperties {
    /// Takes from `outer` what is unsaid here.
    #[must_use]
    pub fn or(mut self, outer: &Self) -> Self {
        self.left = self.left.or(outer.left);
        self.first = self.first.or(outer.first);
        self.before = self.before.or(outer.before);
        self.after = self.after.or(outer.after);
        self.alignment = self.alignment.or(outer.alignment);
        if self.list.is_none() {
            self.list = outer.list.clone();
            self.level = self.level.or(outer.level);
        }
        self.page_break = self.page_break.or(outer.page_break);
        self.rule_below = self.rule_below.or(outer.rule_below);
        self.rule_above = self.rule_above.or(outer.rule_above);
        for stop in &outer.stops {
            if !self.stops.iter().any(|own| own.at == stop.at) {
                self.stops.push(*stop);
            }
        }
        self
    }
}
