//! Rows of candidates: those who are new are made together, those who are there already, by an e-mail address, are left as
//! they are or added to.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{Desk, Fields};
use crate::db::Tx;
use crate::error::Result;
use crate::grants::Reach;
use crate::ids::CandidateId;
use crate::permissions::Permission;
use crate::resources::candidates::Dossier;
use crate::resources::candidates::importing::{self, Given};
use crate::resources::imports::faults::{self, RowFault};
use crate::resources::imports::{Line, OnDuplicate, Outcome};

/// The e-mail addresses a row names, as they are compared.
pub fn names(fields: Map<String, Value>) -> Vec<String> {
    importing::read(fields).map(|given| given.email_keys()).unwrap_or_default()
}

/// The candidates of one batch who have addresses: there before it, or made by it.
struct Known {
    by_email: HashMap<String, CandidateId>,
    /// Not in the database yet, in the order of their rows.
    new: Vec<Dossier>,
    new_ids: BTreeSet<CandidateId>,
}

pub(super) async fn make(tx: &mut Tx, desk: &mut Desk<'_>, rows: &[Fields]) -> Result<Vec<Line>> {
    let reach = desk.importer.reach(Permission::CandidateWrite)?;
    // Whoever is made belongs to no department yet.
    desk.importer.require(Permission::CandidateWrite)?;
    let mut read = Vec::with_capacity(rows.len());
    for row in rows {
        read.push(match &row.fields {
            Err(fault) => Err(row.failed(vec![fault.clone()])),
            Ok(fields) if importing::is_deleted(fields) => {
                Err(row.skipped(None, "deleted", "the row stands for somebody who was deleted"))
            }
            Ok(fields) => match importing::read(fields.clone()) {
                Ok(given) => Ok(given),
                Err(error) => Err(row.failed(faults::of(error)?)),
            },
        });
    }
    let keys: Vec<_> = read.iter().flatten().flat_map(Given::email_keys).collect();
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let by_email = importing::store::find_by_emails(tx, &keys).await?.into_iter().collect();
    let mut known = Known { by_email, new: Vec::new(), new_ids: BTreeSet::new() };
    let mut lines = Vec::with_capacity(rows.len());
    for (row, given) in rows.iter().zip(read) {
        lines.push(match given {
            Err(line) => line,
            Ok(given) => one(tx, desk, &reach, &mut known, row, given).await?,
        });
    }
    known.insert(tx, desk).await?;
    Ok(lines)
}

impl Known {
    /// Makes those who are new.
    async fn insert(&mut self, tx: &mut Tx, desk: &Desk<'_>) -> Result<()> {
        let new = std::mem::take(&mut self.new);
        self.new_ids.clear();
        if new.is_empty() || desk.import.is_dry_run() {
            return Ok(());
        }
        importing::insert_all(tx, desk.services, &new).await
    }
}

async fn one(
    tx: &mut Tx,
    desk: &mut Desk<'_>,
    reach: &Reach,
    known: &mut Known,
    row: &Fields,
    given: Given,
) -> Result<Line> {
    let keys = given.email_keys();
    let found: BTreeSet<_> = keys.iter().filter_map(|key| known.by_email.get(key).copied()).collect();
    let is_dry = desk.import.is_dry_run();
    let updates = desk.import.on_duplicate == OnDuplicate::Update;
    if found.len() > 1 {
        let detail = "its e-mail addresses are those of several candidates; merge them, or leave some out";
        return Ok(row.failed(vec![RowFault::of_row("candidate_exists", detail)]));
    }
    let id = match found.first() {
        Some(id) => *id,
        None => return create(desk, known, row, given, keys),
    };
    // Only who may read candidates learns which one it is.
    let shown = desk.importer.reach(Permission::CandidateRead).is_ok_and(|reach| reach == Reach::Everywhere);
    let is_made_here = known.new_ids.contains(&id);
    let object = (shown && !(is_dry && is_made_here)).then(|| id.to_string());
    if !updates {
        return Ok(row.skipped(object, "candidate_exists", "a candidate has the e-mail address already"));
    }
    if is_dry && is_made_here {
        return Ok(row.became(Outcome::Updated, None));
    }
    if is_made_here {
        known.insert(tx, desk).await?;
    }
    tx.begin_part().await?;
    let added = importing::add_to(tx, desk.services, reach, id, given).await;
    if added.is_ok() && !is_dry {
        tx.keep_part().await?;
    } else {
        tx.undo_part().await?;
    }
    match added {
        Ok(true) => {
            known.by_email.extend(keys.into_iter().map(|key| (key, id)));
            Ok(row.became(Outcome::Updated, object))
        }
        Ok(false) => Ok(row.skipped(object, "unchanged", "the row says nothing that is not known")),
        Err(error) => Ok(row.failed(faults::of(error)?)),
    }
}

fn create(
    desk: &mut Desk<'_>,
    known: &mut Known,
    row: &Fields,
    given: Given,
    keys: Vec<String>,
) -> Result<Line> {
    let is_dry = desk.import.is_dry_run();
    let clock = &desk.services.clock;
    let now = match known.new.first() {
        Some(first) => first.candidate.created_at,
        None => clock.now(),
    };
    let dossier = given.dossier(CandidateId::new(clock), desk.importer.member(), now, desk.definitions);
    let dossier = match dossier {
        Ok(dossier) => dossier,
        Err(error) => return Ok(row.failed(faults::of(error)?)),
    };
    if is_dry && keys.iter().any(|key| desk.seen.contains(key)) {
        return Ok(match desk.import.on_duplicate {
            OnDuplicate::Skip => {
                row.skipped(None, "candidate_exists", "an earlier row has the e-mail address already")
            }
            OnDuplicate::Update => row.became(Outcome::Updated, None),
        });
    }
    let id = dossier.candidate.id;
    if is_dry {
        keys.iter().for_each(|key| desk.seen.add(key));
    } else {
        known.new.push(dossier);
    }
    known.new_ids.insert(id);
    known.by_email.extend(keys.into_iter().map(|key| (key, id)));
    Ok(row.became(Outcome::Created, (!is_dry).then(|| id.to_string())))
}
