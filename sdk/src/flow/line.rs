//! One line in the making: characters become spans, wide gaps become distance.

use super::{Style, metrics};
use crate::{Rect, Span};

/// Distance between tab stops.
const TAB: f32 = 36.0;

pub(super) struct Pen {
    /// Where tab stops count from.
    margin: f32,
    x: f32,
    pieces: Vec<(Span, Option<String>)>,
    /// Whether the next character may still join the last piece.
    joined: bool,
    /// Spaces met since the last character.
    spaces: u32,
    last_style: Option<Style>,
}

impl Pen {
    pub(super) fn new(margin: f32, x: f32) -> Self {
        Self { margin, x, pieces: Vec::new(), joined: false, spaces: 0, last_style: None }
    }

    /// Goes to `x`, or a little beyond the text so far where that is further.
    pub(super) fn move_to(&mut self, x: f32) {
        self.spaces = 0;
        self.joined = false;
        let reached =
            self.pieces.last().map_or(f32::MIN, |(span, _)| span.rect.right() + span.font_size * 0.5);
        self.x = x.max(reached);
    }

    pub(super) fn write(&mut self, text: &str, style: &Style, link: Option<&str>) {
        let same = self.last_style.as_ref() == Some(style)
            && self.pieces.last().is_some_and(|(_, target)| target.as_deref() == link);
        if !same {
            self.joined = false;
            self.last_style = Some(style.clone());
        }
        for character in text.chars() {
            match character {
                '\t' => self.tab(style),
                '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' => {}
                _ if character.is_whitespace() => self.spaces += 1,
                _ if character.is_control() => {}
                _ => self.put(character, style, link),
            }
        }
    }

    pub(super) fn finish(self) -> Vec<(Span, Option<String>)> {
        self.pieces
    }

    /// Whether `word` would cross `right`, and a new line would help.
    pub(super) fn overruns(&self, word: &str, style: &Style, right: f32) -> bool {
        let width = metrics::advance(word.trim_end(), style);
        width > 0.0
            && !self.pieces.is_empty()
            && self.x + metrics::width(' ', style) * self.spaces as f32 + width > right
    }

    fn tab(&mut self, style: &Style) {
        let stop = if style.monospace { 8.0 * metrics::width(' ', style) } else { TAB };
        self.x += metrics::width(' ', style) * std::mem::take(&mut self.spaces) as f32;
        let stops = ((self.x - self.margin + 1.0) / stop).floor() + 1.0;
        self.move_to(self.margin + stops * stop);
    }

    fn put(&mut self, character: char, style: &Style, link: Option<&str>) {
        let space = metrics::width(' ', style);
        let spaces = std::mem::take(&mut self.spaces);
        // The contract: no gap wider than a space inside a span.
        if spaces > 1 {
            self.joined = false;
        }
        let start = self.x + space * spaces as f32;
        self.x = start + metrics::width(character, style);
        if self.joined
            && let Some((span, _)) = self.pieces.last_mut()
        {
            if spaces == 1 {
                span.text.push(' ');
            }
            span.text.push(character);
            span.rect.width = self.x - span.rect.x;
            return;
        }
        let rect = Rect { x: start, y: 0.0, width: self.x - start, height: style.size };
        let span = Span {
            text: character.to_string(),
            rect,
            font_size: style.size,
            font_weight: style.weight,
            italic: style.italic,
            font_name: style.font_name.clone(),
            color: style.color,
            ..Span::default()
        };
        self.pieces.push((span, link.map(str::to_owned)));
        self.joined = true;
    }
}
