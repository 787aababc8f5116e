//! Finds candidates: from what is asked for to a page of ids. What is relevant comes in tiers, so that a page costs no more
//! the more there is to be found: first who has every word in name, headline or present post, then who has one there, then
//! the same for skills, posts, companies and studies, then everybody else; within a tier the newest first.

use std::collections::BTreeMap;

use super::document::{Facet, Field, Lexicon};
use super::expression::{Expression, Matching};
use super::query::Query;
use super::skills;
use super::store::{self, Counted, Found, Rank, Wanted};
use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::CandidateId;
use crate::words;

/// What is asked for. Lists are met whole, unless they say otherwise.
#[derive(Clone, Debug, Default)]
pub struct Search {
    pub query: Option<Query>,
    pub skills: Vec<String>,
    /// One of the skills will do.
    pub any_skill: bool,
    /// Word by word: `(Field::Title, "data engineer")`.
    pub texts: Vec<(Field, String)>,
    /// As a whole: `(Field::Tag, "urgent")`, as it is compared.
    pub properties: Vec<(Field, String)>,
    pub least_months: i64,
    pub created_after: Option<Time>,
    pub updated_after: Option<Time>,
    pub among: Option<Vec<CandidateId>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Relevance,
    Newest,
    Oldest,
    LatestChange,
    FirstChange,
    MostExperience,
    LeastExperience,
}

/// Where a list goes on: before this rank and number. Ranks go down.
pub type Key = (i64, i64);

/// Before everything.
pub const START: Key = (i64::MAX, i64::MAX);

const TIERS: i64 = 5;

/// Facets are counted over this many of what was found, the newest.
pub const FACETS_OVER: i64 = 10_000;

/// Whoever has one of these words in name, headline or present post, and one of the texts, word by word, in its field: the
/// newest.
///
/// # Errors
/// The database's.
pub async fn sharing(
    tx: &mut Tx,
    front: &[String],
    texts: &[(Field, Vec<String>)],
    limit: i64,
) -> Result<Vec<CandidateId>> {
    let lexicon = Lexicon::of(tx.tenant());
    let mut matching = Matching::every(&lexicon);
    let word = |field: Field, word: &String| Expression::lexeme(lexicon.lexeme(field, word));
    matching.require(Expression::Any(front.iter().map(|front| word(Field::Front, front)).collect()));
    let text = |(field, words): &(Field, Vec<String>)| {
        Expression::All(words.iter().map(|part| word(*field, part)).collect())
    };
    matching.require(Expression::Any(texts.iter().map(text).collect()));
    let wanted = Search::default().wanted(&matching, START, limit);
    Ok(store::list_newest(tx, &wanted).await?.into_iter().map(|found| found.candidate_id).collect())
}

impl Search {
    /// # Errors
    /// The database's.
    async fn matching(&self, tx: &mut Tx) -> Result<Matching> {
        let lexicon = Lexicon::of(tx.tenant());
        let mut matching = Matching::every(&lexicon);
        if let Some(query) = &self.query {
            query.require_in(&mut matching, &lexicon);
        }
        for (field, text) in &self.texts {
            let words = words::words(text);
            // What has no word in it is found nowhere.
            let lexemes = match words.is_empty() {
                true => vec![Expression::lexeme(lexicon.lexeme(*field, ""))],
                false => words.iter().map(|word| Expression::lexeme(lexicon.lexeme(*field, word))).collect(),
            };
            matching.require(Expression::All(lexemes));
        }
        for (field, property) in &self.properties {
            matching.require(Expression::lexeme(lexicon.lexeme(*field, property)));
        }
        // Of all there is to ask for, skills are what most have in common.
        let mut skills = Vec::new();
        for skill in &self.skills {
            let names = skills::names(tx, skill).await?;
            let names = names.iter().map(|name| Expression::lexeme(lexicon.lexeme(Field::Skill, name)));
            skills.push(Expression::Any(names.collect()));
        }
        matching.require(if self.any_skill { Expression::Any(skills) } else { Expression::All(skills) });
        Ok(matching)
    }

    fn wanted(&self, matching: &Matching, before: Key, limit: i64) -> Wanted {
        let micros = |time: Option<Time>| time.map_or(i64::MIN, |time| time.timestamp_micros());
        Wanted {
            tsquery: matching.tsquery(),
            tsquery_anywhere: matching.tsquery_anywhere(),
            fts5: matching.fts5(),
            least_months: self.least_months,
            created_after: micros(self.created_after),
            changed_after: micros(self.updated_after),
            among: self.among.clone(),
            before,
            limit,
        }
    }

