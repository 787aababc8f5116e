//! Glyphs to words, by the gaps between them: blanks in the file are a hint, not a need.

use crate::characters;
use crate::ink::{Glyph, GlyphKind, Ink};

/// A word on a horizontal baseline.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) x0: f32,
    pub(crate) x1: f32,
    pub(crate) y: f32,
    pub(crate) size: f32,
    pub(crate) style: u32,
    pub(crate) order: u32,
    /// Drawn twice to look bold.
    pub(crate) doubled: bool,
    /// The file has a blank before it.
    pub(crate) blank_before: bool,
    /// The extra gap between its letters, in points.
    pub(crate) tracking: f32,
}

/// Above this many ems of gap a file without blanks has a word break.
const BREAK: f32 = 0.13;
/// The same for a run that does write its blanks.
const BREAK_BESIDE_BLANKS: f32 = 0.17;
/// A wider gap ends a run whatever its tracking.
const RUN_BREAK: f32 = 1.6;
/// Letters of one run.
const MAX_RUN: usize = 4096;

struct Letter {
    start: usize,
    end: usize,
    x0: f32,
    x1: f32,
    blank_before: bool,
    order: u32,
}

/// A run in the file's order: one baseline, one style, no wide gap.
struct Run {
    letters: Vec<Letter>,
    text: String,
    y: f32,
    size: f32,
    style: u32,
}

/// Cuts glyphs, in the file's order, into words. Every glyph must run horizontally.
pub(super) fn words(ink: &Ink, glyphs: &[Glyph]) -> Vec<Word> {
    let mut words = Vec::with_capacity(glyphs.len() / 5 + 1);
    let mut run: Option<Run> = None;
    let mut blank = false;
    for glyph in glyphs {
        match glyph.kind {
            GlyphKind::Space => blank = true,
            GlyphKind::Nothing => blank |= glyph.x1 - glyph.x0 > 0.2 * glyph.size,
            GlyphKind::Unknown => {}
            GlyphKind::Letters(..) => {
                if let Some(ended) = run.take_if(|run| !run.continues(glyph)) {
                    ended.cut(&mut words);
                }
                let run = run.get_or_insert_with(|| Run::new(glyph));
                run.push(ink.text(glyph), glyph, std::mem::take(&mut blank));
            }
        }
    }
    if let Some(run) = run {
        run.cut(&mut words);
    }
    words
}

impl Run {
    fn new(glyph: &Glyph) -> Self {
        Self { letters: Vec::new(), text: String::new(), y: glyph.y0, size: glyph.size, style: glyph.style }
    }

    fn continues(&self, glyph: &Glyph) -> bool {
        let Some(last) = self.letters.last().filter(|_| self.letters.len() < MAX_RUN) else { return false };
        let gap = glyph.x0 - last.x1;
        glyph.style == self.style
            && (glyph.y0 - self.y).abs() <= 0.12 * self.size
            // Small capitals change the size within a word.
            && (0.6..1.67).contains(&(glyph.size / self.size))
            && gap > -0.6 * self.size
            && glyph.x0 >= last.x0 - 0.25 * self.size
            && gap < RUN_BREAK * self.size
    }

    fn push(&mut self, text: &str, glyph: &Glyph, blank_before: bool) {
        let start = self.text.len();
        self.text.push_str(text);
        self.size = self.size.max(glyph.size);
        self.letters.push(Letter {
            start,
            end: self.text.len(),
            x0: glyph.x0,
            x1: glyph.x1,
            blank_before,
            order: glyph.order,
        });
    }

    /// The gap that letter-spacing puts between all letters, if there is any.
    fn tracking(&self) -> f32 {
        let mut gaps: Vec<f32> = self
            .letters
            .windows(2)
            .filter(|pair| !pair[1].blank_before)
            .map(|pair| pair[1].x0 - pair[0].x1)
            .collect();
        if gaps.len() < 3 {
            return 0.0;
        }
        gaps.sort_unstable_by(f32::total_cmp);
        let low = gaps[gaps.len() / 5];
        let median = gaps[gaps.len() / 2];
        if low > 0.04 * self.size && median < 1.8 * low { median } else { 0.0 }
    }

