//! Lays out text that has no pages of its own: one line below the other, x from indentation, tabs and columns.
//! For extractors of flowing formats, which answer boxes as honest as made-up boxes can be.

mod line;
mod metrics;

use crate::{ExtractedText, Link, Page, PageLayout, Rect};
use line::Pen;

const PAGE_WIDTH: f32 = 595.0;
const PAGE_HEIGHT: f32 = 842.0;
const MARGIN: f32 = 56.0;
const LINE_HEIGHT: f32 = 1.2;

/// How a run looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Font size in points.
    pub size: f32,
    /// 100 to 900 as in CSS; 400 is regular, 700 bold.
    pub weight: u16,
    /// Slanted.
    pub italic: bool,
    /// 0xRRGGBB.
    pub color: u32,
    /// The font's name, if known.
    pub font_name: Option<String>,
    /// Whether all characters are equally wide, as in text aligned by spaces.
    pub monospace: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { size: 10.0, weight: 400, italic: false, color: 0, font_name: None, monospace: false }
    }
}

impl Style {
    /// How far this text reaches, by the average widths of a plain sans serif.
    pub fn advance(&self, text: &str) -> f32 {
        metrics::advance(text, self)
    }
}

/// Text in one style. A tab moves to the next stop, a line feed starts a line in the same block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// The text; white space is kept, control characters are not.
    pub text: String,
    /// Its look.
    pub style: Style,
    /// Where a click leads.
    pub link: Option<String>,
    /// Starts here instead of where the run before ended, in points from the left margin.
    pub at: Option<f32>,
}

impl Run {
    /// A run that follows on the one before.
    pub fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, link: None, at: None }
    }
}

/// A line, or with line feeds in its runs a paragraph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Where it starts, in points from the left margin.
    pub indent: f32,
    /// How much further right its second and later lines start.
    pub hanging: f32,
    /// What stands on it.
    pub runs: Vec<Run>,
}

/// One cell of a table's row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Its left edge, in points from the left margin.
    pub x: f32,
    /// How wide it is; longer lines are broken between words. Lines outside of cells never are.
    pub width: Option<f32>,
    /// Its paragraphs, from top to bottom; their indents count from `x`, and one without runs ends a block.
    pub lines: Vec<Line>,
}

impl Cell {
    /// Whether this is one line that need not be broken.
    fn fits(&self, line: &Line) -> bool {
        let wide: f32 = line.runs.iter().map(|run| run.style.advance(&run.text)).sum();
        self.width.is_none_or(|width| line.indent + wide <= width)
            && !line.runs.iter().any(|run| run.text.contains('\n'))
    }
}

/// Where lines are set.
struct Frame {
    left: f32,
    right: Option<f32>,
    /// The line number, where several cells share one.
    shared: Option<u32>,
}

/// Builds an [`ExtractedText`] whose pages are [`PageLayout::Flowed`].
///
/// ```
/// use mortise_sdk::flow::{Flow, Run, Style};
///
/// let mut flow = Flow::new();
/// flow.line(0.0, [Run::new("Ada Lovelace", Style { size: 18.0, weight: 700, ..Style::default() })]);
/// flow.block();
/// flow.line(18.0, [Run::new("Analyst\t1842", Style::default())]);
/// let text = flow.finish();
/// assert_eq!(text.plain(), "Ada Lovelace\nAnalyst 1842");
/// assert!(text.pages[0].spans[0].rect.bottom() <= text.pages[0].spans[1].rect.y);
/// ```
#[derive(Clone, Debug)]
pub struct Flow {
    pages: Vec<Page>,
    y: f32,
    line: u32,
    block: u32,
    order: u32,
    /// Whether the current block has a line; blocks are counted when they begin.
    started: bool,
}

impl Default for Flow {
    fn default() -> Self {
        Self::new()
    }
}

impl Flow {
    /// An empty page.
    pub fn new() -> Self {
        Self { pages: vec![blank(1)], y: MARGIN, line: 0, block: 0, order: 0, started: false }
    }

    /// Adds a line to the current block; an empty one leaves its room.
    pub fn line(&mut self, indent: f32, runs: impl IntoIterator<Item = Run>) {
        self.paragraph(&Line { indent, hanging: 0.0, runs: runs.into_iter().collect() });
    }

    /// Adds a line that says itself where it starts.
    pub fn paragraph(&mut self, line: &Line) {
        self.write(&Frame { left: MARGIN, right: None, shared: None }, line);
    }

    /// Ends the block and leaves half a line free.
    pub fn block(&mut self) {
        self.gap(0.5 * Style::default().size);
    }

    /// Ends the block and leaves this much room.
    pub fn gap(&mut self, height: f32) {
        self.end_block();
        if self.y > MARGIN {
            self.y += height;
        }
    }