    /// A page of what is found, each with the key it stands at.
    ///
    /// # Errors
    /// The database's.
    pub async fn page(
        &self,
        tx: &mut Tx,
        sort: Sort,
        before: Key,
        limit: i64,
    ) -> Result<Vec<(CandidateId, Key)>> {
        let matching = self.matching(tx).await?;
        let wanted = self.wanted(&matching, before, limit);
        let found = match (sort, &self.query) {
            (Sort::Relevance, Some(query)) => self.tiers(tx, &matching, query, before, limit).await?,
            (Sort::Relevance | Sort::Newest, _) => store::list_newest(tx, &wanted).await?,
            (Sort::Oldest, _) => store::list_ranked(tx, &wanted, Rank::None, true).await?,
            (Sort::LatestChange, _) => store::list_ranked(tx, &wanted, Rank::Change, false).await?,
            (Sort::FirstChange, _) => store::list_ranked(tx, &wanted, Rank::Change, true).await?,
            (Sort::MostExperience, _) => store::list_ranked(tx, &wanted, Rank::Experience, false).await?,
            (Sort::LeastExperience, _) => store::list_ranked(tx, &wanted, Rank::Experience, true).await?,
        };
        Ok(found
            .into_iter()
            .map(|Found { candidate_id, rank, number }| (candidate_id, (rank, number)))
            .collect())
    }

    /// One tier after the other until the page is full.
    async fn tiers(
        &self,
        tx: &mut Tx,
        matching: &Matching,
        query: &Query,
        before: Key,
        limit: i64,
    ) -> Result<Vec<Found>> {
        let lexicon = Lexicon::of(tx.tenant());
        let front = query.words_in(Field::Front, &lexicon);
        let middle = query.words_in(Field::Middle, &lexicon);
        let words = query.words_in(Field::Word, &lexicon);
        // Each tier is what it asks for without what the ones before it asked for.
        let mut asked = vec![
            Expression::all(front.clone()),
            Expression::any(front),
            Expression::all(middle.clone()),
            Expression::any(middle),
        ];
        // A query that only says what is not wanted has one tier.
        asked.retain(
            |tier| !matches!(tier, Expression::All(parts) | Expression::Any(parts) if parts.is_empty()),
        );
        let mut found: Vec<Found> = Vec::new();
        for rank in (1..=TIERS).rev().filter(|rank| *rank <= before.0) {
            let missing = limit - i64::try_from(found.len()).unwrap_or(limit);
            if missing <= 0 {
                break;
            }
            let place = usize::try_from(TIERS - rank).unwrap_or(0);
            let mut tier = matching.clone();
            match asked.get(place) {
                // Of one word all and any are the same.
                Some(wanted) if asked[..place].contains(wanted) => continue,
                Some(some @ Expression::Any(_)) => tier.require_first(some.clone()),
                // Who has every word there has it anywhere.
                Some(every) => tier.require_instead_of(&words, every.clone()),
                // What remains comes last, once.
                None if rank > 1 => continue,
                None => {}
            }
            asked.iter().take(place).for_each(|earlier| tier.exclude(earlier.clone()));
            let number = if rank == before.0 { before.1 } else { i64::MAX };
            let listed = store::list_newest(tx, &self.wanted(&tier, (0, number), missing)).await?;
            found.extend(listed.into_iter().map(|entry| Found { rank, ..entry }));
        }
        Ok(found)
    }

    /// How many of what is found have what: over the newest [`FACETS_OVER`], the most frequent first.
    ///
    /// # Errors
    /// The database's.
    pub async fn facets(&self, tx: &mut Tx, kinds: &[Facet]) -> Result<BTreeMap<Facet, Vec<(String, i64)>>> {
        let matching = self.matching(tx).await?;
        let wanted = self.wanted(&matching, START, FACETS_OVER);
        let words: Vec<String> = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
        let mut facets: BTreeMap<Facet, Vec<(String, i64)>> =
            kinds.iter().map(|kind| (*kind, Vec::new())).collect();
        for Counted { facet, count } in store::count_facets(tx, &wanted, &words).await? {
            let Some((kind, value)) = facet.split_once(':') else { continue };
            let kind = kinds.iter().find(|known| known.as_str() == kind);
            if let Some(values) = kind.and_then(|kind| facets.get_mut(kind)) {
                values.push((value.to_owned(), count));
            }
        }
        Ok(facets)
    }
}
