//! What jobs are found by in full text: their words, text by text, so that a phrase never runs from one into the next. A
//! tenant has few jobs, so both databases look for them in plain text, and give the same answers.

use super::Job;
use super::terms::Filter;
use crate::error::{Error, Result};
use crate::resources::search::query::Query;
use crate::words;

impl Job {
    /// A line a text, and one for each skill and each word of the place.
    pub(crate) fn words(&self) -> String {
        let mut lines = Vec::new();
        let mut add = |text: &str| lines.push(line(&words::words(text)));
        add(&self.title);
        self.reference.iter().for_each(|text| add(text));
        self.descriptions.iter().for_each(|description| add(&description.text));
        self.responsibilities.iter().for_each(|text| add(text));
        self.tags.iter().for_each(|text| add(text));
        self.skills.iter().for_each(|skill| add(&skill.name));
        let skills = self.skills.iter().map(|skill| words::key(&skill.name));
        lines.extend(skills.filter(|skill| !skill.is_empty()).map(|skill| exactly("skill", &skill)));
        if let Some(place) = &self.location {
            let parts = [&place.address, &place.postal_code, &place.city, &place.region, &place.country];
            for part in parts.into_iter().flatten() {
                lines.push(line(&words::words(part)));
                lines.extend(words::words(part).iter().map(|word| exactly("place", word)));
            }
            lines.extend(place.remote_policy.iter().map(|text| line(&words::words(text))));
        }
        lines.concat()
    }
}

/// Words with blanks around each.
fn line(words: &[String]) -> String {
    format!("\n {} \n", words.join(" "))
}

/// A whole line that no text can be: those begin with a blank.
fn exactly(kind: &str, word: &str) -> String {
    format!("\n{kind}:{word}\n")
}

impl Filter {
    /// Those with every word and phrase, and without what is not wanted.
    pub(crate) fn require_text(&mut self, query: &Query) {
        let phrase = |words: &Vec<String>| format!(" {} ", words.join(" "));
        self.wanted.extend(query.wanted.iter().map(|words| vec![phrase(words)]));
        self.unwanted.extend(query.unwanted.iter().map(phrase));
    }

    /// Those in whose place every word stands.
    ///
    /// # Errors
    /// `Invalid`: there is no word in it.
    pub(crate) fn require_place(&mut self, text: &str) -> Result<()> {
        let words = words::words(text);
        if words.is_empty() {
            return Err(Error::invalid("location", "nothing_to_search", "there is no word in it"));
        }
        self.wanted.extend(words.iter().map(|word| vec![exactly("place", word)]));
        Ok(())
    }

    /// Those with a skill of one of these names, as they are compared.
    pub(crate) fn require_skill(&mut self, names: &[String]) {
        self.wanted.push(names.iter().map(|name| exactly("skill", name)).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Job};
    use crate::clock::Clock;
    use crate::ids::JobId;
    use crate::resources::jobs::Details;
    use crate::resources::jobs::content::JobLocation;
    use crate::resources::search::query::Query;

    #[test]
    fn a_phrase_does_not_run_from_one_text_into_the_next() {
        let now = "2026-03-02T09:00:00Z".parse().expect("it is a time");
        let mut job = Job::new(JobId::new(&Clock::manual(now)), None, now);
        let place = JobLocation { city: Some("Bad Ems".into()), ..JobLocation::default() };
        let details = Details {
            title: Some("Site Engineer".into()),
            tags: Some(vec!["Lead".into()]),
            location: Some(Some(place)),
            ..Details::default()
        };
        job.set(details).expect("it is a job");
        let words = job.words();

        let finds = |text: &str| {
            let mut filter = Filter::default();
            filter.require_text(&Query::parse(text).expect("it is a query"));
            filter.wanted.iter().all(|choices| choices.iter().any(|choice| words.contains(choice)))
                && !filter.unwanted.iter().any(|phrase| words.contains(phrase))
        };
        for found in
            ["engineer", "\"site engineer\"", "engineer lead", "ems", "\"bad ems\" -manager", "-manager"]
        {
            assert!(finds(found), "{found} does not find {words:?}");
        }
        for not_found in
            ["\"engineer lead\"", "\"lead bad\"", "eng", "place", "engineer -lead", "-\"site engineer\""]
        {
            assert!(!finds(not_found), "{not_found} finds {words:?}");
        }
    }
}
