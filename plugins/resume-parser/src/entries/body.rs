//! The running text of an entry: paragraphs and bullet points, with wrapped lines joined.

use super::rows::{Row, is_blank, unbulleted};
use super::wrap::{is_wrapped, right_edge};
use crate::record::Placed;

/// A paragraph or a bullet point.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) value: Placed,
    pub(crate) bullet: bool,
    lines: usize,
}

/// What an entry says in prose.
#[derive(Debug, Default)]
pub(crate) struct Prose {
    pub(crate) summary: Option<Placed>,
    pub(crate) highlights: Vec<Placed>,
}

/// Labels that head a list inside an entry and are no content.
const LABELS: &[&str] = &[
    "highlights",
    "achievements",
    "key achievements",
    "responsibilities",
    "key responsibilities",
    "courses",
    "coursework",
    "relevant coursework",
    "keywords",
    "tasks",
    "duties",
    "roles",
    "description",
    "aufgaben",
    "erfolge",
    "tätigkeiten",
    "schwerpunkte",
    "kurse",
    "réalisations",
    "missions",
    "responsabilités",
    "cours",
    "logros",
    "responsabilidades",
    "funciones",
    "cursos",
    "risultati",
    "responsabilità",
    "mansioni",
    "corsi",
    "resultaten",
    "taken",
    "cursussen",
    "vakken",
    "conquistas",
    "atividades",
    "technologies",
    "endorsements",
    "accomplishments",
    "höhepunkte",
    "points forts",
    "aspectos destacados",
];

pub(crate) fn is_label(text: &str) -> bool {
    let lower = text.trim().trim_end_matches(':').trim().to_lowercase();
    lower.len() < 32 && LABELS.contains(&lower.as_str())
}

pub(crate) fn items(rows: &[Row]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut previous: Option<&Row> = None;
    for (index, row) in rows.iter().enumerate() {
        let text = row.undated_text();
        if is_blank(&text) || !row.continues && is_label(&row.text) {
            previous = None;
            continue;
        }
        let size = f32::from(row.style.size) / 2.0;
        let joins = row.continues
            || previous.is_some_and(|before| {
                let same = before.style.size == row.style.size && before.style.weight == row.style.weight;
                let near = before.page != row.page || row.gap < 0.85 * size;
                let long = before.text.split_whitespace().count() > 4;
                !row.bullet
                    && !before.bullet
                    && same
                    && near
                    && long
                    && is_wrapped(before, row, right_edge(rows, index))
            });
        match items.last_mut() {
            Some(item) if joins && !row.bullet => {
                item.value.append(&text, row.page, row.rect);
                item.lines += 1;
            }
            _ => push_row(&mut items, row, text),
        }
        previous = Some(row);
    }
    items
}

fn push_row(items: &mut Vec<Item>, row: &Row, text: String) {
    let several =
        row.cells.len() > 1 && row.cells.iter().skip(1).any(|cell| unbulleted(&cell.text).is_some());
    if !several {
        let value = Placed { text, page: row.page, rect: row.rect };
        items.push(Item { value, bullet: row.bullet, lines: 1 });
        return;
    }
    for cell in &row.cells {
        let text = unbulleted(&cell.text).unwrap_or(&cell.text);
        if !is_blank(text) {
            let value = Placed { text: text.to_owned(), page: row.page, rect: cell.rect };
            items.push(Item { value, bullet: true, lines: 1 });
        }
    }
}

/// Tells summary from highlights: glyphs decide where there are any, else the number and length of paragraphs.
pub(crate) fn prose(items: Vec<Item>) -> Prose {
    let mut prose = Prose::default();
    let has_bullets = items.iter().any(|item| item.bullet);
    if has_bullets {
        for item in items {
            if item.bullet {
                prose.highlights.push(item.value);
            } else if prose.highlights.is_empty() {
                extend(&mut prose.summary, item.value);
            } else {
                prose.highlights.push(item.value);
            }
        }
        return prose;
    }
    let short = items.len() > 1 && items.iter().all(|item| item.lines == 1);
    for (index, item) in items.into_iter().enumerate() {
        if index == 0 && !short {
            prose.summary = Some(item.value);
        } else {
            prose.highlights.push(item.value);
        }
    }
    prose
}

fn extend(target: &mut Option<Placed>, value: Placed) {
    match target {
        Some(target) => target.append(&value.text, value.page, value.rect),
        None => *target = Some(value),
    }
}
