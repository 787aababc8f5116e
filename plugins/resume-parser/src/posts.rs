//! Work and voluntary posts.

use mortise_sdk::resume::{Volunteer, Work};

use crate::entries::body::{self, Prose};
use crate::entries::cards;
use crate::entries::rows::{self, Row};
use crate::entries::score::{Field, FieldModel};
use crate::entries::segment::{self, Entry};
use crate::entries::slots::Cut;
use crate::entries::template::{self, Grammar, Template, Value};
use crate::fields::dates::DateRange;
use crate::layout::Line;
use crate::record::{Placed, Record};

pub(crate) const GRAMMAR: Grammar = Grammar {
    readings: &[
        (Cut::Whole, &[Field::Organisation]),
        (Cut::Whole, &[Field::Title]),
        (Cut::Whole, &[Field::Place]),
        (Cut::Whole, &[Field::Url]),
        (Cut::Whole, &[Field::Text]),
        (Cut::Whole, &[Field::Ignore]),
        (Cut::FirstComma, &[Field::Organisation, Field::Title]),
        (Cut::FirstComma, &[Field::Title, Field::Organisation]),
        (Cut::LastComma, &[Field::Title, Field::Organisation]),
        (Cut::LastComma, &[Field::Organisation, Field::Title]),
        (Cut::FirstComma, &[Field::Organisation, Field::Place]),
        (Cut::LastComma, &[Field::Organisation, Field::Place]),
        (Cut::TwoCommas, &[Field::Title, Field::Organisation, Field::Place]),
        (Cut::TwoCommas, &[Field::Organisation, Field::Title, Field::Place]),
        (Cut::Dash, &[Field::Organisation, Field::Title]),
        (Cut::Dash, &[Field::Title, Field::Organisation]),
        (Cut::Dash, &[Field::Organisation, Field::Place]),
        (Cut::Place, &[Field::Organisation, Field::Place]),
        (Cut::Place, &[Field::Title, Field::Place]),
        (Cut::At, &[Field::Title, Field::Organisation]),
        (Cut::Bracket, &[Field::Organisation, Field::Place]),
        (Cut::Bracket, &[Field::Title, Field::Organisation]),
        (Cut::Bracket, &[Field::Organisation, Field::Title]),
        (Cut::Slash, &[Field::Organisation, Field::Title]),
        (Cut::Slash, &[Field::Title, Field::Organisation]),
        (Cut::Colon, &[Field::Organisation, Field::Title]),
        (Cut::Colon, &[Field::Title, Field::Organisation]),
    ],
    wanted: &[(Field::Organisation, 0.9), (Field::Title, 0.9), (Field::Place, 0.15)],
};

/// One post before it becomes work or voluntary work.
pub(crate) struct Post {
    values: Vec<Value>,
    dates: Option<(DateRange, Placed)>,
    prose: Prose,
}

/// Entries, template and values of a section of posts.
pub(crate) fn read(
    lines: Vec<Line>,
    model: &dyn FieldModel,
    prior: Option<&Template>,
) -> (Vec<Post>, Template) {
    let (entries, right) = entries(lines);
    let (atoms, template) = template::fit(&entries, right, &GRAMMAR, model, prior);
    let posts = entries
        .into_iter()
        .zip(atoms)
        .map(|(entry, atoms)| {
            let values = template::apply(&template, &atoms, model);
            Post { dates: dates_of(&entry), prose: prose_of(entry, &values), values }
        })
        .collect();
    (posts, template)
}

/// Entries of a section, column by column where it is set in columns, and how far its lines reach.
pub(crate) fn entries(lines: Vec<Line>) -> (Vec<Entry>, f32) {
    let right = lines.iter().map(|line| line.rect.right()).fold(f32::MIN, f32::max);
    let columns = cards::strict_columns(lines);
    (columns.iter().flat_map(|column| segment::split(rows::prepare(column, true), false)).collect(), right)
}

/// The entry's range; two single dates are its ends.
pub(crate) fn dates_of(entry: &Entry) -> Option<(DateRange, Placed)> {
    let best = entry
        .dates
        .iter()
        .find(|dated| dated.range.start.is_some() && (dated.range.end.is_some() || dated.range.is_current))
        .or_else(|| entry.dates.first())?;
    let mut range = best.range.clone();
    let placed = Placed { text: String::new(), page: best.page, rect: best.rect };
    let is_single = range.start.is_none() || range.end.is_none() && !range.is_current;
    if is_single && let [first, second] = entry.dates.as_slice() {
        let one = |range: &DateRange| range.start.clone().or_else(|| range.end.clone());
        if let (Some(a), Some(b)) = (one(&first.range), one(&second.range)) {
            let (start, end) = if a <= b { (a, b) } else { (b, a) };
            (range.start, range.end) = (Some(start), Some(end));
        }
    }
    Some((range, placed))
}

