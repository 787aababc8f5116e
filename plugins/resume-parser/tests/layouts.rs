//! Made-up résumés set in the ways that differ most: what is read does not depend on where it stands.

use mortise_sdk::resume::ParsedResume;
use mortise_sdk::{ExtractedText, Page, Rect, Span};

/// A page under construction.
#[derive(Default)]
struct Sheet {
    spans: Vec<Span>,
}

impl Sheet {
    fn put(&mut self, x: f32, y: f32, size: f32, weight: u16, text: &str) -> &mut Self {
        let width = size * 0.5 * text.chars().count() as f32;
        self.spans.push(Span {
            text: text.to_owned(),
            rect: Rect { x, y, width, height: size },
            font_size: size,
            font_weight: weight,
            stream_order: self.spans.len() as u32,
            ..Span::default()
        });
        self
    }

    /// Several lines of body text.
    fn lines(&mut self, x: f32, y: f32, texts: &[&str]) -> &mut Self {
        for (index, text) in texts.iter().enumerate() {
            self.put(x, y + index as f32 * 13.0, 10.0, 400, text);
        }
        self
    }

    fn page(&self) -> Page {
        Page { number: 1, width: 595.0, height: 842.0, spans: self.spans.clone(), ..Page::default() }
    }

    fn parse(&self) -> ParsedResume {
        resume_parser::parse(&ExtractedText { pages: vec![self.page()], ..ExtractedText::default() })
    }
}

fn head(sheet: &mut Sheet) {
    sheet.put(60.0, 40.0, 22.0, 700, "Ottilie Brandvold").put(60.0, 68.0, 12.0, 400, "Hydraulic Engineer");
    sheet.put(60.0, 86.0, 10.0, 400, "ottilie@brandvold.example | +47 400 12 345 | Bergen, Norway");
}

/// Title first, employer below, dates at the right edge.
fn posts(sheet: &mut Sheet, x: f32, y: f32) {
    sheet.put(x, y, 13.0, 700, "Experience");
    sheet.put(x, y + 20.0, 10.0, 700, "Senior Engineer").put(
        x + 330.0,
        y + 20.0,
        10.0,
        400,
        "Mar 2019 – Present",
    );
    sheet.put(x, y + 33.0, 10.0, 400, "Fjordkraft Consulting AS, Bergen");
    sheet.lines(x + 8.0, y + 46.0, &["• Designed three pumping stations", "• Led a team of five engineers"]);
    sheet.put(x, y + 86.0, 10.0, 700, "Project Engineer").put(
        x + 330.0,
        y + 86.0,
        10.0,
        400,
        "Aug 2014 – Feb 2019",
    );
    sheet.put(x, y + 99.0, 10.0, 400, "Nordvann Group, Oslo");
    sheet.lines(x + 8.0, y + 112.0, &["• Modelled floods along the river Glomma"]);
}

