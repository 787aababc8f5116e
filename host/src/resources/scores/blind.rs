//! Blind scoring: what tells who somebody is, how old, of which sex and of which school is taken out of a rule's input, from
//! its fields and from what texts say of it. What skills, posts and years somebody has stays.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::resources::candidates::{Candidate, Contact, ContactKind};
use crate::scoring::ScoringInput;
use crate::unified_resume::{Basics, Location, UnifiedResume};
use crate::words;

/// Stands where something was taken out.
const GAP: &str = "…";

/// Words for a sex, in texts and before names.
const SEXES: &[&str] = &[
    "he",
    "him",
    "his",
    "himself",
    "she",
    "her",
    "hers",
    "herself",
    "mr",
    "mrs",
    "miss",
    "mister",
    "madam",
    "sir",
    "male",
    "female",
    "man",
    "woman",
    "men",
    "women",
    "boy",
    "girl",
    "husband",
    "wife",
    "father",
    "mother",
    "dad",
    "mum",
    "mom",
    "son",
    "daughter",
    "brother",
    "sister",
    "maternity",
    "paternity",
    "fraternity",
    "sorority",
    "herr",
    "frau",
    "mann",
    "mannlich",
    "weiblich",
    "vater",
    "mutter",
    "monsieur",
    "madame",
    "mademoiselle",
    "homme",
    "femme",
    "masculin",
    "feminin",
    "senor",
    "senora",
    "senorita",
    "hombre",
    "mujer",
    "lady",
];

/// A line with one of these is about somebody's age, sex or origin.
const PERSONAL: &[&str] = &[
    "born",
    "birth",
    "birthday",
    "birthdate",
    "dob",
    "age",
    "aged",
    "years old",
    "year old",
    "yrs old",
    "gender",
    "sex",
    "pronouns",
    "marital",
    "married",
    "nationality",
    "citizenship",
    "religion",
    "geboren",
    "geburtsdatum",
    "geburtstag",
    "geburtsort",
    "geschlecht",
    "familienstand",
    "naissance",
    "nacimiento",
];

/// Fields whose values are dates, which no digits are taken out of.
const DATES: [&str; 4] = ["startDate", "endDate", "date", "releaseDate"];

/// What gives a person away.
#[derive(Debug, Default)]
pub struct Identity {
    /// Parts of their names, as they are compared.
    names: BTreeSet<String>,
    /// The last digits of their telephone numbers.
    phones: Vec<String>,
}

impl Identity {
    pub fn of(candidate: &Candidate, contacts: &[Contact]) -> Self {
        let mut identity = Self::default();
        let names = [&candidate.name, &candidate.given_name, &candidate.family_name];
        names.into_iter().flatten().for_each(|name| identity.add_name(name));
        let phones = contacts.iter().filter(|contact| contact.kind == ContactKind::Phone);
        phones.for_each(|contact| identity.add_phone(&contact.value));
        identity
    }

    fn add_name(&mut self, name: &str) {
        // An initial is no word to look for.
        self.names.extend(words::words(name).into_iter().filter(|word| word.chars().count() > 1));
    }

    fn add_phone(&mut self, phone: &str) {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        let tail = digits.len().saturating_sub(7);
        if digits.len() >= 6 {
            self.phones.push(digits[tail..].to_owned());
        }
    }
}

/// Takes out of the input who the candidate is.
pub fn withhold(input: &mut ScoringInput, identity: &Identity) {
    let mut known = Identity { names: identity.names.clone(), phones: identity.phones.clone() };
    let resume = &mut input.candidate.resume;
    let basics = &resume.basics;
    basics.name.iter().for_each(|name| known.add_name(name));
    basics.phone.iter().chain(&basics.other_phones).for_each(|phone| known.add_phone(phone));
    let mut schools: Vec<String> = Vec::new();
    for study in &resume.education {
        schools.extend(study.institution.iter().map(|school| words::key(school)).filter(|key| key.len() > 2));
    }
    take_fields(resume);
    let scrubbed = Scrub { known: &known, schools: &schools };
    *resume = scrubbed.of(resume);
    input.candidate.tags = input.candidate.tags.iter().map(|tag| scrubbed.text(tag)).collect();
    let fields = &mut input.candidate.custom_fields;
    fields.retain(|key, _| !is_personal(key));
    fields.iter_mut().for_each(|(_, value)| scrubbed.value("", value));
    input.answers.retain(|answer| !is_personal(&answer.question_id) && !is_personal(&answer.question));
    input.answers.iter_mut().for_each(|answer| scrubbed.value("", &mut answer.value));
}

