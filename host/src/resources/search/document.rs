//! What the index holds of a candidate. Each word and each property becomes a lexeme: a digest of tenant, field and word. A
//! statement that forgot its tenant finds nothing of another's, as no two tenants share a lexeme.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Time;
use crate::digest;
use crate::ids::{CandidateId, TenantId};
use crate::words;

/// Where a word stands, or what kind of property it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Every entry has one of this, which finds all of a tenant's.
    Every,
    /// Anywhere.
    Word,
    /// In the name, the headline or the present post.
    Front,
    /// In skills, posts, companies or studies.
    Middle,
    Title,
    Company,
    School,
    Degree,
    Place,
    Skill,
    Language,
    Tag,
    Source,
    Country,
    Level,
    Custom,
}

impl Field {
    fn letter(self) -> u8 {
        match self {
            Field::Every => b'*',
            Field::Word => b'w',
            Field::Front => b'f',
            Field::Middle => b'm',
            Field::Title => b't',
            Field::Company => b'c',
            Field::School => b's',
            Field::Degree => b'd',
            Field::Place => b'p',
            Field::Skill => b'k',
            Field::Language => b'l',
            Field::Tag => b'g',
            Field::Source => b'o',
            Field::Country => b'n',
            Field::Level => b'v',
            Field::Custom => b'x',
        }
    }
}

/// Makes a tenant's lexemes.
#[derive(Clone, Copy, Debug)]
pub struct Lexicon {
    tenant: TenantId,
}

/// Of 48 bits two words of a tenant share one once in hundreds of millions.
const LEXEME_BYTES: usize = 6;

impl Lexicon {
    pub fn of(tenant: TenantId) -> Self {
        Self { tenant }
    }

    /// Small letters and digits, whatever the word holds.
    pub fn lexeme(&self, field: Field, word: &str) -> String {
        let mut bytes = self.tenant.uuid().as_bytes().to_vec();
        bytes.push(field.letter());
        bytes.extend_from_slice(word.as_bytes());
        digest::hex(&digest::sha256(&bytes)[..LEXEME_BYTES])
    }
}

/// What is to be found of a candidate.
#[derive(Clone, Debug)]
pub struct Document {
    pub candidate: CandidateId,
    pub created_at: Time,
    pub updated_at: Time,
    pub experience_months: Option<i64>,
    /// Name, headline, present post.
    pub front: Vec<String>,
    /// Skills, posts, companies, studies.
    pub middle: Vec<String>,
    /// Whatever else there is to read.
    pub rest: Vec<String>,
    /// Texts that are asked for word by word.
    pub texts: Vec<(Field, String)>,
    /// Properties that are asked for as a whole.
    pub properties: Vec<(Field, String)>,
    /// What is counted, by kind, as it is shown.
    pub facets: BTreeSet<(Facet, String)>,
}

/// What can be counted.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    Skill,
    Location,
    Country,
    ExperienceLevel,
    Tag,
    Source,
    Language,
}

impl Facet {
    pub const EVERY: [Facet; 7] = [
        Facet::Skill,
        Facet::Location,
        Facet::Country,
        Facet::ExperienceLevel,
        Facet::Tag,
        Facet::Source,
        Facet::Language,
    ];

    /// The word it is stored and sent with.
    pub fn as_str(self) -> &'static str {
        match self {
            Facet::Skill => "skill",
            Facet::Location => "location",
            Facet::Country => "country",
            Facet::ExperienceLevel => "experience_level",
            Facet::Tag => "tag",
            Facet::Source => "source",
            Facet::Language => "language",
        }
    }
}

/// Words of one entry; a book is no résumé. PostgreSQL counts positions up to 16,383.
const MOST_WORDS: usize = 15_000;

impl Document {
    /// Its lexemes, those of the text in their order.
    pub fn lexemes(&self, tenant: TenantId) -> Lexemes {
        let lexicon = Lexicon::of(tenant);
        let mut known = BTreeMap::new();
        let mut lexeme = |field: Field, word: &str| -> String {
            known.entry((field, word.to_owned())).or_insert_with(|| lexicon.lexeme(field, word)).clone()
        };
        let mut text = Vec::new();
        for part in self.front.iter().chain(&self.middle).chain(&self.rest) {
            for word in words::words(part) {
                text.push(lexeme(Field::Word, &word));
            }
            // A phrase does not run on from one part into the next.
            text.push(lexeme(Field::Every, "end"));
        }
        text.truncate(MOST_WORDS);
        let mut beside = BTreeSet::from([lexeme(Field::Every, "")]);
        for (field, parts) in [(Field::Front, &self.front), (Field::Middle, &self.middle)] {
            for word in parts.iter().flat_map(|part| words::words(part)) {
                beside.insert(lexeme(field, &word));
            }
        }
        for (field, part) in &self.texts {
            for word in words::words(part) {
                beside.insert(lexeme(*field, &word));
            }
        }
        for (field, property) in &self.properties {
            beside.insert(lexeme(*field, property));
        }
        Lexemes { text, beside }
    }

    /// What is counted, as it is kept: `skill:rust`.
    pub(crate) fn facet_words(&self) -> Vec<String> {
        self.facets.iter().map(|(facet, value)| format!("{}:{value}", facet.as_str())).collect()
    }
}

/// An entry's lexemes, as either database takes them.
#[derive(Clone, Debug)]
pub struct Lexemes {
    text: Vec<String>,
    beside: BTreeSet<String>,
}

impl Lexemes {
    /// For FTS5: one after the other.
    pub(crate) fn fts5(&self) -> String {
        let all: Vec<&str> = self.text.iter().chain(&self.beside).map(String::as_str).collect();
        all.join(" ")
    }

    /// For PostgreSQL: each once, with its positions. `'a':1,3 'b':2 'c'`.
    pub(crate) fn tsvector(&self) -> String {
        let mut positions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (position, lexeme) in self.text.iter().enumerate() {
            let positions = positions.entry(lexeme).or_default();
            // PostgreSQL keeps 255 a lexeme.
            if positions.len() < 255 {
                positions.push((position + 1).to_string());
            }
        }
        for lexeme in &self.beside {
            positions.entry(lexeme).or_default();
        }
        let one = |(lexeme, positions): (&str, Vec<String>)| match positions.is_empty() {
            true => format!("'{lexeme}'"),
            false => format!("'{lexeme}':{}", positions.join(",")),
        };
        positions.into_iter().map(one).collect::<Vec<_>>().join(" ")
    }
}