    fn cut(mut self, words: &mut Vec<Word>) {
        let tracking = self.tracking();
        let blanks = self.letters.iter().any(|letter| letter.blank_before);
        let limit = if blanks { BREAK_BESIDE_BLANKS } else { BREAK } * self.size + tracking * 1.25;
        let spelled = if blanks && tracking == 0.0 { self.spelled_out() } else { None };
        self.compose_accents();
        let first_word = words.len();
        let mut previous: Option<(f32, f32)> = None;
        for (index, letter) in self.letters.iter().enumerate() {
            let gap = previous.map(|(_, end)| letter.x0 - end);
            let breaks = match gap {
                None => true,
                Some(gap) => match &spelled {
                    Some(word_gaps) => word_gaps[index],
                    None => gap > limit || (letter.blank_before && gap > 0.05 * self.size + tracking),
                },
            };
            let text = &self.text[letter.start..letter.end];
            match words.last_mut() {
                Some(word) if !breaks => {
                    word.text.push_str(text);
                    word.x1 = word.x1.max(letter.x1);
                }
                _ => words.push(Word {
                    text: text.to_owned(),
                    x0: letter.x0,
                    x1: letter.x1,
                    y: self.y,
                    size: self.size,
                    style: self.style,
                    order: letter.order,
                    doubled: false,
                    blank_before: letter.blank_before || index > 0,
                    tracking,
                }),
            }
            previous = Some((letter.x0, letter.x1));
        }
        for word in &mut words[first_word..] {
            word.text = characters::composed(std::mem::take(&mut word.text));
        }
    }

    /// `E X P E R I E N C E` typed with blanks: single letters at even gaps. Answers before which letters a true
    /// word gap lies.
    fn spelled_out(&self) -> Option<Vec<bool>> {
        let letters = &self.letters;
        let single = letters.len() >= 4
            && letters[1..].iter().all(|letter| letter.blank_before)
            && letters.iter().all(|letter| {
                let text = &self.text[letter.start..letter.end];
                text.chars().count() == 1 && text.chars().all(|c| c.is_uppercase() || !c.is_alphabetic())
            });
        if !single {
            return None;
        }
        let gaps: Vec<f32> = letters.windows(2).map(|pair| pair[1].x0 - pair[0].x1).collect();
        let mut sorted = gaps.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let median = sorted[sorted.len() / 2];
        if sorted[0] < 0.5 * median {
            return None;
        }
        Some(std::iter::once(true).chain(gaps.iter().map(|gap| *gap > 1.6 * median)).collect())
    }

    /// Old TeX fonts draw an accent and then its letter over it.
    fn compose_accents(&mut self) {
        if self.text.is_ascii() && !self.text.contains(['`', '^', '~']) {
            return;
        }
        let mut index = 0;
        while index + 1 < self.letters.len() {
            let accent = self.text[self.letters[index].start..self.letters[index].end].chars().next();
            let mark = accent.and_then(characters::combining);
            let (width, overlap) = {
                let (this, next) = (&self.letters[index], &self.letters[index + 1]);
                (this.x1 - this.x0, this.x1 - next.x0)
            };
            if let Some(mark) = mark.filter(|_| overlap > 0.4 * width && width > 0.0) {
                let base = self.text[self.letters[index + 1].start..self.letters[index + 1].end].to_owned();
                let start = self.text.len();
                self.text.push_str(match base.as_str() {
                    "\u{131}" => "i",
                    other => other,
                });
                self.text.push(mark);
                let end = self.text.len();
                let accent = self.letters.remove(index);
                let letter = &mut self.letters[index];
                (letter.start, letter.end) = (start, end);
                letter.blank_before |= accent.blank_before;
                letter.x0 = letter.x0.min(accent.x0);
            }
            index += 1;
        }
    }
}

/// Whether a text begins with the mark of a list's item.
pub(super) fn is_bullet(text: &str) -> bool {
    text.starts_with([
        '\u{2022}', '\u{25cf}', '\u{25cb}', '\u{25e6}', '\u{25aa}', '\u{25ab}', '\u{25a0}', '\u{2023}',
        '\u{b7}', '\u{2219}', '\u{25b8}', '\u{25b9}', '\u{27a2}', '\u{2756}', '\u{2713}', '\u{2794}',
        '\u{2043}',
    ])
}
