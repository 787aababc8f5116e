//! Courses of study.

use mortise_sdk::resume::Education;

use crate::entries::body;
use crate::entries::rows::Row;
use crate::entries::score::{self, Field, FieldModel};
use crate::entries::segment;
use crate::entries::slots::Cut;
use crate::entries::template::{self, Grammar, Value};
use crate::fields::degrees;
use crate::layout::Line;
use crate::posts::{confidence, dates_of, entries};
use crate::record::{Placed, Record};

pub(crate) const GRAMMAR: Grammar = Grammar {
    readings: &[
        (Cut::Whole, &[Field::Organisation]),
        (Cut::Whole, &[Field::Degree]),
        (Cut::Whole, &[Field::StudyType]),
        (Cut::Whole, &[Field::Area]),
        (Cut::Whole, &[Field::Place]),
        (Cut::Whole, &[Field::Grade]),
        (Cut::Whole, &[Field::Url]),
        (Cut::Whole, &[Field::Text]),
        (Cut::Whole, &[Field::Ignore]),
        (Cut::FirstComma, &[Field::Degree, Field::Organisation]),
        (Cut::LastComma, &[Field::Degree, Field::Organisation]),
        (Cut::FirstComma, &[Field::Organisation, Field::Degree]),
        (Cut::FirstComma, &[Field::StudyType, Field::Area]),
        (Cut::LastComma, &[Field::Area, Field::StudyType]),
        (Cut::FirstComma, &[Field::Organisation, Field::Place]),
        (Cut::LastComma, &[Field::Organisation, Field::Place]),
        (Cut::Place, &[Field::Organisation, Field::Place]),
        (Cut::LastComma, &[Field::Degree, Field::Grade]),
        (Cut::FirstComma, &[Field::StudyType, Field::Grade]),
        (Cut::LastComma, &[Field::Organisation, Field::Grade]),
        (Cut::FirstComma, &[Field::StudyType, Field::Organisation]),
        (Cut::FirstComma, &[Field::Organisation, Field::StudyType]),
        (Cut::FirstComma, &[Field::Organisation, Field::Area]),
        (Cut::FirstComma, &[Field::Area, Field::Organisation]),
        (Cut::TwoCommas, &[Field::Degree, Field::Organisation, Field::Place]),
        (Cut::TwoCommas, &[Field::StudyType, Field::Area, Field::Organisation]),
        (Cut::TwoCommas, &[Field::Organisation, Field::StudyType, Field::Area]),
        (Cut::Dash, &[Field::Degree, Field::Organisation]),
        (Cut::Dash, &[Field::Organisation, Field::Degree]),
        (Cut::Dash, &[Field::StudyType, Field::Area]),
        (Cut::Dash, &[Field::Organisation, Field::StudyType]),
        (Cut::Dash, &[Field::StudyType, Field::Organisation]),
        (Cut::Dash, &[Field::Area, Field::StudyType]),
        (Cut::Dash, &[Field::Area, Field::Organisation]),
        (Cut::Dash, &[Field::Organisation, Field::Area]),
        (Cut::At, &[Field::Degree, Field::Organisation]),
        (Cut::Bracket, &[Field::Area, Field::StudyType]),
        (Cut::Bracket, &[Field::StudyType, Field::Area]),
        (Cut::Bracket, &[Field::Organisation, Field::Place]),
        (Cut::Bracket, &[Field::Degree, Field::Grade]),
        (Cut::Colon, &[Field::StudyType, Field::Area]),
    ],
    wanted: &[
        (Field::Organisation, 0.9),
        (Field::StudyType, 0.5),
        (Field::Area, 0.45),
        (Field::Place, 0.1),
        (Field::Grade, 0.3),
    ],
};

