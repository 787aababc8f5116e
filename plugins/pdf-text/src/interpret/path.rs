//! Paths, watched only for straight rules and thin boxes.

use mortise_sdk::Rect;

use crate::matrix::Matrix;

/// Thicker than this is a box, not a rule.
const THIN: f32 = 3.5;
/// Shorter than this is an ornament.
const LONG: f32 = 12.0;
/// A page with more is a drawing.
const MAX_RULES: usize = 400;

#[derive(Default)]
pub(super) struct Path {
    boxes: Vec<Rect>,
    lines: Vec<Rect>,
    current: Option<(f32, f32)>,
    start: Option<(f32, f32)>,
    /// Corners of the subpath since `m`, to know a box drawn line by line.
    corners: Vec<(f32, f32)>,
}

fn around(points: &[(f32, f32)]) -> Rect {
    let mut low = (f32::MAX, f32::MAX);
    let mut high = (f32::MIN, f32::MIN);
    for &(x, y) in points {
        low = (low.0.min(x), low.1.min(y));
        high = (high.0.max(x), high.1.max(y));
    }
    Rect { x: low.0, y: low.1, width: high.0 - low.0, height: high.1 - low.1 }
}

impl Path {
    pub(super) fn move_to(&mut self, ctm: &Matrix, x: f32, y: f32) {
        self.end_subpath();
        let point = ctm.apply(x, y);
        self.current = Some(point);
        self.start = Some(point);
        self.corners.push(point);
    }

    pub(super) fn line_to(&mut self, ctm: &Matrix, x: f32, y: f32) {
        let point = ctm.apply(x, y);
        if let Some(from) = self.current.replace(point)
            && self.lines.len() < MAX_RULES
        {
            self.lines.push(around(&[from, point]));
        }
        if self.corners.len() < 8 {
            self.corners.push(point);
        }
    }

    /// A curve: no rule, and the subpath is no box.
    pub(super) fn curve_to(&mut self, ctm: &Matrix, x: f32, y: f32) {
        self.current = Some(ctm.apply(x, y));
        self.corners.resize(8, (0.0, 0.0));
    }

    pub(super) fn close(&mut self) {
        if let (Some(from), Some(to)) = (self.current, self.start)
            && self.lines.len() < MAX_RULES
        {
            self.lines.push(around(&[from, to]));
        }
        self.current = self.start;
    }

    pub(super) fn rectangle(&mut self, ctm: &Matrix, [x, y, width, height]: [f32; 4]) {
        self.end_subpath();
        if self.boxes.len() < MAX_RULES {
            self.boxes.push(around(&[
                ctm.apply(x, y),
                ctm.apply(x + width, y + height),
                ctm.apply(x, y + height),
                ctm.apply(x + width, y),
            ]));
        }
    }

    fn end_subpath(&mut self) {
        if (4..8).contains(&self.corners.len()) && self.boxes.len() < MAX_RULES {
            self.boxes.push(around(&self.corners));
        }
        self.corners.clear();
    }

    /// Paints and forgets the path.
    pub(super) fn paint(&mut self, fill: bool, stroke: bool, width: f32, rules: &mut Vec<Rect>) {
        self.end_subpath();
        let mut keep = |rect: Rect| {
            let (short, long) = (rect.width.min(rect.height), rect.width.max(rect.height));
            if rules.len() < MAX_RULES && short.is_finite() && short <= THIN && long >= LONG {
                rules.push(rect);
            }
        };
        if stroke {
            for line in &self.lines {
                let half = width.clamp(0.0, 20.0) / 2.0;
                if line.width >= LONG && line.height < 0.5 {
                    keep(Rect { y: line.y - half, height: line.height + width, ..*line });
                } else if line.height >= LONG && line.width < 0.5 {
                    keep(Rect { x: line.x - half, width: line.width + width, ..*line });
                }
            }
        }
        if fill || stroke {
            self.boxes.iter().copied().for_each(&mut keep);
        }
        self.clear();
    }

    pub(super) fn clear(&mut self) {
        self.boxes.clear();
        self.lines.clear();
        self.corners.clear();
        self.current = None;
        self.start = None;
    }
}
