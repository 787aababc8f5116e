//! The person: name, label, contact details, summary.

mod contact;
mod name;
mod place;

use crate::Section;
use crate::entries::body;
use crate::entries::rows::{self, is_sentence};
use crate::entries::score::FieldModel;
use crate::layout::{Document, Line};
use crate::record::{Placed, Record};
use crate::sections::{Headings, Part};

pub(crate) fn read(
    document: &Document,
    parts: &[Part],
    headings: &Headings,
    model: &dyn FieldModel,
    record: &mut Record,
) {
    let header: Vec<&Line> = parts
        .iter()
        .filter(|part| matches!(part.kind, Section::Contact | Section::Personal))
        .flat_map(|part| &part.lines)
        .collect();
    contact::links_and_addresses(document, parts, &header, record);
    let named =
        name::find(document, parts, headings, model, record.resume.basics.emails.first().map(String::as_str));
    if let Some(found) = &named {
        record.resume.basics.name = record.take(Some(&found.name), "/basics/name", found.confidence);
        record.resume.basics.label = record.take(found.label.as_ref(), "/basics/label", 0.8);
    }
    let taken: Vec<&Placed> =
        named.iter().flat_map(|found| std::iter::once(&found.name).chain(found.label.as_ref())).collect();
    contact::location(&header, &taken, record);
    summary(parts, record);
}

/// The summary section, or prose in the header.
fn summary(parts: &[Part], record: &mut Record) {
    let mut text: Option<Placed> = None;
    for part in parts.iter().filter(|part| part.kind == Section::Summary) {
        extend(&mut text, &part.lines, |text| !contact::is_detail(text));
    }
    if text.is_none() {
        for part in parts.iter().filter(|part| part.kind == Section::Contact && part.heading.is_none()) {
            extend(&mut text, &part.lines, is_prose);
        }
    }
    record.resume.basics.summary = record.take(text.as_ref(), "/basics/summary", 0.85);
}

fn is_prose(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (is_sentence(text) || words >= 9) && !text.contains('@') && words >= 6
}

fn extend(target: &mut Option<Placed>, lines: &[Line], keep: impl Fn(&str) -> bool) {
    let rows = rows::prepare(lines, false);
    for item in body::items(&rows) {
        if !keep(&item.value.text) {
            continue;
        }
        match target {
            Some(target) => target.append(&item.value.text, item.value.page, item.value.rect),
            None => *target = Some(item.value),
        }
    }
}