    /// Adds a row of cells, a block each. Where every cell is a single line they share a line number, as they
    /// would on paper; otherwise reading order is cell by cell.
    pub fn row(&mut self, cells: &[Cell]) {
        self.end_block();
        let top = self.y;
        let one_line =
            cells.iter().all(|cell| cell.lines.len() <= 1 && cell.lines.iter().all(|line| cell.fits(line)));
        let shared = one_line.then_some(self.line);
        let mut bottom = top;
        for cell in cells {
            self.y = top;
            for line in &cell.lines {
                if line.runs.is_empty() {
                    self.end_block();
                }
                let left = MARGIN + cell.x;
                self.write(&Frame { left, right: cell.width.map(|width| left + width), shared }, line);
            }
            bottom = bottom.max(self.y);
            self.end_block();
        }
        self.y = bottom;
    }

    /// Draws a horizontal rule over the page's width.
    pub fn rule(&mut self) {
        self.end_block();
        let rule = Rect { x: MARGIN, y: self.y + 2.0, width: PAGE_WIDTH - 2.0 * MARGIN, height: 1.0 };
        self.page().rules.push(rule);
        self.y += 5.0;
    }

    /// Starts a page.
    pub fn page_break(&mut self) {
        let number = self.pages.len() as u32 + 1;
        self.close_page();
        self.pages.push(blank(number));
        (self.y, self.line, self.block, self.order, self.started) = (MARGIN, 0, 0, 0, false);
    }

    /// How many spans have been written.
    pub fn len(&self) -> usize {
        self.pages.iter().map(|page| page.spans.len()).sum()
    }

    /// Whether nothing has been written yet.
    pub fn is_empty(&self) -> bool {
        self.pages.iter().all(|page| page.spans.is_empty())
    }

    /// The pages so far, without blank ones at the end.
    pub fn finish(mut self) -> ExtractedText {
        self.close_page();
        while self.pages.len() > 1 && self.pages.last().is_some_and(|page| page.spans.is_empty()) {
            self.pages.pop();
        }
        ExtractedText { pages: self.pages, ..ExtractedText::default() }
    }

    fn end_block(&mut self) {
        if self.started {
            self.block += 1;
            self.started = false;
        }
    }

    fn close_page(&mut self) {
        let bottom = self.y + MARGIN;
        let page = self.page();
        let right = page.spans.iter().map(|span| span.rect.right()).fold(0.0, f32::max);
        page.width = PAGE_WIDTH.max(right + MARGIN);
        page.height = PAGE_HEIGHT.max(bottom);
    }

    fn page(&mut self) -> &mut Page {
        self.pages.last_mut().expect("a flow begins with a page and never gives one away")
    }

    /// Sets one line, or several where its runs hold line feeds or are wider than the frame.
    fn write(&mut self, frame: &Frame, line: &Line) {
        let next = || Pen::new(MARGIN, frame.left + line.indent + line.hanging);
        let mut pen = Pen::new(MARGIN, frame.left + line.indent);
        let mut height = 0.0f32;
        for run in &line.runs {
            height = height.max(run.style.size);
            if let Some(x) = run.at {
                pen.move_to(frame.left + x);
            }
            for (index, piece) in run.text.split('\n').enumerate() {
                if index > 0 {
                    self.set(std::mem::replace(&mut pen, next()), height, frame.shared);
                    height = run.style.size;
                }
                let Some(right) = frame.right else {
                    pen.write(piece, &run.style, run.link.as_deref());
                    continue;
                };
                for word in piece.split_inclusive([' ', '\t']) {
                    if pen.overruns(word, &run.style, right) {
                        self.set(std::mem::replace(&mut pen, next()), height, frame.shared);
                        height = run.style.size;
                    }
                    pen.write(word, &run.style, run.link.as_deref());
                }
            }
        }
        self.set(pen, height, frame.shared);
    }

    fn set(&mut self, pen: Pen, height: f32, shared: Option<u32>) {
        let height = if height > 0.0 { height } else { Style::default().size };
        let pieces = pen.finish();
        let (y, line, block, order) = (self.y, shared.unwrap_or(self.line), self.block, self.order);
        self.y += height * LINE_HEIGHT;
        if pieces.is_empty() {
            return;
        }
        self.started = true;
        self.order += pieces.len() as u32;
        self.line = line + 1;
        let page = self.page();
        for (index, (mut span, link)) in pieces.into_iter().enumerate() {
            // Spans of one line stand on one baseline.
            span.rect.y = y + (height - span.rect.height);
            (span.line, span.block, span.stream_order) = (line, block, order + index as u32);
            if let Some(target) = link {
                match page.links.last_mut() {
                    Some(last)
                        if last.target == target
                            && last.rect.y <= span.rect.y
                            && span.rect.y < last.rect.bottom() =>
                    {
                        last.rect = last.rect.union(&span.rect);
                    }
                    _ => page.links.push(Link { rect: span.rect, target }),
                }
            }
            page.spans.push(span);
        }
    }
}

fn blank(number: u32) -> Page {
    Page { number, width: PAGE_WIDTH, height: PAGE_HEIGHT, layout: PageLayout::Flowed, ..Page::default() }
}

#[cfg(test)]
mod tests;
