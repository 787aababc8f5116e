//! The parser's view of a file as text, for whoever wonders why a value came out as it did.

use std::fmt::Write;

use mortise_sdk::ExtractedText;

use crate::entries::score::{FieldModel, Weights};
use crate::entries::slots;
use crate::entries::template;
use crate::{Section, layout, named, posts, sections, studies};

/// What the lexicons say about a text.
fn marks(model: &Weights, text: &str) -> String {
    let f = model.features(text);
    format!(
        "{text:?} title {:.2} organisation {:.2} school {:.2} place {:.2} degree {:.2}",
        f.title, f.organisation, f.school, f.place, f.degree
    )
}

/// Lines by region, sections, and the entries of each section.
pub fn explain(text: &ExtractedText) -> String {
    let (model, headings) = (Weights::default(), sections::Headings::default());
    let document = layout::read(text, &|text| headings.is_known(text));
    let mut out = String::new();
    let _ = writeln!(out, "body {:?}", document.body);
    for part in sections::cut(&document, &headings) {
        let _ = writeln!(out, "== {:?} {:.2} {:?}", part.kind, part.confidence, part.title);
        let uses_dates =
            !matches!(part.kind, Section::Contact | Section::Summary | Section::Skills | Section::Languages);
        if !uses_dates {
            for line in &part.lines {
                let cells: Vec<&str> = line.cells.iter().map(|cell| cell.text.as_str()).collect();
                let (style, rect) = (line.first_style(), line.rect);
                let _ = writeln!(
                    out,
                    "  r{} y{:.0} x{:.0}-{:.0} gap{:.1} s{} w{} {}",
                    line.region,
                    rect.y,
                    rect.x,
                    rect.right(),
                    line.gap_above,
                    style.size,
                    style.weight,
                    cells.join(" ¦ ")
                );
                for piece in
                    line.cells.iter().flat_map(slots::pieces).filter(|_| part.kind == Section::Contact)
                {
                    let _ = writeln!(out, "      {}", marks(&model, &piece.text));
                }
            }
            continue;
        }
        let (entries, right) = posts::entries(part.lines.clone());
        let grammar = match part.kind {
            Section::Work | Section::Volunteer => &posts::GRAMMAR,
            Section::Education => &studies::GRAMMAR,
            Section::Projects => &named::PROJECTS,
            _ => &named::GRAMMAR,
        };
        let (atoms, template) = template::fit(&entries, right, grammar, &model, None);
        for (entry, atoms) in entries.iter().zip(&atoms) {
            out.push_str("  --\n");
            for value in template::apply(&template, atoms, &model) {
                let _ = writeln!(out, "  => {:?} {:.2} {:?}", value.field, value.score, value.cell.text);
            }
            for (kind, row) in
                entry.header.iter().map(|row| ('H', row)).chain(entry.body.iter().map(|row| ('B', row)))
            {
                let cells: Vec<&str> = row.cells.iter().map(|cell| cell.text.as_str()).collect();
                let dates: Vec<String> = row
                    .dates
                    .iter()
                    .map(|dated| format!("{:?}..{:?}", dated.range.start, dated.range.end))
                    .collect();
                let margin: Vec<&str> = row.margin.iter().map(|cell| cell.text.as_str()).collect();
                let _ = writeln!(
                    out,
                    "  {kind}{}{} x{:.0}-{:.0} gap{:.1} s{} w{} {} {:?} {:?}",
                    if row.bullet { "*" } else { "" },
                    if row.continues { "+" } else { "" },
                    row.x,
                    row.right,
                    row.gap,
                    row.style.size,
                    row.style.weight,
                    cells.join(" ¦ "),
                    dates,
                    margin
                );
                for piece in row.cells.iter().flat_map(slots::pieces).filter(|_| kind == 'H') {
                    let _ = writeln!(out, "      {}", marks(&model, &piece.text));
                }
            }
        }
    }
    out
}