/// Header text that is prose joins the body in front.
pub(crate) fn prose_of(entry: Entry, values: &[Value]) -> Prose {
    let mut items = body::items(&entry.body);
    let in_header = |row: usize, row_values: &[Row]| {
        let mine: Vec<&Value> = values.iter().filter(|value| value.row == row).collect();
        !mine.is_empty()
            && mine.iter().all(|value| {
                value.field == Field::Text
                    || value.field == Field::Ignore && row_values[row].text.split_whitespace().count() > 3
            })
    };
    let rows: Vec<Row> = (0..entry.header.len())
        .filter(|row| in_header(*row, &entry.header))
        .map(|row| entry.header[row].clone())
        .collect();
    let mut first = body::items(&rows);
    first.append(&mut items);
    body::prose(first)
}

/// How sure a labelling is, from its field score.
pub(crate) fn confidence(score: f32) -> f32 {
    1.0 / (1.0 + (-(2.6 * score + 0.3)).exp())
}

fn value(values: &[Value], field: Field) -> Option<(Placed, f32)> {
    values
        .iter()
        .filter(|value| value.field == field)
        .max_by(|a, b| a.score.total_cmp(&b.score))
        .map(|value| (Placed::of(&value.cell, value.page), confidence(value.score)))
}

impl Record {
    pub(crate) fn field(&mut self, values: &[Value], field: Field, pointer: String) -> Option<String> {
        let (placed, confidence) = value(values, field)?;
        self.take(Some(&placed), &pointer, confidence)
    }

    pub(crate) fn range(
        &mut self,
        dates: Option<&(DateRange, Placed)>,
        at: &str,
        single_is_end: bool,
    ) -> (Option<String>, Option<String>) {
        let Some((range, placed)) = dates else { return (None, None) };
        let (mut start, mut end) = (range.start.clone(), range.end.clone());
        if single_is_end && end.is_none() && !range.is_current {
            (start, end) = (None, start);
        }
        if start.is_some() {
            self.note(format!("{at}/startDate"), placed.page, placed.rect, 0.93);
        }
        if end.is_some() {
            self.note(format!("{at}/endDate"), placed.page, placed.rect, 0.93);
        }
        (start, end)
    }

    pub(crate) fn prose(&mut self, prose: Prose, at: &str) -> (Option<String>, Vec<String>) {
        let summary = self.take(prose.summary.as_ref(), &format!("{at}/summary"), 0.8);
        let mut highlights = Vec::with_capacity(prose.highlights.len());
        for (index, item) in prose.highlights.iter().enumerate() {
            highlights.extend(self.take(Some(item), &format!("{at}/highlights/{index}"), 0.85));
        }
        (summary, highlights)
    }

    pub(crate) fn add_work(&mut self, post: Post) {
        let at = format!("/work/{}", self.resume.work.len());
        let (start_date, end_date) = self.range(post.dates.as_ref(), &at, false);
        let (summary, highlights) = self.prose(post.prose, &at);
        let is_current = post.dates.as_ref().is_some_and(|(range, _)| range.is_current);
        let work = Work {
            company: self.field(&post.values, Field::Organisation, format!("{at}/company")),
            position: self.field(&post.values, Field::Title, format!("{at}/position")),
            location: self.field(&post.values, Field::Place, format!("{at}/location")),
            url: self.field(&post.values, Field::Url, format!("{at}/url")),
            start_date,
            end_date,
            is_current,
            summary,
            highlights,
        };
        if work != Work::default() {
            self.resume.work.push(work);
        }
    }

    pub(crate) fn add_volunteer(&mut self, post: Post) {
        let at = format!("/volunteer/{}", self.resume.volunteer.len());
        let (start_date, end_date) = self.range(post.dates.as_ref(), &at, false);
        let (summary, highlights) = self.prose(post.prose, &at);
        let volunteer = Volunteer {
            organization: self.field(&post.values, Field::Organisation, format!("{at}/organization")),
            position: self.field(&post.values, Field::Title, format!("{at}/position")),
            location: self.field(&post.values, Field::Place, format!("{at}/location")),
            url: self.field(&post.values, Field::Url, format!("{at}/url")),
            start_date,
            end_date,
            summary,
            highlights,
        };
        if volunteer != Volunteer::default() {
            self.resume.volunteer.push(volunteer);
        }
    }
}