fn check_posts(resume: &ParsedResume) {
    let read: Vec<_> = resume
        .work
        .iter()
        .map(|work| {
            (
                work.position.as_deref(),
                work.company.as_deref(),
                work.start_date.as_deref(),
                work.end_date.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        read,
        [
            (Some("Senior Engineer"), Some("Fjordkraft Consulting AS"), Some("2019-03"), None),
            (Some("Project Engineer"), Some("Nordvann Group"), Some("2014-08"), Some("2019-02")),
        ]
    );
    assert!(resume.work[0].is_current && !resume.work[1].is_current);
    assert_eq!(
        resume.work[0].highlights,
        ["Designed three pumping stations", "Led a team of five engineers"]
    );
}

#[test]
fn one_column() {
    let mut sheet = Sheet::default();
    head(&mut sheet);
    posts(&mut sheet, 60.0, 120.0);
    sheet.put(60.0, 280.0, 13.0, 700, "Education");
    sheet.put(60.0, 300.0, 10.0, 700, "University of Bergen").put(390.0, 300.0, 10.0, 400, "2009 – 2014");
    sheet.put(60.0, 313.0, 10.0, 400, "Master of Science in Hydrology");
    sheet.put(60.0, 350.0, 13.0, 700, "Skills");
    sheet.lines(60.0, 370.0, &["Modelling: HEC-RAS, MIKE 21", "Code: Python, Fortran"]);
    sheet.put(60.0, 420.0, 13.0, 700, "Languages");
    sheet.lines(60.0, 440.0, &["Norwegian (native), English (fluent)"]);
    let resume = sheet.parse();
    assert_eq!(resume.basics.name.as_deref(), Some("Ottilie Brandvold"));
    assert_eq!(resume.basics.label.as_deref(), Some("Hydraulic Engineer"));
    assert_eq!(resume.basics.emails, ["ottilie@brandvold.example"]);
    assert_eq!(resume.basics.phones.len(), 1);
    let place = resume.basics.location.clone().expect("a place");
    assert_eq!((place.city.as_deref(), place.country_code.as_deref()), (Some("Bergen"), Some("NO")));
    check_posts(&resume);
    let study = &resume.education[0];
    assert_eq!(study.institution.as_deref(), Some("University of Bergen"));
    assert_eq!(
        (study.study_type.as_deref(), study.area.as_deref()),
        (Some("Master of Science"), Some("Hydrology"))
    );
    assert_eq!((study.start_date.as_deref(), study.end_date.as_deref()), (Some("2009"), Some("2014")));
    let groups: Vec<_> =
        resume.skills.iter().map(|skill| (skill.name.as_deref(), skill.keywords.len())).collect();
    assert_eq!(groups, [(Some("Modelling"), 2), (Some("Code"), 2)]);
    let spoken: Vec<_> =
        resume.languages.iter().filter_map(|language| language.language.as_deref()).collect();
    assert_eq!(spoken, ["Norwegian", "English"]);
}

fn with_sidebar() -> Sheet {
    let mut sheet = Sheet::default();
    sheet.put(30.0, 60.0, 12.0, 700, "CONTACT");
    sheet.lines(30.0, 78.0, &["ottilie@brandvold.example", "+47 400 12 345"]);
    sheet.put(30.0, 130.0, 12.0, 700, "SKILLS");
    sheet.lines(30.0, 148.0, &["Python", "Fortran", "HEC-RAS"]);
    sheet.put(30.0, 210.0, 12.0, 700, "LANGUAGES");
    sheet.lines(30.0, 228.0, &["Norwegian", "English"]);
    sheet.put(190.0, 40.0, 22.0, 700, "Ottilie Brandvold");
    posts(&mut sheet, 190.0, 90.0);
    sheet
}

#[test]
fn a_sidebar_does_not_mix_with_the_posts() {
    let resume = with_sidebar().parse();
    check_posts(&resume);
    assert_eq!(resume.basics.emails, ["ottilie@brandvold.example"]);
    let keywords: Vec<&String> = resume.skills.iter().flat_map(|skill| &skill.keywords).collect();
    assert_eq!(keywords, ["Python", "Fortran", "HEC-RAS"]);
    assert_eq!(resume.languages.len(), 2);
}

#[test]
fn the_order_of_the_file_does_not_matter() {
    let mut sheet = with_sidebar();
    sheet.spans.sort_by(|a, b| a.rect.y.total_cmp(&b.rect.y).then(a.rect.x.total_cmp(&b.rect.x)));
    assert_eq!(sheet.parse(), with_sidebar().parse());
    sheet.spans.reverse();
    assert_eq!(sheet.parse().work, with_sidebar().parse().work);
}

#[test]
fn dates_in_a_column_of_their_own() {
    let mut sheet = Sheet::default();
    head(&mut sheet);
    sheet.put(60.0, 120.0, 13.0, 700, "Experience");
    sheet.put(60.0, 140.0, 10.0, 400, "2019 – 2023").put(150.0, 140.0, 10.0, 700, "Senior Engineer");
    sheet.put(150.0, 153.0, 10.0, 400, "Fjordkraft Consulting AS");
    sheet.put(60.0, 180.0, 10.0, 400, "2014 – 2019").put(150.0, 180.0, 10.0, 700, "Project Engineer");
    sheet.put(150.0, 193.0, 10.0, 400, "Nordvann Group");
    let resume = sheet.parse();
    let read: Vec<_> = resume.work.iter().map(|w| (w.position.as_deref(), w.start_date.as_deref())).collect();
    assert_eq!(read, [(Some("Senior Engineer"), Some("2019")), (Some("Project Engineer"), Some("2014"))]);
}

#[test]
fn labels_beside_their_sections() {
    let mut sheet = Sheet::default();
    head(&mut sheet);
    posts(&mut sheet, 180.0, 107.0);
    sheet.spans.retain(|span| span.text != "Experience");
    sheet.put(60.0, 127.0, 12.0, 700, "Experience");
    sheet.put(60.0, 270.0, 12.0, 700, "Skills").put(180.0, 270.0, 10.0, 400, "Python, Fortran");
    sheet.put(60.0, 300.0, 12.0, 700, "Interests").put(180.0, 300.0, 10.0, 400, "Rowing, Skiing");
    let resume = sheet.parse();
    check_posts(&resume);
    assert_eq!(resume.skills.iter().map(|skill| skill.keywords.len()).sum::<usize>(), 2);
    assert_eq!(resume.interests.len(), 2);
}

#[test]
fn letter_spaced_headings() {
    let mut sheet = Sheet::default();
    head(&mut sheet);
    posts(&mut sheet, 60.0, 120.0);
    for span in &mut sheet.spans {
        if span.text == "Experience" {
            span.text = "E X P E R I E N C E".to_owned();
        }
    }
    check_posts(&sheet.parse());
}

#[test]
fn german_headings_and_dates() {
    let mut sheet = Sheet::default();
    head(&mut sheet);
    sheet.put(60.0, 120.0, 13.0, 700, "Berufserfahrung");
    sheet.put(60.0, 140.0, 10.0, 700, "Bauingenieurin").put(390.0, 140.0, 10.0, 400, "seit März 2019");
    sheet.put(60.0, 153.0, 10.0, 400, "Wasserbau Nord GmbH, Hamburg");
    sheet.put(60.0, 190.0, 13.0, 700, "Kenntnisse");
    sheet.lines(60.0, 210.0, &["Python, Fortran"]);
    let resume = sheet.parse();
    assert_eq!(resume.work[0].company.as_deref(), Some("Wasserbau Nord GmbH"));
    assert_eq!(resume.work[0].start_date.as_deref(), Some("2019-03"));
    assert!(resume.work[0].is_current);
}

#[test]
fn an_entry_goes_on_over_the_page_break() {
    let mut first = Sheet::default();
    head(&mut first);
    posts(&mut first, 60.0, 660.0);
    first.put(430.0, 820.0, 8.0, 400, "Page 1 of 2");
    let mut second = Sheet::default();
    second.lines(68.0, 40.0, &["• Wrote the flood manual of the county"]);
    second.put(60.0, 70.0, 13.0, 700, "Skills");
    second.lines(60.0, 90.0, &["Python, Fortran"]);
    let pages = vec![first.page(), Page { number: 2, ..second.page() }];
    let resume = resume_parser::parse(&ExtractedText { pages, ..ExtractedText::default() });
    assert_eq!(
        resume.work[1].highlights,
        ["Modelled floods along the river Glomma", "Wrote the flood manual of the county"]
    );
    let last =
        resume.evidence.iter().find(|evidence| evidence.pointer == "/work/1/highlights/1").expect("evidence");
    assert_eq!(last.page, Some(2));
}

#[test]
fn every_value_has_evidence_where_it_stands() {
    let mut sheet = Sheet::default();
    head(&mut sheet);
    posts(&mut sheet, 60.0, 120.0);
    let resume = sheet.parse();
    for pointer in [
        "/basics/name",
        "/basics/email",
        "/basics/phone",
        "/work/0/company",
        "/work/1/position",
        "/work/1/startDate",
    ] {
        let found = resume.evidence.iter().find(|evidence| evidence.pointer == pointer);
        let evidence = found.unwrap_or_else(|| panic!("{pointer} has evidence"));
        assert_eq!(evidence.page, Some(1));
        assert!(evidence.confidence > 0.5, "{pointer} {}", evidence.confidence);
    }
    let position =
        resume.evidence.iter().find(|evidence| evidence.pointer == "/work/1/position").expect("evidence");
    assert!((position.rect.expect("fixed pages have boxes").y - 206.0).abs() < 1.0);
}

#[test]
fn real_files_yield_name_and_address() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/resumes");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of made-up résumés") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "pdf") {
            continue;
        }
        let text = pdf_text::extract(&std::fs::read(&path).expect("a file")).expect("readable text");
        let resume = resume_parser::parse(&text);
        assert!(resume.basics.name.is_some(), "{}", path.display());
        assert!(!resume.work.is_empty() || !resume.education.is_empty(), "{}", path.display());
        assert_eq!(resume, resume_parser::parse(&text), "the same input gives the same answer");
        seen += 1;
    }
    assert!(seen > 0);
}
