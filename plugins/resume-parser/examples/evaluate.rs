//! Parses every PDF of a folder to JSON Resume: `evaluate INPUT_FOLDER OUTPUT_FOLDER`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line example prints")]

use std::path::Path;
use std::time::Instant;

use mortise_sdk::resume::{Evidence, Location, ParsedResume};
use serde_json::{Map, Value, json};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: evaluate INPUT_FOLDER OUTPUT_FOLDER");
    };
    std::fs::create_dir_all(&output)?;
    let mut names: Vec<_> = std::fs::read_dir(&input)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "pdf"))
        .collect();
    names.sort();
    let (mut extracting, mut parsing) = (0.0, 0.0);
    for path in &names {
        let bytes = std::fs::read(path)?;
        let start = Instant::now();
        let text = match pdf_text::extract(&bytes) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("{}: {error:?}", path.display());
                continue;
            }
        };
        extracting += start.elapsed().as_secs_f64();
        let start = Instant::now();
        let resume = resume_parser::parse(&text);
        parsing += start.elapsed().as_secs_f64();
        let name = path.file_stem().unwrap_or_default();
        let target = Path::new(&output).join(name).with_extension("json");
        std::fs::write(target, serde_json::to_vec_pretty(&json_resume(&resume))?)?;
    }
    let count = names.len().max(1) as f64;
    println!(
        "{} files, {:.2} ms text, {:.2} ms parse each",
        names.len(),
        extracting * 1e3 / count,
        parsing * 1e3 / count
    );
    Ok(())
}

fn object(pairs: &[(&str, &Option<String>)]) -> Map<String, Value> {
    pairs.iter().filter_map(|(key, value)| Some(((*key).to_owned(), json!(value.as_ref()?)))).collect()
}

fn with(mut map: Map<String, Value>, key: &str, values: &[String]) -> Value {
    if !values.is_empty() {
        map.insert(key.to_owned(), json!(values));
    }
    Value::Object(map)
}

fn location(location: &Location) -> Value {
    Value::Object(object(&[
        ("address", &location.address),
        ("postalCode", &location.postal_code),
        ("city", &location.city),
        ("region", &location.region),
        ("countryCode", &location.country_code),
    ]))
}

fn evidence(evidence: &Evidence) -> Value {
    json!({"pointer": evidence.pointer, "page": evidence.page, "confidence": evidence.confidence})
}

fn json_resume(resume: &ParsedResume) -> Value {
    let b = &resume.basics;
    let mut basics =
        object(&[("name", &b.name), ("label", &b.label), ("url", &b.url), ("summary", &b.summary)]);
    if let Some(email) = b.emails.first() {
        basics.insert("email".to_owned(), json!(email));
    }
    if let Some(phone) = b.phones.first() {
        basics.insert("phone".to_owned(), json!(phone));
    }
    if let Some(place) = &b.location {
        basics.insert("location".to_owned(), location(place));
    }
    let profiles: Vec<Value> = b
        .profiles
        .iter()
        .map(|p| {
            Value::Object(object(&[("network", &p.network), ("username", &p.username), ("url", &p.url)]))
        })
        .collect();
    basics.insert("profiles".to_owned(), json!(profiles));
    let work: Vec<Value> = resume
        .work
        .iter()
        .map(|w| {
            let fields = object(&[
                ("name", &w.company),
                ("position", &w.position),
                ("location", &w.location),
                ("url", &w.url),
                ("startDate", &w.start_date),
                ("endDate", &w.end_date),
                ("summary", &w.summary),
            ]);
            with(fields, "highlights", &w.highlights)
        })
        .collect();
    let education: Vec<Value> = resume
        .education
        .iter()
        .map(|e| {
            let fields = object(&[
                ("institution", &e.institution),
                ("area", &e.area),
                ("studyType", &e.study_type),
                ("startDate", &e.start_date),
                ("endDate", &e.end_date),
                ("score", &e.score),
            ]);
            with(fields, "courses", &e.courses)
        })
        .collect();
    let volunteer: Vec<Value> = resume
        .volunteer
        .iter()
        .map(|v| {
            let fields = object(&[
                ("organization", &v.organization),
                ("position", &v.position),
                ("startDate", &v.start_date),
                ("endDate", &v.end_date),
                ("summary", &v.summary),
            ]);
            with(fields, "highlights", &v.highlights)
        })
        .collect();
    let projects: Vec<Value> = resume
        .projects
        .iter()
        .map(|p| {
            let fields = object(&[
                ("name", &p.name),
                ("description", &p.description),
                ("url", &p.url),
                ("startDate", &p.start_date),
                ("endDate", &p.end_date),
            ]);
            with(fields, "highlights", &p.highlights)
        })
        .collect();
    let skills: Vec<Value> = resume
        .skills
        .iter()
        .map(|s| with(object(&[("name", &s.name), ("level", &s.level)]), "keywords", &s.keywords))
        .collect();
    let languages: Vec<Value> = resume
        .languages
        .iter()
        .map(|l| Value::Object(object(&[("language", &l.language), ("fluency", &l.fluency)])))
        .collect();
    let certificates: Vec<Value> = resume
        .certificates
        .iter()
        .map(|c| Value::Object(object(&[("name", &c.name), ("issuer", &c.issuer), ("date", &c.date)])))
        .collect();
    let awards: Vec<Value> = resume
        .awards
        .iter()
        .map(|a| {
            let fields =
                [("title", &a.title), ("awarder", &a.awarder), ("date", &a.date), ("summary", &a.summary)];
            Value::Object(object(&fields))
        })
        .collect();
    let publications: Vec<Value> = resume
        .publications
        .iter()
        .map(|p| {
            Value::Object(object(&[
                ("name", &p.name),
                ("publisher", &p.publisher),
                ("releaseDate", &p.release_date),
                ("summary", &p.summary),
            ]))
        })
        .collect();
    let custom: Vec<Value> =
        resume.custom_sections.iter().map(|c| json!({"title": c.title, "content": c.content})).collect();
    json!({
        "basics": basics, "work": work, "education": education, "volunteer": volunteer, "projects": projects,
        "skills": skills, "languages": languages, "certificates": certificates, "awards": awards,
        "publications": publications,
        "interests": resume.interests.iter().map(|i| with(object(&[("name", &i.name)]), "keywords", &i.keywords)).collect::<Vec<_>>(),
        "references": resume.references.iter().map(|r| Value::Object(object(&[("name", &r.name), ("reference", &r.reference)]))).collect::<Vec<_>>(),
        "customSections": custom,
        "evidence": resume.evidence.iter().map(evidence).collect::<Vec<_>>(),
    })
}
