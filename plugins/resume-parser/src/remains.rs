//! References, and sections no list of the résumé fits.

use mortise_sdk::resume::{CustomSection, Reference};

use crate::Section;
use crate::entries::body;
use crate::entries::rows;
use crate::entries::segment;
use crate::record::{Placed, Record};
use crate::sections::Part;

pub(crate) fn read(part: Part, record: &mut Record) {
    let rows = rows::prepare(&part.lines, false);
    if part.kind == Section::References {
        for entry in segment::split(rows, false) {
            let Some(first) = entry.header.first() else { continue };
            let at = format!("/references/{}", record.resume.references.len());
            let name = Placed { text: first.text.clone(), page: first.page, rect: first.rect };
            let mut rest: Vec<_> = entry.header.iter().skip(1).cloned().collect();
            rest.extend(entry.body.iter().cloned());
            let text = joined(&rest);
            let name = record.take(Some(&name), &format!("{at}/name"), 0.7);
            let reference = record.take(text.as_ref(), &format!("{at}/reference"), 0.7);
            record.resume.references.push(Reference { name, reference });
        }
        return;
    }
    let Some(content) = joined(&rows) else { return };
    let at = format!("/customSections/{}", record.resume.custom_sections.len());
    if let Some(heading) = &part.heading {
        record.note(format!("{at}/title"), heading.page, heading.rect, part.confidence);
    }
    record.note(format!("{at}/content"), content.page, content.rect, part.confidence);
    record.resume.custom_sections.push(CustomSection { title: part.title, content: content.text });
}

fn joined(rows: &[rows::Row]) -> Option<Placed> {
    let mut out: Option<Placed> = None;
    for item in body::items(rows) {
        match &mut out {
            Some(out) => {
                out.text.push('\n');
                out.text.push_str(&item.value.text);
                if out.page == item.value.page {
                    out.rect = out.rect.union(&item.value.rect);
                }
            }
            None => out = Some(item.value),
        }
    }
    out
}
