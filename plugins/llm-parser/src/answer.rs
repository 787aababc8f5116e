//! What the model answers, as the schema has it. Lenient where it costs nothing: a field that is not there is null.

use serde::Deserialize;

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        pub(crate) struct $name {
            $(pub(crate) $field: $kind,)*
        }
    )*};
}

type Text = Option<String>;
type Texts = Vec<String>;

answers! {
    Answer {
        name: Text,
        label: Text,
        emails: Texts,
        phones: Texts,
        url: Text,
        summary: Text,
        location: Option<Location>,
        profiles: Vec<Profile>,
        work: Vec<Work>,
        education: Vec<Education>,
        skills: Vec<Skill>,
        languages: Vec<Language>,
        projects: Vec<Project>,
        certificates: Vec<Certificate>,
        publications: Vec<Publication>,
        awards: Vec<Award>,
        volunteer: Vec<Volunteer>,
        interests: Texts,
        references: Vec<Reference>,
        language: Text,
    }
    /// `country` as written, `country_code` as the model understands that.
    Location { address: Text, postal_code: Text, city: Text, region: Text, country: Text, country_code: Text }
    Profile { network: Text, username: Text, url: Text }
    Work {
        company: Text,
        position: Text,
        location: Text,
        url: Text,
        start_date: Text,
        end_date: Text,
        is_current: bool,
        summary: Text,
        highlights: Texts,
    }
    Education {
        institution: Text,
        area: Text,
        study_type: Text,
        location: Text,
        start_date: Text,
        end_date: Text,
        score: Text,
        courses: Texts,
    }
    Skill { name: Text, keywords: Texts }
    Language { language: Text, fluency: Text }
    Project {
        name: Text,
        description: Text,
        role: Text,
        url: Text,
        start_date: Text,
        end_date: Text,
        highlights: Texts,
        technologies: Texts,
    }
    Certificate { name: Text, issuer: Text, date: Text }
    Publication { name: Text, publisher: Text, release_date: Text, url: Text }
    Award { title: Text, awarder: Text, date: Text }
    Volunteer {
        organization: Text,
        position: Text,
        location: Text,
        start_date: Text,
        end_date: Text,
        summary: Text,
        highlights: Texts,
    }
    Reference { name: Text, reference: Text }
}