/// What is a field of its own goes whole.
fn take_fields(resume: &mut UnifiedResume) {
    let place = resume.basics.location.take();
    let basics = std::mem::take(&mut resume.basics);
    resume.basics = Basics {
        label: basics.label,
        summary: basics.summary,
        location: place.map(|place| Location {
            city: place.city,
            region: place.region,
            country_code: place.country_code,
            ..Location::default()
        }),
        ..Basics::default()
    };
    resume.meta = Default::default();
    // Who vouches for somebody says who they are, and calls them by name.
    resume.references.clear();
    resume.other.clear();
    for study in &mut resume.education {
        // When somebody studied says how old they are.
        (study.institution, study.url, study.location) = (None, None, None);
        (study.start_date, study.end_date) = (None, None);
        study.other.clear();
    }
    for post in &mut resume.work {
        post.url = None;
        post.other.clear();
    }
    for post in &mut resume.volunteer {
        post.url = None;
        post.other.clear();
    }
    for project in &mut resume.projects {
        (project.url, project.repository_url) = (None, None);
        project.other.clear();
    }
    for certificate in &mut resume.certificates {
        certificate.url = None;
        certificate.other.clear();
    }
    for publication in &mut resume.publications {
        publication.url = None;
        publication.other.clear();
    }
    resume.skills.iter_mut().for_each(|skill| skill.other.clear());
    resume.languages.iter_mut().for_each(|language| language.other.clear());
    resume.awards.iter_mut().for_each(|award| award.other.clear());
    resume.interests.iter_mut().for_each(|interest| interest.other.clear());
    resume.custom_sections.iter_mut().for_each(|section| section.other.clear());
    resume.custom_sections.retain(|section| !section.title.as_deref().is_some_and(is_personal));
}

/// Whether a text is about age, sex or origin.
fn is_personal(text: &str) -> bool {
    let key = format!(" {} ", words::key(text));
    PERSONAL.iter().chain(SEXES).any(|word| key.contains(&format!(" {word} ")))
}

struct Scrub<'a> {
    known: &'a Identity,
    schools: &'a [String],
}

impl Scrub<'_> {
    /// Every text of it, wherever it stands.
    fn of(&self, resume: &UnifiedResume) -> UnifiedResume {
        let mut document = serde_json::to_value(resume).expect("a résumé of strings, lists and maps is JSON");
        self.value("", &mut document);
        serde_json::from_value(document).expect("only texts have changed")
    }

    fn value(&self, key: &str, value: &mut Value) {
        match value {
            Value::String(text) if !DATES.contains(&key) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(key, item)),
            Value::Object(fields) => fields.iter_mut().for_each(|(key, field)| self.value(key, field)),
            _ => {}
        }
    }

    fn text(&self, text: &str) -> String {
        let lines: Vec<String> = text.split('\n').map(|line| self.line(line)).collect();
        lines.join("\n")
    }

    fn line(&self, line: &str) -> String {
        let key = format!(" {} ", words::key(line));
        if PERSONAL.iter().any(|word| key.contains(&format!(" {word} "))) {
            return GAP.into();
        }
        let line = self.without_schools(line);
        let line = without_addresses(&line);
        let line = self.without_phones(&line);
        self.without_words(&line)
    }

    fn without_schools(&self, line: &str) -> String {
        let mut kept = line.to_owned();
        for school in self.schools {
            let wanted: Vec<&str> = school.split(' ').collect();
            loop {
                let places = words::places(&kept);
                let at = places
                    .windows(wanted.len())
                    .position(|window| window.iter().zip(&wanted).all(|((_, word), wanted)| word == wanted));
                let Some(at) = at else { break };
                let range = places[at].0.start..places[at + wanted.len() - 1].0.end;
                kept.replace_range(range, GAP);
            }
        }
        kept
    }

    /// Names, and words for a sex.
    fn without_words(&self, line: &str) -> String {
        let mut kept = line.to_owned();
        for (range, word) in words::places(line).into_iter().rev() {
            // `MS` is a degree.
            let is_title = &line[range.clone()] == "Ms";
            if is_title || self.known.names.contains(&word) || SEXES.contains(&word.as_str()) {
                kept.replace_range(range, GAP);
            }
        }
        kept
    }

    /// Runs of digits with what stands between them that end as one of the numbers does, or begin as numbers do.
    fn without_phones(&self, line: &str) -> String {
        let is_inside = |c: char| c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | '-' | '.' | '/' | ' ');
        let mut kept = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '+' || c == '(') {
            kept.push_str(&rest[..start]);
            let run = &rest[start..];
            let end = run.find(|c: char| !is_inside(c)).unwrap_or(run.len());
            let digits: String = run[..end].chars().filter(char::is_ascii_digit).collect();
            let is_theirs = self.known.phones.iter().any(|phone| digits.contains(phone.as_str()));
            let is_number = run.starts_with('+') && digits.len() >= 8;
            kept.push_str(if is_theirs || is_number { GAP } else { &run[..end] });
            rest = &run[end..];
        }
        kept.push_str(rest);
        kept
    }
}

