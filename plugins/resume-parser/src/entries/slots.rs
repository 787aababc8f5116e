//! Splits entry headers into atoms and gives each atom the key of its slot: where it stands and how it is set.
//! Atoms of different entries with the same key hold the same kind of value.

use super::rows::{Row, is_blank, trimmed_slice};
use super::segment::Entry;
use super::wrap::{ends_open, is_wrapped};
use crate::fields::places;
use crate::layout::{Cell, Run, StyleKey};

/// A slot of the template all entries of a section share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SlotKey {
    pub(crate) style: StyleKey,
    pub(crate) place: Placement,
    /// How many atoms with the same style and placement came before in the entry.
    pub(crate) nth: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Placement {
    /// First on its line.
    First,
    /// Later on its line.
    Later,
    /// At the right edge or behind a wide gap.
    Right,
    /// In the column left of the entry.
    Margin,
}

/// A piece of an entry's header between hard separators, in one style.
#[derive(Clone, Debug)]
pub(crate) struct Atom {
    pub(crate) cell: Cell,
    pub(crate) page: usize,
    pub(crate) key: SlotKey,
    /// Row within the header.
    pub(crate) row: usize,
}

/// What stands before a date and is no value without it.
const LEFTOVERS: &[&str] = &[
    "issued",
    "awarded",
    "published",
    "released",
    "date",
    "issued on",
    "awarded on",
    "graduated",
    "expected",
    "ausgestellt",
    "verliehen",
    "délivré",
    "obtenu",
    "publié",
    "otorgado",
    "publicado",
    "rilasciato",
    "uitgegeven",
    "uitgereikt",
    "seit",
    "since",
    "from",
    "von",
];

const HARD: &[&str] =
    &["|", "•", "·", "∙", "⋅", "●", "‖", "¦", " // ", " — ", "—", " ~ ", " › ", "◦", "→", "■", "▪", "◆"];

/// `joins_wrapped` reads a header line that filled its width as one with the next.
pub(crate) fn atoms(entry: &Entry, right_edge: f32, joins_wrapped: bool) -> Vec<Atom> {
    let mut atoms: Vec<Atom> = Vec::new();
    let mut unfinished = false;
    for (number, row) in entry.header.iter().enumerate() {
        let lower = row.text.chars().next().is_some_and(char::is_lowercase);
        let wrapped = joins_wrapped
            && number > 0
            && row.dates.is_empty()
            && row.page == entry.header[number - 1].page
            && row.gap < 0.6 * row.rect.height
            && is_wrapped(&entry.header[number - 1], row, right_edge);
        if unfinished || wrapped || row.continues || lower && number > 0 && row.dates.is_empty() {
            unfinished = ends_open(&row.text);
            if let (Some(last), Some(cell)) = (atoms.last_mut(), row.cells.first())
                && row.cells.len() == 1
                && last.cell.style() == cell.style()
                && last.page == row.page
            {
                let mut runs = last.cell.runs.clone();
                let next = row.text.chars().next().is_some_and(char::is_alphabetic);
                if let Some(run) = runs.last_mut()
                    && next
                    && run.text.ends_with('-')
                {
                    run.text.pop();
                    run.space_after = false;
                    runs.extend(cell.runs.iter().cloned().map(|run| Run { rect: run.rect, ..run }));
                    last.cell = glued(runs, last.cell.runs.len());
                    continue;
                }
                runs.extend(cell.runs.iter().cloned().map(|run| Run { space_before: true, ..run }));
                last.cell = Cell::from_runs(runs);
                continue;
            }
        }
        unfinished = ends_open(&row.text);
        for cell in &row.margin {
            push(&mut atoms, cell.clone(), row, number, Placement::Margin);
        }
        let mut previous_right: Option<f32> = None;
        for cell in &row.cells {
            let size = f32::from(row.style.size) / 2.0;
            let far = previous_right.is_some_and(|right| cell.rect.x - right > 3.0 * size);
            let at_edge = previous_right.is_some() && right_edge - cell.rect.right() < 4.0;
            for (index, piece) in pieces(cell).into_iter().enumerate() {
                let placement = match (index, previous_right) {
                    (0, _) if far || at_edge => Placement::Right,
                    (0, None) => Placement::First,
                    _ => Placement::Later,
                };
                push(&mut atoms, piece, row, number, placement);
            }
            previous_right = Some(cell.rect.right());
        }
    }
    atoms
}

