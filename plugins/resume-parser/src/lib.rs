//! Reads a résumé from its text and layout: runs to lines, lines to sections, sections to entries, entries to fields.
//! Geometry first, the file's own order second; within a section all entries share one template.

mod basics;
mod entries;
mod explain;
mod fields;
mod layout;
mod lists;
mod named;
mod posts;
mod record;
mod remains;
mod section;
mod sections;
mod spoken;
mod studies;

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{CallContext, Document, ExtractedText, PluginError, ResumeParser};

pub use explain::explain;
pub use section::Section;

use entries::score::Weights;
use record::Record;
use sections::Headings;

/// The plugin.
pub struct Parser;

impl ResumeParser for Parser {
    fn parse(_: &CallContext, _: &Document, text: ExtractedText) -> Result<ParsedResume, PluginError> {
        Ok(parse(&text))
    }
}

mortise_sdk::export_resume_parser!(Parser);

/// Parses a résumé. What is not there stays empty; nothing is refused.
pub fn parse(text: &ExtractedText) -> ParsedResume {
    let headings = Headings::default();
    let document = layout::read(text, &|text| headings.is_known(text));
    let parts = sections::cut(&document, &headings);
    let model = Weights::default();
    let mut record = Record { flowed: document.flowed, ..Record::default() };
    record.resume.language = text.language.clone();
    basics::read(&document, &parts, &headings, &model, &mut record);
    let mut shared = None;
    for part in parts {
        match part.kind {
            Section::Work => {
                let (posts, template) = posts::read(part.lines, &model, shared.as_ref());
                shared.get_or_insert(template);
                posts.into_iter().for_each(|post| record.add_work(post));
            }
            Section::Volunteer => {
                let (posts, _) = posts::read(part.lines, &model, shared.as_ref());
                posts.into_iter().for_each(|post| record.add_volunteer(post));
            }
            Section::Education => studies::read(part.lines, &model, &mut record),
            Section::Projects | Section::Certificates | Section::Awards | Section::Publications => {
                named::read(part.kind, part.lines, &model, &mut record);
            }
            Section::Skills => record.add_skills(lists::read(part.lines)),
            Section::Interests => record.add_interests(lists::read(part.lines)),
            Section::Languages => record.add_languages(spoken::read(part.lines)),
            Section::References | Section::Other => remains::read(part, &mut record),
            Section::Summary | Section::Contact | Section::Personal => {}
        }
    }
    if document.truncated {
        record
            .resume
            .warnings
            .push("The file holds more text than a résumé should; the end was not read.".to_owned());
    }
    record.resume
}