/// E-mail and web addresses.
fn without_addresses(line: &str) -> String {
    let is_address = |word: &str| {
        let has_host =
            word.rsplit_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'));
        let lower = word.to_lowercase();
        has_host || lower.contains("://") || lower.starts_with("www.") || lower.contains(".com/")
    };
    if !line.contains('@') && !line.contains("://") && !line.contains("www.") && !line.contains(".com/") {
        return line.to_owned();
    }
    let parts = line.split_inclusive(char::is_whitespace);
    parts
        .map(|part| {
            let word = part.trim_end();
            if is_address(word) { part.replacen(word, GAP, 1) } else { part.to_owned() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Identity, withhold};
    use crate::scoring::{Answer, ScoringInput};

    fn seen(resume: &Value) -> Value {
        let mut input = ScoringInput::default();
        input.candidate.resume = serde_json::from_value(resume.clone()).expect("it is a résumé");
        withhold(&mut input, &Identity::default());
        serde_json::to_value(input.candidate.resume).expect("it is JSON")
    }

    #[test]
    fn nothing_says_who_it_is() {
        let resume = json!({
            "basics": {
                "name": "Ada Lovelace", "email": "ada@example.com", "phone": "+44 20 7946 0000", "image": "https://x/ada.png",
                "url": "https://ada.example", "label": "Engineer", "profiles": [{ "network": "GitHub", "username": "ada" }],
                "location": { "address": "1 St James's Sq", "postalCode": "SW1", "city": "London", "countryCode": "GB" },
                "summary": "Ada LOVELACE is an engineer. She knows Rust; write to ada@example.com or 020 7946 0000.\n\
                            Date of birth: 10 December 1815\nSee https://ada.example/cv or www.ada.example",
                "gender": "female",
            },
            "work": [{ "company": "Analytical Engines", "position": "Engineer", "startDate": "2015-01", "endDate": "2019-12",
                       "highlights": ["Led 12 people, 2015 - 2019", "His mother said so"] }],
            "education": [{ "institution": "University of London", "area": "Mathematics", "studyType": "BSc",
                            "startDate": "2010", "endDate": "2014" }],
            "awards": [{ "title": "Best thesis of the university of  London" }],
            "references": [{ "name": "Charles Babbage", "reference": "Ada is brilliant" }],
            "customSections": [{ "title": "Gender", "content": "x" }, { "title": "Notes", "content": "Aged 36" }],
            "skills": [{ "name": "Rust", "keywords": ["C++", "Go"] }],
            "dateOfBirth": "1815-12-10",
        });

        let seen = seen(&resume);

        let text = seen.to_string().to_lowercase();
        for word in [
            "ada",
            "lovelace",
            "@",
            "7946",
            "image\":\"",
            "ada.example",
            "github",
            "james",
            "sw1",
            "1815",
            "female",
            "she ",
            "his ",
            "mother",
            "university",
            "2014",
            "babbage",
            "36",
            "gender",
        ] {
            assert!(!text.contains(word), "{word} in {seen:#}");
        }
        assert_eq!(seen["basics"]["location"]["city"], "London", "the place is a place");
        assert_eq!(seen["basics"]["label"], "Engineer");
        assert_eq!(seen["work"][0]["startDate"], "2015-01");
        assert_eq!(seen["work"][0]["highlights"][0], "Led 12 people, 2015 - 2019");
        assert_eq!(seen["education"][0]["area"], "Mathematics");
        assert_eq!(
            seen["skills"],
            json!([{ "category": null, "name": "Rust", "level": null, "keywords": ["C++", "Go"] }])
        );
        assert!(seen["basics"]["summary"].as_str().is_some_and(|text| text.contains("knows Rust")));
    }

    #[test]
    fn fields_and_answers_about_age_and_sex_are_withheld() {
        let mut input = ScoringInput::default();
        let fields =
            json!({ "gender": "f", "date_of_birth": "1990-01-01", "notice": "Ask Mrs Hopper", "size": 3 });
        input.candidate.custom_fields = fields.as_object().expect("it is an object").clone();
        let answer = |id: &str, question: &str| Answer {
            question_id: id.into(),
            question: question.into(),
            value: json!("yes"),
        };
        input.answers =
            vec![answer("a", "How old are you, your age?"), answer("sex", "?"), answer("c", "Licence?")];
        let mut identity = Identity::default();
        identity.add_name("Grace Hopper");

        withhold(&mut input, &identity);

        assert_eq!(json!(input.candidate.custom_fields), json!({ "notice": "Ask … …", "size": 3 }));
        assert_eq!(input.answers.len(), 1);
        assert_eq!(input.answers[0].question_id, "c");
    }
}