pub(crate) fn read(lines: Vec<Line>, model: &dyn FieldModel, record: &mut Record) {
    let (mut entries, right) = entries(lines);
    for entry in &mut entries {
        promote_degrees(entry, model);
    }
    let (atoms, template) = template::fit(&entries, right, &GRAMMAR, model, None);
    for (entry, atoms) in entries.iter().zip(&atoms) {
        let values = template::apply(&template, atoms, model);
        let at = format!("/education/{}", record.resume.education.len());
        let (start_date, end_date) = record.range(dates_of(entry).as_ref(), &at, true);
        let mut study = Education {
            institution: record.field(&values, Field::Organisation, format!("{at}/institution")),
            location: record.field(&values, Field::Place, format!("{at}/location")),
            url: record.field(&values, Field::Url, format!("{at}/url")),
            start_date,
            end_date,
            ..Education::default()
        };
        degree(&mut study, &values, &at, record);
        grade_and_courses(&mut study, entry, &values, &at, record);
        if study != Education::default() {
            record.resume.education.push(study);
        }
    }
}

/// A degree set as the first list item below the school is a part of the header.
fn promote_degrees(entry: &mut segment::Entry, model: &dyn FieldModel) {
    let is_degree = |row: &Row| model.features(&row.text).study_type;
    if entry
        .header
        .iter()
        .any(|row| is_degree(row) || row.margin.iter().any(|cell| model.features(&cell.text).study_type))
    {
        return;
    }
    if let Some(last) = entry.body.iter().take(3).rposition(is_degree) {
        entry.header.extend(entry.body.drain(..=last));
    }
}

/// Kind and subject, from one text or from two.
fn degree(study: &mut Education, values: &[Value], at: &str, record: &mut Record) {
    for value in values.iter().filter(|v| matches!(v.field, Field::Degree | Field::StudyType | Field::Area)) {
        let placed = Placed::of(&value.cell, value.page);
        let sure = confidence(value.score);
        let parsed = if value.field == Field::Area { None } else { degrees::parse(&placed.text) };
        let (kind, area) = match (value.field, parsed) {
            (Field::Area, _) => (None, Some(placed.text.clone())),
            (_, Some(degree)) => split(degree, &placed.text),
            (_, None) => (Some(placed.text.clone()), None),
        };
        if study.study_type.is_none()
            && let Some(kind) = kind
        {
            study.study_type = record.take(Some(&placed.with_text(kind)), &format!("{at}/studyType"), sure);
        }
        if let Some(area) = area
            && (study.area.is_none() || value.field == Field::Area)
        {
            study.area = record.take(Some(&placed.with_text(area)), &format!("{at}/area"), sure * 0.95);
        }
    }
}

/// Kind and subject of a parsed degree; what the grammar left over belongs to the subject.
fn split(degree: degrees::Degree, text: &str) -> (Option<String>, Option<String>) {
    let rest = text.get(degree.bytes.end..).unwrap_or("");
    let area = match degree.area {
        Some(area) if rest.trim_start().starts_with(['–', '-', '&', '/']) => Some(format!("{area}{rest}")),
        area => area,
    };
    match (&area, degree.study_type.split_once(" in ")) {
        (None, Some((kind, area))) => (Some(kind.trim().to_owned()), Some(area.trim().to_owned())),
        _ => (Some(degree.study_type), area),
    }
}

fn grade_and_courses(
    study: &mut Education,
    entry: &segment::Entry,
    values: &[Value],
    at: &str,
    record: &mut Record,
) {
    for value in values.iter().filter(|value| value.field == Field::Grade) {
        let placed = Placed::of(&value.cell, value.page);
        if let Some(grade) = score::grade(&placed.text) {
            study.score = record.take(Some(&placed.with_text(grade)), &format!("{at}/gpa"), 0.85);
        }
    }
    let (dated, body): (Vec<_>, Vec<_>) = entry.body.iter().cloned().partition(|row| !row.dates.is_empty());
    for (row, cell) in dated.iter().flat_map(|row| row.cells.iter().map(move |cell| (row, cell))) {
        if study.score.is_none()
            && let Some(grade) = score::grade(&cell.text)
        {
            study.score =
                record.take(Some(&Placed::of(cell, row.page).with_text(grade)), &format!("{at}/gpa"), 0.85);
        }
    }
    for item in body::items(&body) {
        if study.score.is_none()
            && let Some(grade) = score::grade(&item.value.text)
        {
            study.score = record.take(Some(&item.value.with_text(grade)), &format!("{at}/gpa"), 0.85);
        } else {
            let pointer = format!("{at}/courses/{}", study.courses.len());
            study.courses.extend(record.take(Some(&item.value), &pointer, 0.6));
        }
    }
}
