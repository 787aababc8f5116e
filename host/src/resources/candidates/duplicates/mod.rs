//! Candidates who may be one person: what two of them share, and how much it says.

pub(crate) mod store;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::{Candidate, ContactKind, listing, names};
use crate::db::Tx;
use crate::error::Result;
use crate::grants::Reach;
use crate::ids::CandidateId;
use crate::resources::search::document::Field;
use crate::resources::search::finding;
use crate::words;

/// What two candidates share. Never an e-mail address: that is one candidate's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DuplicateReason)]
pub enum Reason {
    /// The digits of a phone number.
    SamePhone,
    /// A web address.
    SameLink,
    /// The name, whatever its accents, case and order of words.
    SameName,
    /// A similar name, and a company they both worked for or a school they both went to.
    SimilarName,
}

/// Somebody who may be the same person.
#[derive(Debug)]
pub struct Duplicate {
    pub candidate: Candidate,
    pub reasons: BTreeSet<Reason>,
}

/// How many are answered, and how many are looked at: a number that hundreds share says nothing.
const MOST: usize = 20;
pub(crate) const MOST_SHARING: i64 = 200;

/// Companies and schools that are looked at.
const MOST_PLACES: usize = 20;

impl Reason {
    /// How likely two who share nothing else are one person, in hundredths.
    fn weight(self) -> u32 {
        match self {
            Reason::SamePhone | Reason::SameLink => 80,
            Reason::SimilarName => 60,
            Reason::SameName => 50,
        }
    }
}

/// From 0 to 1: what is left of the doubt after every reason.
pub fn score(reasons: &BTreeSet<Reason>) -> f64 {
    let doubt = reasons.iter().fold(10_000, |doubt, reason| doubt * (100 - reason.weight()) / 100);
    f64::from((10_000 - doubt) / 100) / 100.0
}

/// The likeliest first, as far as the caller can see them.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, reach: &Reach, candidate: &Candidate) -> Result<Vec<Duplicate>> {
    let mut reasons: BTreeMap<CandidateId, BTreeSet<Reason>> = BTreeMap::new();
    for (id, kind) in store::list_sharing_contact(tx, candidate.id).await? {
        let reason = match kind {
            ContactKind::Phone => Reason::SamePhone,
            ContactKind::Link => Reason::SameLink,
            ContactKind::Email => continue,
        };
        reasons.entry(id).or_default().insert(reason);
    }
    if let Some(key) = candidate.name.as_deref().and_then(names::key) {
        for id in store::list_named(tx, candidate.id, &key).await? {
            reasons.entry(id).or_default().insert(Reason::SameName);
        }
    }
    let colleagues: BTreeSet<_> = colleagues(tx, candidate).await?.into_iter().collect();
    let ids: BTreeSet<_> =
        reasons.keys().chain(&colleagues).copied().filter(|id| *id != candidate.id).collect();
    let seen = listing::store::list_some(tx, reach, &ids.into_iter().collect::<Vec<_>>()).await?;
    let own = candidate.name.as_deref().and_then(names::key);
    let duplicate = |other: Candidate| {
        let mut reasons = reasons.remove(&other.id).unwrap_or_default();
        let key = other.name.as_deref().and_then(names::key);
        let is_similar = own.as_deref().zip(key.as_deref()).is_some_and(|(a, b)| names::are_similar(a, b));
        if is_similar && colleagues.contains(&other.id) {
            reasons.insert(Reason::SimilarName);
        }
        (!reasons.is_empty()).then_some(Duplicate { reasons, candidate: other })
    };
    let mut found: Vec<_> = seen.into_iter().filter_map(duplicate).collect();
    found.sort_by(|a, b| {
        let by_score = score(&b.reasons).total_cmp(&score(&a.reasons));
        by_score.then_with(|| b.candidate.id.cmp(&a.candidate.id))
    });
    found.truncate(MOST);
    Ok(found)
}

/// Who shares a word of the name, and a company or a school.
async fn colleagues(tx: &mut Tx, candidate: &Candidate) -> Result<Vec<CandidateId>> {
    let name = words::words(candidate.name.as_deref().unwrap_or_default());
    let Some(profile) = candidate.profile.as_ref().filter(|_| !name.is_empty()) else {
        return Ok(Vec::new());
    };
    let companies = profile.work.iter().filter_map(|post| Some((Field::Company, post.company.as_deref()?)));
    let schools =
        profile.education.iter().filter_map(|study| Some((Field::School, study.institution.as_deref()?)));
    let texts = companies.chain(schools).map(|(field, text)| (field, words::words(text)));
    let texts: Vec<_> = texts.filter(|(_, words)| !words.is_empty()).take(MOST_PLACES).collect();
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    finding::sharing(tx, &name, &texts, MOST_SHARING).await
}

#[cfg(test)]
mod tests {
    use super::{Reason, score};

    #[test]
    fn every_reason_takes_away_from_the_doubt() {
        assert_eq!(score(&[].into()), 0.0);
        assert_eq!(score(&[Reason::SameName].into()), 0.5);
        assert_eq!(score(&[Reason::SamePhone, Reason::SameName].into()), 0.9);
        assert_eq!(score(&[Reason::SamePhone, Reason::SameLink, Reason::SameName].into()), 0.98);
    }
}