/// Joins runs without a blank before the run at `seam`.
fn glued(mut runs: Vec<Run>, seam: usize) -> Cell {
    if seam > 0 && seam < runs.len() {
        let tail = runs.remove(seam);
        let head = &mut runs[seam - 1];
        head.text.push_str(&tail.text);
        head.rect = head.rect.union(&tail.rect);
    }
    Cell::from_runs(runs)
}

fn push(atoms: &mut Vec<Atom>, cell: Cell, row: &Row, number: usize, place: Placement) {
    if LEFTOVERS.contains(&cell.text.to_lowercase().trim_end_matches(':')) {
        return;
    }
    let mut style = cell.style();
    // Upper-case or link colours inside one slot vary; size and weight say enough beside italics.
    style.color &= 0x00c0_c0c0;
    let nth = atoms.iter().filter(|atom| atom.key.style == style && atom.key.place == place).count();
    let key = SlotKey { style, place, nth: nth.min(250) as u8 };
    if atoms.len() < 64 {
        atoms.push(Atom { cell, page: row.page, key, row: number });
    }
}

/// Splits a cell where its style changes and at hard separators.
pub(crate) fn pieces(cell: &Cell) -> Vec<Cell> {
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let mut style: Option<StyleKey> = None;
    for (run, start) in cell.runs.iter().zip(&cell.starts) {
        if is_blank(&run.text) {
            continue;
        }
        if style.is_some_and(|style| differs(style, run.style)) {
            cuts.push((*start, *start));
        }
        style = Some(run.style);
    }
    for separator in HARD {
        cuts.extend(cell.text.match_indices(separator).take(20).map(|(at, found)| (at, at + found.len())));
    }
    cuts.sort_unstable();
    let mut out = Vec::new();
    let mut from = 0;
    for (start, end) in cuts {
        if start >= from {
            out.extend(trimmed_slice(cell, from, start));
        }
        from = from.max(end);
    }
    out.extend(trimmed_slice(cell, from, cell.text.len()));
    out
}

fn differs(a: StyleKey, b: StyleKey) -> bool {
    a.weight != b.weight || a.italic != b.italic || a.size.abs_diff(b.size) > 1 || a.color != b.color
}

/// Separators that may or may not part two values; which, the template decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cut {
    Whole,
    FirstComma,
    LastComma,
    /// At the first comma and the last.
    TwoCommas,
    Dash,
    At,
    Bracket,
    Slash,
    Colon,
    /// Where a place at the end begins.
    Place,
}

const AT_WORDS: &[&str] = &[" at ", " @ ", " bei ", " chez ", " bij ", " presso "];

/// Cuts a text; none when the separator is not there.
pub(crate) fn cut(cell: &Cell, how: Cut) -> Option<Vec<Cell>> {
    let text = cell.text.as_str();
    let split = |at: usize, length: usize| {
        let left = trimmed_slice(cell, 0, at)?;
        let right = trimmed_slice(cell, at + length, text.len())?;
        Some(vec![left, right])
    };
    match how {
        Cut::Whole => Some(vec![cell.clone()]),
        Cut::FirstComma => split(text.find(", ")?, 1),
        Cut::LastComma => split(text.rfind(", ")?, 1),
        Cut::TwoCommas => {
            let first = text.find(", ")?;
            let last = text.rfind(", ")?;
            if first == last {
                return None;
            }
            Some(vec![
                trimmed_slice(cell, 0, first)?,
                trimmed_slice(cell, first + 1, last)?,
                trimmed_slice(cell, last + 1, text.len())?,
            ])
        }
        Cut::Dash => {
            let (at, found) = [" - ", " – ", " -- "]
                .iter()
                .filter_map(|dash| text.find(dash).map(|at| (at, dash.len())))
                .min()?;
            split(at, found)
        }
        Cut::At => {
            let (at, found) =
                AT_WORDS.iter().filter_map(|word| text.find(word).map(|at| (at, word.len()))).min()?;
            split(at, found)
        }
        Cut::Bracket => {
            let at = text.find(" (")?;
            text.ends_with(')').then(|| split(at, 1)).flatten()
        }
        Cut::Slash => split(text.find(" / ")?, 3),
        Cut::Colon => split(text.find(": ")?, 1),
        Cut::Place => {
            let at = places::find_trailing(text).filter(|place| place.confidence >= 0.4)?.bytes.start;
            if at == 0 { None } else { split(at, 0) }
        }
    }
}
