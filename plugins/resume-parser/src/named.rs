//! Projects, certificates, awards and publications: things with a name, a giver, a date and a few words.

use mortise_sdk::resume::{Award, Certificate, Project, Publication};

use crate::Section;
use crate::entries::body::Prose;
use crate::entries::cards;
use crate::entries::rows::{self, Row};
use crate::entries::score::{Field, FieldModel, after_by};
use crate::entries::segment::{self, Entry};
use crate::entries::slots::Cut;
use crate::entries::template::{self, Grammar, Value};
use crate::fields::dates::DateRange;
use crate::layout::Line;
use crate::posts::{dates_of, prose_of};
use crate::record::{Placed, Record};

pub(crate) const GRAMMAR: Grammar = Grammar {
    readings: &[
        (Cut::Whole, &[Field::Name]),
        (Cut::Whole, &[Field::Issuer]),
        (Cut::Whole, &[Field::Url]),
        (Cut::Whole, &[Field::Text]),
        (Cut::Whole, &[Field::Ignore]),
        (Cut::LastComma, &[Field::Name, Field::Issuer]),
        (Cut::Dash, &[Field::Name, Field::Issuer]),
        (Cut::At, &[Field::Name, Field::Issuer]),
        (Cut::Bracket, &[Field::Name, Field::Issuer]),
        (Cut::Colon, &[Field::Name, Field::Text]),
    ],
    wanted: &[(Field::Name, 0.9), (Field::Issuer, 0.4)],
};

pub(crate) const PROJECTS: Grammar = Grammar {
    readings: &[
        (Cut::Whole, &[Field::Name]),
        (Cut::Whole, &[Field::Url]),
        (Cut::Whole, &[Field::Text]),
        (Cut::Whole, &[Field::Title]),
        (Cut::Whole, &[Field::Ignore]),
        (Cut::Dash, &[Field::Name, Field::Text]),
        (Cut::Colon, &[Field::Name, Field::Text]),
    ],
    wanted: &[(Field::Name, 0.9), (Field::Title, 0.1)],
};

struct Named {
    values: Vec<Value>,
    dates: Option<(DateRange, Placed)>,
    prose: Prose,
}

pub(crate) fn read(kind: Section, lines: Vec<Line>, model: &dyn FieldModel, record: &mut Record) {
    let columns = cards::columns(lines);
    let grammar = if kind == Section::Projects { &PROJECTS } else { &GRAMMAR };
    let mut entries = Vec::new();
    for column in &columns {
        entries.extend(segment::split(rows::prepare(column, true), kind != Section::Projects));
    }
    if kind != Section::Projects {
        entries.iter_mut().for_each(promote_giver);
    }
    let right = columns.iter().flatten().map(|line| line.rect.right()).fold(f32::MIN, f32::max);
    let (atoms, template) = template::fit(&entries, right, grammar, model, None);
    for (entry, atoms) in entries.into_iter().zip(atoms) {
        let values = template::apply(&template, &atoms, model);
        let named = Named { dates: dates_of(&entry), prose: prose_of(entry, &values), values };
        match kind {
            Section::Projects => record.add_project(named),
            Section::Certificates => record.add_certificate(named),
            Section::Awards => record.add_award(named),
            _ => record.add_publication(named),
        }
    }
}

/// A short list item right below the name is who gave it.
fn promote_giver(entry: &mut Entry) {
    let is_short =
        |row: &Row| row.bullet && !row.cells.is_empty() && row.text.split_whitespace().count() <= 6;
    if entry.header.len() == 1
        && entry.body.first().is_some_and(is_short)
        && !entry.body.get(1).is_some_and(|row| row.continues || row.bullet)
    {
        entry.header.push(entry.body.remove(0));
    }
}

/// A single date: the end of a range counts.
fn date_of(named: &Named) -> Option<(String, &Placed)> {
    let (range, placed) = named.dates.as_ref()?;
    Some((range.start.clone().or_else(|| range.end.clone())?, placed))
}

impl Record {
    fn named(&mut self, named: &Named, field: Field, pointer: String) -> Option<String> {
        let text = self.field(&named.values, field, pointer)?;
        Some(match after_by(&text) {
            Some(rest) if field == Field::Issuer => rest.to_owned(),
            _ => text,
        })
    }

    fn date(&mut self, named: &Named, pointer: String) -> Option<String> {
        let (date, placed) = date_of(named)?;
        let placed = placed.with_text(date);
        self.take(Some(&placed), &pointer, 0.9)
    }

    fn summary(&mut self, named: &Named, pointer: String) -> Option<String> {
        let mut text = named.prose.summary.clone();
        for item in &named.prose.highlights {
            match &mut text {
                Some(text) => text.append(&item.text, item.page, item.rect),
                None => text = Some(item.clone()),
            }
        }
        self.take(text.as_ref(), &pointer, 0.7)
    }

    fn add_project(&mut self, named: Named) {
        let at = format!("/projects/{}", self.resume.projects.len());
        let name = self.named(&named, Field::Name, format!("{at}/name"));
        let role = self.named(&named, Field::Title, format!("{at}/role"));
        let url = self.named(&named, Field::Url, format!("{at}/url"));
        let (start_date, end_date) = self.range(named.dates.as_ref(), &at, false);
        let inline = self.field(&named.values, Field::Text, format!("{at}/description"));
        let description = match named.prose.summary {
            Some(ref summary) => self.take(Some(summary), &format!("{at}/description"), 0.75),
            None => inline,
        };
        let mut highlights = Vec::new();
        for (index, item) in named.prose.highlights.iter().enumerate() {
            highlights.extend(self.take(Some(item), &format!("{at}/highlights/{index}"), 0.8));
        }
        if name.is_some() || description.is_some() {
            self.resume.projects.push(Project {
                name,
                description,
                role,
                url,
                start_date,
                end_date,
                highlights,
                technologies: Vec::new(),
            });
        }
    }

    fn add_certificate(&mut self, named: Named) {
        let at = format!("/certificates/{}", self.resume.certificates.len());
        let name = self.named(&named, Field::Name, format!("{at}/name"));
        let certificate = Certificate {
            issuer: self.named(&named, Field::Issuer, format!("{at}/issuer")),
            date: self.date(&named, format!("{at}/date")),
            url: self.named(&named, Field::Url, format!("{at}/url")),
            name,
        };
        if certificate.name.is_some() || certificate.issuer.is_some() {
            self.resume.certificates.push(certificate);
        }
    }

    fn add_award(&mut self, named: Named) {
        let at = format!("/awards/{}", self.resume.awards.len());
        let award = Award {
            title: self.named(&named, Field::Name, format!("{at}/title")),
            awarder: self.named(&named, Field::Issuer, format!("{at}/awarder")),
            date: self.date(&named, format!("{at}/date")),
            summary: self.summary(&named, format!("{at}/summary")),
        };
        if award.title.is_some() || award.awarder.is_some() {
            self.resume.awards.push(award);
        }
    }

    fn add_publication(&mut self, named: Named) {
        let at = format!("/publications/{}", self.resume.publications.len());
        let publication = Publication {
            name: self.named(&named, Field::Name, format!("{at}/name")),
            publisher: self.named(&named, Field::Issuer, format!("{at}/publisher")),
            release_date: self.date(&named, format!("{at}/releaseDate")),
            url: self.named(&named, Field::Url, format!("{at}/url")),
            summary: self.summary(&named, format!("{at}/summary")),
        };
        if publication.name.is_some() || publication.publisher.is_some() {
            self.resume.publications.push(publication);
        }
    }
}
